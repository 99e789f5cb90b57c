"""Missing values of the inputs: refused, or filled inside each series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.data.roles import Roles
from dropsearch.models.table.codes import coded_cells, sorted_codes
from dropsearch.models.table.layout import Layout, data_error, refuse_missing
from dropsearch.models.table.read import Table

UNFILLED = (
    "no value of its series comes before it to fill it; take the row out, or fill it yourself"
)
REFUSED = "set data.missing to forward to repeat the value before it, or take the rows out"


def inputs(
    table: Table,
    layout: Layout,
    names: tuple[str, ...],
    missing: str,
    *,
    refused: str = REFUSED,
    worded: str = "name the column in data.categories",
) -> NDArray[np.float64]:
    """(R, F) columns of numbers in the layout's order, filled; NaN only where nothing was before.

    refused, worded: the mend of missing values and of a column of words. Raises DataError where it
    holds words, or values are missing and `missing` is "refuse".
    """

    def filled(name: str) -> NDArray[np.float64]:
        cells = table.numbers(name, worded)
        if missing in ("refuse", "end"):
            refuse_missing(table, name, np.isnan(cells), refused)
        return _filled(layout.placed(cells), layout, missing)

    if len(names) == 1:
        cells = filled(names[0])
        own = cells.flags.writeable and not _has_negative_zero(cells)  # and need not be copied
        return (cells if own else cells + 0.0)[:, None]
    values = np.empty((len(layout.series), len(names)))
    for column, name in enumerate(names):
        np.add(filled(name), 0.0, out=values[:, column])  # no -0.0
    return values


def _has_negative_zero(cells: NDArray[np.float64]) -> bool:
    return bool(np.signbit(cells[cells == 0]).any())


def words(
    table: Table, layout: Layout, roles: Roles, missing: str, *, refused: str = REFUSED
) -> tuple[NDArray[np.int32], tuple[tuple[str, ...], ...]]:
    """(R, C) codes of the columns of words in the layout's order, and the spellings of the file."""
    codes = np.empty((len(layout.series), len(roles.categories)), np.int32)
    levels = []
    for column, name in enumerate(roles.categories):
        found, spellings = sorted_codes(*coded_cells(table, name))
        if missing in ("refuse", "end"):
            refuse_missing(table, name, found < 0, refused)
        found = layout.placed(found)
        source, _ = _around(found >= 0, layout, missing)
        codes[:, column] = np.where(source >= 0, found[source], -1)
        levels.append(spellings)
    return codes, tuple(levels)


def refuse_unfilled(
    table: Table, layout: Layout, roles: Roles, blank: NDArray[np.bool_], mend: str = UNFILLED
) -> None:
    """`blank` (R, F + C): cells of a sequence that nothing fills. Raises DataError."""
    if not blank.any():
        return
    names = (*roles.features, *roles.categories)
    column = int(np.argmax(blank.any(axis=0)))
    rows = layout.in_table(blank[:, column])
    refuse_missing(table, names[column], rows, mend)


def cut_leading(
    table: Table, layout: Layout, blank: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[str]]:
    """(R,) the rows of a forecast from the first on that is filled in every column, and a note."""
    cut: NDArray[np.bool_] = np.any(blank, axis=1)
    if cut.all():
        raise data_error(
            table, "no row has, in its series, a value at or before it in every feature."
        )
    if not cut.any():
        return ~cut, []
    many = len(np.unique(layout.series[cut]))
    return ~cut, [
        f"{int(cut.sum()):,} leading rows of {many:,} series are cut: no value comes before them."
    ]


def filled_notes(table: Table, roles: Roles, targets: tuple[str, ...], missing: str) -> list[str]:
    """A note on how many values were filled; `targets`: a forecast's."""
    codes = {name: coded_cells(table, name)[0] for name in roles.categories}
    counts = {name: int((own < 0).sum()) for name, own in codes.items()}
    for name in (*targets, *roles.features):
        counts[name] = int(np.isnan(table.numbers(name)).sum())
    gone = {name: count for name, count in counts.items() if count}
    if not gone:
        return []
    what = ", ".join(f"{count:,} of {quote(name)}" for name, count in list(gone.items())[:8])
    what += f" and of {len(gone) - 8} more columns" if len(gone) > 8 else ""
    unseen = (
        " A missing target is neither trained on nor scored." if gone.keys() & {*targets} else ""
    )
    return [f"Missing values are filled as inputs (data.missing {missing}): {what}.{unseen}"]


def before(known: NDArray[np.bool_], layout: Layout) -> NDArray[np.int64]:
    """(R,) the latest known row at or before each row, in its series; -1 where there is none."""
    index = np.arange(len(known))
    latest = np.maximum.accumulate(np.where(known, index, -1))
    begin = np.maximum.accumulate(np.where(layout.first, index, 0))
    return np.where(latest >= begin, latest, -1)


def _around(
    known: NDArray[np.bool_], layout: Layout, missing: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(R,) the known rows that each row's value lies between, -1 for none. Forward: both the one
    before. Linear: the one before and the one after, at the start of a series both the latter."""
    left = before(known, layout)
    if missing != "linear":
        return left, left
    right = _after(known, layout)
    return np.where(left >= 0, left, right), right


def _after(known: NDArray[np.bool_], layout: Layout) -> NDArray[np.int64]:
    """(R,) the next known row at or after each row, in its series; -1 where there is none."""
    turned = Layout.of(None, layout.series[::-1], layout.names)
    later = before(known[::-1], turned)[::-1]
    return np.where(later >= 0, len(known) - 1 - later, -1)


def _filled(cells: NDArray[np.float64], layout: Layout, missing: str) -> NDArray[np.float64]:
    """Forward: the value before. Linear: the line between two known rows; at the start of a series
    the first known value, at its end the last."""
    known = ~np.isnan(cells)
    if known.all():
        return cells
    left, right = _around(known, layout, missing)
    filled = np.where(left >= 0, cells[left], np.nan)
    here = np.flatnonzero((left >= 0) & (right > left))
    a, b = left[here], right[here]
    share = (here - a) / (b - a)
    filled[here] = cells[a] * (1 - share) + cells[b] * share
    return filled
