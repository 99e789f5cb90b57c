"""A grid of cells, rows by columns -> one column of a long table, with the place of each cell.

R rows of the file, T columns of the grid, L rows of the long table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.table.origin import Origin
from dropsearch.models.table.read import Table


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells that become rows: by the long table's column the file's T, and (R, T) numbers or,
    where they are words, text."""

    table: Table
    columns: dict[str, tuple[str, ...]]
    numbers: dict[str, NDArray[np.float64]]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(R, T) whether any of them has a value."""
        found = np.zeros((self.table.height, self.width), bool)
        for name, columns in self.columns.items():
            if name in self.numbers:
                found |= ~np.isnan(self.numbers[name])
            else:
                blank = [self.table.text(column).is_not_null() for column in columns]
                found |= pl.DataFrame(blank).to_numpy()
        return found

    @property
    def width(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def commas(self) -> tuple[str, ...]:
        """The file's columns that have decimal commas."""
        names = [name for columns in self.columns.values() for name in columns]
        return tuple(name for name in names if self.table.readings[name].comma)

    def cells(self, name: str, row: NDArray[np.int64], step: NDArray[np.int64]) -> pl.Series:
        """(L,) the cells at these places."""
        if name in self.numbers:
            return pl.Series(name, self.numbers[name][row, step])
        texts = pl.concat([self.table.text(column) for column in self.columns[name]])
        return texts.gather(step * self.table.height + row).alias(name)


def grid_of(table: Table, columns: dict[str, tuple[str, ...]]) -> Grid:
    """columns: of the long table, each with the file's. Raises DataError for words in numbers."""
    numbers = {}
    for name, group in columns.items():
        kinds = {table.kind(column) for column in group}
        if kinds & {"numbers", "truth"} or not kinds <= {"words", "empty"} or kinds == {"empty"}:
            numbers[name] = np.stack([table.numbers(column) for column in group], axis=1)
    return Grid(table, columns, numbers)


def long_table(
    grid: Grid,
    carried: list[str],
    made: dict[str, tuple[pl.Series, NDArray[np.int64]]],
    row: NDArray[np.int64],
    step: NDArray[np.int64],
    said: list[str],
    places: Mapping[str, tuple[str, ...]] | None = None,
) -> Table:
    """made: columns whose cells stand in many rows, and (L,) which. places: those that were made ->
    columns of the file, by step."""
    table = grid.table
    carried = [name for name in carried if name not in table.unread]
    cells = [grid.cells(name, row, step) for name in grid.columns]
    once = {name: (_alone(table, cells, name), place) for name, (cells, place) in made.items()}
    once |= dict.fromkeys(carried, (table, row))
    blank = pl.repeat(None, len(row), dtype=pl.Null, eager=True)
    frame = pl.DataFrame([*(blank.alias(name) for name in once), *cells])
    return replace(
        table,
        frame=frame,
        rows=table.rows[row],
        commas=frozenset(),
        unread={name: of.readings[name].take(place) for name, (of, place) in once.items()},
        spelled=lambda name: frame[name].cast(pl.String),
        sights=(*table.sights, *said),
        origin=Origin({**grid.columns, **(places or {})}, step, grid.commas, once),
    )


def _alone(table: Table, cells: pl.Series, name: str) -> Table:
    """A table of names that stand in the file's header, or were made up."""
    frame, rows = pl.DataFrame({name: cells}), np.ones(len(cells), np.int64)
    return Table(table.path, frame, rows, frozenset())


def trimmed(known: NDArray[np.bool_], group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) the places from the first to the last that is known in each group."""
    if known.all():
        return known
    place = np.arange(len(known))
    first = np.full(int(group.max()) + 1, len(known))
    last = np.full(len(first), -1)
    np.minimum.at(first, group[known], place[known])
    np.maximum.at(last, group[known], place[known])
    return (place >= first[group]) & (place <= last[group])
