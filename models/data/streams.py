"""Streams whose rows each carry a label -> windows of equal length, each of which is an example.

Activity from a wrist, stages of sleep, states of a machine.
R rows in the layout's order, N windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed
from dropsearch.models.data.doubts import telling_of_rows, word_notes
from dropsearch.models.data.filling import filled_notes, inputs, refuse_unfilled, words
from dropsearch.models.data.roles import Roles, parts_of_rows, refuse_without_inputs
from dropsearch.models.names import Labelling
from dropsearch.models.spread import Spread, Whole
from dropsearch.models.table.clock import clock_of
from dropsearch.models.table.codes import coded_labels, sorted_codes, spelling_notes
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.read import Table

Codes = Whole


def streams(
    table: Table,
    layout: Layout,
    roles: Roles,
    *,
    task: str,
    missing: str,
    window: int,
    stride: int,
    label: Labelling,
    held: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """The fields of SequenceData for windows of `window` rows, `stride` rows apart.

    A window crosses neither a gap in the times nor the edge of a series, a group, a fold or the
    holdout. label: which of its rows' labels is its own; `pure` leaves mixed windows out.
    Raises DataError.
    """
    refuse_without_inputs(table, roles)
    clock = clock_of(table, layout, roles.time)
    position, notes = clock.position, list(clock.notes)
    values = inputs(table, layout, roles.features, missing)
    worded, levels = words(table, layout, roles, missing)
    refuse_unfilled(table, layout, roles, np.hstack([np.isnan(values), worded < 0]))
    belonging, names = parts_of_rows(table, layout, roles, held)
    start = window_starts(position, layout.series, window, stride)
    if not len(start):
        longest = int(np.bincount(layout.series).max())
        raise data_error(
            table,
            f"no stretch of rows without a gap is as long as data.window, {window:,}; the longest "
            f"series has {longest:,} rows: lower data.window.",
        )
    whole = np.ones(len(start), bool)
    for codes in belonging.values():
        whole &= _alike(codes, start, window)
    target: NDArray[Any]
    if task == "classify":
        target, classes, known = _classes(table, layout, roles.target, start, window, label)
    else:
        target, known = _numbers(table, layout, roles.target, start, window)
        classes = ()
    if classes:
        notes += [*spelling_notes(table, roles.target), *telling_of_rows(table, layout, roles)]
    notes += word_notes(table, (*((roles.target,) if classes else ()), *roles.categories))
    notes += clock.without_window(layout, layout.series[start], window)
    notes += list(_left_out(whole, known, roles.target, label))
    kept = whole & known
    if not kept.any():
        what = "has a label of its own" if whole.any() else "lies in one group, fold or part"
        raise data_error(table, f"no window of {window:,} rows {what}: lower data.window.")
    start = start[kept]
    if len(np.unique(target[kept])) == 1:
        raise table.fault(roles.target, 0, "every window has one label: there is nothing to learn")
    of_window = {name: codes[start].astype(np.int64) for name, codes in belonging.items()}
    held_windows = of_window.get("held")
    return {
        "features": roles.features,
        "values": values,
        "categories": roles.categories,
        "levels": levels,
        "codes": worded,
        "start": start,
        "length": np.broadcast_to(np.int64(window), start.shape),
        "target": target[kept].astype(np.int64 if classes else np.float64, copy=False),
        "series": layout.series[start],
        "series_names": layout.names if roles.series is not None else (roles.target,),
        "classes": classes,
        "window": window,
        "stride": stride,
        "row_series": layout.series,
        "time": Spread(position),
        "time_style": clock.style,
        "calendar": clock.sampling,
        "group": of_window.get("group"),
        "part": of_window.get("part"),
        "part_names": names,
        "held": None if held_windows is None else held_windows.astype(bool),
        "notes": [*notes, *filled_notes(table, roles, (), missing)],
    }


def window_starts(position: Codes, series: Codes, window: int, stride: int) -> Codes:
    """The first row of each window; position (R,) in steps, one after another but for gaps."""
    breaks = np.flatnonzero((np.diff(position) != 1) | (np.diff(series) != 0)) + 1
    edges = [0, *breaks.tolist(), len(position)]
    runs = [np.arange(first, last - window + 1, stride) for first, last in pairwise(edges)]
    return np.concatenate(runs).astype(np.int64)


def _alike(codes: Codes, start: Codes, window: int) -> NDArray[np.bool_]:
    """Whether all rows of a window have one code."""
    changes = np.concatenate([[0], np.cumsum(np.diff(codes) != 0)])
    return np.asarray(changes[start + window - 1] == changes[start])


def _classes(
    table: Table, layout: Layout, name: str, start: Codes, window: int, label: Labelling
) -> tuple[Codes, tuple[str, ...], NDArray[np.bool_]]:
    """The class of each window, the names of the classes, and which windows have one."""
    if table.kind(name) in ("times", "other"):
        raise table.fault(name, 0, "it holds no classes: name another column in data.target")
    codes, classes = sorted_codes(*coded_labels(table, name))
    if not classes:
        raise table.fault(name, 0, "it holds no label: name another column in data.target")
    codes = layout.placed(codes)
    last = codes[start + window - 1]
    if label == "last":
        return last, classes, last >= 0
    counts = np.empty((len(start), len(classes)), np.int64)
    for code in range(len(classes)):
        seen = np.concatenate([[0], np.cumsum(codes == code)])
        counts[:, code] = seen[start + window] - seen[start]
    most = counts.max(axis=1)
    own = counts.argmax(axis=1)
    tied = (last >= 0) & (np.take_along_axis(counts, last[:, None], axis=1)[:, 0] == most)
    own = np.where(tied, last, own)  # of two as frequent the one that it ends with
    return own, classes, most == window if label == "pure" else most > 0


def _numbers(
    table: Table, layout: Layout, name: str, start: Codes, window: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The number in the last row of each window, and which windows have one."""
    values = table.numbers(name, "words are classes, set data.task to classify") + 0.0
    own = values[layout.rows(start + window - 1)]
    return own, ~np.isnan(own)


def _left_out(
    whole: NDArray[np.bool_], known: NDArray[np.bool_], target: str, label: Labelling
) -> Iterator[str]:
    across, unclear = int((~whole).sum()), int((whole & ~known).sum())
    total = len(whole)
    if across:
        yield f"{across:,} of {total:,} windows are left out: they cross the edge of a part."
    if unclear:
        why = "mixed labels or a blank one" if label == "pure" else "no label"
        yield f"{unclear:,} of {total:,} windows are left out: {why} in {listed([target])}."
