"""The labels of a column: one for each word, and one for the spellings of one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.table.codes import EXACT, coded_cells
from dropsearch.models.table.read import Table


def coded_labels(table: Table, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(rows,) codes in the order of first appearance, -1 where missing, and the spelling of each
    that comes first."""
    codes, names = coded_cells(table, name)
    owners = _owners(table, name, codes, len(names))
    kept, merged = np.unique(owners, return_inverse=True)
    return np.append(merged, -1)[codes], tuple(names[code] for code in kept)


def spelling_notes(table: Table, name: str) -> list[str]:
    """A note on labels that are one number in several spellings."""
    codes, names = coded_cells(table, name)
    owners = _owners(table, name, codes, len(names))
    others = np.flatnonzero(owners != np.arange(len(names)))
    if not len(others):
        return []
    one, other = names[owners[others[0]]], names[others[0]]
    more = f" (so do {len(others) - 1} more)" if len(others) > 1 else ""
    return [
        f"Column {quote(name)} spells one number as {quote(one)} and as {quote(other)}{more}: they "
        f"are one class, {quote(one)}."
    ]


def _owners(table: Table, name: str, codes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(count,) for each spelling the first one that is the same number."""
    values = table.readings[name].values
    if values is None or table.kind(name) != "numbers" or not count:
        return np.arange(count)
    first = np.unique(codes, return_index=True)[1][-count:]
    found: dict[float, int] = {}
    numbers = enumerate(values[first].tolist())
    return np.array(
        [found.setdefault(one, code) if abs(one) < EXACT else code for code, one in numbers],
        np.int64,
    )
