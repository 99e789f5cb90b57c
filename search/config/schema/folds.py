"""`folds`: how the examples are cut into folds, and what is held out before."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from dropsearch.search.config.schema.names import Cell, Column
from dropsearch.search.config.values import Rate, Section, Whole


class HoldoutColumn(Section):
    """A predefined holdout: the rows where `column` has `value`."""

    column: Column = Field(description="Column that marks a predefined holdout.", examples=["part"])
    value: Cell = Field(description="Its value in the rows held out.", examples=["test"])


def _holdout_form(value: Any) -> str:
    if isinstance(value, str):
        return "<word>"
    return "<column>" if isinstance(value, dict | HoldoutColumn) else "<share>"


def _refuse_nothing(value: Any) -> Any:
    if value is None or value is False:
        raise ValueError("is no share: write 0 to hold nothing out")
    return value


Holdout = Annotated[
    Annotated[Literal["auto"], Tag("<word>")]
    | Annotated[Rate, Tag("<share>")]
    | Annotated[HoldoutColumn, Tag("<column>")],
    Discriminator(_holdout_form),
    BeforeValidator(_refuse_nothing),
]


FoldKind = Literal["auto", "kfold", "stratified", "group", "expanding", "blocked", "column"]


class Folds(Section):
    """How the examples are cut into folds, and what is held out before."""

    kind: FoldKind = Field(
        default="auto",
        description="kfold, stratified and group for sequences, expanding and blocked for "
        "forecasts and streams, column for predefined folds; auto chooses by the task.",
    )
    count: Annotated[int, Field(strict=True, ge=2, le=1000)] = Field(
        default=5, description="Number of folds."
    )
    column: Column | None = Field(
        default=None, description="Column of predefined folds (kind: column).", examples=["fold"]
    )
    across: Literal["auto", "time", "end", "series"] = Field(
        default="auto",
        description="Forecasts of many series: one cut in time for all (time), each series' own "
        "end (end), or whole series held out (series).",
    )
    gap: Whole = Field(
        default=0, description="Forecasts: origins left out beyond the purge that always applies."
    )
    holdout: Holdout = Field(
        default="auto",
        description="Part that the search never sees: auto (0.15, none with fewer than 8 groups), "
        "a share (0: none), or {column, value}.",
        examples=[0.15],
    )
