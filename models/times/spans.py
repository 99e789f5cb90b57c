"""Times that stand for a span, read as its start: fiscal years (2000/01) and intervals (A - B)."""

from __future__ import annotations

import re
from contextlib import suppress

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.times.calendar import DAY, UNTIL
from dropsearch.models.times.time_styles import (
    AmbiguousError,
    Times,
    UnreadableError,
    bare,
    read_styled,
)

_FISCAL = r"^([12][0-9]{3}) ?([/–-]) ?([0-9]{2}|[0-9]{4})$"
_FEWEST_YEARS = 3  # of which each is followed by the next: below, 2000/01 may be a month
_REPEATED = 4  # times that each stands in a column on average, from which each is read once
_SURE = 0.9  # share of the cells that are fiscal years, from which on the others are faults
_MARKS = (" - ", " – ", " — ", " to ", " until ", " bis ", "/", "–", "..")
_CLOCK = r"^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?$"


def is_fiscal(style: str) -> bool:
    """Whether a template writes years that name the next one, too."""
    return "{n" in style or "{N" in style


def read_times(text: pl.Series, usual: str = "") -> Times:
    """The times of a column of text without blanks. Raises UnreadableError or AmbiguousError.

    usual: a template that decides where the column could be read in several ways.
    """
    cells = text.str.strip_chars()
    names = cells.unique(maintain_order=True)
    if _REPEATED * len(names) > len(cells):
        return _read(cells, usual)
    try:
        times = _read(names, usual)
    except (UnreadableError, AmbiguousError) as error:
        error.index = int(np.argmax((cells == names[error.index]).to_numpy()))
        raise
    places = cells.replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    return times.take(places.to_numpy())


def _read(cells: pl.Series, usual: str) -> Times:
    fiscal = _fiscal(cells, usual)
    if fiscal is not None:
        return fiscal
    try:
        return read_styled(cells, usual)
    except UnreadableError:
        interval = _interval(cells, usual)
        if interval is None:
            raise
        return interval


def _fiscal(cells: pl.Series, usual: str) -> Times | None:
    """Years of which each cell names the next one, too; None where they are something else.

    Raises UnreadableError for the one cell that is no such year.
    """
    found = re.match(_FISCAL, cells[0]) if len(cells) else None
    if found is None:
        return None
    year = cells.str.extract(_FISCAL, 1).cast(pl.Int64)
    next_year = cells.str.extract(_FISCAL, 3)
    width = len(found[3])
    wanted = (year + 1).cast(pl.String).str.tail(width)
    same = ((next_year == wanted) & (cells.str.extract(_FISCAL, 2) == found[2])).fill_null(False)
    mark = cells[0][found.end(1) : found.start(3)]
    style = f"{{Y:04d}}{mark}" + ("{n:02d}" if width == 2 else "{N:04d}")
    if not same.all():
        if same.mean() < _SURE or next_year.is_null().any():  # type: ignore[operator]
            return None
        raise UnreadableError(int(np.argmin(same.to_numpy())), style)
    as_month = width == 2 and int(next_year.cast(pl.Int64).max()) <= 12  # type: ignore[arg-type]
    if as_month and year.n_unique() < _FEWEST_YEARS and bare(usual) != bare(style):
        return None
    stamps = (year.to_numpy() - 1970).astype("M8[Y]").astype("M8[us]").astype(np.int64)
    return Times(stamps, style)


def _interval(cells: pl.Series, usual: str) -> Times | None:
    """The starts of intervals, in a style that writes their ends, too; None where there are none.

    Raises AmbiguousError.
    """
    for mark in _MARKS:
        if cells.head(1).str.count_matches(mark, literal=True).sum() != 1:
            continue
        if (cells.str.count_matches(mark, literal=True) != 1).any():
            continue
        begin, end = (cells.str.split(mark).list.get(place) for place in (0, 1))
        with suppress(UnreadableError):
            start = read_styled(
                begin.str.strip_chars(), usual.partition(UNTIL)[0].removesuffix(mark)
            )
            return _with_ends(start, mark, end.str.strip_chars())
    return None


def _with_ends(start: Times, mark: str, end: pl.Series) -> Times:
    """The starts in the style of both. Raises UnreadableError where the ends are no later times."""
    if end.str.contains(_CLOCK).all():
        day = pl.Series(start.stamps).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d")
        read = read_styled(day + " " + end)
        stops = read.stamps + np.where(read.stamps < start.stamps, DAY, 0)
        style = read.style.partition(" ")[2]
    else:
        read = read_styled(end, start.style)
        stops, style = read.stamps, read.style
    if (stops < start.stamps).any():
        raise UnreadableError(int(np.argmax(stops < start.stamps)), None)
    length = _length(start.stamps, stops)
    return Times(start.stamps, f"{start.style}{mark}{UNTIL}{length}{UNTIL}{style}", start.offsets)


def _length(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> str:
    """Of most intervals, as `later` takes it: whole months, if all have those, and microseconds."""
    spans, counts = np.unique(stops - starts, return_counts=True)
    if len(spans) > 1:
        first, inside = _months(starts)
        for short in (0, DAY):  # an end that is the last day of the interval
            after, as_far = _months(stops + short)
            apart = np.unique(after - first)
            if len(apart) == 1 and apart[0] > 0 and (inside == as_far).all():
                return f"{apart[0]} {-short}"
    return f"0 {spans[np.argmax(counts)]}"


def _months(stamps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The month of each stamp, and the microseconds since its begin."""
    month = stamps.astype("M8[us]").astype("M8[M]")
    return month.astype(np.int64), stamps - month.astype("M8[us]").astype(np.int64)
