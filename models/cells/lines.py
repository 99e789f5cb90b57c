"""A text file's lines and the number of cells in each, found without splitting it.

L lines: those of the file, but for line breaks between quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.form import BLANKS
from dropsearch.models.errors import DataError

_BLOCK = 1 << 24  # bytes that are looked at together


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of `raw`, UTF-8 that ends with a line break."""

    raw: bytes
    starts: NDArray[np.int64]  # (L,) offset of the first byte
    ends: NDArray[np.int64]  # (L,) of the line break
    numbers: NDArray[np.int64]  # (L,) as a person counts them, from 1
    filled: NDArray[np.bool_]  # (L,) whether it holds anything
    quoted: NDArray[np.bool_] | None  # (bytes,) whether it is between quotes; None: none is

    def content(self, line: int) -> bytes:
        """One line with its break."""
        return self.raw[self.starts[line] : self.ends[line] + 1]

    def cuts(self, first: int) -> tuple[int, ...]:
        """Offsets from a line on at which filled lines begin, a block apart, and the end."""
        starts = self.starts[first:][self.filled[first:]]
        cuts = np.searchsorted(starts, np.arange(starts[0], starts[-1], _BLOCK))
        return (*np.unique(starts[cuts]).tolist(), len(self.raw))

    def cells(self, separator: str) -> NDArray[np.int64]:
        """(L,) the number of cells, 0 in a line of blanks where blanks separate."""
        counts = np.empty(len(self.ends), np.int64)
        for first, last in self._blocks():
            begin, stop = int(self.starts[first]), int(self.ends[last - 1]) + 1
            at = begin + self._separators(separator, begin, stop)
            found = np.searchsorted(at, self.ends[first:last], side="right")
            counts[first:last] = np.diff(found, prepend=0)
        return counts if separator == BLANKS else counts + 1

    def _separators(self, separator: str, begin: int, stop: int) -> NDArray[np.int64]:
        """Where a separator stands; where blanks separate, where a cell begins."""
        buffer = np.frombuffer(self.raw, np.uint8, stop - begin, begin)
        quoted = None if self.quoted is None else self.quoted[begin:stop]
        if separator == BLANKS:
            inside = (buffer > 32) if quoted is None else (buffer > 32) | quoted
            return np.flatnonzero(inside & ~np.concatenate(([False], inside[:-1])))
        marks = buffer == ord(separator)
        return np.flatnonzero(marks if quoted is None else marks & ~quoted)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        first = 0
        while first < len(self.ends):
            last = int(np.searchsorted(self.ends, self.starts[first] + _BLOCK)) + 1
            yield first, min(last, len(self.ends))
            first = last


def lines_of(path: Path, raw: bytes, begin: int = 0) -> Lines:
    """The lines from byte `begin` on. Raises DataError where a quote is never closed."""
    buffer = np.frombuffer(raw, np.uint8)
    breaks = np.flatnonzero(buffer == ord("\n"))
    quoted = None
    ends = breaks[np.searchsorted(breaks, begin) :]
    if raw.find(b'"', begin) >= 0:
        quoted = buffer == ord('"')
        quoted[:begin] = False
        np.bitwise_xor.accumulate(quoted, out=quoted)
        if quoted[-1]:
            line = 1 + raw.count(b"\n", 0, raw.rfind(b'"'))
            raise DataError(
                f"{path}, row {line}: a quote is opened and never closed: close it, or name the "
                "line of the header in data.table.header where the quote stands above it.",
                {"data.table.header": line + 1},
            )
        ends = ends[~quoted[ends]]
    starts = np.concatenate(([begin], ends + 1))[:-1]
    filled = ends - starts > (buffer[np.maximum(ends - 1, 0)] == ord("\r"))
    return Lines(raw, starts, ends, 1 + np.searchsorted(breaks, starts), filled, quoted)


def tabbed(content: bytes) -> bytes:
    """Cells that runs of blanks separate, by one tab each; content: ends with a line break."""
    buffer = np.frombuffer(content, np.uint8).copy()
    quoted = np.bitwise_xor.accumulate(buffer == ord('"'))
    blank = ((buffer == 32) | (buffer == 9)) & ~quoted
    first = np.flatnonzero(blank & ~np.concatenate(([False], blank[:-1])))
    after = 1 + np.flatnonzero(blank & ~np.concatenate((blank[1:], [False])))
    outer = (first == 0) | (buffer[first - 1] == 10) | np.isin(buffer[after], (10, 13))
    buffer[blank] = 0  # which no text holds
    buffer[first[~outer]] = 9
    return buffer[buffer != 0].tobytes()
