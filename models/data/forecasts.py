"""A table with times -> the windows of one or many series that can be forecast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.data.doubts import looks_ahead
from dropsearch.models.data.filling import cut_leading, filled_notes, inputs, words
from dropsearch.models.data.roles import Roles, parts_of_rows
from dropsearch.models.names import Cycle
from dropsearch.models.spread import Spread, Whole, whole
from dropsearch.models.table.layout import Layout, constant_in_series, data_error
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import (
    CLOCK_HINT,
    SeriesTimes,
    calendar_of,
    clock_change,
    series_times,
    time_label,
)
from dropsearch.models.times.calendar import DAY, Calendar
from dropsearch.models.times.cycles import place_in
from dropsearch.models.times.steps import IrregularError, gaps_before


def forecasts(
    table: Table,
    layout: Layout,
    roles: Roles,
    *,
    missing: str,
    window: int,
    horizon: int,
    cycles: Sequence[Cycle] = (),
    held: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """The fields of SequenceData for a forecast. Raises DataError."""
    if missing in ("linear", "end"):
        why = "looks ahead, which a forecast cannot" if missing == "linear" else "is for sequences"
        raise data_error(table, f"data.missing {missing} {why}: set it to forward.")
    if window < 1 or horizon < 1:
        raise data_error(table, "a forecast needs data.window and data.horizon of 1 or more.")
    for name in roles.targets:
        table.numbers(name, "a forecast predicts numbers, name another column in data.target")
    if roles.time is None:
        times, calendar = None, None
        position = Spread(layout.place)
        notes = [
            "No data.time is named: the rows count as equally spaced, in the order of the file."
        ]
    else:
        times = series_times(table, roles.time, layout)
        calendar, position = _calendar(table, roles.time, times, layout)
    own = position.cells
    gaps = np.asarray(position.of(gaps_before(own, layout.first[: len(own)])))
    if times is not None and calendar is not None:
        notes = _gap_notes(table, times, calendar, position, gaps, layout)
    _refuse_idle(table, roles.time, cycles, times, calendar)

    parts, names = parts_of_rows(table, layout, roles, held)
    group, part, inside = (parts.get(key) for key in ("group", "part", "held"))
    if group is not None:
        constant_in_series(table, str(roles.group), group, layout, "group")

    values = inputs(table, layout, (*roles.targets, *roles.features), missing)
    worded, levels = words(table, layout, roles, missing)
    targets = [
        _target(table, name, layout, values[:, number]) for number, name in enumerate(roles.targets)
    ]
    known = reduce(np.logical_or, (~np.isnan(target) for target in targets))
    kept, cut = cut_leading(table, layout, np.hstack([np.isnan(values), worded < 0]))

    start, skipped = _windows(table, layout, gaps, kept, known, window, horizon)
    series = layout.series[start]
    seen = np.zeros(len(layout.names), bool)
    seen[series] = True
    if not seen.all():
        kept &= seen[layout.series]
    origin = start + window
    small, every = layout.keep(kept), bool(kept.all())

    def left(rows: NDArray[Any]) -> NDArray[Any]:
        return rows if every else rows[kept]

    def spread(rows: Spread) -> Spread:
        return rows if every else Spread(rows[kept])

    steps = spread(position)
    first = start if every else whole(np.cumsum(kept) - 1, len(kept))[start]
    return {
        "features": (*roles.targets, *roles.features),
        "values": left(values),
        "categories": roles.categories,
        "levels": levels,
        "codes": left(worded),
        "start": first,
        "length": np.broadcast_to(np.int64(window), start.shape),
        "target": left(np.stack(targets, axis=1) if roles.others else targets[0]),
        "targets": roles.targets if roles.others else (),
        "series": series if every else small.series[first],
        "series_names": small.names if roles.series is not None else (", ".join(roles.targets),),
        "classes": (),
        "window": window,
        "horizon": horizon,
        "row_series": small.series,
        "time": steps.of(steps.cells - steps.cells.min()),
        "stamps": None if times is None else spread(times.stamps),
        "calendar": calendar,
        "known": roles.known,
        "cycles": tuple(dict.fromkeys(cycles)),
        "group": None if group is None else np.unique(group[start], return_inverse=True)[1],
        "part": None if part is None else part[origin].astype(np.int64),
        "part_names": names,
        "held": None if inside is None else left(inside).astype(bool),
        "notes": [
            *notes,
            *filled_notes(table, roles, roles.targets, missing),
            *cut,
            *skipped,
            *looks_ahead(values, targets, roles, layout, horizon),
        ],
    }


def _target(
    table: Table, name: str, layout: Layout, filled: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(R,) in the layout's order; filled: the same as an input. Raises DataError where there is
    nothing to predict."""
    target = layout.placed(table.numbers(name))
    every = not np.isnan(target).any()
    target = np.ascontiguousarray(filled) if every else target + 0.0
    low = np.fmin.reduce(target)
    if np.isnan(low) or low == np.fmax.reduce(target):
        what = "missing in every row" if np.isnan(low) else f"{low:g} in every row"
        raise table.fault(name, 0, f"the target is {what}: there is nothing to predict")
    return target


def _calendar(
    table: Table, name: str, times: SeriesTimes, layout: Layout
) -> tuple[Calendar, Spread]:
    """The calendar of the times, and (R,) the step of each row."""
    try:
        return calendar_of(times, layout)
    except IrregularError as error:
        at, before_it = layout.rows(error.index), layout.rows(error.index - 1)
        text = table.text(name)
        raise table.fault(
            name,
            int(at),
            f"{quote(text[int(at)])} is no whole step after {quote(text[int(before_it)])} of row "
            f"{table.rows[before_it]}, where most rows come {error.calendar.describe()}: bring the "
            "series to equal steps, or name in data.time a column that counts the rows",
        ) from None


def _refuse_idle(
    table: Table,
    time: str | None,
    cycles: Sequence[Cycle],
    times: SeriesTimes | None,
    calendar: Calendar | None,
) -> None:
    """Raises DataError for cycles where there are no dates, and for those that stand still."""
    if not cycles:
        return
    if times is None or calendar is None or calendar.unit == "number":
        there = "no data.time is named" if time is None else f"column {quote(time)} holds numbers"
        raise data_error(table, f"data.calendar is made of dates, and {there}: leave it out.")
    for cycle in cycles:
        if np.ptp(place_in(cycle, times.stamps.cells, calendar)) == 0:
            raise data_error(
                table,
                f"data.calendar: the {cycle} is the same in every row (they come "
                f"{calendar.describe()}): take it out.",
            )


def _gap_notes(
    table: Table,
    times: SeriesTimes,
    calendar: Calendar,
    position: Spread,
    gaps: NDArray[np.bool_],
    layout: Layout,
) -> list[str]:
    at = np.flatnonzero(gaps)
    if not len(at):
        return []
    first = at[np.argmin(layout.rows(at))]
    apart = position[at].astype(np.int64) - position[at - 1] - 1
    lacking = int(apart.sum())
    series = len(np.unique(layout.series[at]))
    where = f" in {series:,} series" if series > 1 else ""
    many = f"{len(at):,} gap{'s' if len(at) > 1 else ''}{where}"
    notes = [
        f"The times ({calendar.describe()}) have {many}, "
        f"{lacking:,} steps in all, the first before {time_label(times, times.stamps[first])} "
        f"(row {table.rows[layout.rows(first)]}); no window crosses a gap."
    ]
    hour = DAY // 24
    if calendar.unit == "time" and calendar.step <= hour:
        for row in at[apart * int(calendar.step) == hour]:
            if clock_change(times, times.stamps[row]):
                label = time_label(times, times.stamps[row])
                notes.append(f"One hour is missing before {label}: {CLOCK_HINT}.")
                break
    return notes


def _windows(
    table: Table,
    layout: Layout,
    gaps: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    known: NDArray[np.bool_],
    window: int,
    horizon: int,
) -> tuple[Whole, list[str]]:
    """The first row of every window of kept rows in one run, with a known target step; notes."""
    rows = window + horizon
    breaks = layout.first | gaps | np.diff(kept, prepend=False)
    begin = np.flatnonzero(breaks)
    length = np.diff(begin, append=len(kept)) * kept[begin]
    number = np.maximum(length - rows + 1, 0)  # of windows in each run
    fits = whole(np.ones(number.sum(), np.int32), len(kept))
    runs = np.flatnonzero(number)
    if len(fits):
        fits[0] = begin[runs[0]]
        last = begin[runs] + number[runs] - 1
        fits[np.cumsum(number[runs])[:-1]] = begin[runs[1:]] - last[:-1]
        np.cumsum(fits, dtype=fits.dtype, out=fits)
    start = fits
    if not known.all():
        total = np.concatenate(([0], np.cumsum(known)))
        start = fits[total[fits + rows] > total[fits + window]]
    need = f"a window of {window} steps and {horizon} to predict ({rows:,} rows)"
    if not len(fits):
        most = int(length.max())
        longest = f"the longest stretch without a gap has {most} row{'s' if most > 1 else ''}"
        raise data_error(
            table,
            f"no series is long enough for {need}: {longest}; lower data.window or data.horizon.",
        )
    if not len(start):
        raise data_error(
            table, "no window has a known target to predict: fill the target, or lower data.window."
        )
    count = len(layout.names)
    long, blind = np.zeros(count, bool), np.zeros(count, bool)
    long[layout.series[begin[number > 0]]] = True
    if start is not fits:
        blind = long.copy()
        blind[layout.series[start]] = False
    notes = []
    if not long.all():
        skipped = f"are too short for {need} and are skipped"
        notes.append(f"{(~long).sum():,} of {count:,} series {skipped}: {_names(~long, layout)}.")
    if blind.any():
        skipped = "have no known target to predict: skipped"
        notes.append(f"{blind.sum():,} of {count:,} series {skipped} ({_names(blind, layout)}).")
    return start, notes


def _names(series: NDArray[np.bool_], layout: Layout) -> str:
    return listed([layout.names[number] for number in np.flatnonzero(series)])
