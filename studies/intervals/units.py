"""The independent parts of the data, and what verdicts over their folds may rest on.

N examples. `python -m benchmarks.simulation` shows where it holds.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from dropsearch.studies.intervals.statistics import WALK, Codes

BLOCKS = 10  # units of time
LONG = 40  # memories that a series has to last, see basis_of
FAR = 15  # horizons that it has to last
SLOW = 0.9  # correlation of a target with the step before, from which on contributions say too much

IN_TIME = ("expanding", "blocked")  # kinds of folds

Basis = Literal["contributions", "fold scores", "nothing"]


def basis_of(fold_kind: str, steps: int, autocorrelation: ArrayLike, horizon: int = 1) -> Basis:
    """What a verdict may rest on over such folds, as the simulation showed.

    Over expanding folds of a series that remembers long, or that is short for what it remembers or
    for the horizon, intervals by contributions are too narrow: those by fold scores hold longer,
    and at last none. autocorrelation: of the target, as for `memory`; empty where nothing is known.
    """
    lags = np.asarray(autocorrelation, np.float64)
    if fold_kind != "expanding" or len(lags) < 2:
        return "contributions"
    lasts = steps >= LONG * memory(lags)
    if lags[1] < SLOW:
        return "contributions" if lasts and steps >= FAR * horizon else "fold scores"
    return "fold scores" if lasts and lags[1] < WALK else "nothing"


def memory(autocorrelation: ArrayLike) -> float:
    """How many steps of a series tell as much of its mean as one independent value does.

    autocorrelation: (lags,) from lag 0 on, of which the first five count: the variance of a mean,
    times the steps, of the autoregression that has them (Yule and Walker). Infinite for a walk.
    """
    lags = np.asarray(autocorrelation, np.float64)[:5]
    place = np.arange(len(lags) - 1)
    slopes = np.linalg.lstsq(lags[np.abs(place[:, None] - place)], lags[1:])[0]
    left = max(1 - slopes.sum(), 0.0) ** 2
    return float((lags[0] - slopes @ lags[1:]) / left) if left else np.inf


def units_of(fold_kind: str, unit: ArrayLike, horizon: int = 1) -> Codes:
    """The unit (N,) of each example: in time whole blocks of the steps that are given, no shorter
    than the horizon, but two at least."""
    if fold_kind in IN_TIME:
        return blocks(unit, max(count_of(len(np.unique(np.asarray(unit))), horizon), 2))
    return np.unique(np.asarray(unit), return_inverse=True)[1]


def widening_of(fold_kind: str, unit: ArrayLike, horizon: int = 1) -> float:
    """How much larger the variance over the units is than what they show, as neighbours share
    targets: forecasts from one step and the next have all but one in common, so that what each
    contributes is a moving average. In the manner of batch means of one of `horizon` equal weights,
    whose autocovariances are 1 - lag / horizon.
    """
    steps = len(np.unique(np.asarray(unit)))
    count = count_of(steps, horizon)
    if fold_kind not in IN_TIME or count == 1 or horizon == 1:
        return 1.0
    shared = horizon * count / steps / 3
    whole = 1 - shared / count
    return whole / ((1 - shared - whole / count) * count / (count - 1))


def count_of(steps: int, horizon: int) -> int:
    """How many blocks so many steps make, none shorter than the horizon."""
    return max(min(BLOCKS, steps // horizon), 1)


def blocks(position: ArrayLike, count: int) -> Codes:
    """Units of time: contiguous blocks of as many of the distinct positions each as can be. (N,)"""
    steps, place = np.unique(np.asarray(position), return_inverse=True)
    return place * min(count, len(steps)) // len(steps)
