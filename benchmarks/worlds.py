"""Data sets of known origin, for benchmarks.simulation.

D data sets, N rows, K folds. Every input has unit variance; INPUTS of them may be of use, further
ones are noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit

from dropsearch.studies.answer.statistics import Direction

Array = NDArray[np.float64]
Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]

INPUTS = 12
FOLDS = 5


@dataclass(frozen=True)
class World:
    """A source of data sets and how they are cut into folds (training rows, validation rows).

    draw: (generator, D, noise inputs) -> inputs (D, N, INPUTS + noise), target (D, N). metric:
    rmse, or accuracy of a target of -1 and 1.
    """

    kind: str
    draw: Callable[[np.random.Generator, int, int], tuple[Array, Array]]
    folds: Folds
    metric: str = "rmse"

    @property
    def redrawn(self) -> bool:
        return self.kind == "kfold"

    @property
    def direction(self) -> Direction:
        return "maximize" if self.metric == "accuracy" else "minimize"

    @property
    def ratio(self) -> float:
        train, validate = np.mean([(len(t), len(v)) for t, v in self.folds], axis=0)
        return float(validate / train)


def rows(size: int = 120, metric: str = "rmse") -> World:
    """Independent rows; half of the target's variance, or less, is explained."""

    def draw(rng: np.random.Generator, count: int, noise: int) -> tuple[Array, Array]:
        inputs = rng.standard_normal((count, size, INPUTS + noise))
        target = 0.2 * inputs[..., :INPUTS].sum(-1) + rng.standard_normal((count, size))
        return inputs, np.sign(target) if metric == "accuracy" else target

    return World("kfold", draw, list(KFold(FOLDS).split(np.empty(size))), metric)


def groups(number: int, size: int = 120, own: float = 0.15) -> World:
    """Rows of groups with slopes (spread: own) and levels of the inputs of their own."""
    sizes = np.random.default_rng(0).dirichlet(np.full(number, 8.0)) * size
    member = np.searchsorted(np.cumsum(sizes), np.arange(size)).clip(max=number - 1)

    def draw(rng: np.random.Generator, count: int, noise: int) -> tuple[Array, Array]:
        level = rng.standard_normal((count, number, INPUTS + noise))[:, member]
        inputs = np.sqrt(0.5) * (level + rng.standard_normal((count, size, INPUTS + noise)))
        slopes = 0.2 + own * rng.standard_normal((count, number, INPUTS))
        target = (inputs[..., :INPUTS] * slopes[:, member]).sum(-1)
        return inputs, target + rng.standard_normal((count, size))

    return World("group", draw, list(GroupKFold(FOLDS).split(np.empty(size), groups=member)))


def series(kind: str, first: float = 1.3, second: float = -0.5, steps: int = 300) -> World:
    """Windows of a series x_t = first x_t-1 + second x_t-2 + shock, 3 steps ahead.

    Folds in time, expanding or blocked, purged by the rule of docs/folds.md.
    """
    horizon, burn = 3, 500
    count = steps - INPUTS - horizon + 1
    memory = first / (1 - second)  # the first autocorrelation, by Yule and Walker
    shock = np.sqrt((1 - second**2) * (1 - memory**2))

    def walk(rng: np.random.Generator, *shape: int) -> Array:
        shocks = shock * rng.standard_normal((*shape, burn + steps))
        return lfilter([1.0], [1.0, -first, -second], shocks)[..., burn:]

    def draw(rng: np.random.Generator, number: int, noise: int) -> tuple[Array, Array]:
        walked = walk(rng, number)
        seen = np.lib.stride_tricks.sliding_window_view(walked, INPUTS, axis=1)[:, :count, ::-1]
        other = walk(rng, number, noise)[..., INPUTS - 1 : INPUTS - 1 + count].swapaxes(1, 2)
        return np.concatenate([seen, other], axis=2), walked[:, INPUTS + horizon - 1 :]

    if kind == "expanding":
        folds = list(TimeSeriesSplit(FOLDS, gap=horizon - 1).split(np.empty(count)))
    else:
        folds = []
        for train, validate in KFold(FOLDS).split(np.empty(count)):
            before = train < validate[0] - (horizon - 1)
            after = train > validate[-1] + INPUTS + horizon - 1
            folds.append((train[before | after], validate))
    return World(kind, draw, folds)


WORLDS = {
    "rows": rows(),
    "many rows": rows(1000),
    "classes": rows(metric="accuracy"),
    "expanding": series("expanding"),
    "slow": series("expanding", 0.95, 0.0),
    "near walk": series("expanding", 0.98, 0.0),
    "blocked": series("blocked"),
    "groups": groups(20),
    "few groups": groups(5),
}
