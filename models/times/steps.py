"""Which regular calendar a column of times follows, found from the steps inside the series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.times.calendar import DAY, Calendar, Unit, days, offset_at

_MOST_DECIMALS = 9
_SMALL = 0.125  # of a step


class IrregularError(Exception):
    """Times without a regular step: row `index` does not lie a whole number of steps after the row
    before it; `calendar` has the step that most rows have."""

    def __init__(self, index: int, calendar: Calendar) -> None:
        super().__init__(f"row {index} is off the step")
        self.index, self.calendar = index, calendar


def find_calendar(
    stamps: NDArray[Any],
    first: NDArray[np.bool_],
    style: str,
    offsets: tuple[tuple[int, int], ...] = (),
) -> Calendar:
    """The calendar of stamps (R,) that rise inside each series; `first` marks a series' first row.

    Where the column has offsets, steps may be equal in UTC (hours) or on the local clock (days
    over a clock change): the one with fewer gaps. Raises IrregularError.
    """
    if not style:
        return _numbers(stamps, first)
    faults, found = [], []
    for local in (True, False) if offsets else (False,):
        clock = stamps + offset_at(offsets, stamps) * 60_000_000 if local else stamps
        unit, step, off = _unit(clock, first)
        calendar = Calendar(unit, step, int(stamps.min()), style, offsets, local)
        if len(off):
            faults.append(IrregularError(int(off[0]), calendar))
        else:
            found.append((gaps_before(calendar.position(stamps), first).sum(), calendar))
    if not found:
        raise faults[-1]
    return min(found, key=lambda pair: pair[0])[1]


def follows(stamps: NDArray[np.generic], calendar: Calendar) -> NDArray[np.bool_]:
    """(R,) whether a stamp lies one step after the stamp before it."""
    different, which = np.unique(stamps[:-1], return_inverse=True)
    expected = np.array([calendar.after(stamp, 1) for stamp in different.tolist()])[which]
    return np.concatenate(([False], np.abs(stamps[1:] - expected) <= calendar.near))


def gaps_before(position: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(R,) whether steps are missing between the row before, of the same series, and the row."""
    gaps = ~first
    gaps[1:] &= np.diff(position) > 1
    gaps[:1] = False
    return gaps


def _unit(
    clock: NDArray[np.int64], first: NDArray[np.bool_]
) -> tuple[Unit, int, NDArray[np.int64]]:
    """The unit, the usual step, and the rows that are off it."""
    inner = ~first
    if len(np.unique(clock % DAY)) == 1:
        day = days(clock)
        month = day.astype("M8[M]")
        months = np.diff(month.astype(np.int64), prepend=0)
        in_month = np.unique(day - month.astype("M8[D]")).astype(np.int64)
        if inner.any() and (months[inner] > 0).all():
            step = _usual(months[inner])
            if len(in_month) == 1 and in_month[0] < 28:
                return "month", step, np.flatnonzero(inner & (months % step != 0))
            if ((day + 1).astype("M8[M]") != month).all():
                return "month end", step, np.flatnonzero(inner & (months % step != 0))
        number = day.astype(np.int64)
        apart = np.diff(number, prepend=0)
        if inner.any() and ((number + 3) % 7 < 5).all():
            week = (number + 3) // 7
            over = inner & (np.diff(week, prepend=0) > 0)
            if over.any() and _usual(apart[inner]) == 1:
                return "business day", 1, np.array([], np.int64)
    gaps = np.diff(clock, prepend=0)
    step = _usual(gaps[inner]) if inner.any() else DAY
    return "time", step, np.flatnonzero(inner & ((gaps % step != 0) | (gaps <= 0)))


def _numbers(stamps: NDArray[Any], first: NDArray[np.bool_]) -> Calendar:
    inner = ~first
    gaps = np.diff(stamps, prepend=stamps[:1])
    if not inner.any():
        return Calendar("number", 1, stamps.min().item(), "")
    if stamps.dtype.kind == "i":
        step: int | float = _usual(gaps[inner])
        off = inner & (gaps % step != 0)
    else:
        rough = np.round(gaps / gaps[inner].min(), 6)
        step = float(np.median(gaps[inner & (rough == _usual(rough[inner]))]))
        off = inner & (np.abs(gaps / step - np.rint(gaps / step)) > 1e-6)
    calendar = Calendar("number", step, stamps.min().item(), "")
    if not off.any():
        return calendar
    rounded = _rounded(stamps, first, step)
    if rounded is None:
        raise IrregularError(int(np.argmax(off)), calendar)
    return rounded


def _rounded(stamps: NDArray[Any], first: NDArray[np.bool_], step: float) -> Calendar | None:
    """Of numbers whose steps are equal but for the rounding to their last decimal: serial days of
    spreadsheets (45292.041667), years in decimals (1749.042). step: about theirs."""
    grain = grain_of(stamps, step)
    if not grain:
        return None
    begin = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    gaps = np.where(first, 0.0, np.diff(stamps, prepend=stamps[:1]))
    for _ in range(3):  # the finer the step, the surer how many of them a gap has
        counts = np.rint(gaps / step)
        since = np.cumsum(counts)
        since -= since[begin]
        longest = int(np.argmax(since))
        step = float((stamps[longest] - stamps[begin[longest]]) / since[longest])
    off = np.abs(stamps - stamps[begin] - since * step) > 1.5 * grain
    if off.any() or (counts[~first] < 1).any():
        return None
    return Calendar("number", step, stamps.min().item(), "", grain=grain)


def grain_of(stamps: NDArray[Any], step: float) -> float:
    """A unit of the last decimal of numbers that are written with few; 0 for others, and where it
    is no small part of a step."""
    if stamps.dtype.kind == "i":
        return 0.0
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = stamps * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) <= 1e-15 * np.abs(scaled)).all():
            grain = 10.0**-decimals
            return grain if grain <= _SMALL * (abs(step) + grain) else 0.0
    return 0.0


def _usual(steps: NDArray[Any]) -> Any:
    """The most frequent step; of several the smallest."""
    values, counts = np.unique(steps, return_counts=True)
    return values[np.argmax(counts)].item()
