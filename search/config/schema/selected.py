"""The part of an exported study.yaml that says where its configuration comes from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from dropsearch.models.names import Direction
from dropsearch.search.config.schema.forms import as_tuple
from dropsearch.search.config.values import Count, Number, Section, Text, Whole


class Baseline(Section):
    """The best score that needs no network, on the same folds."""

    name: Text = Field(description="Name of the best baseline.")
    score: Number = Field(description="Its score on the same folds.")


class Selected(Section):
    """What `dropsearch export` notes about the configuration it wrote. Never searched."""

    trial: Whole | None = Field(
        default=None, description="Trial that the configuration comes from."
    )
    metric: Text | None = Field(default=None, description="Metric of the scores.")
    direction: Direction | None = Field(
        default=None, description="Whether a larger or a smaller score is better."
    )
    score: Number | None = Field(default=None, description="Mean score over the folds.")
    standard_error: Number | None = Field(default=None, description="Its corrected standard error.")
    fold_scores: Annotated[tuple[Number, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="Score of each fold."
    )
    baseline: Baseline | None = Field(
        default=None, description="What needs no network, scored on the same folds."
    )
    epochs: Count | None = Field(default=None, description="Epoch at which the scores were taken.")
    holdout: Number | None = Field(default=None, description="Score on the holdout.")
    holdout_interval: Annotated[tuple[Number, Number] | None, BeforeValidator(as_tuple)] = Field(
        default=None, description="Its interval, at 95 %."
    )
    fingerprint: Text | None = Field(default=None, description="SHA-256 of the data.")
    versions: dict[str, str] = Field(
        default_factory=dict, description="Versions of dropsearch and its libraries."
    )
