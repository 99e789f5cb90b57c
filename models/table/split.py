"""A table whose times stand in several columns -> the same with one column of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from dropsearch.models.table.read import TIME_KEY, Table
from dropsearch.models.times.calendar import DAY
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.split import RANGES, fits, is_clock, named_part, part_of
from dropsearch.models.times.time_styles import (
    AmbiguousError,
    UnreadableError,
    may_be_dates,
    numeric_dates,
)

_SAMPLE = 500  # rows by which a column is taken for a part of the times


def with_time(table: Table, time: str | Sequence[str] | None) -> tuple[Table, str | None]:
    """The table with its times in one column, and that column's name.

    Raises DataError where it lacks one of the columns.
    """
    if time is None or isinstance(time, str):
        return table, time
    for name in time:
        table.need(name, TIME_KEY)
    return join(table, time)


def join(table: Table, names: Sequence[str]) -> tuple[Table, str]:
    """A column more, which shows all cells of a row, and is read by those of `names`."""
    joined = " + ".join(names)
    while joined in table.names:
        joined += "'"
    cells = pl.concat_str([table.text(name) for name in names], separator=" ").alias(joined)
    known = {**table.joined, joined: tuple(names)}
    return replace(table, frame=table.frame.with_columns(cells), joined=known), joined


def candidates(table: Table) -> list[tuple[str, ...]]:
    """Columns that may be one time together: a date and what tells the hour, or numbers that are
    called year, month and so on."""
    dates: list[str] = []
    found: dict[str, str] = {}
    for name in table.names:
        part = _part(table, name)
        if part == "date":
            dates.append(name)
        elif part is not None:
            found.setdefault(part, name)
    clocks: list[tuple[str, ...]] = [("clock",)] if "clock" in found else []
    clocks += [tuple("HMS"[:n]) for n in (3, 2, 1) if set("HMS"[:n]) <= found.keys()]
    days = [("Y", "m", "d"), ("Y", "j")]
    wanted: list[tuple[str, ...]] = [(*day, *clock) for day in days for clock in [*clocks[:1], ()]]
    wanted += [("Y", "m"), ("Y", "q"), ("Y", "w")]
    numbers = [parts for parts in wanted if set(parts) <= found.keys() and fits(list(parts))]
    whole = [tuple(found[part] for part in parts) for parts in numbers[:1]]
    dated = [(date, *(found[part] for part in clock)) for date in dates for clock in clocks[:1]]
    return [*dated, *whole]


def rest_of_time(table: Table, name: str) -> tuple[str, ...] | None:
    """The columns that are one time together with this, in their order; None: there are none."""
    if name in table.joined:
        return None
    return next((names for names in candidates(table) if name in names), None)


def _part(table: Table, name: str) -> str | None:
    """The part of a time that the first rows of a column look like."""
    reading = table.readings[name]
    if name in table.joined or reading.is_opaque or reading.kind in ("empty", "truth"):
        return None
    numbers = reading.values if reading.kind == "numbers" else None
    if numbers is not None and named_part(name) is None and not may_be_dates(numbers):
        return None
    text = reading.text.head(_SAMPLE).drop_nulls()
    if not len(text) or reading.text.has_nulls():
        return None
    if reading.kind == "numbers":
        number = named_part(name)
        if number is not None and _within(text, number):
            return number
        return "date" if numeric_dates(text) else None
    if is_clock(text.str.strip_chars()) or reading.kind == "other":
        return "clock" if is_clock(text.str.strip_chars()) else None
    part = part_of(name, text)
    return part if part != "date" or _is_day(text) else None


def _within(text: pl.Series, part: str) -> bool:
    values = text.cast(pl.Float64)
    low, high = RANGES[part]
    return bool(values.is_between(low, high + (part == "H")).all() and (values % 1 == 0).all())


def _is_day(text: pl.Series) -> bool:
    try:
        stamps = read_times(text).stamps
    except AmbiguousError:
        return True
    except UnreadableError:
        return False
    return not (stamps % DAY).any()
