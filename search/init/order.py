"""What orders the rows of a file, and what names the series or sequence of a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.layout import Layout, lay_out
from dropsearch.models.table.melted import melted
from dropsearch.models.table.profile import Look, in_one_piece, regular, rises, stamps_of
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import times_of
from dropsearch.models.wide.families import families
from dropsearch.search.init.hints import KEYS, SERIES, TIMES, VARIABLES, hinted

Stamps = NDArray[Any]
Said = Mapping[str, Any]  # keys of data that are known
NOTHING: Said = MappingProxyType({})
SAID = "as said"

DISTINCT = 0.9  # share of the rows of a series with dates of their own, above which those order it
MOSTLY = 0.9  # share of equal steps of a count, from which on the others are faults
LONG = 10  # rows, from which on values that follow one another may be series
OVERLAP = 1.5  # rows for each date, from which on several series run side by side


@dataclass(frozen=True)
class Order:
    """How the rows hang together, and why it is thought so."""

    layout: Layout
    time: str | None
    series: str | None
    dated: bool  # the time is a date, and no mere count of steps
    why: dict[str, str]
    fault: str | None = None  # what keeps a time from ordering the rows of the series
    melted: bool = False  # that is a column more by which rows are told apart


def find_order(
    table: Table, columns: Mapping[str, Look], time: str | None = None, series: str | None = None
) -> Order:
    """time, series: the columns, where they are known.

    Raises DataError where nothing orders the rows and nothing tells sequences apart.
    """
    finder = _Finder(table, columns)
    fitting = (
        order
        for order in finder.all()
        if time in (None, order.time) and series in (None, order.series)
    )
    found = next(fitting, None)
    if found is None and (time is not None or series is not None):
        return finder.as_said(time, series)
    if found is None:
        again = finder.again(None, lay_out(table, None))
        if again is not None:
            raise DataError(f"{table.path}: {again}")
        numeric = [look.name for look in columns.values() if look.numeric]
        alike = table.form.header != "none" and families(numeric)
        raise DataError(
            f"{table.path}: no column orders the rows as they stand (dates, or a count of steps) "
            "and none is called as one that names series: say data.series and data.time, or add "
            "such columns, as step with 0, 1, 2 and so on in each sequence."
            + (" If one row is one sequence, say data.layout: rows." if alike else ""),
            *([{"data.layout": "rows"}] if alike else []),
        )
    if found.melted and time is None and series is None:
        raise DataError(f"{table.path}: {found.fault}")
    return found


class _Finder:
    def __init__(self, table: Table, columns: Mapping[str, Look]) -> None:
        self._table = table
        self._columns = columns
        self._whole = lay_out(table, None)
        self._layouts: dict[str, Layout] = {}
        dates = [look.name for look in columns.values() if look.kind == "dates"]
        by_name = sorted(dates, key=lambda name: (name in table.joined, not hinted(name, TIMES)))
        self._dates = _stamps(table, by_name)
        counts = [look.name for look in columns.values() if _may_count(look)]
        self._counts = _stamps(table, sorted(counts, key=lambda name: not hinted(name, TIMES)))
        self._doubtful = [name for name in dates if name not in self._dates] + [
            look.name
            for look in columns.values()
            if look.kind in ("words", "unclear") and hinted(look.name, TIMES)
        ]

    def all(self) -> Iterator[Order]:
        """Every way in which the rows may hang together, the most likely first."""
        yield from self._named_series()
        yield from self._dated_series()
        yield from self._counted_series()
        yield from self._series_with_fault()
        yield from self._one_series_with_fault()

    def as_said(self, time: str | None, series: str | None) -> Order:
        """By these columns; without a time by one that fits the series."""
        layout = lay_out(self._table, series)
        times = (name for name in [*self._dates, *self._counts] if name != series)
        time = time or next((name for name in times if self._orders(name, layout)), None)
        fault = None
        if time is None and series is not None:
            fault = self.again(series, layout) or self._fault(series, layout)
        dated = time is not None and time not in self._counts
        return Order(layout, time, series, dated, {}, fault)

    def _named_series(self) -> Iterator[Order]:
        times = {**self._dates, **self._counts}
        for name in self._keys(named=True):
            layout = self._layout(name)
            fitting = (t for t in times if t != name and self._orders(t, layout))
            time = next((t for t in fitting if _apart(times[t], layout)), None)
            if time is not None or in_one_piece(layout):
                yield self._many(name, self._unsorted(time, layout) or time, "by its name")

    def _dated_series(self) -> Iterator[Order]:
        for time, stamps in self._dates.items():
            if rises(stamps, self._whole):
                runs = self._runs()
                apart = next((name for name in runs if self._with_gaps(stamps, name)), None)
                if apart is not None:
                    reason = "as its values follow one another with gaps in time between them"
                    yield self._many(apart, time, reason)
                yield self._one(time, runs)
        for time, stamps in self._dates.items():
            for name in self._keys(named=False):
                layout = self._layout(name)
                if _apart(stamps, layout) and rises(stamps, layout):
                    reason = f"the dates of {quote(time)} rise in each value"
                    yield self._many(name, time, reason + self._measured(name, time))

    def _counted_series(self) -> Iterator[Order]:
        over_all = [name for name in self._counts if self._orders(name, self._whole)]
        for time in over_all:
            if hinted(time, TIMES):
                yield self._one(time)
        for time, stamps in self._counts.items():
            share = 1 if rises(stamps, self._whole) else MOSTLY  # it counts anew, be it with faults
            for name in self._keys(named=False) if time not in over_all else ():
                layout = self._layout(name)
                if name != time and in_one_piece(layout) and regular(stamps, layout, share):
                    kept = time if rises(stamps, layout) else None
                    yield self._many(name, kept, f"{quote(time)} counts anew in each value")
        for time in over_all:
            yield self._one(self._unsorted(time, self._whole) or time)

    def _runs(self) -> list[str]:
        """Columns whose values stand in one piece each, and long enough to be series."""
        layouts = {name: self._layout(name) for name in self._keys(named=False)}
        return [
            name
            for name, layout in layouts.items()
            if in_one_piece(layout) and np.bincount(layout.series).min() >= LONG
        ]

    def _with_gaps(self, stamps: Stamps, name: str) -> bool:
        """Whether each piece comes later after the one before than its own rows do."""
        steps, first = np.diff(stamps), self._layout(name).first[1:]
        return bool(steps[first].min() > steps[~first].max())

    def _unsorted(self, count: str | None, layout: Layout) -> str | None:
        """Dates that say more than a count of the rows, though these are not sorted by them.

        Reading them says where, and the mend: the count may run against the time.
        """
        if count not in self._counts or hinted(count, TIMES):
            return None
        again = (
            time for time, one in self._dates.items() if melted(self._table, time, one, layout)
        )
        return self._faulty(self._dates, layout) or next(again, None)

    def _faulty(self, times: Mapping[str, Stamps], layout: Layout) -> str | None:
        """The first that differs from row to row of a series but for few, and does not rise."""
        for name, stamps in times.items():
            own = np.unique(np.stack([layout.series, layout.placed(stamps)]), axis=1)
            if own.shape[1] > DISTINCT * len(stamps) and not rises(stamps, layout):
                return name
        return None

    def _called(self, series: str | None) -> dict[str, Stamps]:
        """Dates, and counts that are called a time."""
        counts = {name: one for name, one in self._counts.items() if hinted(name, TIMES)}
        return {name: one for name, one in {**self._dates, **counts}.items() if name != series}

    def _fault(self, series: str, layout: Layout) -> str | None:
        """What keeps the rows of series from being ordered by the time that there is."""
        counts = {n: one for n, one in self._counts.items() if regular(one, layout, MOSTLY)}
        return self._said(self._faulty({**self._called(series), **counts}, layout), layout)

    def _said(self, time: str | None, layout: Layout) -> str | None:
        try:
            if time is not None:
                times_of(self._table, time, layout)
        except DataError as error:
            return str(error).removeprefix(f"{self._table.path}: ")
        return None

    def _measured(self, name: str, time: str) -> str:
        """The mend where a column is called as one that says what was measured."""
        if not hinted(name, VARIABLES):
            return ""
        long = melted(self._table, time, self._dates[time], self._whole)
        return "" if long is None or long.keys != (name,) else f"; {long.mend}"

    def again(self, series: str | None, layout: Layout) -> str | None:
        """What is said where each time comes again for each cell of one column more, or two."""
        return self._said(self._first_again(self._called(series), layout), layout)

    def _first_again(self, times: Mapping[str, Stamps], layout: Layout) -> str | None:
        return next((t for t, one in times.items() if melted(self._table, t, one, layout)), None)

    def _series_with_fault(self) -> Iterator[Order]:
        """Series by name with times that do not rise: reading them will say where."""
        for name in self._keys(named=True):
            time = self._faulty(self._called(name), self._layout(name))
            if time is not None:
                yield self._many(name, time, "by its name")

    def _one_series_with_fault(self) -> Iterator[Order]:
        """Times that do not rise or cannot be read: reading them will say where, and the mend."""
        told = [*self._dates, *self._doubtful]
        for time in sorted(told, key=lambda name: name not in self._table.joined):
            yield self._one(time)

    def _keys(self, named: bool) -> list[str]:
        """Columns that may name series: by their name, or by their values, the fewest first."""
        found = [
            look
            for look in self._columns.values()
            if look.kind in ("words", "numbers", "truth")
            and (look.kind != "numbers" or look.whole)
            and not look.blanks
            and 1 < len(look.levels) <= self._table.height / 2
            and not hinted(look.name, TIMES)
        ]
        if named:
            found = [look for look in found if hinted(look.name, SERIES | KEYS)]
        found.sort(key=lambda look: (not hinted(look.name, SERIES), len(look.levels)))
        return [look.name for look in found]

    def _layout(self, name: str) -> Layout:
        if name not in self._layouts:
            self._layouts[name] = lay_out(self._table, name)
        return self._layouts[name]

    def _orders(self, time: str, layout: Layout) -> bool:
        """Whether a column is a time of this layout; one that is not called so must be regular."""
        if time in self._dates:
            return rises(self._dates[time], layout)
        stamps = self._counts[time]
        return rises(stamps, layout) if hinted(time, TIMES) else regular(stamps, layout)

    def _one(self, time: str, runs: Sequence[str] = ()) -> Order:
        dated = time not in self._counts
        what = "its dates rise" if time in self._dates else "dates by name"
        if time in self._table.joined:
            what = "together they rise"
        why = what if dated else "it counts the rows"
        if runs:
            why += f"; name {quote(runs[0])} in data.series if each value of it is one"
        return Order(self._whole, time, None, dated, {"data.time": why})

    def _many(self, series: str, time: str | None, reason: str) -> Order:
        layout = self._layout(series)
        lengths = np.bincount(layout.series)
        steps = f"{lengths.min():,} to {lengths.max():,}" if np.ptp(lengths) else f"{lengths[0]:,}"
        why = {"data.series": f"{len(layout.names):,} with {steps} rows each: {reason}"}
        if time is not None:
            what = "its dates rise" if time in self._dates else "it counts the steps"
            what = "together they rise" if time in self._table.joined else what
            why["data.time"] = f"{what} in each {quote(series)}"
        again = None if time is not None else self.again(series, layout)
        fault = again or (None if time is not None else self._fault(series, layout))
        return Order(layout, time, series, time in self._dates, why, fault, again is not None)


def _apart(stamps: Stamps, layout: Layout) -> bool:
    """Whether series follow one another, or run side by side: not one series in pieces."""
    return in_one_piece(layout) or len(stamps) >= OVERLAP * len(np.unique(stamps))


def _stamps(table: Table, names: list[str]) -> dict[str, Stamps]:
    read = {name: stamps_of(table, name) for name in names}
    return {name: stamps for name, stamps in read.items() if stamps is not None}


def _may_count(look: Look) -> bool:
    named = hinted(look.name, TIMES)
    return look.kind == "numbers" and not look.blanks and look.varies and (look.whole or named)
