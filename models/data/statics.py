"""Static features: what stays the same within a series, such as the size of a shop.

S series, G columns of numbers, C columns of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.table.codes import coded_cells, sorted_codes
from dropsearch.models.table.layout import Layout, constant_in_series, data_error, refuse_missing
from dropsearch.models.table.read import Table

_MEND = "every series needs one: give it, or take the series out"


@dataclass(frozen=True, eq=False)
class Statics:
    """One value of each static feature for each series."""

    features: tuple[str, ...]  # G columns of numbers
    values: NDArray[np.float64]  # (S, G)
    categories: tuple[str, ...]  # C columns of words
    levels: tuple[tuple[str, ...], ...]  # of each the spellings in the whole file
    codes: NDArray[np.int32]  # (S, C) index into levels

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.features, *self.categories)

    def of(self, series: Sequence[int] | NDArray[np.int64]) -> Statics:
        """Those of some series, in this order."""
        return replace(self, values=self.values[series], codes=self.codes[series])


def kinds_of(table: Table, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of numbers or true/false among them, and those of words.

    Raises DataError where one is neither.
    """
    readings = {name: table.readings[name] for name in names}
    words = tuple(n for n, one in readings.items() if one.kind == "words" and one.fault is None)
    for name in names:
        if name not in words:
            table.numbers(name)
    return tuple(name for name in names if name not in words), words


def statics(
    table: Table, layout: Layout, series: str | None, features: Sequence[str], words: Sequence[str]
) -> Statics:
    """The values of these columns of numbers and of words, series by series.

    Raises DataError where a cell is missing, or one series has two values of a column.
    """
    if series is None:
        raise data_error(
            table,
            f"column {quote([*features, *words][0])} of data.static needs data.series, the column "
            "that names each series: without one, nothing is constant in each series alone.",
        )
    values = np.empty((len(layout.names), len(features)))
    for column, name in enumerate(features):
        cells = table.numbers(name) + 0.0
        refuse_missing(table, name, np.isnan(cells), _MEND)
        different, codes = np.unique(cells, return_inverse=True)
        values[:, column] = different[_of_series(table, name, codes, layout)]
    found = np.empty((len(layout.names), len(words)), np.int32)
    levels = []
    for column, name in enumerate(words):
        codes, spellings = sorted_codes(*coded_cells(table, name))
        refuse_missing(table, name, codes < 0, _MEND)
        found[:, column] = _of_series(table, name, codes, layout)
        levels.append(spellings)
    return Statics(tuple(features), values, tuple(words), tuple(levels), found)


def _of_series(
    table: Table, name: str, codes: NDArray[np.int64], layout: Layout
) -> NDArray[np.int64]:
    return constant_in_series(table, name, layout.placed(codes), layout, "static feature")
