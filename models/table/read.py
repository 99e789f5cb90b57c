"""A CSV or Parquet file -> a Table: every column with one reading, or refused."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import psutil
from numpy.typing import NDArray

from dropsearch.models.cells.columns import (
    Reading,
    largest,
    listed,
    plain_numbers,
    quote,
    read_column,
)
from dropsearch.models.cells.csv_file import read_csv, seen_form
from dropsearch.models.cells.form import PLAIN, Form
from dropsearch.models.cells.marks import with_marks
from dropsearch.models.cells.parquet import read_parquet
from dropsearch.models.cells.plain import FOREIGN, read_bytes
from dropsearch.models.errors import DataError, Way
from dropsearch.models.spread import Places
from dropsearch.models.table.origin import Origin

TIME_KEY = "data.time"  # which may name a column without a name by its made-up one
LARGEST = 1e100  # its square is finite; larger ones mark missing values, or are wrong
_CSV_MEMORY = 8  # bytes needed per byte of the file, a generous guess


class Typed(NamedTuple):
    """A format whose columns have types: read(path, content, names that are needed or None) gives
    all columns, empty where unread, and what stands for the unread ones. Raises DataError."""

    read: Callable[
        [Path, bytes, Collection[str] | None], tuple[pl.DataFrame, Mapping[str, Reading]]
    ]
    memory: int  # as _CSV_MEMORY


FORMATS = {b"PAR1": Typed(read_parquet, 20)}  # by the first bytes of a file; all others are CSV


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one file. `rows` names each row as a person would count it:
    the 1-based line of a CSV file (its header is line 1), the 1-based row of a Parquet file."""

    path: Path
    frame: pl.DataFrame  # CSV: text, and numbers with decimals; Parquet: the types of the file
    rows: Places
    unnamed: frozenset[str]
    commas: frozenset[str] = frozenset()  # columns that are known to have decimal commas
    unread: Mapping[str, Reading] = field(default_factory=dict)  # in place of columns left unread
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column -> its parts
    origin: Origin | None = None  # of a table that the file holds folded
    form: Form = PLAIN  # how the file is written, as far as it was said or is not plain
    sights: tuple[str, ...] = ()  # what is unusual in it, whole sentences
    spelled: Callable[[str], pl.Series] | None = None  # CSV: the text of a column of numbers
    units: Mapping[str, str] = field(default_factory=dict)  # of columns, told apart from the cells

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    @property
    def height(self) -> int:
        return self.frame.height

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """One reading per column; where one has decimal commas, points are read with care."""
        plain = {**plain_numbers(self.frame), **self.unread}
        found = {name: plain.get(name) or self._words_or_marks(name) for name in self.names}
        comma = bool(self.commas) or any(reading.comma for reading in found.values())
        form = replace(self.form, decimal=self.form.decimal or ("," if comma else None))
        return {
            name: with_marks(reading, form) if self.frame.schema[name] == pl.String else reading
            for name, reading in found.items()
        } | dict(self.unread)

    def only(self, names: Sequence[str]) -> Table:
        """These columns alone, read as they are among the others."""
        read = {name: self.readings[name] for name in names}
        return replace(self, frame=self.frame.select(names), unread=read)

    def _words_or_marks(self, name: str) -> Reading:
        decimal = "," if name in self.commas else self.form.decimal
        column, spelled = self.frame[name], self.spelled  # and not all columns, which are freed
        reading = read_column(column)
        if spelled is not None and column.dtype == pl.Float64:
            return replace(reading, spelled=lambda: spelled(name).set(column.is_null(), None))
        return with_marks(reading, replace(self.form, decimal=decimal))

    def keep(self, rows: NDArray[np.bool_]) -> Table:
        """These rows alone, under the numbers that they had."""
        mask = pl.Series(rows)
        unread = {name: one.take(np.flatnonzero(rows)) for name, one in self.unread.items()}
        frame, origin = self.frame.filter(mask), self.origin
        if origin is not None:
            origin = origin.keep(rows)
        whole = self.spelled
        return replace(
            self,
            frame=frame,
            rows=self.rows[rows],
            unread=unread,
            origin=origin,
            spelled=None if whole is None else lambda name: whole(name).filter(mask),
        )

    def with_commas(self, names: Collection[str]) -> tuple[str, ...]:
        """The columns of the file that hold these and have decimal commas."""
        unfolded = () if self.origin is None else self.origin.commas
        return (*(name for name in names if self.readings[name].comma), *unfolded)

    def empty_rows(self) -> NDArray[np.bool_]:
        """(rows,) whether no cell of the row has a value."""
        empty = np.ones(self.height, bool)
        for reading in self.readings.values():
            empty &= reading.text.is_null().to_numpy() | reading.is_opaque
        return empty

    def kind(self, name: str) -> str:
        """numbers, truth, words, times, empty or other."""
        return self.readings[name].kind

    def text(self, name: str) -> pl.Series:
        """The cells in the user's spelling, null where the cell is blank.

        Raises DataError where they have none, as nested ones.
        """
        reading = self.readings[name]
        if reading.is_opaque:
            raise self._unclear(name, reading)
        return reading.text

    def numbers(self, name: str, mend: str = "") -> NDArray[np.float64]:
        """(rows,) NaN where missing; `mend` is what to do where the column holds words.

        Raises DataError where it is no clear column of numbers, or holds an infinite one.
        """
        reading = self.readings[name]
        if reading.fault is not None:
            raise self._unclear(name, reading)
        if reading.values is None:
            first = int(np.argmax(self.text(name).is_not_null().to_numpy()))
            found = {"times": "dates or times", "other": reading.what}.get(
                reading.kind, f"{quote(self.text(name)[first])}, a word,"
            )
            mend = f": {mend}" if mend and reading.kind == "words" else ""
            raise self.fault(name, first, f"it holds {found} where numbers are needed{mend}")
        if largest(reading.values) > LARGEST:
            wild = np.abs(reading.values) > LARGEST
            first = int(np.argmax(wild))
            what = "infinite" if np.isinf(reading.values[first]) else "too large to compute with"
            text = f"the number is {what}: correct it, or leave the cell empty"
            raise self.fault(name, first, text, int(wild.sum()))
        return reading.values

    def _unclear(self, name: str, reading: Reading) -> DataError:
        assert reading.fault is not None
        return self.fault(name, reading.fault.index, reading.fault.text, 1, *reading.fault.ways)

    def fault(self, name: str, index: int, text: str, count: int = 1, *ways: Way) -> DataError:
        """An error about the cell at `index`, the first of `count` like it."""
        many = f" (the first of {count:,} like it)" if count > 1 else ""
        columns = [self._in_file(part, index) for part in self.joined.get(name, (name,))]
        place = f"column{'s' if len(columns) > 1 else ''} {' and '.join(map(quote, columns))}"
        return DataError(f"{self.path}: {place}, row {self.rows[index]}{many}: {text}.", *ways)

    def _in_file(self, name: str, index: int) -> str:
        """The column of the file in which a cell stands."""
        if self.origin is None or name not in self.origin.columns:
            return name
        return self.origin.columns[name][self.origin.step[index]]

    def need(self, name: str, key: str) -> str:
        """The column that a key of study.yaml names. Raises DataError naming the nearest one."""
        if name in self.frame.columns and (name not in self.unnamed or key == TIME_KEY):
            return name
        named = [other for other in self.names if other not in self.unnamed]
        folded = {other.casefold(): other for other in named}
        near = difflib.get_close_matches(name.casefold(), folded, 1, 0.6)
        mend = f"did you mean {quote(folded[near[0]])}?" if near else f"it has {listed(named)}."
        raise DataError(f"{self.path} has no column {quote(name)} ({key}): {mend}")


def read_table(
    path: str | os.PathLike[str],
    commas: Iterable[str] = (),
    *,
    form: Form | None = None,
    needed: Collection[str] | None = None,
    pipe: bool = False,
) -> Table:
    """Read a whole file; `commas`: columns that are known to have decimal commas.

    form: how it is written, as far as that is known; the rest is looked for.
    needed: the columns that will be asked for, None: all. pipe: whether it may come through one.
    Raises DataError: missing, no plain file, empty, binary, ragged or too large.
    """
    path = Path(path)
    content = _content(path, pipe)
    if form not in (None, PLAIN) and _typed(content) is not None:
        raise DataError(f"{path} is Parquet, and data.table is for text files: leave it out.")
    return _table(path, content, frozenset(commas), form or PLAIN, needed)


def form_of(path: Path, form: Form) -> Form:
    """How a text file is written, as `Table.form`, its cells unread. Raises DataError."""
    return seen_form(path, _content(path, pipe=False), form)


def read_like(
    path: Path, commas: Iterable[str], form: Form, needed: Collection[str], *, whole: bool = False
) -> Table:
    """Read a new file, or a pipe, of the kind that `form` was; whole: columns not needed, too.

    What the form says of its lines holds where so it has the needed columns, else they are looked
    for, and so is its separator. Raises DataError as `read_table`.
    """
    wanted = None if whole else needed
    content, known = _content(path, pipe=True), frozenset(commas)
    own = replace(form.lines_looked_for, separator=None)
    first, last = (own, form) if form.lines_looked_for == form else (form, own)
    if own != form:
        with suppress(DataError):
            table = _table(path, content, known, first, wanted)
            if table.unnamed.isdisjoint(needed) and set(needed) <= {*table.names}:
                return table
    return _table(path, content, known, last, wanted)


def _content(path: Path, pipe: bool) -> bytes:
    if "Cs" in map(unicodedata.category, str(path)):
        raise DataError(f"{str(path)!r} holds bytes that are not UTF-8: rename the file or folder.")
    return read_bytes(path, partial(_refuse, path), pipe=pipe)


def _table(
    path: Path,
    content: bytes,
    commas: frozenset[str],
    form: Form,
    needed: Collection[str] | None,
) -> Table:
    typed = _typed(content)
    if typed is None:
        read = read_csv(path, content, form)
        return Table(
            path,
            read.frame,
            read.rows,
            read.unnamed,
            commas,
            form=read.form,
            sights=read.sights,
            spelled=read.spelled,
            units=read.units,
        )
    frame, unread = typed.read(path, content, needed)
    unnamed = frozenset(n for n in frame.columns if not n.strip() or n.startswith("__index_level_"))
    return Table(path, frame, np.arange(1, frame.height + 1), unnamed, frozenset(), unread)


def _refuse(path: Path, head: bytes, size: int) -> None:
    """Raises DataError for a file that is no table by its first bytes, or too large."""
    if not size:
        raise DataError(f"{path} is empty: it needs a header line with column names and rows.")
    typed = _typed(head)
    foreign = next((name for mark, name in FOREIGN.items() if head.startswith(mark)), None)
    if typed is None and foreign is not None:
        raise DataError(f"{path} is {foreign}: save its table as plain CSV or as Parquet.")
    _fits_memory(path, size, _CSV_MEMORY if typed is None else typed.memory)


def _typed(head: bytes) -> Typed | None:
    return next((typed for mark, typed in FORMATS.items() if head.startswith(mark)), None)


def _fits_memory(path: Path, size: int, factor: int) -> None:
    free = psutil.virtual_memory().available
    if size * factor > free:
        raise DataError(
            f"{path} has {size / 1e9:.1f} GB and needs about {size * factor / 1e9:.0f} GB of "
            f"memory where {free / 1e9:.1f} GB are free: keep only the needed rows and columns."
        )
