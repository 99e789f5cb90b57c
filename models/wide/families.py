"""Columns that are called alike: t0, t1, t2; 2021-01-01, 2021-01-02; Jan, Feb, Mar."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from dropsearch.models.times.calendar import MONTH_NAMES
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.time_styles import AmbiguousError, Times, UnreadableError

FEWEST = 3  # columns that are called alike
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})")
_SHORT = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{2})")
_QUARTERS = ("q1", "q2", "q3", "q4")
_CENTURY = 70  # years of two digits from here on are of the last century


@dataclass(frozen=True)
class Family:
    """Columns in the order of what their names count: numbers, dates or parts of a year."""

    kind: Literal["numbers", "dates"]
    stem: str  # what all names begin with
    columns: tuple[str, ...]
    cells: tuple[str, ...]  # the rest of each name, years with four digits
    short: bool = False  # years are written with two digits

    def name(self, cell: str) -> str:
        """A column's name from what would stand in `cells`."""
        if self.kind == "numbers":
            padded = any(one.startswith("0") and len(one) > 1 for one in self.cells)
            return self.stem + cell.zfill(len(self.cells[0]) if padded else 0)
        return self.stem + (re.sub("[0-9]{2}([0-9]{2})$", r"\1", cell) if self.short else cell)

    @property
    def title(self) -> str:
        """A name for what the columns hold."""
        stem = self.stem.rstrip(" _-.:[(")
        return stem if stem and self.kind == "numbers" else "value"


def families(names: Collection[str]) -> list[Family]:
    """All of them, the largest first; dates before numbers."""
    dated = dates_of(names)
    if dated is not None:
        return [dated]
    stems: dict[str, list[tuple[int, str, str]]] = {}
    for name in names:
        found = _NUMBERED.fullmatch(name)
        if found:
            stems.setdefault(found[1], []).append((int(found[2]), found[2], name))
    made = []
    for stem, members in stems.items():
        numbers = {number for number, _, _ in members}
        if len(numbers) == len(members) >= FEWEST:
            _, cells, columns = zip(*sorted(members), strict=True)
            made.append(Family("numbers", stem, columns, cells))
    return sorted(made, key=lambda family: -len(family.columns))


def dates_of(names: Collection[str]) -> Family | None:
    """The columns whose names are dates in one style that rise from step to step."""
    for stem in dict.fromkeys(re.match(r"[^0-9]*", name)[0] for name in names):  # type: ignore[index]
        columns = [n for n in names if n.startswith(stem) and re.match("[0-9]", n[len(stem) :])]
        if len(columns) >= FEWEST and not any(sign in stem for sign in "{}"):
            found = _dated(stem, columns)
            if found is not None:
                return found
    for columns in (list(names), [name for name in names if re.search("[0-9]{4}", name)]):
        if len(columns) >= FEWEST:  # Jan 2021, Q1 2021
            found = _dated("", columns)
            if found is not None:
                return found
    return None


def _dated(stem: str, columns: Sequence[str]) -> Family | None:
    rest = [name[len(stem) :] for name in columns]
    if all(map(str.isdecimal, rest)) and not all(
        re.fullmatch(r"(19|20)\d{6}", one) for one in rest
    ):
        return None  # years and counts are numbers
    times = _rising(rest)
    if times is not None:
        return _sorted(stem, columns, rest, times, short=False)
    matches = [_SHORT.fullmatch(one) for one in rest]
    if not all(matches):
        return None
    years = [int(found[4]) for found in matches if found]
    longer = [
        f"{found[1]}{found[2]}{found[3]}{found[2]}{(1900 if year >= _CENTURY else 2000) + year}"
        for found, year in zip(matches, years, strict=True)
        if found
    ]
    times = _rising(longer)
    return None if times is None else _sorted(stem, columns, longer, times, short=True)


def _rising(cells: Sequence[str]) -> Times | None:
    try:
        times = read_times(pl.Series(cells, dtype=pl.String))
    except (UnreadableError, AmbiguousError):
        return None
    return times if len(np.unique(times.stamps)) == len(cells) else None


def _sorted(
    stem: str, columns: Sequence[str], cells: Sequence[str], times: Times, *, short: bool
) -> Family:
    order = np.argsort(times.stamps, kind="stable").tolist()
    return Family(
        "dates", stem, tuple(columns[i] for i in order), tuple(cells[i] for i in order), short
    )


def from_first(names: Sequence[str], order: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Parts of a year from the one on that stands first in `order`, and its place among them; from
    the first on, where they do not follow one another there."""
    placed = [name for name in order if name in set(names)]
    start = names.index(placed[0])
    turned = (*names[start:], *names[:start])
    return (start, turned) if list(turned) == placed else (0, tuple(names))


def parts_of_year(names: Collection[str]) -> tuple[str, ...] | None:
    """The twelve columns of months, or the four of quarters, in order; None: there are none."""
    folded = {name.strip().lower(): name for name in names}
    months = [month.lower() for month in MONTH_NAMES]
    spelled = [
        months,
        [month[:3] for month in months],
        [str(n) for n in range(1, 13)],
        [f"{n:02d}" for n in range(1, 13)],
        [f"m{n}" for n in range(1, 13)],
        [f"m{n:02d}" for n in range(1, 13)],
        [*_QUARTERS],
    ]
    for wanted in spelled:
        if all(one in folded for one in wanted):
            return tuple(folded[one] for one in wanted)
    return None
