"""SequenceData made by hand for the tests of the network and its batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from dropsearch.models.data.sequence_data import SequenceData

EMPTY: dict[str, Any] = {
    "categories": (),
    "levels": (),
    "classes": (),
    "window": 0,
    "horizon": 0,
    "time": None,
    "stamps": None,
    "calendar": None,
    "group": None,
    "part": None,
    "held": None,
    "notes": (),
    "left_out": {},
    "fingerprint": "",
}


def sequences(lengths, target, *, values=None, classes=(), codes=None, levels=()) -> SequenceData:
    """One series per example, features drawn unless given."""
    lengths, target = np.asarray(lengths), np.asarray(target)
    rows = int(lengths.sum())
    drawn = np.random.default_rng(0).normal(size=(rows, 3))
    values = drawn if values is None else np.asarray(values, dtype=float)
    return SequenceData(
        **EMPTY
        | {
            "task": "classify" if classes else "regress",
            "features": tuple(f"f{i}" for i in range(values.shape[1])),
            "values": values,
            "levels": levels,
            "categories": tuple(f"w{i}" for i in range(len(levels))),
            "codes": np.zeros((rows, 0), np.int32) if codes is None else np.asarray(codes),
            "start": np.concatenate(([0], lengths.cumsum()[:-1])),
            "length": lengths,
            "target": target,
            "series": np.arange(len(lengths)),
            "series_names": tuple(map(str, range(len(lengths)))),
            "classes": classes,
            "row_series": np.repeat(np.arange(len(lengths)), lengths),
        }
    )


def forecast(*series, window, horizon, more=None, calendar=None) -> SequenceData:
    """Each series is a list of numbers, NaN where the target is unknown (filled forward)."""
    lengths = [len(one) for one in series]
    target = np.concatenate([np.asarray(one, dtype=float) for one in series])
    rows = np.arange(len(target))
    filled = target[np.maximum.accumulate(np.where(np.isnan(target), 0, rows))]
    values = filled[:, None] if more is None else np.column_stack([filled, more])
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    starts = [np.arange(f, f + n - window) for f, n in zip(first, lengths, strict=True)]
    counts = [len(s) for s in starts]
    return SequenceData(
        **EMPTY
        | {
            "task": "forecast",
            "features": tuple(f"f{i}" for i in range(values.shape[1])),
            "values": values,
            "codes": np.zeros((len(target), 0), np.int32),
            "start": np.concatenate(starts),
            "length": np.full(sum(counts), window),
            "target": target,
            "series": np.repeat(np.arange(len(series)), counts),
            "series_names": tuple(map(str, range(len(series)))),
            "row_series": np.repeat(np.arange(len(series)), lengths),
            "time": np.concatenate([np.arange(n) for n in lengths]),
            "window": window,
            "horizon": horizon,
            "calendar": calendar,
        }
    )
