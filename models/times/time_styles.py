"""A time column as text -> stamps and the one style in which the whole column is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

_DATES = (
    *(["Y-m-d", "Y/m/d", "Y.m.d", "Ymd", "d/m/Y", "m/d/Y", "d-m-Y", "m-d-Y", "d.m.Y", "m.d.Y"]),
    *(["d b Y", "d-b-Y", "b d, Y", "b d Y", "d B Y", "B d, Y", "B d Y", "Y-b-d"]),
)
_LONG_DATES = (
    *("a, d b Y", "a d b Y", "a, b d, Y", "A, d B Y"),
    *("A d B Y", "A, B d, Y", "A, b d, Y"),
)  # with their weekdays
_COARSE = (
    *(["Y-m", "Y/m", "m/Y", "m-Y", "m.Y", "Ym", "YQq", "Y-Qq", "G-Ww", "GWw"]),
    *(["Qq Y", "b Y", "b-Y", "Y-b", "Y b", "B Y", "B-Y", "Y B"]),
)
_PLAIN_CLOCKS = (" H:M", " H:M:S", " I:M p", " I:M:S p")
_CLOCKS = (*_PLAIN_CLOCKS, "TH:M", "TH:M:S", " H:M:S.f", "TH:M:S.f")
_ZONES = ("", "Z", "z", " z", " u")
_YEAR_LAST = ("a b d H:M:S Y", "a b d H:M:S z Y")  # as C writes them
# letter of a style -> its shape (digits as 0, letters as a) and its name in polars
_PARTS = {
    "Y": ("0000", "%Y"),
    "G": ("0000", "%G"),
    "m": ("00?", "%m"),
    "d": ("00?", "%d"),
    "b": ("aaa", "%b"),
    "B": ("a{3,9}", "%B"),
    "a": ("aaa", "%a"),
    "A": ("a{6,9}", "%A"),
    "q": ("0", ""),
    "w": ("00", "%V"),
    "H": ("00?", "%H"),
    "I": ("00?", "%I"),
    "M": ("00", "%M"),
    "S": ("00", "%S"),
    "f": ("0{1,9}", "%f"),
    "p": ("aa", "%p"),
    "z": ("[+-]00(:?00)?", "%z"),
    "u": ("aaa", ""),
}
_UTC = r"[ ](GMT|UTC)$"
_LETTERS = {"T": "a", "Z": "a", "Q": "a", "W": "a"}
_MOST_SHAPES = 300  # a column of times has few shapes; one with more is no column of times
_OFFSET = r"([+-])(\d\d):?(\d\d)?$"
_MOST_CHANGES = 1000
_FIRST = 1000  # numbers that tell most columns from dates


class UnreadableError(Exception):
    """No style reads the whole column: cell `index` is the first that `style` does not read."""

    def __init__(self, index: int, style: str | None) -> None:
        super().__init__(f"cell {index} is no {style}")
        self.index, self.style = index, style


class AmbiguousError(Exception):
    """Two date orders read the whole column; cell `index` is the first with two readings."""

    def __init__(self, index: int) -> None:
        super().__init__(f"cell {index} has two readings")
        self.index = index


@dataclass(frozen=True, eq=False)
class Times:
    """(rows,) stamps: int64 microseconds, or plain numbers where `style` is empty."""

    stamps: NDArray[Any]
    style: str  # a template for calendar.write_time
    offsets: tuple[tuple[int, int], ...] = ()

    def take(self, order: NDArray[np.signedinteger[Any]]) -> Times:
        return replace(self, stamps=self.stamps[order])


def read_styled(text: pl.Series, usual: str = "") -> Times:
    """The times of a column of text without blanks, each a moment.

    Raises UnreadableError or AmbiguousError.

    usual: a template that decides where the column could be read in several ways.
    """
    cells = text.str.strip_chars()
    shapes = cells.str.replace_all(r"[0-9]", "0").str.replace_all(r"\p{L}", "a").unique()
    known = shapes.to_list() if len(shapes) <= _MOST_SHAPES else []
    styles = [style for style in _styles() if known and all(map(_shape(style).fullmatch, known))]
    read = {style: _parse(cells, style) for style in styles}
    whole = {style: stamps for style, stamps in read.items() if not stamps.has_nulls()}
    if not whole:
        raise _unreadable(cells, read)
    alike = [one for one in whole if bare(_template(one, cells, known)) == bare(usual)]
    style = next(iter(alike or whole))
    stamps = whole.pop(style)
    for other in () if alike else whole.values():
        differ = (other != stamps).to_numpy()
        if differ.any():
            raise AmbiguousError(int(np.argmax(differ)))
    values = stamps.to_numpy().astype(np.int64)
    return Times(values, _template(style, cells, known), _offsets(cells, style, values))


def bare(template: str) -> str:
    """Without leading zeros and decimals."""
    return re.sub(r":[^}]*", "", template)


_NUMERIC = {
    "Ymd": r"^(1[5-9]|2[01])[0-9]{6}$",
    "Ym": r"^(1[5-9]|2[01])[0-9]{4}$",
    "Y.m": r"^(1[5-9]|2[01])[0-9][0-9]\.[0-9][0-9]$",
    "m.Y": r"^[0-9][0-9]?\.(1[5-9]|2[01])[0-9][0-9]$",
}


_SIZES: tuple[Callable[[NDArray[np.float64]], bool], ...] = (
    lambda values: bool(((values >= 15e6) & (values < 22e6)).all()),  # Ymd
    lambda values: bool(((values >= 15e4) & (values < 22e4)).all()),  # Ym
    lambda values: bool(((values >= 1500) & (values < 2200)).all()),  # Y.m
    lambda values: bool(  # m.Y
        ((values >= 0) & (values < 100)).all() and (np.rint(values % 1 * 1e4) // 100 > 14).all()
    ),
)


def may_be_dates(values: NDArray[np.float64]) -> bool:
    """Whether numbers, NaN where missing, are so large that `numeric_dates` can read them."""
    first = values[:_FIRST]
    first = first[~np.isnan(first)]
    if len(first) and not any(within(first) for within in _SIZES):
        return False  # at once, as for most columns
    known = values[~np.isnan(values)]
    return any(len(known) and within(known) for within in _SIZES)


def numeric_dates(text: pl.Series) -> Times | None:
    """Numbers that are all dates (20130131) or all months (201301, 01.2013); else None."""
    if len(text) and not any(re.match(shape, text[0].strip()) for shape in _NUMERIC.values()):
        return None  # at once, as for most columns
    cells = text.str.strip_chars()
    for style, shape in _NUMERIC.items():
        if cells.str.contains(shape).all():
            stamps = _parse(cells, style)
            if not stamps.has_nulls():
                shapes = cells.str.replace_all(r"[0-9]", "0").unique().to_list()
                return Times(stamps.to_numpy().astype(np.int64), _template(style, cells, shapes))
    return None


def typed_times(column: pl.Series) -> Times:
    """The times of a Date or Datetime column without blanks (Parquet)."""
    zone = column.dtype.time_zone if isinstance(column.dtype, pl.Datetime) else None
    stamps = column.cast(pl.Datetime("us", zone)).to_physical().to_numpy().astype(np.int64)
    if zone is None:
        whole = not (stamps % 86_400_000_000).any()
        clock = "" if whole else " H:M:S.f" if (stamps % 1_000_000).any() else " H:M:S"
        return Times(stamps, _filled("Y-m-d" + clock, []))
    east = column.dt.base_utc_offset() + column.dt.dst_offset()
    minutes = east.dt.total_minutes().to_numpy()
    return Times(stamps, _filled("Y-m-d H:M:Sz", []), _changes(stamps, minutes))


@cache
def _styles() -> list[str]:
    moments = [date + clock + zone for date in _DATES for clock in _CLOCKS for zone in _ZONES]
    joined = [f"{date} I:M{rest}p" for date in _DATES for rest in ("", ":S")]
    clocks = [*(c + z for c in _PLAIN_CLOCKS for z in _ZONES), ", H:M", ", I:M p"]
    long = [date + clock for date in _LONG_DATES for clock in clocks]
    return [*_DATES, *_COARSE, *moments, *joined, *_LONG_DATES, *long, *_YEAR_LAST]


@cache
def _shape(style: str) -> re.Pattern[str]:
    return re.compile(
        "".join(_PARTS[c][0] if c in _PARTS else _LETTERS.get(c, re.escape(c)) for c in style)
    )


def _parse(cells: pl.Series, style: str) -> pl.Series:
    """Microseconds since 1970, null where the style does not read the cell."""
    form = "".join(_PARTS[c][1] if c in _PARTS else c for c in style).replace(".%f", "%.f")
    if "q" in style:
        year = cells.str.extract(r"(\d{4})")
        month = cells.str.extract(r"(?i)q([1-4])").cast(pl.Int64) * 3 - 2
        cells, form = year + "-" + month.cast(pl.String) + "-1", "%Y-%m-%d"
    elif "w" in style:
        cells, form = cells + "-1", form + "-%u"
    elif "d" not in style:
        cells, form = cells + "-1", form + "-%d"
    if style.endswith(" u"):
        cells, form = cells.str.replace(_UTC, ""), form.removesuffix(" ")
    elif "z" in style:
        cells = cells.str.replace(r"([+-]\d\d)$", "${1}00")
    parsed = cells.str.to_datetime(form, time_unit="us", strict=False)
    return parsed.to_physical()


def _unreadable(cells: pl.Series, read: dict[str, pl.Series]) -> UnreadableError:
    """The first cell that the style which reads most cells does not read; without a style where
    none reads any."""
    if not read:
        sample = cells.head(10_000)
        shapes = sample.str.replace_all(r"[0-9]", "0").str.replace_all(r"\p{L}", "a")
        usual = shapes.value_counts(sort=True)[shapes.name or ""][0]
        near = [style for style in _styles() if _shape(style).fullmatch(usual)]
        read = {style: _parse(cells, style) for style in near}
    if not read:
        return UnreadableError(0, None)
    style, stamps = min(read.items(), key=lambda item: item[1].null_count())
    if stamps.null_count() == len(stamps):
        return UnreadableError(0, None)
    return UnreadableError(int(np.argmax(stamps.is_null().to_numpy())), style)


def _template(style: str, cells: pl.Series, shapes: list[str]) -> str:
    """The style for str.format, as the column's cells with these shapes have it."""
    template = _filled(style, shapes)
    zone = re.search(_UTC, cells[0]) if style.endswith(" u") else None
    template = template.replace("{u}", zone[1] if zone else "")
    if "p" in style and re.search("[0-9 ][ap]m", cells[0]):
        template = template.replace("{p}", "{p:lower}")
    word = re.search("[A-Za-z]{3,}", cells[0])
    case = "upper" if word and word[0].isupper() else "lower" if word and word[0].islower() else ""
    return re.sub("[{]([aAbB])[}]", rf"{{\1:{case}}}", template) if case else template


def _filled(style: str, shapes: list[str]) -> str:
    """The style for str.format; leading zeros, decimals and offsets as the shapes have them."""
    bare = [re.sub(r"(:00)[.]0+", r"\1", shape) for shape in shapes]
    day = "" if any(re.search(r"(?<!0)0(?![0:])", shape) for shape in bare) else ":02d"
    hour = "" if any(re.search(r"(?<!0)0:", shape) for shape in bare) else ":02d"
    decimals = max((len(re.sub(r".*:00[.](0+).*", r"\1", shape)) for shape in shapes), default=6)
    parts = {
        "Y": "{Y:04d}",
        "G": "{G:04d}",
        "m": f"{{m{day}}}",
        "d": f"{{d{day}}}",
        "b": "{b}",
        "B": "{B}",
        "q": "{q}",
        "w": "{W:02d}",
        "H": f"{{H{hour}}}",
        "I": f"{{I{hour}}}",
        "M": "{M:02d}",
        "S": "{S:02d}",
        "f": f"{{f:.{decimals}s}}",
        "a": "{a}",
        "A": "{A}",
        "u": "{u}",
        "p": "{p}",
        "z": "{z0}" if any(re.search(r"[+-]0000$", shape) for shape in shapes) else "{z}",
    }
    return "".join(parts.get(letter, letter) for letter in style)


def _offsets(
    cells: pl.Series, style: str, stamps: NDArray[np.int64]
) -> tuple[tuple[int, int], ...]:
    if style.endswith(("Z", " u")):
        return ((int(stamps.min()), 0),)
    if not style.endswith("z"):
        return ()
    hours = cells.str.extract(_OFFSET, 2).cast(pl.Int64) * 60
    minutes = hours + cells.str.extract(_OFFSET, 3).cast(pl.Int64).fill_null(0)
    east = minutes * pl.Series([1, -1]).gather(
        (cells.str.extract(_OFFSET, 1) == "-").cast(pl.Int64)
    )
    return _changes(stamps, east.to_numpy())


def _changes(stamps: NDArray[np.int64], minutes: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """When which offset begins to hold; UTC for all where several zones are mixed."""
    order = np.argsort(stamps, kind="stable")
    stamps, minutes = stamps[order], minutes[order]
    at = np.concatenate(([0], np.flatnonzero(np.diff(minutes)) + 1))
    if len(at) > _MOST_CHANGES:
        return ((int(stamps[0]), 0),)
    return tuple((int(stamps[i]), int(minutes[i])) for i in at)
