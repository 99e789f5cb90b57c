"""The gap rule: no target step of a validation window stands in any training window, and of streams
none of its rows.

The steps that a training window must not touch are marked row by row, then every window that
holds a marked row is dropped. So the rule holds whatever the kind of folds.
R rows, N examples; forecasts and streams.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData

Examples = NDArray[np.int64]  # indices of some


def scored_rows(data: SequenceData, examples: Examples) -> NDArray[np.int64]:
    """The rows that are a target step of any of `examples`, ascending; of streams all rows."""
    edges = np.zeros(len(data.row_series) + 1, dtype=np.int64)
    first = data.start[examples] + (0 if data.streams else data.window)
    np.add.at(edges, first, 1)
    np.subtract.at(edges, first + (data.window if data.streams else data.horizon), 1)
    return np.flatnonzero(np.cumsum(edges[:-1]) > 0)


def mark(
    data: SequenceData, rows: NDArray[np.int64], *, gap: int, common: bool, onward: bool
) -> NDArray[np.bool_]:
    """(R,) the rows within `gap` calendar steps of `rows`, inside their own series.

    common: in every series, by calendar step. onward: and all rows later than these.
    """
    assert data.time is not None
    lane = data.row_series.astype(np.int64) * (not common)
    step = np.asarray(data.time, np.int64)
    step = step - step.min()
    stride = step.max() + 2 * gap + 1
    key = lane * stride + step + gap
    order = np.argsort(key, kind="stable")
    last = (lane[rows] + 1) * stride - 1 if onward else key[rows] + gap
    edges = np.zeros(len(key) + 1, dtype=np.int64)
    np.add.at(edges, np.searchsorted(key, key[rows] - gap, sorter=order), 1)
    np.subtract.at(edges, np.searchsorted(key, last, side="right", sorter=order), 1)
    marked = np.zeros(len(key), dtype=np.bool_)
    marked[order] = np.cumsum(edges[:-1]) > 0
    return marked


def untouched(
    data: SequenceData, examples: Examples, marked: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Those of `examples` whose input and target rows hold no marked row."""
    before = np.concatenate([[0], np.cumsum(marked)])
    first = data.start[examples]
    return examples[before[first + data.window + data.horizon] == before[first]]
