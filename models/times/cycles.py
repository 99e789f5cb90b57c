"""Where a time stands in the hour, the day, the week and the year: sine and cosine of each.

R stamps of a calendar, C cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.names import CYCLES, Cycle
from dropsearch.models.times.calendar import DAY, Calendar, days, offset_at


class _About(NamedTuple):
    """place: whole numbers from 0 on, of which `period` make a cycle."""

    period: int
    place: Callable[[NDArray[np.int64]], NDArray[Any]]  # microseconds on the clock ->


def _months(clock: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return days(clock).astype("M8[M]")


def _weeks(clock: NDArray[np.int64]) -> NDArray[np.int64]:
    """The week of the year by ISO 8601, less 1: that of the Thursday, from 1 January on."""
    day = days(clock).astype(np.int64)
    thursday = (day - (day + 3) % 7 + 3).astype("M8[D]")
    return (thursday - thursday.astype("M8[Y]")).astype(np.int64) // 7


_ABOUT: dict[Cycle, _About] = {
    "minute": _About(60, lambda clock: clock // (DAY // 1440) % 60),
    "hour": _About(24, lambda clock: clock // (DAY // 24) % 24),
    "weekday": _About(7, lambda clock: (days(clock).astype(np.int64) + 3) % 7),
    "day": _About(31, lambda clock: (days(clock) - _months(clock)).astype(np.int64)),
    "week": _About(53, _weeks),
    "month": _About(12, lambda clock: _months(clock).astype(np.int64) % 12),
}
assert tuple(_ABOUT) == CYCLES


def place_in(cycle: Cycle, stamps: NDArray[Any], calendar: Calendar) -> NDArray[np.int64]:
    """(R,) the minute, hour, weekday and so on, from 0, as a clock on the wall shows it where the
    times have offsets."""
    clock = stamps + offset_at(calendar.offsets, stamps) * 60_000_000
    return np.asarray(_ABOUT[cycle].place(clock), np.int64)


def waves(cycles: Sequence[Cycle], stamps: NDArray[Any], calendar: Calendar) -> NDArray[np.float64]:
    """(R, 2 C) the sine and the cosine of each cycle."""
    found = np.empty((len(stamps), 2 * len(cycles)))
    for column, cycle in enumerate(cycles):
        angle = 2 * np.pi * place_in(cycle, stamps, calendar) / _ABOUT[cycle].period
        found[:, 2 * column], found[:, 2 * column + 1] = np.sin(angle), np.cos(angle)
    return found
