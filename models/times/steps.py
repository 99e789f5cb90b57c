"""Which regular calendar a column of times follows, found from the steps inside the series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.times.calendar import DAY, Calendar, Unit, days, offset_at


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
    near = 1e-6 * abs(calendar.step) if calendar.unit == "number" else 0
    return np.concatenate(([False], np.abs(stamps[1:] - expected) <= near))


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
    if off.any():
        raise IrregularError(int(np.argmax(off)), calendar)
    return calendar


def _usual(steps: NDArray[Any]) -> Any:
    """The most frequent step; of several the smallest."""
    values, counts = np.unique(steps, return_counts=True)
    return values[np.argmax(counts)].item()
