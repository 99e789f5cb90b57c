"""How many steps a forecast should see and predict, from the calendar and the autocorrelation; how
long the windows of labelled streams should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.errors import DataError
from dropsearch.models.fold.periods import autocorrelation, memory, period
from dropsearch.models.spread import Spread
from dropsearch.models.table.ends import blank_ends
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import calendar_of, series_times
from dropsearch.models.times.steps import IrregularError, gaps_before
from dropsearch.search.init.hints import hinted
from dropsearch.search.init.order import Order
from dropsearch.search.init.target import Scene, names_classes

USUAL_HORIZON = 12  # steps, where neither stamps nor series have a period
LONGEST_HORIZON = 24
STREAM_LABELS = frozenset(
    (
        *("label", "labels", "class", "activity", "state", "stage", "phase", "annotation"),
        *("posture", "gesture", "behaviour", "behavior", "status", "mode"),
    )
)
SHORTEST_RUN = 8  # rows with one label, usually, of a stream
LONGEST_STREAM = 128  # rows of a window
LONGEST_WINDOW = 240
LEAST_WINDOWS = 8  # stretches of window and horizon that a series alone should hold
LEAST_OF_SEVERAL = 5  # that each of several should hold
SPARSE = 4  # steps for each row, above which a series is taken row by row


@dataclass(frozen=True)
class Window:
    window: int
    horizon: int
    season: int  # steps to which a window is rounded up; 1: any number
    why: str
    why_horizon: str


def steps_ahead(table: Table, layout: Layout, target: str) -> int:
    """How many steps the target lacks at the end of every series; 0 where these numbers differ, or
    where it is one, which may not be complete yet."""
    ends = layout.placed(blank_ends(table, layout, (target,)))
    each = np.bincount(layout.series[ends], minlength=len(layout.names))
    return int(each[0]) if each[0] > 1 and (each == each[0]).all() else 0


def guess_window(table: Table, order: Order, target: str, ahead: int) -> Window:
    """For data that cannot be read as a forecast any window will do: reading them says why.

    ahead: as `steps_ahead` tells.
    """
    try:
        values = order.layout.placed(table.numbers(target))
        assert order.time is not None
        times = series_times(table, order.time, order.layout)
        calendar, position = calendar_of(times, order.layout)
    except (DataError, IrregularError):
        return Window(1, 1, 1, "not guessed", "not guessed")
    own = position.cells
    gaps = np.asarray(position.of(gaps_before(own, order.layout.first[: len(own)])))
    breaks = order.layout.first | gaps
    run = _typical(np.diff(np.append(np.flatnonzero(breaks), len(breaks))))
    stretches = LEAST_WINDOWS if len(order.layout.names) == 1 else LEAST_OF_SEVERAL
    correlation = autocorrelation(_longest(values, position, order))
    cycle = period(correlation)
    horizon, why_horizon = _horizon(ahead, calendar.season(), calendar.describe(), cycle)
    most = max(1, run // (2 * stretches))
    if horizon > most:
        horizon, why_horizon = most, f"short series: {run} steps in a row"
    season = calendar.season() or 1
    season = season if season <= LONGEST_HORIZON else 1
    longest = max(1, min(LONGEST_WINDOW, run // stretches - horizon))
    if cycle is not None and cycle >= 2 * horizon:
        wanted, why = cycle, f"the autocorrelation has a peak after {cycle} steps"
    else:
        lag = memory(correlation)
        wanted = min(max(2 * horizon, lag), 4 * horizon)
        forgotten = lag < len(correlation)
        why = f"the autocorrelation {'falls below 0.2' if forgotten else 'stays high'} " + (
            f"after {lag} steps" if forgotten else f"for {lag} steps"
        )
        why += ", of which 2 to 4 horizons are seen"
    window = -(-wanted // season) * season
    if window > longest:
        window = longest
        why += f"; no more than that, with {run:,} steps in a row"
    elif season > 1:
        why += f"; whole seasons of {season}"
    return Window(window, horizon, season, why, why_horizon)


def _horizon(ahead: int, season: int | None, step: str, cycle: int | None) -> tuple[int, str]:
    if ahead:
        return ahead, "so many rows are blank at the end of each series"
    if season is not None and season > 1:
        parts = [n for n in range(1, LONGEST_HORIZON + 1) if season % n == 0]
        horizon = max(parts)
        whole = "" if horizon == season else f"1/{season // horizon} of "
        return horizon, f"{whole}a season of {season} steps ({step})"
    if cycle is not None and cycle <= LONGEST_HORIZON:
        return cycle, "the autocorrelation has its first peak there"
    if cycle is not None:
        return USUAL_HORIZON, f"a usual number, within the period of {cycle} steps"
    return USUAL_HORIZON, "a usual number: the series shows no period"


def _typical(lengths: NDArray[np.int64]) -> int:
    """The length of the stretch in which the median row stands."""
    lengths = np.sort(lengths)
    return int(lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)])


def _longest(values: NDArray[np.float64], position: Spread, order: Order) -> NDArray[np.float64]:
    """The longest series on its calendar, NaN where a step is missing."""
    lengths = np.diff(order.layout.start, append=order.layout.height)
    first, length = (int(sizes[lengths.argmax()]) for sizes in (order.layout.start, lengths))
    rows = slice(first, first + length)
    values, place = values[rows], position[rows] - position[rows][0]
    if place[-1] >= SPARSE * len(place):
        return values
    placed = np.full(int(place[-1]) + 1, np.nan)
    placed[place] = values
    return placed


@dataclass(frozen=True)
class Stream:
    """Windows for the label of each row; `stride` rows apart."""

    label: str
    window: int
    stride: int
    why: str


def find_stream(scene: Scene, label: str | None = None, *, sure: bool = False) -> Stream | None:
    """The column that labels each row of streams: by its name, in runs, and each label comes again.

    label: the one that it can be; sure: that is. None where there is none. A window is half as long
    as the usual run: most have one label.
    """
    layout = scene.order.layout
    for look in scene.others:
        if label not in (None, look.name):
            continue
        called = label is not None or hinted(look.name, STREAM_LABELS)
        if not sure and not (names_classes(look) and look.varies and called):
            continue
        codes = layout.placed(look.codes)
        edges = np.flatnonzero(layout.first | (np.diff(codes, prepend=codes[:1]) != 0))
        runs = np.diff(edges, append=len(codes))
        usual = int(np.median(runs))
        if not sure and (usual < SHORTEST_RUN or len(runs) < 2 * len(look.levels)):
            continue
        window = min(max(usual // 2, SHORTEST_RUN // 2), LONGEST_STREAM)
        why = f"half of the usual run of rows with one {look.name!r}, {usual:,}"
        return Stream(look.name, window, max(window // 2, 1), why)
    return None
