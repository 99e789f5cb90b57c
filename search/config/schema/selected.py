"""The part of an exported study.yaml that says where its configuration comes from."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from dropsearch.models.names import Direction
from dropsearch.search.config.schema.forms import as_tuple
from dropsearch.search.config.values import Amount, Count, Number, Rate, Section, Text, Whole


class Baseline(Section):
    """The best score that needs no network, on the same folds."""

    name: Text = Field(description="Name of the best baseline.")
    score: Number = Field(description="Its score on the same folds.")


Size = Annotated[Amount, Field(le=1e150)]  # the width of an interval is finite
Steps = Annotated[tuple[Size, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class Errors(Section):
    """How large the errors out of fold of the configuration are, for intervals of predictions."""

    examples: Count = Field(
        description="Examples that they are the errors of, at the step where fewest are known."
    )
    levels: Annotated[tuple[Rate, ...], BeforeValidator(as_tuple)] = Field(
        description="Shares of new errors that are expected to be as large at most, ascending."
    )
    sizes: Annotated[tuple[Steps, ...], BeforeValidator(as_tuple)] = Field(
        description="How large, a row for each level, in it a number for each step of a forecast."
    )

    @model_validator(mode="after")
    def _fits(self) -> Errors:
        columns = list(zip(*self.sizes, strict=False))
        if len(self.levels) != len(self.sizes) or len({len(row) for row in self.sizes}) > 1:
            raise ValueError("has not a row for each level, each as long: export the study again")
        if any(list(column) != sorted(column) for column in (self.levels, *columns)):
            raise ValueError("has levels or sizes that do not ascend: export the study again")
        return self


class Selected(Section):
    """What `dropsearch export` notes about the configuration it wrote. Never searched."""

    unsaid: ClassVar[frozenset[str]] = frozenset({"errors"})

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
    errors: Errors | None = Field(
        default=None, description="Its errors out of fold, where the target is a number."
    )
    fingerprint: Text | None = Field(default=None, description="SHA-256 of the data.")
    versions: dict[str, str] = Field(
        default_factory=dict, description="Versions of dropsearch and its libraries."
    )
