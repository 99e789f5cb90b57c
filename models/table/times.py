"""The times of a table's rows, in the order of their series."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import largest, listed, quote
from dropsearch.models.spread import Spread, repeated, whole
from dropsearch.models.table.codes import EXACT, coded_cells
from dropsearch.models.table.layout import Layout, refuse_missing
from dropsearch.models.table.melted import melted
from dropsearch.models.table.read import Table
from dropsearch.models.table.split import rest_of_time
from dropsearch.models.times.calendar import DAY, Calendar, offset_at, write_time
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.split import PartError, part_of, read_split
from dropsearch.models.times.steps import find_calendar
from dropsearch.models.times.time_styles import (
    AmbiguousError,
    Times,
    UnreadableError,
    may_be_dates,
    numeric_dates,
    typed_times,
)

_CHANGE_MONTHS = (
    3,
    4,
    9,
    10,
    11,
)  # when clocks are set forward or back, in either half of the world
_ZONE_NAME = re.compile(r":[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? ?([AP]M )?(?!AM|PM)[A-Z]{2,5}$")
_TWO_DIGITS = re.compile(
    r"([0-9]{1,2}([/.-])([0-9]{1,2}|[A-Za-z]{3,9})\2|[A-Za-z]{3,9}[ /.-]|[A-Za-z]{3} [0-9]{1,2}, )"
    r"[0-9]{2}( .*)?"
)
_HOUR_24 = re.compile(r"[ T]24[:.]00([:.]00)?$")
CLOCK_HINT = "it looks like a clock change: write times with their offset (2013-10-27T02:00+01:00)"


def times_of(
    table: Table, name: str, layout: Layout, usual: str = "", *, numbered: bool = False
) -> Times:
    """The times in the layout's order.

    usual: the style of ambiguous ones. numbered: numbers are no dates, even where they could be.
    Raises DataError for unreadable, ambiguous, missing, unordered or repeated ones.
    """
    found = series_times(table, name, layout, usual, numbered=numbered)
    return Times(np.asarray(found.stamps), found.style, found.offsets)


@dataclass(frozen=True, eq=False)
class SeriesTimes:
    """Times in a layout's order, kept once where all series have the same."""

    stamps: Spread  # (R,), as those of Times
    style: str
    offsets: tuple[tuple[int, int], ...]


def series_times(
    table: Table, name: str, layout: Layout, usual: str = "", *, numbered: bool = False
) -> SeriesTimes:
    """As `times_of`."""
    once = None if table.origin is None else table.origin.once.get(name)
    times = _read(table if once is None else once[0], name, usual, numbered)
    stamps = Spread(times.stamps) if once is None else once[1].of(times.stamps)
    found = _of_series(stamps, layout)
    if _falls(found.cells, layout.first[: len(found.cells)]).any():
        wrong = 1 + np.flatnonzero(_falls(np.asarray(found), layout.first))
        at = wrong[np.argmin(layout.rows(wrong))]
        index, before = layout.rows(at), layout.rows(at - 1)
        times = replace(times, stamps=np.asarray(stamps))
        text, *ways = _disorder(table, name, times, (index, before), layout)
        raise table.fault(name, index, text, len(wrong), *ways)
    return SeriesTimes(found, times.style, times.offsets)


def _falls(stamps: NDArray[Any], first: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return ~first[1:] & (stamps[1:] <= stamps[:-1])


def _of_series(stamps: Spread, layout: Layout) -> Spread:
    """Stamps in a table's order in the layout's: those of one series, where all have the same."""
    series, rows = len(layout.start), len(stamps) // len(layout.start)
    even = np.array_equal(layout.start, rows * np.arange(series)) and len(stamps) == series * rows
    alone = stamps.each == 1 and stamps.again == series and stamps.among is None
    if even and alone and layout.order is None:
        return stamps
    return repeated(layout.placed(np.asarray(stamps)), series if even else 1)


def calendar_of(times: SeriesTimes, layout: Layout) -> tuple[Calendar, Spread]:
    """The calendar of times, and (R,) the step of each row. Raises IrregularError."""
    stamps = times.stamps.cells
    calendar = find_calendar(stamps, layout.first[: len(stamps)], times.style, times.offsets)
    position = calendar.position(stamps)
    return calendar, times.stamps.of(whole(position, int(position.max())))


def _disorder(
    table: Table, name: str, times: Times, rows: tuple[int, int], layout: Layout
) -> tuple[Any, ...]:
    """What is wrong, and ways to say what is meant."""
    index, before = rows
    again = times.stamps[index] == times.stamps[before]
    now, then = quote(table.text(name)[int(index)]), quote(table.text(name)[int(before)])
    row = table.rows[before]
    text = (
        f"{now} repeats the time of row {row}"
        if again
        else f"{now} comes after {then} of row {row}"
    )
    if clock_change(times, times.stamps[index]):
        return (f"{text}; {CLOCK_HINT}",)
    together = rest_of_time(table, name)
    if together is not None:
        names = ", ".join(together)
        said = f"{text}: {listed(together)} are one time together: write data.time: [{names}]"
        return said, {"data.time": list(together)}
    one_series = len(layout.names) == 1
    series = _series_that_orders(table, name, times) if one_series else None
    long = melted(table, name, times.stamps, layout)
    if series is not None:
        said = f"{text}: the times rise within each {quote(series)}: write data.series: {series}"
        if long is not None and long.keys == (series,):
            said += f"; {long.mend}"
        return said, {"data.series": series}
    if long is not None:
        return (f"{text}: {long}",)
    if again and not one_series:
        return (f"{text}: keep one row for each time of a series",)
    if again:
        return (f"{text}: keep one row for each time, or name the series' column in data.series",)
    return (f"{text}: sort the rows of each series by time",)


def _series_that_orders(table: Table, time: str, times: Times) -> str | None:
    """A column in each of whose values the times rise: of several the first with the fewest."""
    found = []
    for name in table.names:
        if name == time or name in table.unnamed or table.readings[name].is_opaque:
            continue
        codes, levels = coded_cells(table, name)
        if not 1 < len(levels) <= len(codes) / 2 or (codes < 0).any():
            continue
        order = np.argsort(codes, kind="stable")
        steps, same = np.diff(times.stamps[order]), np.diff(codes[order]) == 0
        if (steps[same] > 0).all():
            found.append((len(levels), name))
    return min(found, key=lambda one: one[0])[1] if found else None


def clock_change(times: Times | SeriesTimes, stamp: int) -> bool:
    """Whether a wall-clock stamp lies where clocks are set: early on a Sunday of some months."""
    if not times.style or times.offsets or stamp % DAY == 0:
        return False
    at = np.datetime64(int(stamp), "us").item()
    return at.weekday() == 6 and at.hour <= 4 and at.month in _CHANGE_MONTHS


def time_label(times: Times | SeriesTimes, stamp: int) -> str:
    """A stamp as the column writes it."""
    if not times.style:
        return f"{stamp}"
    return write_time(times.style, int(stamp), int(offset_at(times.offsets, np.array([stamp]))[0]))


def _read(table: Table, name: str, usual: str, numbered: bool) -> Times:
    if name in table.joined:
        return _split(table, name, usual)
    kind, values = table.kind(name), table.readings[name].values
    missing = table.text(name).is_null().to_numpy() if values is None else np.isnan(values)
    refuse_missing(table, name, missing, "every row needs a time")
    if kind == "times":
        return typed_times(table.frame[name])
    if kind == "numbers" and values is not None:
        dated = not numbered and may_be_dates(values)
        return (numeric_dates(table.text(name)) if dated else None) or _numbers(table, name)
    if kind != "words":
        raise table.fault(name, 0, "it holds no times: name another column in data.time")
    text = table.text(name)
    try:
        return read_times(text, usual)
    except AmbiguousError as error:
        raise table.fault(name, error.index, _ambiguous(text, error)) from None
    except UnreadableError as error:
        together = rest_of_time(table, name)
        if together is not None and error.style is None:
            said = f"{quote(text[error.index])} is a part of a time alone"
            mend = f"write data.time: [{', '.join(together)}]"
            way = {"data.time": list(together)}
            raise table.fault(name, error.index, f"{said}: {mend}", 1, way) from None
        raise table.fault(name, error.index, _unreadable(text, error)) from None


def _split(table: Table, name: str, usual: str) -> Times:
    columns = {part: table.text(part) for part in table.joined[name]}
    for part, text in columns.items():
        refuse_missing(table, part, text.is_null().to_numpy(), "every row needs a time")
    try:
        return read_split(columns, usual)
    except PartError as error:
        raise table.fault(error.name, error.index, error.text) from None
    except (AmbiguousError, UnreadableError) as error:
        date = next(part for part, text in columns.items() if part_of(part, text) == "date")
        raise table.fault(date, error.index, _no_date(columns[date], error)) from None


def _no_date(text: pl.Series, error: AmbiguousError | UnreadableError) -> str:
    return (
        _ambiguous(text, error) if isinstance(error, AmbiguousError) else _unreadable(text, error)
    )


def _ambiguous(text: pl.Series, error: AmbiguousError) -> str:
    return (
        f"{quote(text[error.index])} has two readings, as no day of the column is above 12: "
        "write dates as year-month-day"
    )


def _unreadable(text: pl.Series, error: UnreadableError) -> str:
    written, cell = text[error.index].strip(), quote(text[error.index])
    if error.style is None and _ZONE_NAME.search(written):
        return f"{cell} names a time zone: write its offset instead (2013-10-27T02:00+01:00)"
    if _TWO_DIGITS.fullmatch(written):
        return f"{cell} has a year of two digits: write all four, as in 2013-01-31"
    if _HOUR_24.search(written):
        return f"{cell} has an hour 24, which is 00:00 of the next day: write that"
    if error.style is None:
        return f"{cell} is no time that can be read: write it as 2013-01-31 or 2013-01-31 23:59:00"
    usual = text[0 if error.index else 1] if len(text) > 1 else None
    like = f" like {quote(usual)}" if usual is not None else ""
    said = f"{cell} is no valid time, or not written{like}: "
    if not re.search("[0-9]", written):
        return f"{said}take the row out, if it is no step, or write its time"
    return f"{said}write all in one way, and only real dates"


def _numbers(table: Table, name: str) -> Times:
    values = table.numbers(name)
    if (values % 1 != 0).any():
        return Times(values, "")
    whole = table.text(name).str.strip_chars().cast(pl.Int64, strict=False)
    if not whole.has_nulls():
        return Times(whole.to_numpy(), "")
    exact = largest(values) < EXACT
    return Times(values.astype(np.int64) if exact else values, "")
