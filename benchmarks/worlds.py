"""Data sets of known origin, for benchmarks.simulation.

D data sets, N rows, n of them in a fold, K folds, L configurations. Every input has unit variance;
INPUTS of them may be of use, further ones are noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit

from dropsearch.studies.intervals.statistics import Direction

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Folds = list[tuple[Codes, Codes]]

INPUTS = 12
FOLDS = 5


@dataclass(frozen=True)
class World:
    """A source of data sets and how they are cut into folds (training rows, validation rows).

    draw: (generator, D, noise inputs) -> inputs (D, N, INPUTS + noise), target (D, N). group:
    (N,), the independent parts of the data. step: (N,), the time of each row, where rows are
    windows. metric: of CONTRIBUTIONS; the target is -1 or 1 for all but rmse. failing: the share of
    fits that learn nothing. rarer: the share of the rarer of two classes. horizon: how many steps
    ahead the target lies, with which windows that follow each other share their steps.
    """

    kind: str
    draw: Callable[[np.random.Generator, int, int], tuple[Array, Array]]
    folds: Folds
    group: Codes
    step: Codes | None = None
    metric: str = "rmse"
    failing: float = 0.0
    rarer: float = 0.5
    horizon: int = 1

    @property
    def redrawn(self) -> bool:
        return self.kind == "kfold"

    @property
    def direction(self) -> Direction:
        return "minimize" if self.metric == "rmse" else "maximize"

    @property
    def ratio(self) -> float:
        train, validate = np.mean([(len(t), len(v)) for t, v in self.folds], axis=0)
        return float(validate / train)

    @property
    def step_of_score(self) -> float:
        """As in the summary of a study: by how much a contribution changes at least."""
        if self.metric == "rmse":
            return 0.0
        return 1.0 if self.metric == "accuracy" else 0.5 / self.rarer

    def autocorrelation(self, inputs: Array) -> Array:
        """(D, 5) from lag 0 on, of the series that inputs (D, N, P) are windows of; else (D, 0)."""
        if self.step is None or len(self.step) != len(np.unique(self.step)):
            return np.empty((len(inputs), 0))
        newest = inputs[:, :, 0] - inputs[:, :, 0].mean(1, keepdims=True)
        steps = newest.shape[1]
        sums = [(newest[:, lag:] * newest[:, : steps - lag]).sum(1) for lag in range(5)]
        return np.stack(sums, axis=1) / sums[0][:, None]


def rows(size: int = 120, metric: str = "rmse", bias: float = 0.0, failing: float = 0.0) -> World:
    """Independent rows; half of the target's variance, or less, is explained.

    bias: what is taken off the target before its sign, where classes are asked for.
    """

    def draw(rng: np.random.Generator, count: int, noise: int) -> tuple[Array, Array]:
        inputs = rng.standard_normal((count, size, INPUTS + noise))
        target = 0.2 * inputs[..., :INPUTS].sum(-1) + rng.standard_normal((count, size))
        return inputs, target if metric == "rmse" else np.sign(target - bias)

    folds = list(KFold(FOLDS).split(np.empty(size)))
    rarer = float(norm.sf(bias / np.sqrt(1 + 0.2**2 * INPUTS)))
    return World("kfold", draw, folds, np.arange(size), None, metric, failing, rarer)


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

    return World(
        "group", draw, list(GroupKFold(FOLDS).split(np.empty(size), groups=member)), member
    )


HORIZON = 3
BURN = 500


def series(
    kind: str,
    first: float = 1.3,
    second: float = -0.5,
    steps: int = 300,
    horizon: int = HORIZON,
) -> World:
    """Windows of a series x_t = first x_t-1 + second x_t-2 + shock, `horizon` steps ahead.

    Folds in time, expanding or blocked, purged by the rule of docs/folds.md.
    """
    count = steps - INPUTS - horizon + 1

    def draw(rng: np.random.Generator, number: int, noise: int) -> tuple[Array, Array]:
        seen, target = _windows(_walk(rng, (number,), steps, first, second), horizon)
        other = _walk(rng, (number, noise), steps, first, second)[..., INPUTS - 1 :][..., :count]
        return np.concatenate([seen, other.swapaxes(1, 2)], axis=2), target

    if kind == "expanding":
        folds = list(TimeSeriesSplit(FOLDS, gap=horizon - 1).split(np.empty(count)))
    else:
        folds = []
        for train, validate in KFold(FOLDS).split(np.empty(count)):
            before = train < validate[0] - (horizon - 1)
            after = train > validate[-1] + INPUTS + horizon - 1
            folds.append((train[before | after], validate))
    group, step = np.zeros(count, np.int64), np.arange(count)
    return World(kind, draw, folds, group, step, horizon=horizon)


def many_series(kind: str, number: int = 8, steps: int = 80, shared: float = 0.5) -> World:
    """Windows of several series of the kind above, each with slopes of its own.

    shared: the share of the shocks' variance that all series have in common. Folds are expanding,
    cut at one time for all, or hold out whole series.
    """
    count = steps - INPUTS - HORIZON + 1
    step, member = np.repeat(np.arange(count), number), np.tile(np.arange(number), count)

    def draw(rng: np.random.Generator, sets: int, noise: int) -> tuple[Array, Array]:
        first = rng.uniform(0.9, 1.4, (sets, number))
        common = rng.standard_normal((sets, 1, BURN + steps))
        shocks = rng.standard_normal((sets, number, BURN + steps))
        shocks = np.sqrt(shared) * common + np.sqrt(1 - shared) * shocks
        walked = np.empty((sets, number, steps))
        for place in np.ndindex(sets, number):
            slopes = float(first[place]), -0.5
            walked[place] = _filtered(shocks[place], *slopes)
        seen, target = _windows(walked)  # (sets, number, count, INPUTS)
        seen = np.concatenate([seen, rng.standard_normal((*seen.shape[:3], noise))], axis=3)
        flat = seen.swapaxes(1, 2).reshape(sets, count * number, -1)
        return flat, target.swapaxes(1, 2).reshape(sets, -1)

    if kind == "expanding":
        cuts = TimeSeriesSplit(FOLDS, gap=HORIZON - 1).split(np.empty(count))
        folds = [tuple(np.flatnonzero(np.isin(step, part)) for part in cut) for cut in cuts]
    else:
        folds = list(GroupKFold(FOLDS).split(np.empty(len(step)), groups=member))
    return World(kind, draw, folds, member, step, horizon=HORIZON)  # type: ignore[arg-type]


def _walk(
    rng: np.random.Generator, shape: tuple[int, ...], steps: int, first: float, second: float
) -> Array:
    return _filtered(rng.standard_normal((*shape, BURN + steps)), first, second)


def _filtered(shocks: Array, first: float, second: float) -> Array:
    """(..., steps) of unit variance."""
    memory = first / (1 - second)  # the first autocorrelation, by Yule and Walker
    scale = np.sqrt((1 - second**2) * (1 - memory**2))
    return lfilter([1.0], [1.0, -first, -second], scale * shocks)[..., BURN:]


def _windows(walked: Array, horizon: int = HORIZON) -> tuple[Array, Array]:
    """Inputs (..., count, INPUTS), newest first, and targets (..., count) of series (..., T)."""
    seen = np.lib.stride_tricks.sliding_window_view(walked, INPUTS, axis=-1)[..., :-horizon, ::-1]
    return seen, walked[..., INPUTS + horizon - 1 :]


# What each example adds to the score of its fold: forecast (D, L, n), target (D, n) -> (D, L, n),
# whose mean is the score. Scores that are no means have the jackknife's pseudo-values.


def _root(forecast: Array, target: Array) -> Array:
    square = np.square(forecast - target[:, None])
    score = np.sqrt(square.mean(-1, keepdims=True))
    return score + (square - score**2) / (2 * score)


def _accuracy(forecast: Array, target: Array) -> Array:
    return (np.sign(forecast) == target[:, None]).astype(float)


def _balanced(forecast: Array, target: Array) -> Array:
    """The mean recall of the classes that are there."""
    right = _accuracy(forecast, target)
    classes = [(target == label)[:, None].astype(float) for label in (-1, 1)]
    there = sum(mine.any(-1, keepdims=True).astype(float) for mine in classes)
    total = np.zeros_like(right)
    for mine in classes:
        share = mine.mean(-1, keepdims=True)
        recall = (right * mine).mean(-1, keepdims=True) / np.maximum(share, 1e-9)
        own = recall + (right - recall) * mine * _left_out(mine)
        total += own * (share > 0) / there
    return total


def _area(forecast: Array, target: Array) -> Array:
    """The placements of each example among those of the other class (LeDell et al. 2015)."""
    above = np.sign(forecast[..., :, None] - forecast[..., None, :]) / 2 + 0.5  # (D, L, n, n)
    high = (target > 0)[:, None].astype(float)
    low = 1 - high
    above_low = (above * low[..., None, :]).sum(-1) / low.sum(-1, keepdims=True)
    below_high = ((1 - above) * high[..., None, :]).sum(-1) / high.sum(-1, keepdims=True)
    score = (above_low * high).sum(-1, keepdims=True) / high.sum(-1, keepdims=True)
    placed = (above_low - score) * high * _left_out(high)
    return score + placed + (below_high - score) * low * _left_out(low)


def _left_out(mine: Array) -> Array:
    """How much an example of a class weighs by the jackknife: mine (..., n) -> (..., 1)."""
    return (mine.shape[-1] - 1) / np.maximum(mine.sum(-1, keepdims=True) - 1, 1)


CONTRIBUTIONS: dict[str, Callable[[Array, Array], Array]] = {
    "rmse": _root,
    "accuracy": _accuracy,
    "balanced accuracy": _balanced,
    "auroc": _area,
}

WORLDS = {
    "rows": rows(),
    "many rows": rows(1000),
    "classes": rows(metric="accuracy"),
    "rare class": rows(metric="balanced accuracy", bias=0.8),
    "ranked": rows(metric="auroc"),
    "failing": rows(failing=0.2),
    "seldom failing": rows(failing=0.05),
    "many rows failing": rows(1000, failing=0.1),
    "expanding": series("expanding"),
    "lasting": series("expanding", 0.85, 0.0),
    "slow": series("expanding", 0.95, 0.0),
    "near walk": series("expanding", 0.98, 0.0),
    "blocked": series("blocked"),
    "slow blocked": series("blocked", 0.95, 0.0),
    "far": series("expanding", 0.5, 0.0, 1000, horizon=24),
    "far blocked": series("blocked", 0.5, 0.0, horizon=24),
    "too far": series("expanding", 0.5, 0.0, horizon=24),
    "groups": groups(20),
    "few groups": groups(5),
    "many series": many_series("expanding"),
    "series held out": many_series("group", shared=0.0),
}
