"""What a key may hold: a value, a list or a range, one type for each kind of number or name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from dropsearch.models.names import Cell, Embedding, Kind, Mask, Pooling, SharedSite
from dropsearch.search.config.values import (
    Amount,
    AmountRange,
    Count,
    CountRange,
    Integer,
    IntegerRange,
    Number,
    NumberRange,
    Positive,
    PositiveRange,
    Range,
    Rate,
    RateRange,
)

VALUE, LIST, RANGE, WHOLE_RANGE = "<value>", "<list>", "<range>", "<whole range>"


def shape(value: Any) -> str:
    """Which of the three forms a value has; pydantic then shows the errors of that form alone."""
    if isinstance(value, list | tuple):
        return LIST
    return RANGE if isinstance(value, dict | Range) else VALUE


def distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Raises ValueError where a value stands twice."""
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f"names {value} twice: drop one of them")
    return values


def of_one_kind(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Raises ValueError where a list mixes numbers, words and true or false."""
    kinds = {float if type(value) is int else type(value) for value in values}
    if len(kinds) > 1:
        raise ValueError("mixes numbers, words or true and false: write one kind of them")
    return values


def as_tuple(value: Any) -> Any:
    """Lists, as YAML and JSON give them, become tuples; anything else is left to be refused."""
    return tuple(value) if isinstance(value, list) else value


LISTED = (BeforeValidator(as_tuple), AfterValidator(distinct))
CountList = Annotated[tuple[Count, ...], *LISTED, Field(min_length=1)]
RateList = Annotated[tuple[Rate, ...], *LISTED, Field(min_length=1)]
PositiveList = Annotated[tuple[Positive, ...], *LISTED, Field(min_length=1)]
AmountList = Annotated[tuple[Amount, ...], *LISTED, Field(min_length=1)]

Counts = Annotated[
    Annotated[Count, Tag(VALUE)]
    | Annotated[CountList, Tag(LIST)]
    | Annotated[CountRange, Tag(RANGE)],
    Discriminator(shape),
]
EmbeddingSizes = Annotated[
    Annotated[Count | None, Tag(VALUE)]
    | Annotated[CountList, Tag(LIST)]
    | Annotated[CountRange, Tag(RANGE)],
    Discriminator(shape),
]
Rates = Annotated[
    Annotated[Rate, Tag(VALUE)] | Annotated[RateList, Tag(LIST)] | Annotated[RateRange, Tag(RANGE)],
    Discriminator(shape),
]
Positives = Annotated[
    Annotated[Positive, Tag(VALUE)]
    | Annotated[PositiveList, Tag(LIST)]
    | Annotated[PositiveRange, Tag(RANGE)],
    Discriminator(shape),
]
Amounts = Annotated[
    Annotated[Amount, Tag(VALUE)]
    | Annotated[AmountList, Tag(LIST)]
    | Annotated[AmountRange, Tag(RANGE)],
    Discriminator(shape),
]

Word = Annotated[str, Field(strict=True)]


def _plain(value: Any) -> Any:
    """Raises ValueError where it is no number, word or truth value."""
    number = isinstance(value, int | float) and abs(value) < float("inf")
    if not number and not isinstance(value, str):
        raise ValueError("is no number, word, true or false: write one, or a list or range of them")
    return value


Argument = Annotated[
    Annotated[bool, Field(strict=True)] | Integer | Number | Word, BeforeValidator(_plain)
]


def _argument_shape(value: Any) -> str:
    ends = (value.get("low"), value.get("high")) if isinstance(value, dict) else ()
    whole = isinstance(value, IntegerRange) or [type(end) for end in ends] == [int, int]
    return WHOLE_RANGE if whole else shape(value)


Arguments = Annotated[
    Annotated[Argument, Tag(VALUE)]
    | Annotated[
        tuple[Argument, ...], *LISTED, AfterValidator(of_one_kind), Field(min_length=1), Tag(LIST)
    ]
    | Annotated[IntegerRange, Tag(WHOLE_RANGE)]
    | Annotated[NumberRange, Tag(RANGE)],
    Discriminator(_argument_shape),
]

Flag = Annotated[bool, Field(strict=True)]
CellList = Annotated[tuple[Cell, ...], *LISTED, Field(min_length=1)]
MaskList = Annotated[tuple[Mask, ...], *LISTED, Field(min_length=1)]
KindList = Annotated[tuple[Kind, ...], *LISTED, Field(min_length=1)]
EmbeddingList = Annotated[tuple[Embedding, ...], *LISTED, Field(min_length=1)]
PoolingList = Annotated[tuple[Pooling, ...], *LISTED, Field(min_length=1)]
FlagList = Annotated[tuple[Flag, ...], *LISTED, Field(min_length=1)]


def list_or_value(value: Any) -> str:
    """As `shape`, for what cannot be a range."""
    return LIST if isinstance(value, list | tuple) else VALUE


Cells = Annotated[
    Annotated[Cell, Tag(VALUE)] | Annotated[CellList, Tag(LIST)], Discriminator(list_or_value)
]
Masks = Annotated[
    Annotated[Mask, Tag(VALUE)] | Annotated[MaskList, Tag(LIST)], Discriminator(list_or_value)
]
Kinds = Annotated[
    Annotated[Kind, Tag(VALUE)] | Annotated[KindList, Tag(LIST)], Discriminator(list_or_value)
]
Poolings = Annotated[
    Annotated[Pooling, Tag(VALUE)] | Annotated[PoolingList, Tag(LIST)],
    Discriminator(list_or_value),
]
Embeddings = Annotated[
    Annotated[Embedding, Tag(VALUE)] | Annotated[EmbeddingList, Tag(LIST)],
    Discriminator(list_or_value),
]
SharedSites = Annotated[tuple[SharedSite, ...], *LISTED, Field(min_length=1)]
Flags = Annotated[
    Annotated[Flag, Tag(VALUE)] | Annotated[FlagList, Tag(LIST)], Discriminator(list_or_value)
]
