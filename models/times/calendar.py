"""Regular calendars: steps of months, business days, any fixed time or plain numbers.

A stamp is int64 microseconds since 1970 (UTC where the column has offsets, else the wall clock as
written), or the plain number of the user's column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import FailFast

Unit = Literal["month", "month end", "business day", "time", "number"]
DAY = 86_400_000_000  # microseconds
_SPANS = (
    ("week", "weekly", 7 * DAY),
    ("day", "daily", DAY),
    ("hour", "hourly", DAY // 24),
    ("minute", "every minute", 60_000_000),
    ("second", "every second", 1_000_000),
    ("millisecond", "every millisecond", 1_000),
    ("microsecond", "every microsecond", 1),
)
_MONTHLY = {1: "monthly", 3: "quarterly", 12: "yearly"}
_SEASONS = {7 * DAY: 52, DAY: 7, DAY // 24: 24}  # step -> steps of its natural season
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNTIL = "\x1e"  # around an interval's length, between the templates of its start and end
BETWEEN = "\x1f"  # between the templates of two columns that hold one time


@dataclass(frozen=True)
class Calendar:
    """Equal steps from `origin` on, and the style in which the user writes a time."""

    unit: Unit
    step: int | float  # months, business days, microseconds or the number
    origin: int | float  # stamp of position 0
    style: str  # a template for str.format, see time_styles.py; "" for numbers
    offsets: Annotated[
        tuple[tuple[int, int], ...], FailFast()
    ] = ()  # (stamp, minutes east of UTC from it on)
    local: bool = False  # steps are equal on the local clock, not in UTC
    grain: float = 0.0  # numbers: a unit of their last decimal, where they are rounded to it

    @property
    def near(self) -> float:
        """How far numbers may be off the step: by a rounding of both, or by noise."""
        if self.unit != "number":
            return 0.0
        return max(1e-6 * abs(self.step), 2 * self.grain)

    def describe(self) -> str:
        """The step in words: "monthly", "every 15 minutes", "every business day"."""
        if self.unit == "number":
            return f"in steps of {self.step:g}"
        if self.unit == "business day":
            return "every business day"
        if self.unit != "time":
            words = _MONTHLY.get(int(self.step), f"every {self.step} months")
            return words if self.unit == "month" else f"{words}, at month ends"
        name, single, span = next(row for row in _SPANS if self.step % row[2] == 0)
        count = int(self.step) // span
        return single if count == 1 else f"every {count} {name}s"

    def season(self) -> int | None:
        """Steps of the natural season: 12 months, 7 days, 24 hours; None for numbers."""
        if self.unit in ("month", "month end"):
            return 12 // int(self.step) if self.step in (1, 2, 3, 4, 6) else None
        if self.unit == "business day":
            return 5
        if self.unit == "time" and DAY // 1440 <= self.step < DAY and DAY % int(self.step) == 0:
            return DAY // int(self.step)
        return _SEASONS.get(int(self.step)) if self.unit == "time" else None

    def position(self, stamps: NDArray[Any]) -> NDArray[np.int64]:
        """Whole steps from the origin to each stamp, rounded down."""
        if self.unit == "number":
            near = self.near / abs(self.step)
            return np.floor((stamps - self.origin) / self.step + near).astype(np.int64)
        return self._count(self._clock(stamps)) // int(self.step)

    def after(self, stamp: int | float, n: int) -> int | float:
        """The stamp n steps after `stamp` (before it where n is negative)."""
        if self.unit == "number":
            later = stamp + n * self.step
            return int(later) if float(later).is_integer() and isinstance(self.step, int) else later
        clock = int(self._clock(np.array([stamp]))[0])
        if self.unit == "time":
            clock += n * int(self.step)
        else:
            day, rest = divmod(clock, DAY)
            date = np.datetime64(day, "D")
            if self.unit == "business day":
                moved = np.busday_offset(date, n * int(self.step), roll="forward")
            else:
                month = date.astype("M8[M]")
                target = month + n * int(self.step)
                if self.unit == "month":
                    moved = target.astype("M8[D]") + (date - month.astype("M8[D]"))
                else:
                    moved = (target + 1).astype("M8[D]") - 1
            clock = int(moved.astype(np.int64)) * DAY + rest
        return self._stamp(clock)

    def label(self, stamp: int | float) -> str:
        """The stamp as the user's column would write it."""
        if self.unit == "number":
            smallest = math.log10(self.grain or 1e-9 * self.step)
            stamp = round(stamp, max(0, -math.floor(smallest + 1e-9)))  # no noise of 0.1 + 0.2
            return str(int(stamp)) if float(stamp).is_integer() else repr(float(stamp))
        minutes = int(offset_at(self.offsets, np.array([stamp]))[0])
        return write_time(self.style, int(stamp), minutes)

    def cells(self, stamp: int | float) -> tuple[str, ...]:
        """The same in each of the columns that hold the time."""
        minutes = int(offset_at(self.offsets, np.array([stamp]))[0])
        if not self.style:
            return (self.label(stamp),)
        return tuple(write_time(part, int(stamp), minutes) for part in self.style.split(BETWEEN))

    def _clock(self, stamps: NDArray[Any]) -> NDArray[np.int64]:
        return stamps + offset_at(self.offsets, stamps) * 60_000_000 if self.local else stamps

    def _stamp(self, clock: int) -> int:
        if not self.local:
            return clock
        stamp = clock
        for _ in range(2):  # the offset depends on the stamp: the second round is past any change
            stamp = clock - int(offset_at(self.offsets, np.array([stamp]))[0]) * 60_000_000
        return stamp

    def _count(self, clock: NDArray[np.int64]) -> NDArray[np.int64]:
        """Months, business days or microseconds since the origin."""
        origin = self._clock(np.array([self.origin]))[0]
        if self.unit == "time":
            return clock - origin
        if self.unit == "business day":
            return np.busday_count(days(origin), days(clock)).astype(np.int64)
        return (days(clock).astype("M8[M]") - days(origin).astype("M8[M]")).astype(np.int64)


def days(clock: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """The calendar day of each stamp of a clock."""
    return np.asarray(clock).astype("M8[us]").astype("M8[D]")


def offset_at(offsets: tuple[tuple[int, int], ...], stamps: NDArray[Any]) -> NDArray[np.int64]:
    """Minutes east of UTC that hold at each stamp; the first and the last go on for ever."""
    if not offsets:
        return np.zeros(len(stamps), np.int64)
    table = np.array(offsets, np.int64)
    index = np.searchsorted(table[:, 0], stamps, side="right") - 1
    return table[np.maximum(index, 0), 1]


def write_time(style: str, stamp: int, minutes: int) -> str:
    """Fills a style's template with the parts of a stamp, on the clock `minutes` east of UTC.

    Raises OverflowError where it, or the end of its interval, leaves the years 1 to 9999.
    """
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp, minutes=minutes)
    style = style.replace(BETWEEN, " ")
    if UNTIL not in style:
        return _fill(style, at, minutes)
    start, length, end = style.split(UNTIL)
    return _fill(start, at, minutes) + _fill(end, later(at, length), minutes)


def later(at: datetime, length: str) -> datetime:
    """`length` after a moment: its months and microseconds. Raises OverflowError."""
    months, rest = map(int, length.split())
    year, month = divmod(12 * at.year + at.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("the interval ends after the year 9999")
    return at.replace(year=year, month=month + 1) + timedelta(microseconds=rest)


class _Word(str):
    """A word whose format says its case."""

    __slots__ = ()

    def __format__(self, case: str) -> str:
        return {"upper": self.upper(), "lower": self.lower()}.get(case, str(self))


def _fill(style: str, at: datetime, minutes: int) -> str:
    year, week, weekday = at.isocalendar()
    sign, east = "-" if minutes < 0 else "+", abs(minutes)
    month, day = _Word(MONTH_NAMES[at.month - 1]), _Word(DAY_NAMES[weekday - 1])
    return style.format(
        Y=at.year, m=at.month, d=at.day, H=at.hour, M=at.minute, S=at.second,
        I=(at.hour - 1) % 12 + 1, p=_Word("AM" if at.hour < 12 else "PM"),
        f=f"{at.microsecond:06d}", b=_Word(month[:3]), B=month, a=_Word(day[:3]), A=day,
        q=(at.month + 2) // 3, G=year, W=week, j=at.timetuple().tm_yday,
        N=at.year + 1, n=(at.year + 1) % 100,
        z=f"{sign}{east // 60:02d}:{east % 60:02d}", z0=f"{sign}{east // 60:02d}{east % 60:02d}",
    )  # fmt: skip
