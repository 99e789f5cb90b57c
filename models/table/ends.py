"""Rows at the end of a series that hold nothing: its end, or the steps that are to be forecast.

R rows of a table, in its order; a layout has them series by series.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.table.layout import Layout, lay_out
from dropsearch.models.table.read import Table

Rows = NDArray[np.bool_]


def blank_cells(table: Table, name: str) -> Rows:
    """(R,) where a column has no value."""
    values = table.readings[name].values
    return table.text(name).is_null().to_numpy() if values is None else np.isnan(values)


def blank_ends(table: Table, layout: Layout, names: Collection[str]) -> Rows:
    """(R,) the last rows of each series in which all these columns are blank; of a series that has
    no other rows, none."""
    blank = np.ones(table.height, bool)
    for name in names:
        blank &= blank_cells(table, name)
    if not blank.any():
        return blank
    filled = ~layout.placed(blank)
    place = np.arange(len(filled))
    last = np.full(len(layout.names), -1)
    np.maximum.at(last, layout.series[filled], place[filled])
    own = last[layout.series]
    return layout.in_table((place > own) & (own >= 0))


def without_ends(
    table: Table, layout: Layout, names: Collection[str], series: str | None
) -> tuple[Table, Layout, Rows, str]:
    """The table without the rows of `blank_ends`, its layout, (R,) which are kept, and how many are
    gone, in words."""
    ends = blank_ends(table, layout, names)
    if not ends.any():
        return table, layout, ~ends, ""
    number = int(ends.sum())
    rows = f"{number:,} row{'s' if number > 1 else ''} at the end"
    many = f" of {series_of(layout, ends):,} of {len(layout.names):,} series" if series else ""
    kept = table.keep(~ends)
    return kept, lay_out(kept, series), ~ends, rows + many


def only_ends(table: Table, layout: Layout, names: Collection[str]) -> int:
    """In how many series blanks stand at the end; 0 where these columns have others, too."""
    ends = blank_ends(table, layout, names)
    if not ends.any() or any((blank_cells(table, name) & ~ends).any() for name in names):
        return 0
    return series_of(layout, ends)


def series_of(layout: Layout, rows: Rows) -> int:
    """In how many series such rows (R,) lie."""
    return len(np.unique(layout.series[layout.placed(rows)]))
