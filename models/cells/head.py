"""Which line of a text file is its header, which lines hold rows, and what the columns are called.

The header is told from a row by the cells below it; what could be either is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.cells.form import Form
from dropsearch.models.cells.header import Below, Evidence, evidence, is_header
from dropsearch.models.cells.split import NOTHING, ROW_NAMES, TOP, Split, Splitter, split_line
from dropsearch.models.errors import DataError

_MOST_UNITS = 3  # lines below a header that hold no row
_EMPTY = b' \t,;|"\r\n'  # of which lines of blank cells are made
_FEWEST = 8  # rows in which such lines are looked for
Comment = tuple[int, bytes]  # a line that begins with #, and its number


class Head(NamedTuple):
    """Which lines are the header and the rows."""

    names: list[str] | None  # as written; None: there is no header
    line: int  # the header's, or the first row's, as a person counts
    above: int  # lines above it that hold anything
    rows: NDArray[np.int64]  # index into the lines
    units: tuple[int, ...] = ()  # lines below the header that hold no row


@dataclass(frozen=True, eq=False)
class HeadFinder:
    """Looks for the header among the lines that are split alike."""

    splitter: Splitter
    split: Split
    form: Form
    above: int  # lines ahead of these that hold anything
    _seen: dict[int, Below | None] = field(default_factory=dict)
    _lines: dict[int, list[str]] = field(default_factory=dict)

    def find(self, comment: Comment | None) -> Head:
        """comment: the line above. Raises DataError where a line may be a header or a row."""
        said = self.form.header
        noted = None if said == "none" else self._in_comment(comment, sure=said is not None)
        if said is not None and noted is None:
            return self._head(None if said == "none" else self._line(0), 0)
        if noted is not None:
            line, names = noted
            above = self.above - (said is None)
            return self._head(None, 0)._replace(names=names, line=line, above=above)
        at = self._start()
        names = self._line(at)
        below = self._below(self.split.rows[at + 1 :])
        if below is None:
            return self._head(names, at)
        found = evidence(names, below)
        known = is_header(names, found)
        if known is None:
            raise self._doubt(names, found, at)
        return self._head(names if known else None, at)

    def _head(self, names: list[str] | None, at: int) -> Head:
        """With the header, or the first row, at `at` of the rows."""
        line = int(self.split.rows[at])
        first = line + (names is not None)
        rows = self.split.rows[self.split.rows >= first]
        if self.split.separator == NOTHING and len(rows):  # a blank line is a missing value there
            said = self.splitter.lines.filled & ~self.splitter.filled
            rows = first + np.flatnonzero(~said[first : rows[-1] + 1])
        units = 0 if names is None or self.form.skip is not None else self._units(rows)
        above = self.above + int(self.splitter.filled[:line].sum())
        skipped = tuple(int(self.splitter.lines.numbers[row]) for row in rows[:units])
        return Head(names, self._number(at), above, rows[units:], skipped)

    def _line(self, at: int) -> list[str]:
        """The names in a line; with row names it has one cell less than a row."""
        if at not in self._lines:
            cells = self.splitter.line(self.split, int(self.split.rows[at]))
            self._lines[at] = ["", *cells[:-1]] if self.split.extra == ROW_NAMES else cells
        return self._lines[at]

    def _number(self, at: int) -> int:
        return int(self.splitter.lines.numbers[self.split.rows[at]])

    def _start(self) -> int:
        """0, or where words stand over numbers and times alone, below an empty line or below titles
        that are padded to the width of a row: the lines above are no rows of these."""
        rows, filled = self.split.rows, self.splitter.lines.filled
        at, padded = 0, self.split.width > 1
        for k in range(min(TOP, len(rows) - 1)):
            titled = padded
            padded = padded and sum(map(bool, self._line(k))) < 2
            apart = titled or (k > 0 and (not filled[rows[k] - 1] or self._is_blank(k - 1)))
            if not k or padded or not apart:
                continue
            below = self.splitter.below(self.split, rows[k + 1 :])
            if below is not None and evidence(self._line(k), below).over_all:
                at = k
        return at

    def _is_blank(self, at: int) -> bool:
        """Whether no cell of a line holds anything."""
        line = self.splitter.lines.content(int(self.split.rows[at]))
        return not line.strip(_EMPTY)

    def _below(self, rows: NDArray[np.int64]) -> Below | None:
        """What stands in rows, but in the first of many, which may be no rows."""
        first = _MOST_UNITS if len(rows) >= _FEWEST else 0
        key = int(rows[first]) if len(rows) else -1
        if key not in self._seen:
            self._seen[key] = self.splitter.below(self.split, rows[first:])
        return self._seen[key]

    def _units(self, rows: NDArray[np.int64]) -> int:
        """How many lines below the header are units, tickers or second names."""
        below = self._below(rows)
        if below is None or len(rows) < _FEWEST:
            return 0
        units = 0
        for row in rows[:_MOST_UNITS].tolist():
            if not evidence(self.splitter.line(self.split, row), below).over_all:
                break
            units += 1
        return units

    def _in_comment(self, comment: Comment | None, sure: bool) -> tuple[int, list[str]] | None:
        """A comment that alone can be the header, or is it for sure: its line and names."""
        rows = self.split.rows
        below = self.splitter.below(self.split, rows) if comment else None
        if below is None or comment is None:
            return None
        second = self.splitter.below(self.split, rows[1:])
        if not sure and second is not None and evidence(self._line(0), second).named:
            return None
        line, content = comment
        for text in (content, content.lstrip(b"# \t")):
            cells = split_line(self.splitter.path, text, self.split.separator)
            if len(cells) == self.split.width and (sure or evidence(cells, below).named):
                return line, cells
        return None

    def _doubt(self, names: list[str], found: Evidence, at: int) -> DataError:
        line = self._number(at)
        like = [name for name, find in zip(names, found.finds, strict=False) if find == "label"]
        what = (
            f"{quote(like[0])} is one of the cells below it, too, where a column name is expected"
            if like
            else "numbers stand where column names are expected"
        )
        return DataError(
            f"{self.splitter.path}, row {line}: {what}: add a header line, or say "
            "data.table.header: none, where this is the first row (the columns are then c1, c2, "
            f"...), or data.table.header: {line}, where these are names.",
            {"data.table.header": "none"},
            {"data.table.header": line},
        )


def names_of(path: Path, head: Head, width: int) -> tuple[list[str], frozenset[str]]:
    """The names of the columns, and those of them that are made up.

    Raises DataError where two are the same, or there is none.
    """
    if head.names is None:
        return [f"c{number}" for number in range(1, width + 1)], frozenset()
    made_up = {index: f"(column {index + 1})" for index, name in enumerate(head.names) if not name}
    names = [made_up.get(index, name) for index, name in enumerate(head.names)]
    if len(set(names)) < len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise DataError(
            f"{path}: column {quote(twice)}, row {head.line}: two columns have this name: rename "
            "one."
        )
    if len(made_up) == width:
        raise DataError(
            f"{path}, row {head.line}: no column has a name: add a header line, or say "
            "data.table.header: none.",
            {"data.table.header": "none", "data.table.skip": [head.line]},
        )
    return names, frozenset(made_up.values())
