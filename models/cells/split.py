"""How the lines of a text file are split into cells, and which of them are the table's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.cells.encoding import SEPARATORS
from dropsearch.models.cells.form import BLANKS
from dropsearch.models.cells.header import Below, evidence
from dropsearch.models.cells.lines import Lines, tabbed
from dropsearch.models.cells.panics import PolarsFaultError, polars_faults
from dropsearch.models.errors import DataError, Way

NOTHING = "\x1f"  # separates nothing: the table has one column
TOP = 60  # lines in which a table begins
_SAMPLE = 200  # rows by which a line is judged
_MOST_SKIPPED = 20  # lines that are offered to be left out
ROW_NAMES, CLOSING = "row names", "closing separator"


class Split(NamedTuple):
    """How the lines are split into cells."""

    separator: str
    width: int  # cells in a row
    rows: NDArray[np.int64]  # the lines of the table, first its header or its first row
    extra: str = ""  # ROW_NAMES: a cell ahead of each row; CLOSING: an empty one after it


def parsed(
    path: Path,
    content: bytes,
    separator: str,
    kinds: Mapping[str, Any] | None,
    above: int = 0,
    only: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Cells without the first lines, `above` of them; only: of the columns there.

    kinds: polars' type of each column; None: text, as many columns as there are. Raises DataError
    where quotes stand where none can, or a cell is not of its type.
    """
    if separator == BLANKS:
        content, separator = tabbed(content), "\t"
    try:
        with polars_faults():
            return pl.read_csv(
                content,
                has_header=False,
                separator=separator,
                skip_lines=above,
                schema=kinds,
                columns=None if only is None else list(only),
                infer_schema=False,
            )
    except PolarsFaultError as error:
        raise torn(path, str(error)) from None


def split_line(path: Path, line: bytes, separator: str) -> list[str]:
    """Its cells, stripped."""
    row = parsed(path, line, separator, None).row(0)
    return [str(cell or "").strip() for cell in row]


def torn(path: Path, reason: str) -> DataError:
    """The error for a file whose quotes and line ends do not fit together."""
    return DataError(
        f"{path} cannot be read as CSV ({reason}): put cells that hold quotes between quotes, "
        'each quote inside written twice ("").'
    )


@dataclass(frozen=True, eq=False)
class Splitter:
    """Tries separators on the lines of a file."""

    path: Path
    lines: Lines
    filled: NDArray[np.bool_]  # (L,) those that may belong to the table

    def split(self, said: str | None) -> Split:
        """said: the separator, where it is known. Raises DataError where none fits, or two do."""
        marks = [said] if said else [mark for mark in SEPARATORS if self._occurs(mark)]
        counts = {mark: self.lines.cells(mark) for mark in marks}
        for way in (self._even, self._longer, self._below_others):
            fits = [fit for mark in marks if (fit := way(mark, counts[mark])) is not None]
            if len(fits) > 1:
                signs = " and ".join(quote(fit.separator) for fit in fits)
                raise DataError(
                    f"{self.path} can be split by {signs}: quote the cells that hold one of them, "
                    "or say in data.table.separator which it is.",
                    *({"data.table.separator": fit.separator} for fit in fits),
                )
            if fits:
                return fits[0]
        blanks = None if said else self._by_blanks()
        if blanks is not None:
            return blanks
        faults = [fault for mark in marks if (fault := self._ragged(mark, counts[mark]))]
        if faults:
            raise min(faults, key=lambda fault: fault[0])[1]
        return Split(NOTHING, 1, np.flatnonzero(self.filled))

    def cells(self, split: Split, rows: NDArray[np.int64]) -> pl.DataFrame:
        """The cells of some lines of `split`, as text."""
        content = b"".join(self.lines.content(line) for line in rows.tolist())
        kinds = {f"c{number}": pl.String for number in range(split.width)}
        return parsed(self.path, content, split.separator, kinds)

    def line(self, split: Split, line: int) -> list[str]:
        """The cells of one line, stripped, and blank ones up to the width of a row."""
        cells = split_line(self.path, self.lines.content(line), split.separator)
        return cells + [""] * (split.width - len(cells))

    def below(self, split: Split, rows: NDArray[np.int64]) -> Below | None:
        """What stands in the first of these lines; None where there are none."""
        return Below.of(self.cells(split, rows[:_SAMPLE])) if len(rows) else None

    def _occurs(self, mark: str) -> bool:
        start, end = self.lines.starts[0], self.lines.ends[: 2 * TOP][-1]
        return self.lines.raw.find(mark.encode(), int(start), int(end)) >= 0

    def _even(self, mark: str, counts: NDArray[np.int64]) -> Split | None:
        """Every line has as many cells as the first."""
        rows = np.flatnonzero(self.filled & (counts > 0))
        width = int(counts[rows[0]])
        if width == 1 or (counts[rows] != width).any():
            return None
        closing = mark != BLANKS and self._closes(mark, rows).all()
        return Split(mark, width, rows, CLOSING if closing else "")

    def _longer(self, mark: str, counts: NDArray[np.int64]) -> Split | None:
        """Every line has one cell more than the first: R's row names, or a closing separator."""
        rows = np.flatnonzero(self.filled & (counts > 0))
        width = int(counts[rows[0]]) + 1
        if len(rows) < 3 or (counts[rows[1:]] != width).any():
            return None
        if mark != BLANKS and self._closes(mark, rows[1:]).all():
            return Split(mark, width, rows, CLOSING)
        split = Split(mark, width, rows, ROW_NAMES)
        return split if self._names_rows(split) else None

    def _closes(self, mark: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each line ends in the separator."""
        last = np.frombuffer(self.lines.raw, np.uint8)
        ends = self.lines.ends[rows]
        ends = ends - (last[ends - 1] == ord("\r"))
        return last[ends - 1] == ord(mark)

    def _names_rows(self, split: Split) -> bool:
        """Whether the first cells are names: quoted ones; or numbers that count, which no comma
        can make of a decimal."""
        begins = np.frombuffer(self.lines.raw, np.uint8)[self.lines.starts[split.rows]]
        if not (begins == ord('"')).all() and split.separator == ",":
            return False
        names = self.cells(split, split.rows[1:])["c0"]
        if not names.is_unique().all():
            return False
        numbers = names.cast(pl.Int64, strict=False)
        counts = not numbers.has_nulls() and bool((numbers.diff().drop_nulls() == 1).all())
        return counts or bool((begins == ord('"')).all())

    def _below_others(self, mark: str, counts: NDArray[np.int64]) -> Split | None:
        """Lines of other lengths stand above a header, which has as many cells as all below it."""
        rows = np.flatnonzero(self.filled)
        wrong, width = self._wrong(counts[rows])
        top = wrong[wrong < TOP]
        if width < 2 or not len(wrong) or wrong[-1] >= TOP or top[-1] + 2 >= len(rows):
            return None
        split = Split(mark, width, rows[top[-1] + 1 :])
        below = self.below(split, split.rows[1:])
        if below is None or not evidence(self.line(split, int(split.rows[0])), below).named:
            return None
        above = rows[: top[-1]][counts[rows[: top[-1]]] == width]
        like = [set(evidence(self.line(split, line), below).finds) for line in above.tolist()]
        return None if any(finds & {"number", "time"} for finds in like) else split

    @staticmethod
    def _wrong(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """Which lines have not the number of cells that most have, and this number."""
        most = np.bincount(counts)
        width = int(counts[0] if most[counts[0]] == most.max() else most.argmax())
        return np.flatnonzero(counts != width), width

    def _by_blanks(self) -> Split | None:
        """One or more blanks between cells, of which a column holds numbers."""
        counts = self.lines.cells(BLANKS)
        for way in (self._even, self._longer, self._below_others):
            split = way(BLANKS, counts)
            if split is not None and len(split.rows) > 2:
                below = self.below(split, split.rows[1:])
                if below is not None and "numbers" in below.kinds:
                    return split
        return None

    def _ragged(self, mark: str, counts: NDArray[np.int64]) -> tuple[int, DataError] | None:
        """The number of lines that have not as many cells as the first, and what to say."""
        rows = np.flatnonzero(self.filled)
        counts = counts[rows]
        width = int(counts[0])
        if width == 1:
            return None
        wrong = np.flatnonzero(counts != width)
        row, found = self.lines.numbers[rows[wrong[0]]], counts[wrong[0]]
        mend = "quote cells that hold the separator"
        if mark == "," and found > width:
            mend += ", or separate by ';' where numbers have decimal commas"
        mend += (
            "; the line of the header and lines that hold no row can be said in data.table.header "
            "and data.table.skip"
        )
        many = f" (the first of {len(wrong):,})" if len(wrong) > 1 else ""
        text = f"{self.path}, row {row}{many}: {found} cells where the header has {width}: {mend}."
        return len(wrong), DataError(text, *self._ways_out(rows, counts))

    def _ways_out(self, rows: NDArray[np.int64], counts: NDArray[np.int64]) -> list[Way]:
        """Lines that are no rows: those above the first that is like most, or those between."""
        wrong, width = self._wrong(counts)
        first = int(np.argmax(counts == width))
        header = int(self.lines.numbers[rows[first]])
        skip = self.lines.numbers[rows[wrong[wrong > first]]].tolist()
        if len(skip) > _MOST_SKIPPED:
            return []
        said = {"data.table.header": header} if first else {}
        return [{**said, "data.table.skip": skip} if skip else said]
