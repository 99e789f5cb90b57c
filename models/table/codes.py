"""The cells of a column as numbers, equal ones for equal cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded
from dropsearch.models.table.read import Table

Codes = tuple[NDArray[np.int64], tuple[str, ...]]


def coded_cells(table: Table, name: str) -> Codes:
    """(rows,) codes in the order of first appearance, and the spellings; -1 where missing."""
    once = None if table.origin is None else table.origin.once.get(name)
    if once is None:
        return coded(table.text(name))
    codes, names = coded_cells(once[0], name)
    return _in_order(codes[once[1]], names)


def _in_order(codes: NDArray[np.int64], names: tuple[str, ...]) -> Codes:
    """Codes that do not appear are gone."""
    first = np.full(len(names) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first[:-1], kind="stable")
    order = order[first[order] < len(codes)]
    rank = np.full(len(names) + 1, -1)
    rank[order] = np.arange(len(order))
    return rank[codes], tuple(names[place] for place in order.tolist())
