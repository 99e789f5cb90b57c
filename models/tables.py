"""A CSV or Parquet file -> a Table: every column with one reading, or refused."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import psutil
from numpy.typing import NDArray

from dropsearch.models.columns import Reading, dotted_thousands, quote, read_column
from dropsearch.models.errors import DataError

_SEPARATORS = (",", ";", "\t", "|")
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "compressed by gzip",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstandard",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow file",
}
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_MEMORY_PER_BYTE = {"csv": 8, "parquet": 20}  # bytes needed per byte of the file, a generous guess


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one file. `rows` names each row as a person would count it:
    the 1-based line of a CSV file (its header is line 1), the 1-based row of a Parquet file."""

    path: Path
    frame: pl.DataFrame  # CSV: text only; Parquet: the types of the file
    rows: NDArray[np.int64]
    unnamed: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    @property
    def height(self) -> int:
        return self.frame.height

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """One reading per column; a file that uses the decimal comma anywhere reads dots with care."""
        found = {name: read_column(self.frame[name]) for name in self.names}
        if any(reading.comma for reading in found.values()):
            for name, reading in found.items():
                found[name] = dotted_thousands(self.frame[name], reading)
        return found

    def kind(self, name: str) -> str:
        """numbers, truth, words, times, empty or other."""
        return self.readings[name].kind

    def text(self, name: str) -> pl.Series:
        """The cells in the user's spelling, null where the cell is blank."""
        return self.readings[name].text

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(rows,) NaN where missing. Raises DataError where the column is no clear column of numbers."""
        reading = self.readings[name]
        if reading.fault is not None:
            raise self.fault(name, reading.fault.index, reading.fault.text)
        if reading.values is None:
            first = int(np.argmax(self.text(name).is_not_null().to_numpy()))
            kind = {"times": "holds dates or times", "other": "holds nested or binary values"}.get(
                reading.kind, f"holds {quote(self.text(name)[first])}, a word"
            )
            raise self.fault(name, first, f"{kind} where numbers are needed")
        return reading.values

    def fault(self, name: str, index: int, text: str, count: int = 1) -> DataError:
        """An error about the cell at `index`, the first of `count` like it."""
        many = f" (the first of {count:,} like it)" if count > 1 else ""
        return DataError(f"{self.path}: column {quote(name)}, row {self.rows[index]}{many}: {text}.")

    def need(self, name: str, key: str) -> str:
        """The column that a key of study.yaml names. Raises DataError naming the nearest one."""
        if name in self.frame.columns and name not in self.unnamed:
            return name
        named = [other for other in self.names if other not in self.unnamed]
        folded = {other.casefold(): other for other in named}
        near = difflib.get_close_matches(name.casefold(), folded, 1, 0.6)
        mend = f"did you mean {quote(folded[near[0]])}?" if near else _few("it has", named)
        raise DataError(f"{self.path} has no column {quote(name)} (data.{key}): {mend}")


def _few(start: str, names: list[str]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"{start} {', '.join(quote(name) for name in names[:12])}{more}."


def read_table(path: str | os.PathLike[str]) -> Table:
    """Reads a whole file. Raises DataError where it is missing, empty, binary, ragged or too large."""
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder: name the CSV or Parquet file in it.")
    try:
        with path.open("rb") as file:
            head = file.read(16)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        near = _nearest_file(path)
        raise DataError(
            f"{path} does not exist: " + (f"did you mean {near}?" if near else "check data.path.")
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be opened ({error}): check its name and rights.") from None
    if not head:
        raise DataError(f"{path} is empty: it needs a header line with column names and rows.")
    for mark, name in _FOREIGN.items():
        if head.startswith(mark):
            raise DataError(f"{path} is {name}: save its table as plain CSV or as Parquet.")
    form = "parquet" if head.startswith(b"PAR1") else "csv"
    _fits_memory(path, size, _MEMORY_PER_BYTE[form])
    return _read_parquet(path) if form == "parquet" else _read_csv(path)


def _nearest_file(path: Path) -> str | None:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, 1, 0.6)
    return str(path.parent / near[0]) if near else None


def _fits_memory(path: Path, size: int, factor: int) -> None:
    free = psutil.virtual_memory().available
    if size * factor > free:
        raise DataError(
            f"{path} has {size / 1e9:.1f} GB and needs about {size * factor / 1e9:.0f} GB of memory "
            f"where {free / 1e9:.1f} GB are free: keep only the rows and columns that are needed."
        )


def _read_parquet(path: Path) -> Table:
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise DataError(f"{path} cannot be read as Parquet ({reason}): write it again.") from None
    if not frame.height or not frame.width:
        raise DataError(f"{path} has no rows: nothing can be learnt from it.")
    unnamed = frozenset(n for n in frame.columns if not n.strip() or n.startswith("__index_level_"))
    return Table(path, frame, np.arange(1, frame.height + 1), unnamed)


def _read_csv(path: Path) -> Table:
    raw = _decoded(path, path.read_bytes())
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
        frame = pl.read_csv(
            raw[ends[head] + 1 :],
            has_header=False,
            separator=separator,
            schema={name: pl.String for name in names},
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _torn(path, str(error).splitlines()[0][:200]) from None
    if frame.height != len(keep):
        raise _torn(path, f"{len(keep)} rows by its line ends, {frame.height} by its quotes")
    return Table(path, frame.filter(pl.Series(keep)), lines[head + 1 :][keep], unnamed)


def _torn(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} cannot be read as CSV ({reason}): put cells that hold quotes between quotes, "
        'each quote inside written twice ("").'
    )


def _decoded(path: Path, raw: bytes) -> bytes:
    """The file as UTF-8 with \\n at every line's end and no byte order mark."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            raw = raw[len(mark) :]
            break
    else:
        encoding = "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(path, raw, encoding, error) from None
    if encoding != "utf-8":
        raw = text.encode()
    if b"\0" in raw:
        raise DataError(
            f"{path}, row {1 + raw.count(bytes([10]), 0, raw.index(0))}: it holds zero bytes, so it is "
            "no text: save the table as CSV in UTF-8, or as Parquet."
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
        f"{path}: {column}row {row}: the byte 0x{raw[error.start]:02x} is not UTF-8: save the file as "
        "UTF-8 (an export from Windows: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv)."
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
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise DataError(f"{path}: column {quote(twice)}, row {row}: two columns have this name: rename one.")
    numeric = pl.Series([n for n in names if n not in unnamed]).cast(pl.Float64, strict=False)
    if not numeric.len() or numeric.is_not_null().all():
        raise DataError(
            f"{path}, row {row}: numbers stand where column names are expected: add a header line."
        )
    return tuple(names), frozenset(unnamed)
