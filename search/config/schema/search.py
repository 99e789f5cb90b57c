"""`search` and `confirm`: how the space is searched, and what follows."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetPydanticSchema,
    Tag,
)
from pydantic_core import core_schema

from dropsearch.models.fold.scores import SCORES
from dropsearch.search.config.schema.forms import LIST, LISTED, VALUE, RateList, list_or_value
from dropsearch.search.config.schema.names import Cell, Column, FilePath
from dropsearch.search.config.values import Count, Positive, Section, Whole


def _objectives(names: tuple[str, ...]) -> tuple[str, ...]:
    if names[:1] != ("score",) or len(names) > 2:
        raise ValueError("is not offered: write [score], [score, parameters] or [score, cost]")
    return names


MetricName = Annotated[
    str, GetPydanticSchema(lambda *_: core_schema.literal_schema(["auto", *SCORES]))
]


class Search(Section):
    """How the space is searched."""

    unsaid: ClassVar[frozenset[str]] = frozenset({"weights"})

    trials: Count = Field(
        default=60, description="Exactly this many trials, whatever the number of workers."
    )
    timeout: Positive | None = Field(
        default=None,
        description="Seconds for the search, counted from the launch; null: no limit.",
        examples=[3600],
    )
    metric: MetricName = Field(
        default="auto",
        description="Score to improve; auto: accuracy (balanced where one class has over 2/3), "
        "rmse, or mase for forecasts of many series. f1: of the rarer class where there are two, "
        "else the mean over the classes; auroc: the mean of each class against the rest; "
        "log_loss: without class weights; smape: a fraction, from 0 to 2.",
    )
    weights: dict[Column, Annotated[Positive, Field(le=1e150)]] = Field(
        default_factory=dict,
        description="Forecasts of several targets: what each counts for. The score is then the "
        "mean over the targets of the metric of each, weighted by these; without them the metric "
        "is mase or smape, since rmse and mae would add up numbers of unlike units.",
        examples=[{"load": 1.0, "price": 0.2}],
    )
    objectives: Annotated[
        tuple[Literal["score", "parameters", "cost"], ...], *LISTED, AfterValidator(_objectives)
    ] = Field(
        default=("score",),
        description="[score], or with the size of the network ([score, parameters]) or the "
        "multiply-adds of its training ([score, cost]): the best trade-offs are found, and no "
        "trial is pruned.",
        examples=[("score", "parameters")],
    )
    sampler: Literal["tpe", "random", "grid"] = Field(
        default="tpe",
        description="How points are chosen; grid tries every point of a space without continuous "
        "ranges.",
    )
    pruner: Literal["median", "none"] = Field(
        default="median",
        description="Whether trials worse than the median of the others end early.",
    )
    seed: Whole = Field(
        default=0, description="Seed of folds, weights, masks, batches and sampler."
    )
    try_: Annotated[tuple[dict[Column, Cell], ...], *LISTED] = Field(
        default=(),
        alias="try",
        description="Configurations that are tried first, within trials: values by the names that "
        "trials have in the report; keys left out are drawn.",
        examples=[({"dropout": 0.3, "hidden_size": 64},)],
    )
    start_from: FilePath | None = Field(
        default=None,
        description="A study of the same database, or a file that `dropsearch export` wrote: its "
        "best configurations are tried first, within trials, and the sampler learns from all of a "
        "study.",
        examples=["sunspots"],
    )


def _word_or_number(value: Any) -> str:
    return "<word>" if isinstance(value, str) else VALUE


class Confirm(Section):
    """What follows the search: fits made to answer, on new seeds and folds."""

    finalists: Annotated[int, Field(strict=True, ge=1, le=50)] = Field(
        default=3,
        description="Configurations of the search that run again; the best without dropout is one "
        "more.",
    )
    rates: Annotated[
        Annotated[Literal["auto"], Tag(VALUE)] | Annotated[RateList, Tag(LIST)],
        Discriminator(list_or_value),
    ] = Field(
        default="auto",
        description="Rates of the response curve, 0 and 0.5 always among them; auto: seven over "
        "the range, the best one of the search among them, or the values of a list.",
        examples=[(0.2, 0.4)],
    )
    repeats: Annotated[
        Annotated[Literal["auto"], Tag("<word>")]
        | Annotated[int, Field(strict=True, ge=1, le=100), Tag(VALUE)],
        Discriminator(_word_or_number),
    ] = Field(
        default=3,
        description="Fits for each finalist that the first does not leave behind, and for each "
        "rate; auto: 3, and of the rates more, up to 10, as long as it is not decided whether "
        "dropout helps and more could decide it.",
        examples=["auto"],
    )
    smallest_effect: Annotated[
        Annotated[Literal["auto"], Tag("<word>")] | Annotated[Positive, Tag(VALUE)],
        Discriminator(_word_or_number),
    ] = Field(
        default="auto",
        description="Smallest difference worth having, in the unit of the metric; auto: 0.01 for "
        "accuracies, F1 and AUROC, else 1 % of the score without dropout.",
        examples=[0.01],
    )
    rivals: Literal["auto"] | None = Field(
        default="auto",
        description="auto: for each choice that was searched (sizes, direction, pooling, word "
        "vectors, kind, mask, sites), the best other one runs beside the recommended one, at its "
        "rate; null: none does.",
    )
