"""Long tables whose rows are told apart by a series, a time and one column more.

R rows of a table, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.table.codes import coded_cells, fixes
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table

Codes = NDArray[np.int64]
AGAIN = 1.5  # rows for each time of a series, from which on times that repeat are no fault
_MOST_KEYS = 8  # columns, of the fewest different cells, of which two together are tried


@dataclass(frozen=True)
class Melted:
    """Within the cells of `keys` together the times rise, and in a series they do not.

    keys: first those that name the series, at last what comes again at each time of one. times: of
    the time; fixed: what else is one at a time; values: what is told of each key, its own facts
    aside.
    """

    keys: tuple[str, ...]
    times: tuple[str, ...]
    fixed: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def mend(self) -> str:
        """For a last key that says what was measured, in polars."""
        order = [*self.keys[:-1], *self.times]
        index = [*order, *self.fixed]
        values = self.values[0] if len(self.values) == 1 else [*self.values]
        last = self.keys[-1]
        return (
            f"if {quote(last)} says what was measured, make a column of each, in polars "
            f"df.pivot({last!r}, index={index}, values={values!r}).sort({order})"
        )

    def __str__(self) -> str:
        """What the table looks like, and the mend."""
        keys = listed(list(self.keys))
        said = f"each time comes once for each {keys}, a row for each: {self.mend}"
        if len(self.keys) == 1:
            return said
        return (
            f"{said}; if it names series, too, join the cells of {keys} in one column, and name "
            "that in data.series"
        )


def melted(table: Table, time: str, stamps: NDArray[Any], layout: Layout) -> Melted | None:
    """None where times that repeat are faults, or no column more, or two, tells the rows apart.

    stamps: (R,) of the column `time`.
    """
    own = layout.in_table(layout.series).astype(np.int64)
    moment = _together([own, np.unique(stamps, return_inverse=True)[1].astype(np.int64)])
    if len(stamps) < AGAIN * (int(moment.max()) + 1):
        return None
    known = {name: _codes(table, name) for name in table.names if _is_known(table, name, time)}
    named = (n for n, codes in known.items() if fixes(codes, own) and fixes(own, codes))
    series = next(named, None) if len(layout.names) > 1 else None
    coded = {name: codes for name, codes in known.items() if name != series}
    whole = {name: codes for name, codes in coded.items() if not _has_decimals(table, name)}
    fitting = (names for names in _keys(whole) if _orders(names, coded, own, stamps))
    found = next(fitting, None)
    if found is None:
        return None
    by_key = _together([coded[name] for name in found])
    others = [name for name in coded if name not in found]
    fixed = [name for name in others if fixes(moment, coded[name])]
    told = [name for name in others if name not in fixed and not fixes(by_key, coded[name])]
    values = [name for name in told if name not in whole or not _counts(coded[name])]
    keys = found if series is None else (series, *found)
    times = table.joined.get(time, (time,))
    return Melted(keys, times, tuple(fixed), tuple(values)) if values else None


def _is_known(table: Table, name: str, time: str) -> bool:
    taken = {time, *table.joined, *table.joined.get(time, ()), *table.unnamed}
    return name not in taken and not table.readings[name].is_opaque


def _has_decimals(table: Table, name: str) -> bool:
    values = table.readings[name].values
    return values is not None and bool((values % 1 != 0).any())


def _counts(codes: Codes) -> bool:
    """Whether no cell comes twice, as in a number of the row."""
    return len(np.unique(codes)) == len(codes)


def _codes(table: Table, name: str) -> Codes:
    return np.asarray(coded_cells(table, name)[0], np.int64)


def _keys(coded: dict[str, Codes]) -> Iterator[tuple[str, ...]]:
    """Columns that may tell rows apart: one, then two, of the fewest different cells first."""
    levels = {name: int(codes.max()) + 1 for name, codes in coded.items() if (codes >= 0).all()}
    fitting = [n for n, number in levels.items() if 1 < number <= len(coded[n]) / 2]
    fitting.sort(key=lambda name: levels[name])
    yield from ((name,) for name in fitting)
    places = {name: number for number, name in enumerate(coded)}
    for pair in combinations(fitting[:_MOST_KEYS], 2):
        yield tuple(sorted(pair, key=places.__getitem__))  # quantities stand behind series


def _orders(
    names: tuple[str, ...], coded: dict[str, Codes], own: Codes, stamps: NDArray[Any]
) -> bool:
    """Whether the times rise in each series and each cell of these columns."""
    codes = _together([own, *(coded[name] for name in names)])
    order = np.argsort(codes, kind="stable")
    steps, same = np.diff(stamps[order]), np.diff(codes[order]) == 0
    return bool((steps[same] > 0).all()) and bool(same.any())


def _together(columns: list[Codes]) -> Codes:
    """(R,) a code for each set of cells that come together."""
    found = columns[0]
    for codes in columns[1:]:
        pairs = found * (int(codes.max()) + 2) + codes + 1
        found = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return found
