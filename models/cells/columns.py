"""One column -> one reading: numbers, true/false, words, times; or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.panics import PolarsFaultError, polars_faults
from dropsearch.models.errors import Way
from dropsearch.models.spread import Places, gathered

MISSING_WORDS = (
    *("na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "-", "--", "?", "."),
    *("#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!"),  # a spreadsheet's faults
)
_CALENDAR = (-719_162, 2_932_897)  # days since 1970: from the year 1 to before the year 10,000


@dataclass(frozen=True)
class Fault:
    """Why a column is not read as it looks: the first cell and the reason."""

    index: int
    text: str
    marks: bool = False  # numbers with marks in them that can be read in two ways
    ways: tuple[Way, ...] = ()  # to read it nonetheless


@dataclass(frozen=True, eq=False)
class Reading:
    """What a column is. `values` (rows,) are there for numbers and true/false, NaN where missing.

    A column of another kind with a fault has no cells that could be shown or compared.
    """

    kind: str  # numbers | truth | words | times | empty | other
    spelled: pl.Series | Callable[[], pl.Series]  # `text`, or what makes it
    numbers: NDArray[np.float64] | Callable[[], NDArray[np.float64]] | None = None  # `values`
    fault: Fault | None = None
    comma: bool = False  # read with a decimal comma
    unit: str = ""  # of the numbers as they are written
    what: str = ""  # that a column of another kind holds

    @cached_property
    def text(self) -> pl.Series:
        """The cells in the user's spelling, null where blank."""
        return self.spelled if isinstance(self.spelled, pl.Series) else self.spelled()

    @cached_property
    def values(self) -> NDArray[np.float64] | None:
        """The numbers, NaN where missing."""
        return self.numbers() if callable(self.numbers) else self.numbers

    @cached_property
    def coded(self) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """(rows,) codes of the cells in the order of first appearance, -1 where missing, and their
        spellings."""
        return coded(self.text)

    def take(self, rows: Places) -> Reading:
        """The reading of these rows; of its fault the first of them that has it, if any."""
        fault = self.fault
        if fault is not None:
            fault = replace(fault, index=int(np.argmax(np.asarray(rows) == fault.index)))
        values = self.values
        numbers = None if values is None else lambda: gathered(values, rows)
        return replace(
            self,
            spelled=lambda: self.text.gather(np.asarray(rows)),
            numbers=numbers,
            fault=fault,
        )

    @property
    def is_opaque(self) -> bool:
        """Whether nothing can be said of its cells."""
        return self.kind == "other" and self.fault is not None


def opaque(height: int, what: str, mend: str, first: int = 0) -> Reading:
    """A column of `what`, of which no cell can be used; first: the row that shows it."""
    fault = Fault(first, f"it holds {what}: {mend}")
    blank = pl.repeat(None, height, dtype=pl.String, eager=True)
    return Reading("other", blank, fault=fault, what=what)


def quote(text: str) -> str:
    """A name or cell for a message: on one line, quoted, not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def listed(names: Sequence[str]) -> str:
    """The first of many names for a message, and how many more there are."""
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(quote(name) for name in names[:12]) + more


def plain_numbers(frame: pl.DataFrame) -> dict[str, Reading]:
    """The columns of text whose every cell is a number, all at once: of many columns the most."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if not texts:
        return {}
    try:
        with polars_faults():
            cells = frame.select(pl.col(texts).str.strip_chars().cast(pl.Float64, strict=False))
            known = cells.select((pl.all().is_not_null() & pl.all().is_not_nan().any()).all()).row(
                0
            )
    except PolarsFaultError:
        return {}  # column by column the one at fault is found
    return {
        name: Reading("numbers", frame[name], cells[name].to_numpy())
        for name, every in zip(texts, known, strict=True)
        if every
    }


def read_column(column: pl.Series) -> Reading:
    """Reads the whole column; numbers with marks in them are words here."""
    try:
        with polars_faults():
            return _read_typed(column)
    except PolarsFaultError as error:
        what = "binary values" if column.dtype == pl.Binary else f"unreadable values ({error})"
        return opaque(len(column), what, "write numbers, words or dates")


def _read_typed(column: pl.Series) -> Reading:
    kind = column.dtype
    if kind in (pl.Categorical, pl.Enum) or kind == pl.String:
        return _read_text(column.cast(pl.String))
    if kind.is_numeric():
        floats = column.cast(pl.Float64)
        values = (floats.fill_null(np.nan) if floats.has_nulls() else floats).to_numpy()
        text = partial(column.cast, pl.String)
        return Reading("empty" if np.isnan(values).all() else "numbers", text, values)
    if kind == pl.Boolean:
        values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
        return Reading(
            "empty" if np.isnan(values).all() else "truth", column.cast(pl.String), values
        )
    blank = pl.Series(column.name, [None] * len(column), pl.String)
    if kind == pl.Null or column.null_count() == len(column):
        return Reading("empty", blank, np.full(len(column), np.nan))
    if kind == pl.Date or kind == pl.Datetime:
        return _read_times(column)
    what = "times of day" if kind == pl.Time else "binary values"
    return Reading("other", column.cast(pl.String), what=what)


def _read_times(column: pl.Series) -> Reading:
    kind = column.dtype
    if kind != pl.Datetime("ns"):  # which does not reach so far
        zoned = isinstance(kind, pl.Datetime) and kind.time_zone is not None
        first, last = (_CALENDAR[0] + zoned, _CALENDAR[1] - zoned)  # a day for the offset
        per_day = {"ms": 86_400_000, "us": 86_400_000_000}.get(getattr(kind, "time_unit", ""), 1)
        within = column.to_physical().is_between(first * per_day, last * per_day, closed="left")
        beyond = ~within.fill_null(True)
        if beyond.any():
            mend = "correct them, or leave the cells empty"
            return opaque(len(column), "times outside the years 1 to 9999", mend, first_of(beyond))
    return Reading("times", column.cast(pl.String))


def _read_text(text: pl.Series) -> Reading:
    stripped = text.str.strip_chars()
    blank = (stripped == "") | stripped.is_null()
    text = text.set(blank, None)
    if blank.all():
        return Reading("empty", text, np.full(len(text), np.nan))
    values = stripped.cast(pl.Float64, strict=False)
    wordy = ~blank & values.is_null()
    if wordy.any():
        absent = stripped.str.to_lowercase().is_in(MISSING_WORDS)
        wordy &= ~absent
    else:
        absent = blank
    if not wordy.any():
        if values.drop_nulls().is_nan().all():
            return Reading("empty", text, np.full(len(text), np.nan))
        return Reading("numbers", text, values.fill_null(np.nan).to_numpy())
    present = ~(blank | absent)
    cells = stripped.filter(present)
    lower = cells.str.to_lowercase()
    if lower.is_in(["true", "false"]).all():
        truth = stripped.str.to_lowercase().replace_strict(
            {"true": 1.0, "false": 0.0}, default=np.nan, return_dtype=pl.Float64
        )
        return Reading("truth", text, truth.to_numpy())
    return _words(text, values, wordy, present)


def _words(text: pl.Series, values: pl.Series, wordy: pl.Series, present: pl.Series) -> Reading:
    """A column of words; one that is mostly numbers is no clear column of either."""
    first = first_of(wordy)
    if 2 * int(wordy.sum()) > int(present.sum()):
        return Reading("words", text)
    many = int(wordy.sum())
    more = f" (the first of {many:,} like it)" if many > 1 else ""
    reason = (
        f"{quote(text[first])} is a word among numbers{more}: leave the cell empty where the value "
        "is missing"
    )
    return Reading("words", text, fault=Fault(first, reason))


def largest(values: NDArray[np.float64]) -> float:
    """The size of the largest number, 0 where none is known."""
    return float(max(np.fmax.reduce(values, initial=0.0), -np.fmin.reduce(values, initial=0.0)))


def first_of(mask: pl.Series) -> int:
    """The first place where it is true."""
    return int(np.argmax(mask.fill_null(False).to_numpy()))


def coded(cells: pl.Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Codes in the order of first appearance, and the spellings; -1 where missing."""
    names = cells.drop_nulls().unique(maintain_order=True)
    if not len(names):
        return np.full(len(cells), -1), ()
    if len(names) == len(cells):
        return np.arange(len(cells)), tuple(names.cast(pl.String).to_list())
    numbers = pl.Series(range(len(names)), dtype=pl.Int64)
    codes = cells.replace_strict(names, numbers, default=-1, return_dtype=pl.Int64)
    return codes.to_numpy().astype(np.int64), tuple(names.cast(pl.String).to_list())


def coded_numbers(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(R,) codes in the order of first appearance, -1 where NaN, and the first row of each."""
    known = np.flatnonzero(~np.isnan(values))
    _, first, inverse = np.unique(values[known], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    codes = np.full(len(values), -1)
    codes[known] = rank[inverse]
    return codes, known[first[order]]
