"""The cells of a column as numbers, equal ones for equal cells; -1 where one is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded, coded_numbers
from dropsearch.models.table.read import Table

EXACT = 2.0**53  # whole numbers from which on float64 skips some
Codes = tuple[NDArray[np.int64], tuple[str, ...]]


def coded_cells(table: Table, name: str) -> Codes:
    """(rows,) codes in the order of first appearance, and the spellings; -1 where missing."""
    once = None if table.origin is None else table.origin.once.get(name)
    if once is None:
        return coded(table.text(name))
    codes, names = coded_cells(once[0], name)
    return _in_order(codes[once[1]], names)


def coded_values(table: Table, name: str) -> NDArray[np.int64]:
    """(rows,) codes by number where the column holds numbers, else by spelling."""
    values = table.readings[name].values
    return coded_cells(table, name)[0] if values is None else coded_numbers(values)[0]


def sorted_codes(
    codes: NDArray[np.int64], names: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The same with the names in order: numbers by size, else by spelling; -1 stays."""
    try:
        order = sorted(range(len(names)), key=lambda i: (float(names[i]), names[i]))
    except ValueError:
        order = sorted(range(len(names)), key=lambda i: names[i])
    rank = np.empty(len(names) + 1, np.int64)
    rank[np.array(order, np.int64)] = np.arange(len(names))
    rank[-1] = -1
    return rank[codes], tuple(names[i] for i in order)


def _in_order(codes: NDArray[np.int64], names: tuple[str, ...]) -> Codes:
    """Codes that do not appear are gone."""
    first = np.full(len(names) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first[:-1], kind="stable")
    order = order[first[order] < len(codes)]
    rank = np.full(len(names) + 1, -1)
    rank[order] = np.arange(len(order))
    return rank[codes], tuple(names[place] for place in order.tolist())
