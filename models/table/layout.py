"""The rows of a table series by series, and their times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError, Way
from dropsearch.models.table.codes import coded_cells
from dropsearch.models.table.read import Table


@dataclass(frozen=True, eq=False)
class Layout:
    """R rows, those of a series together, series in the order of the file."""

    order: NDArray[np.int64] | None  # (R,) index into the table's rows; None: they stand so there
    series: NDArray[np.int64]  # (R,) index into names
    names: tuple[str, ...]

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
        first = np.ones(len(self.series), bool)
        np.not_equal(self.series[1:], self.series[:-1], out=first[1:])
        return first

    def is_constant(self, cells: NDArray[np.generic]) -> bool:
        """Whether each series has one value in all its rows (R,)."""
        return not (~self.first[1:] & (cells[1:] != cells[:-1])).any()

    def head(self, rows: int) -> Layout:
        """Its first rows."""
        series = self.series[:rows]
        return Layout(self.rows(np.arange(len(series))), series, self.names)

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """(series,) the first row of each."""
        return np.flatnonzero(self.first)

    @property
    def place(self) -> NDArray[np.int64]:
        """(R,) how many rows of its series come before the row."""
        return np.arange(len(self.series)) - self.start[self.series]

    def keep(self, rows: NDArray[np.bool_]) -> Layout:
        """The layout of these rows alone; a series without rows is gone."""
        if rows.all():
            return self
        used, series = np.unique(self.series[rows], return_inverse=True)
        names = tuple(np.array(self.names, object)[used])
        return Layout(self.rows(np.flatnonzero(rows)), series, names)


def lay_out(table: Table, series: str | None) -> Layout:
    """Raises DataError where a row names no series."""
    if series is None:
        return Layout(None, np.zeros(table.height, np.int64), ("",))
    codes, names = coded_cells(table, series)
    refuse_missing(table, series, codes < 0, "every row must name its series")
    if (codes[1:] >= codes[:-1]).all():
        return Layout(None, codes, names)
    order = np.argsort(codes, kind="stable")
    return Layout(order, codes[order], names)


def refuse_missing(table: Table, name: str, missing: NDArray[np.bool_], mend: str) -> None:
    """Raises DataError naming the first of the table's rows where `missing` is true."""
    if missing.any():
        first, count = int(np.argmax(missing)), int(missing.sum())
        empty = table.empty_rows()
        if empty[first]:
            text, count = "the row is empty: take it out", int((missing & empty).sum())
        else:
            text = f"the value is missing: {mend}"
        raise table.fault(name, first, text, count)


def constant_in_series(
    table: Table, name: str, codes: NDArray[np.int64], layout: Layout, what: str
) -> NDArray[np.int64]:
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
