"""A CSV file -> its cells as text; separator, encoding and lines are those of the whole file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.cells.panics import PolarsFaultError, polars_faults
from dropsearch.models.errors import DataError

_SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def read_csv(path: Path, content: bytes) -> tuple[pl.DataFrame, NDArray[np.int64], frozenset[str]]:
    """The cells as text, the line of each row, and the made-up names of unnamed columns."""
    raw = _decoded(path, content)
    buffer = np.frombuffer(raw, np.uint8)
    quoted = np.bitwise_xor.accumulate(buffer == ord('"'))
    if quoted[-1]:
        line = 1 + raw.count(b"\n", 0, raw.rfind(b'"'))
        raise DataError(f"{path}, row {line}: a quote is opened and never closed: close it.")
    newline = buffer == ord("\n")
    ends = np.flatnonzero(newline & ~quoted)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lines = 1 + np.searchsorted(np.flatnonzero(newline), starts)
    filled = ends - starts > (buffer[np.maximum(ends - 1, 0)] == ord("\r"))
    if not filled.any():
        raise DataError(f"{path} is empty: it needs a header line with column names and rows.")
    head = int(np.argmax(filled))
    separator, width = _separator(path, buffer, quoted, ends, lines, filled, head)
    names, unnamed = _header(path, raw[starts[head] : ends[head] + 1], separator, int(lines[head]))
    if width == 1:  # a blank line is a missing value there, but for those at the end
        filled[: np.flatnonzero(filled)[-1]] = True
    keep = filled[head + 1 :]
    if not keep.any():
        raise DataError(f"{path} has no rows below its header: nothing can be learnt from it.")
    try:
        with polars_faults():
            frame = pl.read_csv(
                raw[ends[head] + 1 :],
                has_header=False,
                separator=separator,
                schema=dict.fromkeys(names, pl.String),
            )
    except PolarsFaultError as error:
        raise _torn(path, str(error)) from None
    if frame.height != len(keep):
        raise _torn(path, f"{len(keep)} rows by its line ends, {frame.height} by its quotes")
    return frame.filter(pl.Series(keep)), lines[head + 1 :][keep], unnamed


def _torn(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} cannot be read as CSV ({reason}): put cells that hold quotes between quotes, "
        'each quote inside written twice ("").'
    )


def _decoded(path: Path, raw: bytes) -> bytes:
    """The file as UTF-8 with \\n at every line's end and no byte order mark."""
    mark, encoding = next((m for m in _MARKS if raw.startswith(m[0])), (b"", "utf-8"))
    raw = raw.removeprefix(mark)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(path, raw, encoding, error) from None
    if encoding != "utf-8":
        raw = text.encode()
    if b"\0" in raw:
        row = 1 + raw.count(b"\n", 0, raw.index(0))
        raise DataError(
            f"{path}, row {row}: it holds zero bytes, so it is no text: save the table as CSV in "
            "UTF-8, or as Parquet."
        )
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw if raw.endswith(b"\n") else raw + b"\n"


def _undecodable(path: Path, raw: bytes, encoding: str, error: UnicodeDecodeError) -> DataError:
    if encoding != "utf-8" or b"\0" in raw:
        return DataError(f"{path} is no text: save the table as CSV in UTF-8, or as Parquet.")
    before = raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start]
    header = raw.split(b"\n", 1)[0].decode("latin-1").strip()
    separator = max(_SEPARATORS, key=header.count)
    cells = [cell.strip(' "') for cell in header.split(separator)]
    index = before.count(separator.encode())
    column = f"column {quote(cells[index])}, " if index < len(cells) else ""
    row = 1 + raw.count(b"\n", 0, error.start)
    return DataError(
        f"{path}: {column}row {row}: the byte 0x{raw[error.start]:02x} is not UTF-8: save the file "
        "as UTF-8 (an export from Windows: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv)."
    )


def _separator(
    path: Path,
    buffer: NDArray[np.uint8],
    quoted: NDArray[np.bool_],
    ends: NDArray[np.int64],
    lines: NDArray[np.int64],
    filled: NDArray[np.bool_],
    head: int,
) -> tuple[str, int]:
    """The mark that splits every line into as many cells as the header, and that number."""
    fits: list[tuple[str, int]] = []
    faults: list[tuple[int, DataError]] = []
    for mark in _SEPARATORS:
        at = np.flatnonzero((buffer == ord(mark)) & ~quoted)
        cells = 1 + np.diff(np.searchsorted(at, ends), prepend=0)
        width = int(cells[head])
        if width == 1:
            continue
        wrong = np.flatnonzero(filled & (cells != width))
        wrong = wrong[wrong > head]
        if not len(wrong):
            fits.append((mark, width))
            continue
        row, found = lines[wrong[0]], cells[wrong[0]]
        mend = "quote cells that hold the separator"
        if mark == "," and found > width:
            mend += ", or separate by ';' where numbers have decimal commas"
        many = f" (the first of {len(wrong):,})" if len(wrong) > 1 else ""
        text = f"{path}, row {row}{many}: {found} cells where the header has {width}: {mend}."
        faults.append((len(wrong), DataError(text)))
    if len(fits) == 1:
        return fits[0]
    if len(fits) > 1:
        marks = " and ".join(quote(mark) for mark, _ in fits)
        raise DataError(f"{path} can be split by {marks}: quote the cells that hold one of them.")
    if faults:
        raise min(faults, key=lambda fault: fault[0])[1]
    return "\x1f", 1


def _header(
    path: Path, line: bytes, separator: str, row: int
) -> tuple[tuple[str, ...], frozenset[str]]:
    cells = pl.read_csv(line, has_header=False, separator=separator, infer_schema=False).row(0)
    names = [(cell or "").strip() for cell in cells]
    unnamed = set()
    for index, name in enumerate(names):
        if not name:
            names[index] = f"(column {index + 1})"
            unnamed.add(names[index])
    if len(set(names)) < len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise DataError(
            f"{path}: column {quote(twice)}, row {row}: two columns have this name: rename one."
        )
    numeric = pl.Series([n for n in names if n not in unnamed]).cast(pl.Float64, strict=False)
    if not numeric.len() or numeric.is_not_null().all():
        raise DataError(
            f"{path}, row {row}: numbers stand where column names are expected: add a header line."
        )
    return tuple(names), frozenset(unnamed)
