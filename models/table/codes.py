"""Cells of a column as numbers, equal ones for equal cells, -1 where one is missing; and labels,
one for each word, and one for the spellings of one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded_numbers, quote
from dropsearch.models.spread import Spread, Whole, short
from dropsearch.models.table.read import Table

EXACT = 2.0**53  # whole numbers from which on float64 skips some
Codes = tuple[Whole, tuple[str, ...]]
Once = tuple[Table, Spread]


def coded_cells(table: Table, name: str) -> Codes:
    """(rows,) codes in the order of first appearance, and the spellings; -1 where missing."""
    once = None if table.origin is None else table.origin.once.get(name)
    if once is None:
        table.text(name)  # or why there is none
        return table.readings[name].coded
    codes, names = coded_cells(once[0], name)
    spread = _spread(codes, once)
    return (spread, names) if _in_turn(*once) else _in_order(spread, names)


def coded_runs(table: Table, name: str) -> tuple[Whole, tuple[str, ...], int]:
    """As `coded_cells`, each code of so many rows in a row."""
    once = None if table.origin is None else table.origin.once.get(name)
    if once is None or once[1].among is not None or once[1].again > 1:
        return *coded_cells(table, name), 1
    return *coded_cells(once[0], name), once[1].each


def coded_values(table: Table, name: str) -> Whole:
    """(rows,) codes by number where the column holds numbers, else by spelling."""
    once = written_once(table, name)
    if once is not None:
        return _spread(coded_values(once[0], name), once)
    values = table.readings[name].values
    return coded_cells(table, name)[0] if values is None else coded_numbers(values)[0]


def spellings(table: Table, name: str) -> tuple[str, ...]:
    """The different cells of a column, in the order of first appearance."""
    once = written_once(table, name)
    return coded_cells(table, name)[1] if once is None else spellings(once[0], name)


def written_once(table: Table, name: str) -> Once | None:
    """Where the file has the cells of a column fewer times than the table: a table of those, all of
    which come, by their first rows in this order; and (rows,) which."""
    once = None if table.origin is None else table.origin.once.get(name)
    return once if once is not None and _in_turn(*once) else None


def _spread(codes: Whole, once: Once) -> Whole:
    return np.asarray(once[1].of(short(codes, int(codes.max(initial=0)) + 1)))


def _in_turn(table: Table, place: Spread) -> bool:
    """Whether all rows of the one come in the other, for the first time in their order."""
    every = np.arange(table.height)
    if place.among is None or np.array_equal(place[: table.height], every):
        return True
    rows = np.asarray(place)
    steps = rows[1:] != rows[:-1]
    return bool(np.array_equal(rows[np.flatnonzero(np.append(True, steps))], every))


def sorted_codes(codes: Whole, names: tuple[str, ...]) -> Codes:
    """The same with the names in order: numbers by size, else by spelling; -1 stays."""
    try:
        order = sorted(range(len(names)), key=lambda i: (float(names[i]), names[i]))
    except ValueError:
        order = sorted(range(len(names)), key=lambda i: names[i])
    rank = np.empty(len(names) + 1, codes.dtype)
    rank[np.array(order, np.int64)] = np.arange(len(names))
    rank[-1] = -1
    return rank[codes], tuple(names[i] for i in order)


def _in_order(codes: Whole, names: tuple[str, ...]) -> Codes:
    """Codes that do not appear are gone."""
    first = np.full(len(names) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first[:-1], kind="stable")
    order = order[first[order] < len(codes)]
    rank = np.full(len(names) + 1, -1)
    rank[order] = np.arange(len(order))
    return rank[codes], tuple(names[place] for place in order.tolist())


def coded_labels(table: Table, name: str) -> Codes:
    """(rows,) codes in the order of first appearance, -1 where missing, and the spelling of each
    that comes first."""
    once = written_once(table, name)
    if once is not None:
        codes, names = coded_labels(once[0], name)
        return _spread(codes, once), names
    codes, names = coded_cells(table, name)
    owners = _owners(table, name, codes, len(names))
    kept, merged = np.unique(owners, return_inverse=True)
    return np.append(merged, -1)[codes], tuple(names[code] for code in kept)


def spelling_notes(table: Table, name: str) -> list[str]:
    """A note on labels that are one number in several spellings."""
    once = written_once(table, name)
    if once is not None:
        return spelling_notes(once[0], name)
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


def _owners(table: Table, name: str, codes: Whole, count: int) -> NDArray[np.int64]:
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


def fixes(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether equal codes in `one` always meet equal codes in `other`."""
    pairs = np.unique(np.stack([one, other]), axis=1)
    return pairs.shape[1] == len(np.unique(one))
