"""A text file -> its cells: where its table begins, how it is written, and what is said of that."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote, read_column
from dropsearch.models.cells.encoding import decoded
from dropsearch.models.cells.form import BLANKS, PLAIN, Form
from dropsearch.models.cells.head import Comment, Head, HeadFinder, names_of
from dropsearch.models.cells.lines import Lines, lines_of
from dropsearch.models.cells.marks import DOT_THOUSAND, unit_of, with_marks
from dropsearch.models.cells.plain import Again
from dropsearch.models.cells.split import (
    CLOSING,
    NOTHING,
    ROW_NAMES,
    Split,
    Splitter,
    parsed,
    split_line,
    torn,
)
from dropsearch.models.errors import DataError

_MOST_COMMENTS = 10_000
_SAMPLE = 1000  # rows that tell the decimal sign, and which columns are numbers
_LARGE = 1 << 25  # bytes of a file from which its columns are parsed in _PARTS, to save memory
_PARTS = 2
_DECIMALS = r"^[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?$"
_SPLITS = {"\t": "tab-separated", BLANKS: "separated by blanks"}


class TextTable(NamedTuple):
    """The cells of a file as text."""

    frame: pl.DataFrame  # text, and numbers
    rows: NDArray[np.int64]  # the line of each row
    unnamed: frozenset[str]  # the made-up names of columns without one
    form: Form  # what was said or is not plain
    sights: tuple[str, ...]  # what is unusual, whole sentences
    spelled: Callable[[str], pl.Series]  # the text of a column
    units: Mapping[str, str]  # of columns, as lines below the header say them


class Look(NamedTuple):
    """What a file looks like, its cells unread but for the first rows."""

    raw: bytes
    lines: Lines
    split: Split
    head: Head
    sample: pl.DataFrame
    form: Form


def _look(path: Path, content: bytes, form: Form) -> Look:
    raw = decoded(path, content, form.encoding)
    begin, above, comment = _begin(path, raw, form)
    lines = lines_of(path, raw, begin)
    filled = lines.filled & ~np.isin(lines.numbers, form.skip or ())
    if not filled.any():
        raise DataError(f"{path} is empty: it needs a header line with column names and rows.")
    splitter = Splitter(path, lines, filled)
    split = splitter.split(form.separator)
    head = HeadFinder(splitter, split, form, above).find(comment)
    if not len(head.rows):
        raise DataError(f"{path} has no rows below its header: give it some.")
    sample = splitter.cells(split, head.rows[:_SAMPLE])
    may_be_commas = split.separator != "," or lines.quoted is not None
    found = _form(form, split, head, sample if may_be_commas else None)
    return Look(raw, lines, split, head, sample, found)


def seen_form(path: Path, content: bytes, form: Form) -> Form:
    """How a file is written. Raises DataError as `read_csv`."""
    return _look(path, content, form).form


def read_csv(path: Path, content: bytes, form: Form) -> TextTable:
    """The table in a text file. Raises DataError where it is none, or can be read in two ways."""
    raw, lines, split, head, sample, found = _look(path, content, form)
    names, unnamed = names_of(path, head, split.width)
    cells = _cells(path, lines, split, head.rows, names)
    frame = _frame(cells, sample, found)
    if split.extra == CLOSING:
        frame, unnamed = frame.drop(names[-1]), unnamed - {names[-1]}
    sights = tuple(_sights(found, form, split, head))
    said = (f"The table as it was seen: {'; '.join(sights)}.",) if sights else ()
    if cells.content is raw and len(raw) > _LARGE and path.is_file():  # no pipe, which has it once
        cuts = lines.cuts(head.rows[0]) if raw is content else ()
        again = Again(path, form.encoding, zlib.crc32(raw), cells.above, cuts)
        cells = replace(cells, content=again)
    rows, units = lines.numbers[head.rows], _units(path, lines, split, head, found, names)
    return TextTable(frame, rows, unnamed, found, said, cells.spelled, units)


def _units(
    path: Path, lines: Lines, split: Split, head: Head, form: Form, names: Sequence[str]
) -> dict[str, str]:
    """The units in lines that are left out below the header."""
    found: dict[str, str] = {}
    for line in np.flatnonzero(np.isin(lines.numbers, form.skip or ())).tolist():
        if head.names is not None and lines.numbers[line] > head.line and line < head.rows[0]:
            cells = split_line(path, lines.content(line), split.separator)
            said = zip(names, map(unit_of, cells), strict=False)
            found |= {name: unit for name, unit in said if unit}
    return found


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows of a table in its file, from which columns are parsed."""

    path: Path
    content: bytes | Again
    separator: str
    names: tuple[str, ...]
    above: int  # lines ahead of them
    keep: NDArray[np.bool_]  # of the lines from there on

    def frame(self, floats: Collection[str] = ()) -> pl.DataFrame:
        """All columns as text; floats: as numbers."""
        assert isinstance(self.content, bytes)
        parts = _PARTS if len(self.content) > _LARGE else 1
        size = -(-len(self.names) // parts)
        columns: list[pl.Series] = []
        for first in range(0, len(self.names), size):
            columns += self._columns(range(first, min(first + size, len(self.names))), floats)
        return pl.DataFrame(columns)

    def spelled(self, name: str) -> pl.Series:
        """The cells of one column as text."""
        return self._columns([self.names.index(name)])[0]

    def _columns(self, places: Sequence[int], floats: Collection[str] = ()) -> list[pl.Series]:
        kinds = {name: pl.Float64 if name in floats else pl.String for name in self.names}
        whole = self.content
        pieces = [(whole, self.above)] if isinstance(whole, bytes) else whole.pieces()
        frame = pl.concat(
            parsed(self.path, content, self.separator, kinds, above, places)
            for content, above in pieces
        )
        if frame.height != len(self.keep):
            raise torn(
                self.path,
                f"{len(self.keep):,} rows by its line ends, {frame.height:,} by its quotes",
            )
        frame = frame if self.keep.all() else frame.filter(pl.Series(self.keep))
        return frame.rechunk().get_columns()


def _cells(
    path: Path, lines: Lines, split: Split, rows: NDArray[np.int64], names: list[str]
) -> Cells:
    """Those of the rows: all lines from the first on, but where others lie between them."""
    keep = np.zeros(len(lines.ends) - rows[0], bool)
    keep[rows - rows[0]] = True
    if not (lines.filled[rows[0] :] & ~keep).any():
        above = int(lines.numbers[rows[0]]) - 1
        return Cells(path, lines.raw, split.separator, tuple(names), above, keep)
    content = b"".join(
        lines.raw[lines.starts[first] : lines.ends[last] + 1] for first, last in _runs(rows)
    )
    return Cells(path, content, split.separator, tuple(names), 0, np.ones(len(rows), bool))


def _frame(cells: Cells, sample: pl.DataFrame, form: Form) -> pl.DataFrame:
    """All cells, as text but for the columns that by their first rows are numbers with decimals.

    These are most of a large file, and as numbers take the least time and memory.
    """
    if form.thousands is None and form.decimal is None:
        decimals = pl.all().str.contains(_DECIMALS).fill_null(False).all()
        shown = sample.select(decimals & ~pl.all().str.contains(DOT_THOUSAND).all()).row(0)
        floats = [name for name, sure in zip(cells.names, shown, strict=True) if sure]
        with suppress(DataError):  # a late cell is none
            return cells.frame(floats)
    return cells.frame()


def _runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """The first and the last of rows that stand together."""
    breaks = np.flatnonzero(np.diff(rows) != 1)
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(rows) - 1)
    yield from zip(rows[firsts].tolist(), rows[lasts].tolist(), strict=True)


def _form(said: Form, split: Split, head: Head, sample: pl.DataFrame | None) -> Form:
    """What was said, and what was seen and is not plain."""
    header = "none" if head.names is None else head.line if head.above else said.header
    separator = split.separator if split.separator not in (",", NOTHING) else said.separator
    decimal = said.decimal or ("," if sample is not None and _has_commas(sample) else None)
    return replace(
        said,
        header=header,
        skip=said.skip if said.skip is not None else head.units or None,
        separator=separator,
        decimal=decimal,
    )


def _has_commas(frame: pl.DataFrame) -> bool:
    """Whether a column has decimal commas for sure."""
    commas = frame.select(pl.all().str.contains(r"^\s*[+-]?[0-9]*,[0-9]+\s*$").any()).row(0)
    return any(
        with_marks(read_column(frame[name]), PLAIN).comma
        for name, has in zip(frame.columns, commas, strict=True)
        if has
    )


def _sights(found: Form, said: Form, split: Split, head: Head) -> Iterator[str]:
    if head.names is None:
        yield f"no header, and its columns are called c1 to c{split.width}"
    elif head.above:
        yield f"header in line {head.line}"
    if head.above:
        yield f"{_lines(head.above)} above left out"
    if found.skip:
        numbers = ", ".join(map(str, found.skip[:8])) + (" ..." if len(found.skip) > 8 else "")
        why = "" if said.skip else " (units or other names)"
        yield f"line{'s' if len(found.skip) > 1 else ''} {numbers} left out{why}"
    if found.separator is not None and found.separator != ",":
        yield _SPLITS.get(found.separator, f"separated by {quote(found.separator)}")
    if split.extra == CLOSING:
        yield "a separator at the end of each line"
    elif split.extra == ROW_NAMES:
        yield "a name ahead of each row, for which the header has no column"
    if found.decimal == ",":
        yield "decimal commas"


def _lines(number: int) -> str:
    return f"{number:,} line{'s' if number > 1 else ''}"


def _begin(path: Path, raw: bytes, form: Form) -> tuple[int, int, Comment | None]:
    """Where the table can begin: at the header that was said, or below lines that begin with #.

    How many lines above hold anything, and the last of them where it begins with #. Raises
    DataError where the header's line is not there.
    """
    said = form.header if isinstance(form.header, int) else 0
    at, above = 0, 0
    comment: Comment | None = None
    for number in range(1, said or _MOST_COMMENTS):
        first = raw[at : at + 1]
        if not first or (not said and first not in (b"#", b"\n", b"\r")):
            break
        end = raw.find(b"\n", at) + 1
        if first == b"#":
            comment = (number, raw[at:end])
        above += first not in (b"\n", b"\r")
        at = end
    if not said:
        return (at, above, comment) if comment else (0, 0, None)
    if raw[at : at + 1] in (b"", b"\n", b"\r"):
        raise DataError(
            f"{path} has nothing in line {said}, where data.table.header says that its header is: "
            "mend that key."
        )
    end = raw.find(b"\n", at) + 1
    if raw[at : at + 1] == b"#":
        return end, above, (said, raw[at:end])
    return at, above, None
