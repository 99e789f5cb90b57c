"""Which columns of a table hold the steps of a row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.read import Table
from dropsearch.models.wide.families import Family, families

MANY = 8  # columns called alike from which on they may be the steps of a row
MOST_CLASSES = 20  # different whole numbers that are classes; more are quantities
_SAMPLE = 2_000  # rows that are looked at
_SMOOTHER = 0.8


def steps_of(table: Table, taken: Collection[str] = ()) -> list[Family]:
    """The families of like-named columns that hold the steps of a row, the same number in each.

    Where no columns are called alike, all columns of numbers are one. Raises DataError.
    """
    names = [name for name in table.names if name not in taken and name not in table.unnamed]
    found = [_of_one_kind(table, family) for family in families(names)]
    found.sort(key=lambda family: -len(family.columns))
    if found and len(found[0].columns) > 1:
        return [family for family in found if family.cells == found[0].cells]
    numeric = tuple(name for name in names if is_numeric(table, name))
    if len(numeric) < 2:
        raise DataError(f"{table.path}: no columns hold the steps of a row (data.layout: rows).")
    return [Family("numbers", "", numeric, tuple(map(str, range(len(numeric)))))]


def _of_one_kind(table: Table, family: Family) -> Family:
    """Less the columns of words where most have numbers, or the other way round."""
    numeric = np.array([is_numeric(table, name) for name in family.columns])
    blank = np.array([table.kind(name) == "empty" for name in family.columns])
    keep = (numeric | blank) if 2 * numeric.sum() >= (~blank).sum() else ~numeric
    return replace(
        family,
        columns=tuple(np.array(family.columns, object)[keep]),
        cells=tuple(np.array(family.cells, object)[keep]),
    )


def smoother_along_rows(table: Table, family: Family) -> bool:
    """Whether neighbours in a row are more alike than those in a column."""
    cells = np.stack([table.numbers(name)[:_SAMPLE] for name in family.columns], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        along, across = (np.nanmean(np.diff(cells, axis=axis) ** 2) for axis in (1, 0))
    return bool(along < _SMOOTHER * across)


def like_rows(table: Table, target: str) -> Family | None:
    """The columns that hold the steps of rows, of which each has a class in `target`; None where
    the table does not look like that."""
    reading = table.readings[target]
    if reading.values is None or not _few_classes(reading.values):
        return None
    names = [name for name in table.names if name != target and name not in table.unnamed]
    for family in families(names)[:1]:
        numbers = all(table.readings[name].kind == "numbers" for name in family.columns)
        if len(family.columns) >= MANY and numbers and smoother_along_rows(table, family):
            return family
    return None


def _few_classes(values: NDArray[np.float64]) -> bool:
    levels = np.unique(values[~np.isnan(values)])
    return len(levels) <= min(MOST_CLASSES, len(values) / 2) and not (levels % 1).any()


def is_numeric(table: Table, name: str) -> bool:
    """Whether it holds numbers, be it with a fault that reading them will tell."""
    reading = table.readings[name]
    return reading.kind in ("numbers", "truth") or (
        reading.kind == "words" and reading.fault is not None
    )


def refuse_rows(table: Table, layout: Layout, task: str, target: str | None) -> None:
    """Raises DataError for a table of which one row is one sequence.

    target: of a forecast, None where somebody has said that it holds no classes of rows.
    """
    if task == "forecast":
        family = None if target is None else like_rows(table, target)
        if target is not None and family is not None:
            many, first, last = len(family.columns), family.columns[0], family.columns[-1]
            raise data_error(
                table,
                f"column {quote(target)} holds classes, and {many:,} columns, {quote(first)} to "
                f"{quote(last)}, look like the steps of a row: if one row is one sequence, write "
                "data.layout: rows with task: classify; if one row is one step, data.layout: long.",
                {"data.layout": "rows", "data.task": "classify"},
                {"data.layout": "long"},
            )
    elif layout.first.all():
        raise data_error(
            table,
            "every sequence has one step, as no two rows are of one: if one row is one sequence, "
            "its steps in columns, write data.layout: rows; else name in data.series the column "
            "that all rows of a sequence share.",
            {"data.layout": "rows"},
        )
