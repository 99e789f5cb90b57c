"""A whole study.yaml. The rules between its keys are in `rules`."""

from __future__ import annotations

from pydantic import Field

from dropsearch.search.config.schema.data import Data
from dropsearch.search.config.schema.folds import Folds
from dropsearch.search.config.schema.names import StudyName
from dropsearch.search.config.schema.network import Model, Training
from dropsearch.search.config.schema.search import Confirm, Search
from dropsearch.search.config.schema.selected import Selected
from dropsearch.search.config.values import Section


class StudyConfig(Section):
    """A study: which data, which networks, and how the best of them is searched."""

    study: StudyName = Field(description="Name of the study.", examples=["sunspots"])
    data: Data = Field(description="The data.")
    folds: Folds = Field(default=Folds(), description="Cross-validation.")
    model: Model = Field(default=Model(), description="The network.")
    training: Training = Field(default=Training(), description="Training.")
    search: Search = Field(default=Search(), description="The search.")
    confirm: Confirm | None = Field(
        default=Confirm(), description="What follows the search; null: the search alone."
    )
    selected: Selected | None = Field(
        default=None, description="Written by `dropsearch export`; has no effect on a study."
    )

    @property
    def weights(self) -> tuple[float, ...]:
        """What each of several targets counts for in the score; empty where nothing is said."""
        weights = self.search.weights
        return tuple(weights[name] for name in self.data.targets) if weights else ()


SECTIONS = ("data", "folds", "model", "training", "search")
