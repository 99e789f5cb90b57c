"""The schema of study.yaml: every key with its type, default and meaning.

`config` is the door through which a file comes in; the rules between keys are in `config_rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, GetPydanticSchema, Tag
from pydantic_core import core_schema

from dropsearch.models.fold.scores import SCORES
from dropsearch.models.names import ABOUT_KINDS, Missing, Repeated, Scale, Task, Tokens
from dropsearch.search.config.names import Cell, Column, Columns, FilePath, StudyName
from dropsearch.search.config.selected import Selected
from dropsearch.search.config.values import (
    LIST,
    LISTED,
    RANGE,
    VALUE,
    Amounts,
    Count,
    CountRange,
    Counts,
    Flags,
    Kinds,
    Masks,
    Poolings,
    Positive,
    PositiveRange,
    Positives,
    Rate,
    RateList,
    RateRange,
    Rates,
    Section,
    Whole,
    list_or_value,
    shape,
)


class Data(Section):
    """The file, what its columns mean, and how they are read."""

    path: FilePath = Field(
        description="CSV or Parquet file, no pipe; a relative path starts at the folder of "
        "study.yaml.",
        examples=["sunspots.csv"],
    )
    task: Task = Field(
        description="What to predict: the next steps of a series, or one class or number for each "
        "sequence.",
        examples=["forecast"],
    )
    time: Column | None = Field(
        default=None,
        description="Column that orders the rows of a series. A forecast needs it.",
        examples=["month"],
    )
    series: Column | None = Field(
        default=None,
        description="Column that names the series or sequence of a row. "
        "classify and regress need it, or data.text.",
        examples=["id"],
    )
    target: Column = Field(description="Column to predict.", examples=["sunspots"])
    features: Columns | None = Field(
        default=None,
        description="Numeric columns that the network sees; null: every other numeric or "
        "true/false column.",
    )
    categories: Columns = Field(
        default=(), description="Columns of words used as features, one-hot from the training part."
    )
    text: Column | None = Field(
        default=None,
        description="classify and regress: column of texts, each row an example of its own, "
        "instead of series and features.",
        examples=["text"],
    )
    tokens: Tokens = Field(
        default="words", description="Text: what it is cut into, words or byte-pair tokens (bpe)."
    )
    vocabulary: Count = Field(
        default=20_000, description="Text: tokens learnt from the training part, at most."
    )
    max_tokens: Count = Field(
        default=400, description="Text: tokens of a text that are read; longer ones are cut."
    )
    group: Column | None = Field(
        default=None,
        description="Column whose values must not be split across folds, such as a patient.",
    )
    missing: Missing = Field(
        default="refuse",
        description="Blanks in features: refuse them, repeat the value before, or draw a line "
        "between neighbours (linear not for forecasts: it looks ahead).",
    )
    repeated: Repeated = Field(
        default="keep",
        description="Sequences or texts that occur more than once: keep them as they are, or "
        "together in one fold.",
    )
    scale: Scale = Field(
        default="auto",
        description="Scaling by the fold's training part (train), of each window by its own inputs "
        "(window, forecasts only), or none; auto: window for forecasts of many series, else train. "
        "In a window a feature that stands still is scaled by the training part, and so is all "
        "where a window is one step.",
    )
    window: Count | None = Field(
        default=None, description="Steps that a forecast sees. A forecast needs it.", examples=[48]
    )
    horizon: Count | None = Field(
        default=None,
        description="Steps that a forecast predicts. A forecast needs it.",
        examples=[12],
    )


class HoldoutColumn(Section):
    """A predefined holdout: the rows where `column` has `value`."""

    column: Column = Field(description="Column that marks a predefined holdout.", examples=["part"])
    value: Cell = Field(description="Its value in the rows held out.", examples=["test"])


def _word_or_number(value: Any) -> str:
    return "<word>" if isinstance(value, str) else VALUE


def _holdout_form(value: Any) -> str:
    if isinstance(value, str):
        return "<word>"
    return "<column>" if isinstance(value, dict | HoldoutColumn) else "<share>"


Holdout = Annotated[
    Annotated[Literal["auto"], Tag("<word>")]
    | Annotated[Rate, Tag("<share>")]
    | Annotated[HoldoutColumn, Tag("<column>")],
    Discriminator(_holdout_form),
]


FoldKind = Literal["auto", "kfold", "stratified", "group", "expanding", "blocked", "column"]


class Folds(Section):
    """How the examples are cut into folds, and what is held out before."""

    kind: FoldKind = Field(
        default="auto",
        description="kfold, stratified and group for sequences, expanding and blocked for "
        "forecasts, column for predefined folds; auto chooses by the task.",
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


class SiteRates(Section):
    """A rate for each site; a site left out has rate 0."""

    embedding: Rates = Field(
        default=0.0,
        description="Text: rate of whole words, each dropped wherever it occurs in a sequence.",
        examples=[0.1],
    )
    input: Rates = Field(default=0.0, description="Rate on the features.", examples=[0.0])
    between: Rates = Field(
        default=0.0,
        description="Rate between layers; drawn only where there are two or more.",
        examples=[0.2],
    )
    recurrent: Rates = Field(
        default=0.0,
        description="Rate of the recurrent kind (zoneout: of the cell); drawn only with a kind.",
        examples=[0.25],
    )
    recurrent_hidden: Rates = Field(
        default=0.0,
        description="Zoneout's second rate, of the hidden state; drawn only with zoneout.",
        examples=[0.05],
    )
    output: Rates = Field(default=0.0, description="Rate behind the last layer.", examples=[0.2])


def _dropout_form(value: Any) -> str:
    if isinstance(value, SiteRates):
        return "<sites>"
    if isinstance(value, dict) and not {"low", "high", "step", "log"} & value.keys():
        return "<sites>"
    return shape(value)


Dropout = Annotated[
    Annotated[Rate, Tag(VALUE)]
    | Annotated[RateList, Tag(LIST)]
    | Annotated[RateRange, Tag(RANGE)]
    | Annotated[SiteRates, Tag("<sites>")],
    Discriminator(_dropout_form),
]


ACTS = [about.acts for about in ABOUT_KINDS.values() if about.acts]


class Model(Section):
    """The network. Every key but embedding_size can be fixed, or searched by a list or a range."""

    hidden_size: Counts = Field(
        default=(32, 64, 128), description="Units of each layer.", examples=[64]
    )
    layers: Counts = Field(
        default=CountRange(low=1, high=3),
        description="LSTM layers on top of each other.",
        examples=[2],
    )
    bidirectional: Flags = Field(
        default=False,
        description="Whether each layer reads the sequence in both directions.",
    )
    pooling: Poolings = Field(
        default="last",
        description="What the head sees of the last layer: its last step, or the mean or the "
        "maximum over the steps.",
    )
    embedding_size: Count = Field(
        default=64, description="Text: numbers that stand for a word. Cannot be searched."
    )
    dropout: Dropout = Field(
        default=RateRange(low=0.0, high=0.8),
        description="Dropout rate: a shared one (between layers and at the output), or a mapping "
        "with a rate for each site.",
        examples=[0.2],
    )
    mask: Masks = Field(
        default="standard",
        description="Dropout mask: drawn anew at every time step (standard), or once for each "
        "sequence (locked).",
    )
    recurrent: Kinds = Field(
        default="none",
        description="Kind of recurrent dropout, at the rate model.dropout.recurrent: "
        f"{', '.join(ACTS[:-1])}, or {ACTS[-1]}.",
    )


class Training(Section):
    """How one network is trained."""

    epochs: Count = Field(default=40, description="Passes over the training part, at most.")
    patience: Count | None = Field(
        default=6,
        description="Epochs without a better score after which training ends, counted from a third "
        "of the epochs on; null: off.",
    )
    batch_size: Counts = Field(
        default=64, description="Examples in a step of training. Can be searched."
    )
    learning_rate: Positives = Field(
        default=PositiveRange(low=3e-4, high=1e-2, log=True),
        description="Step size of AdamW. Can be searched.",
        examples=[1e-3],
    )
    weight_decay: Amounts = Field(
        default=0.0, description="Weight decay of AdamW. Can be searched."
    )
    clip: Positive | None = Field(
        default=1.0,
        description="Largest norm of the gradient, each fold's network by itself; null: off.",
    )
    class_weights: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="classify: whether the loss weighs each class inversely to its share of the "
        "training part, so that a rare class counts for as much as a common one.",
    )
    accelerator: Literal["auto", "cpu", "gpu"] = Field(
        default="auto",
        description="Where to train: on the CPU, on an NVIDIA GPU, or on that only where torch "
        "finds one (auto). Predictions are made on the CPU.",
    )


def _objectives(names: tuple[str, ...]) -> tuple[str, ...]:
    if names[:1] != ("score",) or len(names) > 2:
        raise ValueError("is not offered: write [score], [score, parameters] or [score, cost]")
    return names


MetricName = Annotated[
    str, GetPydanticSchema(lambda *_: core_schema.literal_schema(["auto", *SCORES]))
]


class Search(Section):
    """How the space is searched."""

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
    repeats: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        default=3, description="Fits for each finalist and each rate."
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
        default=None, description="Written by `dropsearch export`; has no effect."
    )


SECTIONS = ("data", "folds", "model", "training", "search")
