"""A wide table -> the same in long form: one step of one series in each row.

R rows of the file, T steps or series in its columns, L rows of the long table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded, listed, quote
from dropsearch.models.errors import DataError
from dropsearch.models.spread import Spread
from dropsearch.models.table.read import Table
from dropsearch.models.table.split import with_time
from dropsearch.models.times.calendar import write_time
from dropsearch.models.times.spans import is_fiscal, read_times
from dropsearch.models.times.split import named_part
from dropsearch.models.times.time_styles import AmbiguousError, Times, UnreadableError
from dropsearch.models.wide.families import Family, from_first, parts_of_year
from dropsearch.models.wide.grid import Chosen, Grid, between, grid_of, long_table, trimmed
from dropsearch.models.wide.steps import is_numeric, steps_of

Wide = Literal["rows", "columns", "calendar"]
VALUE = "value"  # what the cells of a forecast are called, where nobody says


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What study.yaml says of a wide table, in the file's names; the target of a forecast names
    what its cells hold."""

    shape: Wide
    forecast: bool
    target: str
    time: str | tuple[str, ...] | None
    series: str | None
    beside: tuple[str, ...] = ()  # features and categories, as far as the file has them
    aside: tuple[str, ...] = ()  # columns with another role, which a new file need not have

    @property
    def taken(self) -> set[str]:
        """Columns that hold no steps."""
        times = (self.time,) if isinstance(self.time, str) else self.time or ()
        named = {*times, self.series, *self.beside, *self.aside}
        return {name for name in named if name} | (set() if self.forecast else {self.target})


@dataclass(frozen=True, kw_only=True)
class WideForm:
    """How a file is wide, as a model has to know for the next one."""

    shape: Wide
    steps: dict[str, tuple[str, ...]]  # a column of the long table -> the file's, in the training
    aside: tuple[str, ...]  # columns with a role that a new file need not have


@dataclass(frozen=True)
class Years:
    """How the rows of a calendar are called, and the part of a year with which one begins."""

    style: str = ""  # a template of fiscal years; "": as the numbers of calendar years
    start: int = 0

    def row_of(self, year: str, part: int, parts: int) -> tuple[str, int]:
        """The name of the row of a part of a calendar year, and its place there; from 0 on."""
        if not self.style:
            return year, part
        own = int(year) - (part < self.start)
        stamp = np.datetime64(own - 1970, "Y").astype("M8[us]").astype(np.int64)
        return write_time(self.style, int(stamp), 0), (part - self.start) % parts


@dataclass(frozen=True, eq=False)
class Unfolded:
    """The long table, and what orders it."""

    table: Table
    time: str | tuple[str, ...] | None
    series: str
    steps: Mapping[str, tuple[str, ...]]  # a column of the long table -> those of the file
    family: Family | None = None  # of which a forecast's times are the names
    years: Years = field(default_factory=lambda: Years())  # of a calendar

    def form(self, asked: Asked) -> WideForm:
        """What a model has to know of it."""
        return WideForm(shape=asked.shape, steps=dict(self.steps), aside=asked.aside)


def unfold(
    table: Table, asked: Asked, steps: Mapping[str, tuple[str, ...]] | None = None
) -> Unfolded:
    """steps: of sequences those of the training, whose columns must be there.

    Raises DataError naming row and column of the file.
    """
    if asked.shape == "rows" and asked.time is not None:
        raise DataError(
            f"{table.path}: data.layout is rows, whose columns are the times: leave data.time out."
        )
    if asked.forecast and asked.target in table.names:
        raise DataError(
            f"{table.path}: column {quote(asked.target)} is data.target, and with data.layout "
            f"{asked.shape} a forecast predicts what stands in many columns: name that, as "
            f"target: {VALUE}."
        )
    return _SHAPES[asked.shape](table, asked, steps)


def _rows(table: Table, asked: Asked, steps: Mapping[str, tuple[str, ...]] | None) -> Unfolded:
    found = [] if steps is not None else steps_of(table, asked.taken)
    columns = _titled(found, table, asked) if steps is None else dict(steps)
    grid = grid_of(table, columns)
    known = grid.known
    _refuse_blank(table, grid, known)
    # where nothing stands at the beginning of a sequence, a value is missing
    chosen = Chosen.of(between(known, ahead=not asked.forecast), down=False)
    stepped = {column for group in columns.values() for column in group}
    counting = [name for name in table.names if name not in stepped and _counts(table, name, asked)]
    carried = [name for name in table.names if name not in (*stepped, *counting)]
    made: dict[str, tuple[pl.Series, Spread]] = {}
    series = asked.series or free("row", table.names)
    if asked.series is None:
        made[series] = (pl.Series(np.asarray(table.rows)).cast(pl.String), chosen.row)
    else:
        _refuse_repeated(table, asked.series)
    time, family = None, None
    if asked.forecast:
        family = found[list(columns).index(asked.target)]
        time = free("time", (*table.names, *columns, series))
        made[time] = (pl.Series(family.cells, dtype=pl.String), chosen.step)
    noun = "series, whose times are the names of" if asked.forecast else "sequence, its steps in"
    first = next(iter(columns.values()))
    said = [f"One row is one {noun} {len(first):,} columns, {_span(first)} (data.layout: rows)."]
    if counting:
        said.append(f"Left out as a feature: {listed(counting)}: only counts the rows.")
    long = long_table(grid, carried, made, chosen, said, {time: first} if time else {})
    return Unfolded(long, time, series, columns, family)


def _columns(table: Table, asked: Asked, steps: Mapping[str, tuple[str, ...]] | None) -> Unfolded:
    table, time = with_time(table, asked.time)
    free_ones = [name for name in table.names if name not in asked.taken | table.unnamed]
    names = tuple(name for name in free_ones if is_numeric(table, name))
    if not names:
        raise _no_steps(table, asked, "no column of numbers is left to be a series")
    grid = grid_of(table, {asked.target: names}, down=True)
    chosen = Chosen.of(between(grid.known), down=True)
    series = free("series", table.names)
    made = {series: (pl.Series(names, dtype=pl.String), chosen.step)}
    carried = [name for name in table.names if name not in names]
    empty = [name for name in free_ones if table.kind(name) == "empty"]
    said = [
        f"Each of {len(names):,} columns is one series: {listed(names)} (data.layout: columns)."
    ]
    long = long_table(grid, [n for n in carried if n not in empty], made, chosen, said)
    return Unfolded(long, time, series, grid.columns)


def _calendar(table: Table, asked: Asked, steps: Mapping[str, tuple[str, ...]] | None) -> Unfolded:
    names = parts_of_year([name for name in table.names if name not in asked.taken])
    if names is None or not isinstance(asked.time, str):
        raise _no_steps(table, asked, "there are no columns of twelve months or four quarters")
    fiscal, years = fiscal_years(table, asked.time), Years()
    if fiscal is not None and len(names) == 12:
        start, names = from_first(names, table.names)
        years = Years(fiscal.style, start)
    grid = grid_of(table, {asked.target: names})
    codes = np.zeros(table.height, np.int64)
    if asked.series is not None:
        codes, _ = coded(table.text(asked.series))
    known = grid.known
    keep = trimmed(known.ravel(), np.repeat(codes - codes.min(), len(names)))
    chosen = Chosen.of(keep.reshape(known.shape), down=False)
    part = free("month" if len(names) == 12 else "quarter", (*table.names, asked.target))
    numbers = (years.start + np.arange(len(names))) % len(names) + 1
    made = {part: (pl.Series(numbers).cast(pl.String), chosen.step)}
    year = asked.time
    if fiscal is not None:
        own = 1970 + fiscal.stamps.astype("M8[us]").astype("M8[Y]").astype(np.int64)
        later = np.asarray(chosen.step) >= len(names) - years.start
        year = free("year", table.names)
        cells = pl.Series(np.concatenate([own, own + 1])).cast(pl.String)
        row = np.asarray(chosen.row) + table.height * later
        made[year] = (cells, Spread(np.arange(len(cells)), among=row))
    elif named_part(year) != "Y":
        year = free("year", table.names)
        made[year] = (table.text(asked.time), chosen.row)
    series = asked.series or free("series", table.names)
    if asked.series is None:
        made[series] = (
            pl.Series([asked.target]),
            Spread(np.zeros(1, np.int32), each=len(chosen.row)),
        )
    carried = [name for name in table.names if name in asked.taken]
    spare = [name for name in table.names if name not in (*carried, *names)]
    said = [f"One row is one year, its parts in {len(names)} columns, {_span(names)} "
            "(data.layout: calendar)."]  # fmt: skip
    said += [f"Left out: {listed(spare)}: no part of the year."] if spare else []
    parts = {part: names, year: (asked.time,) * len(names)}
    long = long_table(grid, carried, made, chosen, said, parts)
    return Unfolded(long, (year, part), series, grid.columns, years=years)


def fiscal_years(table: Table, name: str) -> Times | None:
    """The years of a column, where each names the next one, too, as 2000/01."""
    if table.kind(name) != "words" or table.text(name).has_nulls():
        return None
    with suppress(UnreadableError, AmbiguousError):
        times = read_times(table.text(name))
        return times if is_fiscal(times.style) else None
    return None


_SHAPES = {"rows": _rows, "columns": _columns, "calendar": _calendar}


def free(name: str, taken: Iterable[str]) -> str:
    """The name, told apart from those that are there."""
    taken = set(taken)
    while name in taken:
        name += "'"
    return name


def _titled(found: list[Family], table: Table, asked: Asked) -> dict[str, tuple[str, ...]]:
    """A name for each family; the only one of a forecast is the target."""
    if asked.forecast and len(found) == 1:
        return {asked.target: found[0].columns}
    titles: dict[str, tuple[str, ...]] = {}
    for family in found:
        titles[free(family.title, (*table.names, *titles))] = family.columns
    if asked.forecast and asked.target not in titles:
        raise DataError(
            f"{table.path}: data.target is {quote(asked.target)}, and the steps of a row are "
            f"{listed(list(titles))}: name one of these."
        )
    return titles


def _counts(table: Table, name: str, asked: Asked) -> bool:
    """Whether a column without a role rises or falls from row to row."""
    values = table.readings[name].values
    if name in asked.taken or values is None or len(values) < 3:
        return False
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


def _refuse_blank(table: Table, grid: Grid, known: NDArray[np.bool_]) -> None:
    blank = ~known.any(axis=1)
    if blank.any():
        first = next(iter(grid.columns.values()))
        text = f"nothing stands in it and the {len(first) - 1:,} other steps: take the row out"
        raise table.fault(first[0], int(np.argmax(blank)), text, int(blank.sum()))


def _refuse_repeated(table: Table, series: str) -> None:
    codes, names = coded(table.text(series))
    _, first = np.unique(codes, return_index=True)
    again = np.setdiff1d(np.arange(len(codes)), first)
    again = again[codes[again] >= 0]
    if len(again):
        before = table.rows[int(np.argmax(codes == codes[again[0]]))]
        text = (
            f"{quote(names[codes[again[0]]])} names row {before}, too, and with data.layout rows "
            "each row is one of its own: leave data.series out"
        )
        raise table.fault(series, int(again[0]), text, len(again))


def _no_steps(table: Table, asked: Asked, what: str) -> DataError:
    return DataError(
        f"{table.path}: data.layout is {asked.shape}, and {what}: it has "
        f"{listed(list(table.names))}."
    )


def _span(names: tuple[str, ...]) -> str:
    return f"{quote(names[0])} to {quote(names[-1])}"
