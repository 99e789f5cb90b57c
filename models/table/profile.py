"""What the columns of a table look like, before anybody says what they are for.

R rows of the table, in its order; a layout has them series by series.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded_numbers
from dropsearch.models.cells.marks import unit_of
from dropsearch.models.errors import DataError
from dropsearch.models.spread import gathered, short
from dropsearch.models.table.codes import Once, coded_cells, spellings, written_once
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import times_of
from dropsearch.models.times.likeness import resembles_times
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.time_styles import (
    AmbiguousError,
    UnreadableError,
    may_be_dates,
    numeric_dates,
)

_TEXT_BLANKS = 3.0  # blanks in a cell, on average, from which words are sentences
_TEXT_SHARE = 0.25  # different cells among all, from which they are sentences
_FEW = 20  # numbers that are spelled as in the file
_FIRST = 10_000  # rows that tell most columns apart


@dataclass(frozen=True, eq=False)
class Look:
    """One column, of which each thing is worked out when it is asked for."""

    name: str
    kind: str  # numbers | truth | words | text | dates | empty | other; unclear, or marked where
    # marks in numbers have two readings: see Reading.fault
    table: Table

    @property
    def numeric(self) -> bool:
        """Whether it can be a feature as it is."""
        return self.kind in ("numbers", "truth")

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """(R,) equal numbers for equal cells, -1 where blank."""
        codes, _ = self._coded
        if self._once is None:
            return codes
        return gathered(short(codes, len(self.levels)), self._once[1])

    @property
    def levels(self) -> Sequence[str]:
        """By code, as spelled where there are few."""
        return self._coded[1]

    @cached_property
    def whole(self) -> bool:
        """Whether it holds numbers without decimals."""
        values = self._values
        if values is None or _has_decimals(values[:_FIRST]):
            return False
        return not _has_decimals(values)

    @cached_property
    def varies(self) -> bool:
        """Whether there are two different values at least."""
        values = self._values
        if values is None:
            return len(self.levels) > 1
        low, high = (reduce(values, initial=np.nan) for reduce in (np.fmin.reduce, np.fmax.reduce))
        return bool(low < high)

    @cached_property
    def blanks(self) -> int:
        """How many cells hold no value."""
        values = self._values
        blank = self._coded[0] < 0 if values is None else np.isnan(values)
        return int((blank if self._once is None else gathered(blank, self._once[1])).sum())

    def at_most(self, number: int) -> bool:
        """Whether there are so many different values at most."""
        values = self._values
        few = values is None or len(np.unique(values[:_FIRST])) <= number + 1  # NaN is none
        return few and len(self.levels) <= number

    def is_steady(self, layout: Layout) -> NDArray[np.bool_]:
        """(series,) whether each has one value in all rows."""
        values = None if self._once is not None else self._values
        if values is not None and np.isnan(values).any():
            values = np.nan_to_num(values, nan=np.inf)
        cells = layout.placed(self.codes if values is None else values)
        changes = np.empty(len(cells), bool)
        np.not_equal(cells[1:], cells[:-1], out=changes[1:])
        changes[layout.start] = False
        return ~np.logical_or.reduceat(changes, layout.start)

    @cached_property
    def _once(self) -> Once | None:
        return written_once(self.table, self.name)

    @property
    def _values(self) -> NDArray[np.float64] | None:
        """Each as often as the file has it."""
        source = self.table if self._once is None else self._once[0]
        return source.readings[self.name].values

    @cached_property
    def _coded(self) -> tuple[NDArray[np.int64], Sequence[str]]:
        source = self.table if self._once is None else self._once[0]
        reading = source.readings[self.name]
        if reading.is_opaque:
            return np.zeros(source.height, np.int64), ("...",)
        if reading.values is None:
            return coded_cells(source, self.name)
        codes, first = coded_numbers(reading.values)
        if len(first) <= _FEW:
            return codes, tuple(reading.text[row] for row in first.tolist())
        return codes, Numbers(reading.values[first])


def _has_decimals(values: NDArray[np.float64]) -> bool:
    return bool(((values != np.trunc(values)) & ~np.isnan(values)).any())


class Numbers(Sequence[str]):
    """Many numbers, each written only when it is asked for."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return Numbers(self._values[at]) if isinstance(at, slice) else str(self._values[at])


def looks(table: Table) -> dict[str, Look]:
    """Every column that has a name or holds dates, in the order of the file."""
    found = {name: _look(table, name) for name in table.names}
    return {
        name: look
        for name, look in found.items()
        if name not in table.unnamed or look.kind == "dates"
    }


def _look(table: Table, name: str) -> Look:
    once = written_once(table, name)
    return Look(name, _kind(table if once is None else once[0], name), table)


def _kind(table: Table, name: str) -> str:
    reading = table.readings[name]
    if reading.is_opaque:
        return "other"
    if reading.values is None:
        return _kind_of_words(table, name)
    dated = reading.kind == "numbers" and may_be_dates(reading.values)
    dated = dated and numeric_dates(reading.text.drop_nulls()) is not None
    return "dates" if dated else reading.kind


def _kind_of_words(table: Table, name: str) -> str:
    kind = table.kind(name)
    if kind == "times" or name in table.joined:
        return "dates"
    if kind != "words":
        return kind
    fault = table.readings[name].fault
    if fault is not None:
        return "marked" if fault.marks else "unclear"
    text = table.text(name).drop_nulls()
    if _like_dates(text, name):
        return "dates"
    blanks = text.str.strip_chars().str.count_matches(r"\s+").mean()
    assert isinstance(blanks, float)
    if blanks < _TEXT_BLANKS:
        return "words"
    many = len(spellings(table, name)) >= max(20, _TEXT_SHARE * len(text))
    return "text" if many else "words"


def _like_dates(text: pl.Series, name: str) -> bool:
    """Whether the cells are dates, be it with a fault that reading them will tell."""
    try:
        read_times(text)
    except AmbiguousError:
        return True
    except UnreadableError as error:
        return error.style is not None or resembles_times(text, name)
    return True


def stamps_of(table: Table, name: str) -> NDArray[Any] | None:
    """(R,) the column read as times or as counting numbers; None where it cannot be."""
    each_alone = Layout(None, np.arange(table.height), table.height, ())
    try:
        return times_of(table, name, each_alone).stamps
    except DataError:
        return None


def rises(stamps: NDArray[Any], layout: Layout) -> bool:
    """Whether the stamps (R,) grow from row to row inside every series."""
    steps = np.diff(layout.placed(stamps))
    return bool((steps[~layout.first[1:]] > 0).all())


def regular(stamps: NDArray[Any], layout: Layout, share: float = 1.0) -> bool:
    """Whether they never fall, and of their steps such a share at least is one and the same."""
    steps = np.diff(layout.placed(stamps).astype(np.float64))[~layout.first[1:]]
    if not len(steps) or (steps < 0).any():
        return False
    usual = float(np.median(steps))
    return usual > 0 and bool(np.isclose(steps, usual, rtol=1e-6).mean() >= share)


def in_one_piece(layout: Layout) -> bool:
    """Whether the rows of each series stand together in the file."""
    return layout.order is None or bool((np.diff(layout.order) == 1).all())


def steady(look: Look, layout: Layout) -> float:
    """The share of series in which the column has one value in all rows."""
    return 1 - int((~look.is_steady(layout)).sum()) / len(layout.names)


def per_series(look: Look, layout: Layout) -> NDArray[np.int64]:
    """(series,) the code in the first row of each."""
    return look.codes[layout.rows(layout.start)]


def measures(table: Table, names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The columns of numbers with their units, as these are written or stand below the header."""
    read = {name: table.readings[name].unit.split(", ") for name in names}
    said = {name: next(filter(None, map(unit_of, parts)), "") for name, parts in read.items()}
    found = {name: unit or table.units.get(name, "") for name, unit in said.items()}
    return tuple((name, unit) for name, unit in found.items() if unit)
