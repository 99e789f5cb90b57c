"""Whether a line holds the names of columns, by the cells below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from dropsearch.models.cells.columns import MISSING_WORDS

NUMBER = (
    r"^[+-]?(US\$|[$€£¥₹])?\s?[+-]?([0-9][0-9.,'’_ \u00a0\u202f]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
    r"\s?[%‰KMBT]?$"
)
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
STAMP = (
    r"(?i)^([0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4}|$|[T ])|[0-9]{1,2}:[0-9]{2}"
    rf"|[0-9]{{4}}-?[QW][0-9]|Q[1-4][- ][0-9]{{4}}|([a-z]+,? )?([0-9]{{1,2}}[-. ])?{_MONTH}[-,. ]"
    rf".*[0-9]|[0-9]{{4}}[- ]{_MONTH})"
)
MISSING = ("", *MISSING_WORDS)
_MOSTLY = 0.8  # of the cells, from which they make a column one of numbers or of times
_FEW = 0.5  # different cells among all, up to which they are labels


@dataclass(frozen=True, eq=False)
class Below:
    """The cells below a line that may be a header."""

    cells: pl.DataFrame  # stripped, null where blank or missing
    kinds: tuple[str, ...]  # of each column: numbers | times | words | empty
    labels: tuple[bool, ...]  # whether its cells are few different ones

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Below:
        """frame: rows as text."""
        every = pl.all().str.strip_chars()
        absent = every.str.to_lowercase().is_in(MISSING)
        cells = frame.select(pl.when(~absent).then(every))
        found = cells.select(
            pl.all().count().name.prefix("count "),
            pl.all().str.contains(NUMBER).mean().name.prefix("number "),
            pl.all().str.contains(STAMP).mean().name.prefix("time "),
            pl.all().drop_nulls().n_unique().name.prefix("different "),
        ).row(0)
        width = cells.width
        count, numbers, times, different = (found[i * width :][:width] for i in range(4))
        kinds = tuple(
            "empty"
            if number is None
            else "numbers"
            if number >= _MOSTLY
            else "times"
            if time >= _MOSTLY
            else "words"
            for number, time in zip(numbers, times, strict=True)
        )
        few = tuple(some <= _FEW * all_ for some, all_ in zip(different, count, strict=True))
        return cls(cells, kinds, few)

    def holds(self, line: Sequence[str]) -> tuple[bool, ...]:
        """Whether each cell of a line stands in its column again."""
        names = self.cells.columns
        again = [(pl.col(name) == cell).any() for name, cell in zip(names, line, strict=True)]
        return tuple(bool(one) for one in self.cells.select(again).row(0))


@dataclass(frozen=True)
class Evidence:
    """What a line's cells are beside those below."""

    kinds: tuple[str, ...]
    finds: tuple[str, ...]  # name: a word over numbers or times; time, number, label: like those
    # below; blank; word: anything else

    @property
    def named(self) -> bool:
        """Whether it can only be a line of names."""
        return "name" in self.finds

    @property
    def over_all(self) -> bool:
        """Whether words or blanks alone stand over the numbers and times, two at least."""
        pairs = zip(self.finds, self.kinds, strict=True)
        over = [find for find, kind in pairs if kind in ("numbers", "times")]
        known = set(self.finds) & {"label", "time", "number"}
        return len(over) > 1 and not known and "name" in over and set(over) <= {"name", "blank"}


def evidence(line: Sequence[str], below: Below) -> Evidence:
    """line: its cells, stripped."""
    blank = [cell.lower() in MISSING for cell in line]
    number, time = ([bool(re.search(shape, cell)) for cell in line] for shape in (NUMBER, STAMP))
    again = below.holds(line)
    finds = []
    for at, kind in enumerate(below.kinds):
        if blank[at]:
            finds.append("blank")
        elif number[at] or time[at]:
            like = "number" if number[at] else "time"
            finds.append(like if kind == f"{like}s" else "word")
        elif kind in ("numbers", "times"):
            finds.append("word" if again[at] else "name")
        else:
            finds.append("label" if again[at] and below.labels[at] else "word")
    return Evidence(below.kinds, tuple(finds))


def is_header(line: Sequence[str], found: Evidence) -> bool | None:
    """Whether the line is a header; None: it may be one, and may be a row."""
    finds = set(found.finds)
    if found.named or not finds & {"time", "number", "label"}:
        return True
    if "time" in finds:
        return False
    pairs = zip(line, found.finds, strict=True)
    numbers = pl.Series([cell for cell, find in pairs if find == "number"], dtype=pl.String)
    values = numbers.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    if values.has_nulls():  # a mark or a unit, which no name has
        return False
    if "label" in finds:
        return False if len(values) and "word" not in finds else None
    steps = np.diff(values.to_numpy())
    whole = bool((values % 1 == 0).all())
    even = len(steps) > 0 and np.allclose(steps, steps[0]) and steps[0] > 0
    if even and "word" in finds and (len(steps) > 1 or steps[0] == 1):
        return True  # as years are, beside a name
    if len(values) < 2 or (even and len(steps) > 1) or (whole and (steps > 0).all()):
        return None
    return False
