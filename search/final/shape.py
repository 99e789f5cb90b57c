"""Forecasts in the shape of a wide file: a row or a column for each series, or a row a year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from dropsearch.models.trained.new_examples import NewData
from dropsearch.models.trained.predict import Numbers
from dropsearch.models.trained.reader import Reader

Cells = dict[tuple[Any, Any], float]  # by row and column


def in_shape(reader: Reader, new: NewData, found: Numbers) -> pl.DataFrame:
    """found: (N, horizon) of N series. A cell is empty where a series has no step to come."""
    assert reader.wide is not None
    return _SHAPES[reader.wide.shape](reader, new, found)


def _rows(reader: Reader, new: NewData, found: Numbers) -> pl.DataFrame:
    """A row a series, its next steps in columns that are called as those of the file."""
    assert new.unfolded is not None
    assert new.unfolded.family is not None
    name = new.unfolded.family.name
    columns = {stamp: name(step[0]) for stamp, step in _steps(new)}
    cells: Cells = {
        (key, stamp): value
        for key, stamps, values in zip(new.keys, new.ahead, found.tolist(), strict=True)
        for stamp, value in zip(stamps, values, strict=True)
    }
    keys = list(new.keys) if reader.series is not None else [int(key) for key in new.keys]
    head = {reader.series or "row": keys}
    return _table(head, new.keys, columns, cells)


def _columns(reader: Reader, new: NewData, found: Numbers) -> pl.DataFrame:
    """A row a step, a column a series."""
    steps = dict(_steps(new))
    cells: Cells = {
        (stamp, key): value
        for key, stamps, values in zip(new.keys, new.ahead, found.tolist(), strict=True)
        for stamp, value in zip(stamps, values, strict=True)
    }
    head = {
        name: [step[place] for step in steps.values()] for place, name in enumerate(reader.times)
    }
    return _table(head, list(steps), {key: key for key in new.keys}, cells)


def _calendar(reader: Reader, new: NewData, found: Numbers) -> pl.DataFrame:
    """A row a year, and of several series a year of each; months or quarters in columns."""
    assert new.unfolded is not None
    months = next(iter(new.unfolded.steps.values()))
    cells: Cells = {}
    for key, steps, values in zip(new.keys, new.steps, found.tolist(), strict=True):
        for (year, month), value in zip(steps, values, strict=True):
            row, place = new.unfolded.years.row_of(year, int(month) - 1, len(months))
            cells[(key, row), place] = value
    rows = list(dict.fromkeys(row for row, _ in cells))
    head = {} if reader.series is None else {reader.series: [key for key, _ in rows]}
    head[reader.times[0]] = [year for _, year in rows]
    return _table(head, rows, dict(enumerate(months)), cells)


_SHAPES = {"rows": _rows, "columns": _columns, "calendar": _calendar}


def _steps(new: NewData) -> Iterable[tuple[int | float, tuple[str, ...]]]:
    """Every step of any series with its cells, in the order of time."""
    found = {
        stamp: cells
        for stamps, steps in zip(new.ahead, new.steps, strict=True)
        for stamp, cells in zip(stamps, steps, strict=True)
    }
    return sorted(found.items(), key=lambda step: step[0])


def _table(
    head: dict[str, list[Any]], rows: Sequence[Any], columns: dict[Any, str], cells: Cells
) -> pl.DataFrame:
    made = {name: [cells.get((row, key)) for row in rows] for key, name in columns.items()}
    typed = {name: pl.Series(values, dtype=pl.Float64) for name, values in made.items()}
    return pl.DataFrame({**head, **typed})
