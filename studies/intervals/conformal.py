"""Prediction intervals from errors out of fold, by conformal prediction.

n examples, R repeats, H steps of a forecast, or 1; L levels, W steps of a window.
`python -m benchmarks.intervals` shows how they hold on real data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dropsearch.studies.intervals.statistics import Array

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
HALVED = 0.05  # of the time that the examples span: what is so much older counts half
LEAST = 100.0  # weight that is left to the examples, so that every level has an interval
STEADY = 0.25  # of how much a series moves in all, beside how much it does in a window


def needed(level: float) -> int:
    """How many examples an interval at that level takes: with fewer it would be infinite."""
    return math.ceil(round(level / (1 - level), 6))


def reaches(errors: ArrayLike, weights: ArrayLike, levels: Sequence[float]) -> Array:
    """How far an interval goes to either side of a prediction, in the unit of the errors. (L, H)

    The smallest size that errors of `level` of the whole weight do not exceed. To the whole belongs
    the new example, with a weight of 1 and an error that may be any: infinite where it takes that.
    Barber, Candès, Ramdas & Tibshirani 2023, "Conformal prediction beyond exchangeability", the
    weighted quantile of split conformal prediction; with weights of 1 the quantile of the same
    authors' 2021 "Predictive inference with the jackknife+", section 1. Of that paper's intervals
    these are the jackknife's over folds, around the prediction of one network; those of CV+ would
    ask all networks of the folds.

    errors: (R, n, H) out of fold, NaN where the truth is not known; weights: (n,), at most 1.
    """
    sizes = np.abs(np.asarray(errors, np.float64))
    repeats, number, steps = sizes.shape
    each = np.tile(np.asarray(weights, np.float64) / repeats, repeats)
    found = np.empty((len(levels), steps))
    for step, own in enumerate(sizes.reshape(repeats * number, steps).T):
        known = ~np.isnan(own)
        found[:, step] = _quantiles(own[known], each[known], np.asarray(levels))
    return found


def _quantiles(sizes: Array, weights: Array, levels: Array) -> Array:
    order = np.argsort(sizes, kind="stable")
    below = np.append(weights[order].cumsum(), np.inf)
    whole = weights.sum() + 1
    place = np.searchsorted(below, levels * whole * (1 - 1e-12))
    return np.append(sizes[order], np.inf)[place]


def weights(time: ArrayLike, series: ArrayLike) -> Array:
    """How much each example of series counts, the last of each 1. (n,)

    Halved with every HALVED of the time that the longest series spans, or as much more of it as
    leaves a weight of LEAST; where none does, all count alike. time: (n,) steps; series: (n,).
    """
    steps, (_, lane) = np.asarray(time), np.unique(np.asarray(series), return_inverse=True)
    last = np.full(lane.max() + 1, steps.min())
    np.maximum.at(last, lane, steps)
    age = last[lane] - steps
    half = HALVED * max(age.max(), 1)
    while half < age.max():
        found: Array = 0.5 ** (age / half)
        if found.sum() >= LEAST:
            return found
        half *= 2
    return np.ones(len(age))


def units(windows: ArrayLike, usual: ArrayLike) -> Array:
    """What the errors of forecasts are counted in. (n, 1)

    How much the target moves in the window that is seen, and a part of how much its series does:
    their standard deviations. Errors over a measure of how hard an example is: Lei, G'Sell,
    Rinaldo, Tibshirani & Wasserman 2018, "Distribution-free predictive inference for regression",
    section 5.2. windows: (n, W); usual: (n,) of the series, 0 where it is not known.
    """
    seen = np.asarray(windows, np.float64)
    moves, size = seen.std(axis=1), np.abs(seen).mean(axis=1)
    known = np.where(np.asarray(usual) > 0, usual, moves)
    found = moves + STEADY * known
    still = np.where(size > 0, size, 1.0)
    return np.where(found > 1e-9 * size, found, still)[:, None]
