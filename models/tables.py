"""A CSV or Parquet file -> a Table: every column with one reading, or refused."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import psutil
from numpy.typing import NDArray

from dropsearch.models.columns import Reading, dotted_thousands, listed, quote, read_column
from dropsearch.models.csvfile import read_csv
from dropsearch.models.errors import DataError

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
_LARGEST = 1e100  # its square is finite; larger ones mark missing values, or are wrong
_MEMORY_PER_BYTE = {"csv": 8, "parquet": 20}  # bytes needed per byte of the file, a generous guess


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one file. `rows` names each row as a person would count it:
    the 1-based line of a CSV file (its header is line 1), the 1-based row of a Parquet file."""

    path: Path
    frame: pl.DataFrame  # CSV: text only; Parquet: the types of the file
    rows: NDArray[np.int64]
    unnamed: frozenset[str]
    commas: frozenset[str] = frozenset()  # columns that are known to have decimal commas

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    @property
    def height(self) -> int:
        return self.frame.height

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """One reading per column; where one has decimal commas, dots are read with care."""
        found = {name: read_column(self.frame[name], name in self.commas) for name in self.names}
        if self.commas or any(reading.comma for reading in found.values()):
            for name, reading in found.items():
                found[name] = dotted_thousands(self.frame[name], reading)
        return found

    def kind(self, name: str) -> str:
        """numbers, truth, words, times, empty or other."""
        return self.readings[name].kind

    def text(self, name: str) -> pl.Series:
        """The cells in the user's spelling, null where the cell is blank."""
        return self.readings[name].text

    def numbers(self, name: str, mend: str = "") -> NDArray[np.float64]:
        """(rows,) NaN where missing; `mend` is what to do where the column holds words.

        Raises DataError where it is no clear column of numbers, or holds an infinite one.
        """
        reading = self.readings[name]
        if reading.fault is not None:
            raise self.fault(name, reading.fault.index, reading.fault.text)
        if reading.values is None:
            first = int(np.argmax(self.text(name).is_not_null().to_numpy()))
            found = {"times": "dates or times", "other": "nested or binary values"}.get(
                reading.kind, f"{quote(self.text(name)[first])}, a word,"
            )
            mend = f": {mend}" if mend and reading.kind == "words" else ""
            raise self.fault(name, first, f"it holds {found} where numbers are needed{mend}")
        wild = np.abs(reading.values) > _LARGEST
        if wild.any():
            first = int(np.argmax(wild))
            what = "infinite" if np.isinf(reading.values[first]) else "too large to compute with"
            text = f"the number is {what}: correct it, or leave the cell empty"
            raise self.fault(name, first, text, int(wild.sum()))
        return reading.values

    def fault(self, name: str, index: int, text: str, count: int = 1) -> DataError:
        """An error about the cell at `index`, the first of `count` like it."""
        many = f" (the first of {count:,} like it)" if count > 1 else ""
        return DataError(
            f"{self.path}: column {quote(name)}, row {self.rows[index]}{many}: {text}."
        )

    def need(self, name: str, key: str) -> str:
        """The column that a key of study.yaml names. Raises DataError naming the nearest one."""
        if name in self.frame.columns and name not in self.unnamed:
            return name
        named = [other for other in self.names if other not in self.unnamed]
        folded = {other.casefold(): other for other in named}
        near = difflib.get_close_matches(name.casefold(), folded, 1, 0.6)
        mend = f"did you mean {quote(folded[near[0]])}?" if near else f"it has {listed(named)}."
        raise DataError(f"{self.path} has no column {quote(name)} ({key}): {mend}")


def read_table(path: str | os.PathLike[str], commas: Iterable[str] = ()) -> Table:
    """Read a whole file; `commas`: columns that are known to have decimal commas.

    Raises DataError: missing, empty, binary, ragged or too large.
    """
    path = Path(path)
    if "Cs" in map(unicodedata.category, str(path)):
        raise DataError(f"{str(path)!r} holds bytes that are not UTF-8: rename the file or folder.")
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
    if form == "parquet":
        return _read_parquet(path)
    return Table(path, *read_csv(path), frozenset(commas))


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
            f"{path} has {size / 1e9:.1f} GB and needs about {size * factor / 1e9:.0f} GB of "
            f"memory where {free / 1e9:.1f} GB are free: keep only the needed rows and columns."
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
