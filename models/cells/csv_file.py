"""A text file -> its cells: where its table begins, how it is written, and what is said of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
from dropsearch.models.cells.marks import with_marks
from dropsearch.models.cells.split import (
    CLOSING,
    NOTHING,
    ROW_NAMES,
    Split,
    Splitter,
    parsed,
    torn,
)
from dropsearch.models.errors import DataError

_MOST_COMMENTS = 10_000
_SAMPLE = 1000  # rows that tell the decimal sign
_SPLITS = {"\t": "tab-separated", BLANKS: "separated by blanks"}


class TextTable(NamedTuple):
    """The cells of a file as text."""

    frame: pl.DataFrame
    rows: NDArray[np.int64]  # the line of each row
    unnamed: frozenset[str]  # the made-up names of columns without one
    form: Form  # what was said or is not plain
    sights: tuple[str, ...]  # what is unusual, whole sentences


def read_csv(path: Path, content: bytes, form: Form) -> TextTable:
    """The table in a text file. Raises DataError where it is none, or can be read in two ways."""
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
        raise DataError(f"{path} has no rows below its header: nothing can be learnt from it.")
    names, unnamed = names_of(path, head, split.width)
    frame = _frame(path, lines, split, head, names)
    if split.extra == CLOSING:
        frame, unnamed = frame.drop(names[-1]), unnamed - {names[-1]}
    found = _form(form, split, head, frame)
    sights = tuple(_sights(found, form, split, head))
    said = (f"The table as it was seen: {'; '.join(sights)}.",) if sights else ()
    return TextTable(frame, lines.numbers[head.rows], unnamed, found, said)


def _frame(path: Path, lines: Lines, split: Split, head: Head, names: list[str]) -> pl.DataFrame:
    """The cells of the head's rows."""
    rows = head.rows
    between = lines.filled[rows[0] :].copy()
    between[rows - rows[0]] = False
    if between.any():  # lines among the rows that are to be left out
        content = b"".join(
            lines.raw[lines.starts[first] : lines.ends[last] + 1] for first, last in _runs(rows)
        )
        frame = parsed(path, content, split.separator, names)
        keep = np.ones(len(rows), bool)
    else:
        above = int(lines.numbers[rows[0]]) - 1
        frame = parsed(path, lines.raw, split.separator, names, above)
        keep = np.zeros(len(lines.ends) - rows[0], bool)
        keep[rows - rows[0]] = True
    if frame.height != len(keep):
        raise torn(path, f"{len(keep)} rows by its line ends, {frame.height} by its quotes")
    return frame if keep.all() else frame.filter(pl.Series(keep))


def _runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """The first and the last of rows that stand together."""
    breaks = np.flatnonzero(np.diff(rows) != 1)
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(rows) - 1)
    yield from zip(rows[firsts].tolist(), rows[lasts].tolist(), strict=True)


def _form(said: Form, split: Split, head: Head, frame: pl.DataFrame) -> Form:
    """What was said, and what was seen and is not plain."""
    header = "none" if head.names is None else head.line if head.above else said.header
    separator = split.separator if split.separator not in (",", NOTHING) else said.separator
    decimal = said.decimal or ("," if _has_commas(frame[:_SAMPLE]) else None)
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
