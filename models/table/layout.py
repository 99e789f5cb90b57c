"""The rows of a table series by series, and their times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError, Way
from dropsearch.models.spread import Whole, short, whole
from dropsearch.models.table.codes import coded_runs
from dropsearch.models.table.read import Table


@dataclass(frozen=True, eq=False)
class Layout:
    """R rows, those of a series together, series in the order of the file."""

    order: NDArray[np.int64] | None  # (R,) index into the table's rows; None: they stand so there
    start: NDArray[np.int64]  # (series,) the first row of each
    height: int  # R
    names: tuple[str, ...]

    @classmethod
    def of(cls, order: NDArray[np.int64] | None, codes: Whole, names: tuple[str, ...]) -> Layout:
        """codes: (R,) the series of each row, those of one together."""
        first = np.flatnonzero(codes[1:] != codes[:-1]) + 1
        return cls(order, np.append(0, first)[: len(codes)], len(codes), names)

    @cached_property
    def series(self) -> Whole:
        """(R,) index into names."""
        codes = short(np.arange(len(self.start)), len(self.start))
        return np.repeat(codes, np.diff(self.start, append=self.height))

    def placed(self, cells: NDArray[Any]) -> NDArray[Any]:
        """(R, ...) the cells of a table in this order: they themselves, where they stand so."""
        return cells if self.order is None else cells[self.order]

    def in_table(self, cells: NDArray[Any]) -> NDArray[Any]:
        """(R,) cells in this order in that of the table."""
        if self.order is None:
            return cells
        found = np.empty_like(cells)
        found[self.order] = cells
        return found

    def rows(self, at: Any) -> Any:
        """The row of the table that stands at a place, or those at several."""
        return at if self.order is None else self.order[at]

    @cached_property
    def first(self) -> NDArray[np.bool_]:
        """(R,) whether the row is the first of its series."""
        first = np.zeros(self.height, bool)
        first[self.start] = True
        return first

    def is_constant(self, cells: NDArray[np.generic]) -> bool:
        """Whether each series has one value in all its rows (R,)."""
        return not (~self.first[1:] & (cells[1:] != cells[:-1])).any()

    def head(self, rows: int) -> Layout:
        """Its first rows."""
        height = min(rows, self.height)
        start = self.start[self.start < height]
        return Layout(self.rows(np.arange(height)), start, height, self.names)

    @property
    def place(self) -> Whole:
        """(R,) how many rows of its series come before the row."""
        start = whole(self.start, self.height)
        return whole(np.arange(self.height), self.height) - start[self.series]

    def keep(self, rows: NDArray[np.bool_]) -> Layout:
        """The layout of these rows alone; a series without rows is gone."""
        if rows.all():
            return self
        used, series = np.unique(self.series[rows], return_inverse=True)
        names = tuple(np.array(self.names, object)[used])
        return Layout.of(self.rows(np.flatnonzero(rows)), series, names)


def lay_out(table: Table, series: str | None) -> Layout:
    """Raises DataError where a row names no series."""
    if series is None:
        return Layout(None, np.zeros(1, np.int64), table.height, ("",))
    codes, names, each = coded_runs(table, series)
    refuse_missing(table, series, np.repeat(codes < 0, each), "every row must name its series")
    if (codes[1:] >= codes[:-1]).all():
        runs = Layout.of(None, codes, names)
        return Layout(None, each * runs.start, each * runs.height, names)
    codes = np.repeat(short(codes, len(names)), each)
    order = np.argsort(codes, kind="stable")
    return Layout.of(order, codes[order], names)


def refuse_missing(table: Table, name: str, missing: NDArray[np.bool_], mend: str) -> None:
    """Raises DataError naming the first of the table's rows where `missing` is true."""
    if missing.any():
        first, empty = int(np.argmax(missing)), table.empty_rows()
        if empty[first]:
            text, missing = "the row is empty: take it out", missing & empty
        else:
            text = f"the value is missing: {mend}"
        raise table.fault(name, first, text, _cells(table, name, missing))


def _cells(table: Table, name: str, rows: NDArray[np.bool_]) -> int:
    """How many cells of the file stand in these rows: a row of a wide one becomes several."""
    once = table.origin is not None and name not in table.origin.columns
    return len(np.unique(table.rows[rows])) if once else int(rows.sum())


def constant_in_series(table: Table, name: str, codes: Whole, layout: Layout, what: str) -> Whole:
    """(series,) the code of each series, from codes (R,) in the layout's order.

    Raises DataError naming the first row of the file whose code is not its series' first.
    """
    first = codes[layout.start]
    if not layout.is_constant(codes):
        other = np.flatnonzero(codes != first[layout.series])
        at = other[np.argmin(layout.rows(other))]
        index, begin = layout.rows(at), layout.rows(layout.start[layout.series[at]])
        here, there = (table.text(name)[int(row)] or "" for row in (index, begin))
        series = quote(layout.names[layout.series[at]])
        raise table.fault(
            name,
            int(index),
            f"the {what} of series {series} is {quote(here)} here and {quote(there)} in row "
            f"{table.rows[begin]}: give each series one {what}",
            len(other),
        )
    return first


def data_error(table: Table, text: str, *ways: Way) -> DataError:
    """An error about the file as a whole."""
    return DataError(f"{table.path}: {text}", *ways)
