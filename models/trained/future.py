"""What a file says of the steps that are to be forecast, matched to them series by series.

N series that are forecast, H horizon, F numeric features, C columns of words; R rows of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.table.codes import coded_cells, sorted_codes
from dropsearch.models.table.layout import Layout, data_error, lay_out
from dropsearch.models.table.missing_codes import without_codes
from dropsearch.models.table.read import Table, read_like
from dropsearch.models.table.split import with_time
from dropsearch.models.table.times import times_of
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.times.time_styles import Times
from dropsearch.models.trained.matching import known, need_columns, refuse_far
from dropsearch.models.trained.reader import Reader

Numbers = NDArray[np.float64]
Codes = NDArray[np.int32]
Index = NDArray[np.int64]


def read_future(path: Path, reader: Reader) -> tuple[Table, str]:
    """A file of the steps to be forecast, which need not have the target, and its column of times.

    Raises DataError, also where the model has nothing that is known ahead.
    """
    if not reader.known:
        raise DataError(
            f"{path}: the model has no column that is known ahead (data.known), and reads no file "
            "of the steps to be forecast: leave --future out."
        )
    columns = tuple(name for name in (reader.series, *reader.times, *reader.known) if name)
    table = read_like(path, reader.commas, reader.form, columns)
    need_columns(table, reader, columns)
    table, _ = without_codes(table, reader.missing_codes, {reader.series, *reader.times})
    table, time = with_time(table, reader.time)
    assert time is not None
    return table, time


@dataclass(frozen=True, eq=False)
class Coming:
    """Rows that follow those of the file `path`, which may hold them, series by series."""

    path: Path
    table: Table
    layout: Layout
    times: Times  # (R,)

    @classmethod
    def of(
        cls,
        path: Path,
        before: Times,
        table: Table,
        time: str,
        series: str | None,
        calendar: Calendar,
    ) -> Coming:
        """before: the times of the file `path`. Raises DataError where the times are not as the
        calendar's, out of order, or with offsets behind such without, or the other way round."""
        layout = lay_out(table, series)
        times = times_like(table, time, layout, calendar)
        if bool(times.offsets) != bool(before.offsets):
            here, there = ("tell", "do not") if times.offsets else ("do not tell", "do")
            text = f"the times {here} their offset from UTC, and those of {path} {there}"
            raise table.fault(time, 0, f"{text}: write both alike")
        return cls(path, table, layout, times)

    @property
    def apart(self) -> bool:
        """Whether they stand in a file of their own."""
        return self.table.path != self.path


def times_like(table: Table, name: str, layout: Layout, calendar: Calendar) -> Times:
    """The times of a new file, read as the calendar's. Raises DataError where they are others."""
    numbered = calendar.unit == "number"
    times = times_of(table, name, layout, calendar.style, numbered=numbered)
    if (times.style == "") != numbered:
        learnt, here = ("numbers", "dates") if times.style else ("dates", "numbers")
        text = f"it holds {here}, and the model was trained on {learnt}: write those"
        raise table.fault(name, 0, text)
    return times


@dataclass(frozen=True, eq=False)
class Wanted:
    """The steps to be forecast, and the last row of each series before them."""

    reader: Reader
    preparation: Preparation
    calendar: Calendar
    names: tuple[str, ...]  # (N,)
    every: frozenset[str]  # series of the file, whether forecast or not
    steps: Sequence[Sequence[int | float]]  # (N, H) stamps
    values: Numbers  # (N, F) of the last row
    codes: Codes  # (N, C)

    def said(self, place: int, step: int) -> str:
        """`2024-01-03 10:00 (step 3 of 12)`"""
        horizon = self.reader.horizon
        label = self.calendar.label(self.steps[place][step])
        return f"{label} (step {step + 1:,} of {horizon:,})"

    def whose(self, place: int) -> str:
        return "it" if self.reader.series is None else f"series {quote(self.names[place])}"


def known_ahead(
    wanted: Wanted, coming: Coming | None, path: Path
) -> tuple[Numbers, Codes, list[str]]:
    """(N, H, F) and (N, H, C) what is known of each step, and notes; columns that are not known
    ahead repeat the last row. Raises DataError where a step lacks something."""
    reader, horizon = wanted.reader, wanted.reader.horizon
    values = np.repeat(wanted.values[:, None], horizon, axis=1)
    codes = np.repeat(wanted.codes[:, None], horizon, axis=1)
    if not reader.known:
        return values, codes, []
    if coming is None:
        raise DataError(
            f"{path}: the model needs {listed(list(reader.known))} at the {horizon:,} steps that "
            f"are to be forecast: add rows with a blank {listed(list(reader.predicted))}, or name "
            "a file of them (--future)."
        )
    rows, notes = _rows(wanted, coming)
    raw, words, said = _cells(wanted, coming)
    refuse_far(coming.table, coming.layout, reader, wanted.preparation, raw)
    for column, name in enumerate(reader.features):
        if name in reader.known:
            _take(wanted, coming, name, rows, raw[:, column], values[..., column])
    for column, name in enumerate(reader.categories):
        if name in reader.known:
            _take(wanted, coming, name, rows, words[:, column], codes[..., column])
    return values, codes, [*notes, *said]


def _rows(wanted: Wanted, coming: Coming) -> tuple[Index, list[str]]:
    """(N, H) the row of each step, and notes. Raises DataError where a step has none."""
    stamps, near = coming.times.stamps, wanted.calendar.near
    edges = np.append(coming.layout.start, len(stamps))
    place_of = {name: number for number, name in enumerate(coming.layout.names)}
    rows = np.full((len(wanted.names), wanted.reader.horizon), -1)
    early = 0
    for place, name in enumerate(wanted.names):
        steps, number = np.asarray(wanted.steps[place]), place_of.get(name)
        if number is None:
            continue
        begin, end = edges[number], edges[number + 1]
        own = stamps[begin:end]
        found = np.searchsorted(own, steps - near)
        there = own[np.minimum(found, len(own) - 1)]
        rows[place] = np.where(np.abs(there - steps) <= near, begin + found, -1)
        early += int((own < steps[0] - near).sum())
    if (rows < 0).any():
        raise _lacking(wanted, coming, rows)
    notes = []
    where = coming.table.path
    if early:
        which = "row lies" if early == 1 else "rows lie"
        notes.append(f"{early:,} {which} before the first step to be forecast in {where}: unread.")
    extra = [name for name in coming.layout.names if name not in wanted.every]
    if extra and coming.apart:
        notes.append(f"Series of {where} that {coming.path} has not are unread: {listed(extra)}.")
    return rows, notes


def _lacking(wanted: Wanted, coming: Coming, rows: Index) -> DataError:
    place, step = map(int, np.argwhere(rows < 0)[0])
    count = int((rows < 0).sum())
    many = f" (the first of {count:,} steps like it)" if count > 1 else ""
    known = listed(list(wanted.reader.known))
    blank = "" if coming.apart else f", its {listed(list(wanted.reader.predicted))} blank"
    return data_error(
        coming.table,
        f"{wanted.whose(place)} lacks {known} at {wanted.said(place, step)}{many}: add the row"
        f"{blank}.",
    )


def _cells(wanted: Wanted, coming: Coming) -> tuple[Numbers, Codes, list[str]]:
    """(R, F) NaN and (R, C) -1 where nothing stands, and notes on words."""
    reader, layout = wanted.reader, coming.layout
    raw = np.full((len(layout.series), len(reader.features)), np.nan)
    for column, name in enumerate(reader.features):
        if name in reader.known:
            cells = coming.table.numbers(name, "the training had numbers there")
            raw[:, column] = layout.placed(cells)
    words = np.full((len(layout.series), len(reader.categories)), -1, np.int32)
    notes: list[str] = []
    for column, name in enumerate(reader.categories):
        if name in reader.known:
            found, spellings = sorted_codes(*coded_cells(coming.table, name))
            own = layout.placed(found).astype(np.int32)[:, None]
            levels = reader.levels[column : column + 1]
            matched, said = known(own, (spellings,), levels, (name,))
            words[:, column] = matched[:, 0]
            notes += said
    return raw, words, notes


def _take(
    wanted: Wanted,
    coming: Coming,
    name: str,
    rows: Index,
    cells: NDArray[np.float64] | NDArray[np.int32],
    into: NDArray[np.float64] | NDArray[np.int32],
) -> None:
    """The cells of one column at each step `into` (N, H); a blank takes the value before it, or is
    refused, as in the training."""
    found = cells[rows]
    blank = np.isnan(found) if found.dtype.kind == "f" else found < 0
    if blank.any() and wanted.reader.missing == "refuse":
        place, step = map(int, np.argwhere(blank)[0])
        text = (
            f"the value is missing: {wanted.whose(place)} lacks {quote(name)} at "
            f"{wanted.said(place, step)}, and the training had none missing: fill it in"
        )
        row = int(coming.layout.rows(rows[place, step]))
        raise coming.table.fault(name, row, text, int(blank.sum()))
    before = into[:, 0].copy()
    for step in range(rows.shape[1]):
        before = np.where(blank[:, step], before, found[:, step])
        into[:, step] = before
