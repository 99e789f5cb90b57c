"""A grid of cells, rows by columns -> one column of a long table, with the place of each cell.

R rows of the file, T columns of the grid, L rows of the long table, which goes through the grid by
one of these and then by the other: A times B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import Reading
from dropsearch.models.spread import Spread, Whole, whole
from dropsearch.models.table.origin import Origin
from dropsearch.models.table.read import Table


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells that become rows: by the long table's column the file's T, and (A, B) numbers or,
    where they are words, text. down: one column of the file after the other, and no rows."""

    table: Table
    columns: dict[str, tuple[str, ...]]
    numbers: dict[str, NDArray[np.float64]]
    down: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        """(A, B) whether any of them has a value."""
        shape = (self.width, self.table.height)
        found = np.zeros(shape if self.down else shape[::-1], bool)
        for name, columns in self.columns.items():
            if name in self.numbers:
                found |= ~np.isnan(self.numbers[name])
            else:
                text = [self.table.text(column).is_not_null().to_numpy() for column in columns]
                found |= np.stack(text, axis=1 - self.down)
        return found

    @property
    def width(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def commas(self) -> tuple[str, ...]:
        """The file's columns that have decimal commas."""
        names = [name for columns in self.columns.values() for name in columns]
        return tuple(name for name in names if self.table.readings[name].comma)

    def read(self, name: str, chosen: Chosen) -> Reading:
        """(L,) the numbers at these chosen."""
        values = self.numbers[name].ravel()
        if chosen.among is not None:
            values = values[chosen.among]
        kind = "empty" if np.isnan(values).all() else "numbers"
        units = {self.table.readings[column].unit for column in self.columns[name]}
        unit = units.pop() if len(units) == 1 else ""
        return Reading(kind, lambda: pl.Series(values).cast(pl.String), values, unit=unit)

    def words(self, name: str, chosen: Chosen) -> pl.Series:
        """(L,) the words at these chosen."""
        texts = pl.concat([self.table.text(column) for column in self.columns[name]])
        places = np.asarray(chosen.step).astype(np.int64) * self.table.height
        return texts.gather(places + np.asarray(chosen.row)).alias(name)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which cells of a grid are rows of the long table, in its order."""

    row: Spread  # (L,)
    step: Spread  # (L,)
    among: Whole | None  # (L,) of A * B cells; None: all

    @classmethod
    def of(cls, keep: NDArray[np.bool_], *, down: bool) -> Chosen:
        """keep: (A, B)"""
        among = None if keep.all() else whole(np.flatnonzero(keep), keep.size)
        outer, inner = (whole(np.arange(number), number) for number in keep.shape)
        first = Spread(outer, each=len(inner), among=among)
        second = Spread(inner, again=len(outer), among=among)
        return cls(second, first, among) if down else cls(first, second, among)


def grid_of(table: Table, columns: dict[str, tuple[str, ...]], *, down: bool = False) -> Grid:
    """columns: of the long table, each with the file's. Raises DataError for words in numbers."""
    numbers = {}
    for name, group in columns.items():
        kinds = {table.kind(column) for column in group}
        if kinds & {"numbers", "truth"} or not kinds <= {"words", "empty"} or kinds == {"empty"}:
            cells = [table.numbers(column) for column in group]
            numbers[name] = np.stack(cells, axis=1 - down)
            numbers[name] += 0.0  # no -0.0
    return Grid(table, columns, numbers, down)


def long_table(
    grid: Grid,
    carried: list[str],
    made: dict[str, tuple[pl.Series, Spread]],
    chosen: Chosen,
    said: list[str],
    parts: Mapping[str, tuple[str, ...]] | None = None,
) -> Table:
    """made: columns whose cells stand in many rows, and (L,) which. parts: those that were made ->
    columns of the file, by step."""
    table, row = grid.table, chosen.row
    carried = [name for name in carried if name not in table.unread]
    once = {name: (_alone(table, cells, name), place) for name, (cells, place) in made.items()}
    once |= dict.fromkeys(carried, (table.only(carried), row))
    blank = pl.repeat(None, len(row), dtype=pl.Null, eager=True)
    unread = {name: of.readings[name].take(place) for name, (of, place) in once.items()}
    unread |= {name: grid.read(name, chosen) for name in grid.numbers}
    words = {n: grid.words(n, chosen) for n in grid.columns if n not in grid.numbers}
    cells = {name: words.get(name, blank) for name in (*once, *grid.columns)}
    return replace(
        table,
        frame=pl.DataFrame(cells),
        rows=row.of(np.asarray(table.rows, np.int32)),
        commas=frozenset(),
        unread=unread,
        spelled=None,
        units=_units(grid) | {name: table.units[name] for name in carried if name in table.units},
        sights=(*table.sights, *said),
        origin=Origin({**grid.columns, **(parts or {})}, chosen.step, grid.commas, once),
    )


def _units(grid: Grid) -> dict[str, str]:
    """Those that all columns of the file have in common."""
    said = {
        name: {grid.table.units.get(column, "") for column in columns}
        for name, columns in grid.columns.items()
    }
    return {name: units.pop() for name, units in said.items() if len(units) == 1}


def _alone(table: Table, cells: pl.Series, name: str) -> Table:
    """A table of names that stand in the file's header, or were made up."""
    frame, rows = pl.DataFrame({name: cells}), Spread(np.ones(1, np.int64), again=len(cells))
    return Table(table.path, frame, rows, frozenset())


def between(known: NDArray[np.bool_], *, ahead: bool = False) -> NDArray[np.bool_]:
    """(A, B) in each row the places from the first to the last that is known; ahead: and those
    ahead of the first."""
    if known.all():
        return known
    place = np.arange(known.shape[1])
    first = 0 if ahead else known.argmax(axis=1)[:, None]
    last = known.shape[1] - known[:, ::-1].argmax(axis=1)[:, None]
    return (place >= first) & (place < last) & np.any(known, axis=1, keepdims=True)


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
