"""One time in several columns: a date and a clock, or year, month, day, hour and so on.

R rows; each column is text without blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.times.calendar import BETWEEN, DAY, MONTH_NAMES
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.time_styles import Times, numeric_dates

_CLOCK = r"^([0-9]{1,2})[:.]([0-9]{2})(?:([:.])([0-9]{2})(\.[0-9]{1,6})?)? ?([AaPp][Mm])?$"
_WHOLE = r"^[0-9]+(\.0+)?$"
NAMES = {  # part -> words by which a column of whole numbers is called
    "Y": ("year", "years", "yr", "yyyy", "jahr"),
    "q": ("quarter", "qtr", "quartal"),
    "w": ("week", "weeks", "wk", "weekofyear", "isoweek", "woche", "kw"),
    "m": ("month", "months", "mon", "mo", "mm", "mnth", "monat"),
    "j": ("dayofyear", "doy", "yday", "julian", "julianday"),
    "d": ("day", "days", "dd", "mday", "dayofmonth", "tag"),
    "H": ("hour", "hours", "hr", "hrs", "hh", "stunde"),
    "M": ("minute", "minutes", "min", "mins", "minuten"),
    "S": ("second", "seconds", "sec", "secs", "ss", "sekunde"),
}
RANGES = {
    **{"Y": (1, 9999), "q": (1, 4), "w": (1, 53), "m": (1, 12), "j": (1, 366), "d": (1, 31)},
    **{"H": (0, 23), "M": (0, 59), "S": (0, 59)},
}
_WORDS = {"Y": "year", "q": "quarter", "m": "month", "j": "day of the year", "d": "day of a month"}
_WORDS |= {
    "w": "week of the year",
    "H": "hour",
    "M": "minute",
    "S": "second",
    "date": "date",
    "clock": "time of day",
}
_DATES = ("date", "Y", "Yq", "Yw", "Ym", "Ymd", "Yj")
_OF_WEEKS = {"Y": "G", "w": "W"}  # as templates call them, of ISO's weeks
_CLOCKS = ("", "clock", "H", "HM", "HMS")
WHOLE = tuple(  # sets of parts that are one time; the day must be told before the hour
    date + clock
    for date in _DATES
    for clock in _CLOCKS
    if (date != "Y" or not clock) and (not clock or date in ("date", "Ymd", "Yj"))
)


class PartError(Exception):
    """A column is not the part of a time that it should be, from cell `index` on."""

    def __init__(self, name: str, index: int, text: str) -> None:
        super().__init__(text)
        self.name, self.index, self.text = name, index, text


@dataclass(frozen=True, eq=False)
class _Part:
    values: NDArray[np.int64]  # the number, or microseconds
    style: str


def named_part(name: str) -> str | None:
    """The part of a time by which a column of whole numbers is called."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    for found in ("".join(words), *words):
        for part, names in NAMES.items():
            if found.lower() in names:
                return part
    return None


def is_clock(cells: pl.Series) -> bool:
    """Whether all are times of day, as 14:30 or 14.30.00."""
    with_point = cells.str.contains(".", literal=True) & ~cells.str.contains(":", literal=True)
    seconds = cells.str.count_matches("[.]") == 2
    return bool((cells.str.contains(_CLOCK) & (~with_point | seconds)).all())


def part_of(name: str, cells: pl.Series) -> str:
    """Y, q, w, m, j, d, H, M, S, or a date or clock as a whole."""
    cells = cells.str.strip_chars()
    if is_clock(cells):
        return "clock"
    if _month_numbers(cells) is not None:
        return "m"
    whole = bool(cells.str.contains(_WHOLE).all())
    return (named_part(name) if whole else None) or "date"


def fits(parts: list[str]) -> bool:
    """Whether together they are one time."""
    order = ("date", *NAMES, "clock")
    return "".join(sorted(parts, key=order.index)) in WHOLE and len(parts) > 1


def read_split(columns: Mapping[str, pl.Series], usual: str = "") -> Times:
    """The times of all columns together, whose style keeps that of each, in their order.

    usual: such a style, which decides where a date could be read in several ways. Raises PartError,
    and for a date UnreadableError and AmbiguousError.
    """
    cells = {name: column.str.strip_chars() for name, column in columns.items()}
    parts = {name: part_of(name, column) for name, column in cells.items()}
    _refuse_unfit(parts)
    learnt = dict(zip(columns, usual.split(BETWEEN), strict=False))
    read = {
        part: _READERS.get(part, _number)(name, cells[name], part, learnt.get(name, ""))
        for name, part in parts.items()
    }
    stamps = _days(parts, read) + _of_day(read)
    styles = [read[part].style for part in parts.values()]
    if "w" in read:
        weekly = ((_OF_WEEKS[part], read[part].style[2:]) for part in parts.values())
        styles = [f"{{{letter}{rest}" for letter, rest in weekly]
    return Times(stamps, BETWEEN.join(styles))


def _refuse_unfit(parts: Mapping[str, str]) -> None:
    if fits(list(parts.values())):
        return
    found = ", ".join(f"{name!r} a {_WORDS[part]}" for name, part in parts.items())
    raise PartError(
        next(iter(parts)),
        0,
        f"these columns are no one time ({found}): name a date and a time of day, or year, month, "
        "day, hour, minute and second as far as there are any, columns that are called so",
    )


def _date(name: str, cells: pl.Series, part: str, usual: str) -> _Part:
    times = numeric_dates(cells) or read_times(cells, usual)
    timed = times.stamps % DAY != 0
    if timed.any():
        raise PartError(
            name, int(np.argmax(timed)), f"{cells[int(np.argmax(timed))]!r} has a time of day, too"
        )
    return _Part(times.stamps, times.style)


def _clock(name: str, cells: pl.Series, part: str, usual: str) -> _Part:
    groups = [cells.str.extract(_CLOCK, place) for place in range(1, 7)]
    half = groups[5].str.to_lowercase()
    hour = groups[0].cast(pl.Int64).to_numpy()
    low, high = (1, 12) if not half.is_null().any() else (0, 23)
    _refuse_range(name, cells, hour, low, high, "hour")
    if high == 12:
        hour = hour % 12 + 12 * (half == "pm").to_numpy()
    minute, second = (
        groups[place].fill_null("0").cast(pl.Int64).to_numpy().astype(np.int64) for place in (1, 3)
    )
    _refuse_range(name, cells, minute, 0, 59, "minute")
    _refuse_range(name, cells, second, 0, 59, "second")
    rest = (groups[4].fill_null("0").cast(pl.Float64) * 1e6).round().to_numpy().astype(np.int64)
    found = re.fullmatch(_CLOCK, cells[0])
    assert found is not None
    mark, between = str(found[0])[found.end(1)], str(found[3] or "")
    padded = (groups[0].str.len_chars() == 2).all()
    style = ("{I" if high == 12 else "{H") + (":02d}" if padded else "}") + mark + "{M:02d}"
    style += f"{between}{{S:02d}}" if between else ""
    decimals = str(found[5] or ".")[1:]
    style += f".{{f:.{len(decimals)}s}}" if decimals else ""
    if high == 12:
        style += " " * (" " in cells[0]) + ("{p:lower}" if found[6].islower() else "{p}")
    return _Part((((hour * 60 + minute) * 60 + second) * 1_000_000 + rest).astype(np.int64), style)


def _month(name: str, cells: pl.Series, part: str, usual: str) -> _Part:
    named = _month_numbers(cells)
    if named is None:
        return _number(name, cells, part, usual)
    field = "b" if cells.str.len_chars().max() == 3 else "B"
    case = ":upper" if cells[0].isupper() else ":lower" if cells[0].islower() else ""
    return _Part(named, "{" + field + case + "}")


def _month_numbers(cells: pl.Series) -> NDArray[np.int64] | None:
    """(R,) of names of months; None for other cells."""
    lower = cells.str.to_lowercase()
    for names in ([month[:3].lower() for month in MONTH_NAMES], [m.lower() for m in MONTH_NAMES]):
        numbers = lower.replace_strict(names, range(1, 13), default=None, return_dtype=pl.Int64)
        if not numbers.has_nulls():
            return numbers.to_numpy()
    return None


def _number(name: str, cells: pl.Series, part: str, usual: str) -> _Part:
    values = cells.cast(pl.Float64).cast(pl.Int64).to_numpy()
    _refuse_range(name, cells, values, *RANGES[part], _WORDS[part])
    decimals = re.search(r"\.0+$", cells[0])
    padded = cells.str.contains("^0[0-9]").any()
    width = int(cells.str.len_chars().to_numpy().max()) if padded else 0
    form = f":0{width}d" if width and decimals is None else ""
    return _Part(values, f"{{{part}{form}}}" + (decimals[0] if decimals else ""))


def _refuse_range(
    name: str, cells: pl.Series, values: NDArray[np.int64], low: int, high: int, what: str
) -> None:
    wrong = (values < low) | (values > high)
    if not wrong.any():
        return
    index = int(np.argmax(wrong))
    from_one = what == "hour" and high == 23 and values.max() == 24 and values.min() >= 1
    mend = ": hours are counted from 0; if yours go from 1 to 24, take 1 away" if from_one else ""
    raise PartError(name, index, f"{cells[index]!r} is no {what} ({low} to {high}){mend}")


_READERS: dict[str, Callable[[str, pl.Series, str, str], _Part]] = {
    "date": _date,
    "clock": _clock,
    "m": _month,
}


def _days(parts: Mapping[str, str], read: Mapping[str, _Part]) -> NDArray[np.int64]:
    """(R,) the microseconds of each day. Raises PartError for a 30 February."""
    if "date" in read:
        return read["date"].values
    if "w" in read:
        return _mondays(parts, read["Y"].values, read["w"].values)
    month = (read["Y"].values - 1970) * 12
    if "m" in read:
        month = month + read["m"].values - 1
    elif "q" in read:
        month = month + 3 * (read["q"].values - 1)
    begin = month.astype("M8[M]").astype("M8[D]").astype(np.int64)
    for part, months in (("d", 1), ("j", 12)):
        if part in read:
            end = (month + months).astype("M8[M]").astype("M8[D]").astype(np.int64)
            begin = begin + read[part].values - 1
            if (begin >= end).any():
                name = next(name for name, one in parts.items() if one == part)
                index = int(np.argmax(begin >= end))
                text = f"{read[part].values[index]} is no {_WORDS[part]} of that row"
                raise PartError(name, index, text)
    return begin * DAY


def _mondays(
    parts: Mapping[str, str], year: NDArray[np.int64], week: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(R,) the microseconds of the Monday with which a week of ISO begins. Raises PartError for a
    53rd week of a year without one."""
    first, after = (_first_monday(one) for one in (year, year + 1))
    begin = first + 7 * (week - 1)
    if (begin >= after).any():
        name = next(name for name, part in parts.items() if part == "w")
        index = int(np.argmax(begin >= after))
        raise PartError(name, index, f"{year[index]} has no {week[index]}rd week")
    return begin * DAY


def _first_monday(year: NDArray[np.int64]) -> NDArray[np.int64]:
    """(R,) the day of the Monday of the week with 4 January."""
    fourth = (year - 1970).astype("M8[Y]").astype("M8[D]").astype(np.int64) + 3
    return fourth - (fourth + 3) % 7


def _of_day(read: Mapping[str, _Part]) -> NDArray[np.int64] | int:
    """(R,) microseconds since midnight."""
    if "clock" in read:
        return read["clock"].values
    spans = {"H": 3_600_000_000, "M": 60_000_000, "S": 1_000_000}
    return sum(read[part].values * span for part, span in spans.items() if part in read)
