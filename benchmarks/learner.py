"""The cheap learner of benchmarks.simulation: ridge regression by gradient descent, in closed form.

The penalty p / (1 - p) is what dropout at rate p does in expectation to inputs of unit variance
(Wager, Wang & Liang 2013). Sizes are numbers of inputs; each fit has a random start and noise of
its own, and in some worlds a share of the fits learns nothing.

D data sets, N rows, P inputs, C configurations, E epochs, K folds, L of the configurations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds import CONTRIBUTIONS, INPUTS, Array, World
from dropsearch.studies.intervals.statistics import chosen_epochs

RATES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8)
SIZES = (4, 8, INPUTS)
SPEEDS = (0.03, 0.1)
STEPS = np.array([3, 10, 30, 80, 200])
POINTS = list(product(SIZES, RATES, SPEEDS))
RATE = np.array([rate for _, rate, _ in POINTS])
NOISE = 3  # useless inputs of each rate in an exchangeable world
HIGH = 0.35  # from which rate on fits fail, where some do


@dataclass(frozen=True)
class Fits:
    """All configurations at all epochs, fitted once on the K folds of D data sets.

    order: (D, N), the rows as they were drawn into the folds; weights: (D, K, P, C, E).
    """

    world: World
    x: Array
    y: Array
    order: NDArray[np.int64]
    weights: Array

    @cached_property
    def curves(self) -> tuple[Array, Array]:
        """Metric and loss, (D, C, E, K) each."""
        metric, loss = [], []
        for fold, (_, held) in enumerate(self.world.folds):
            weights = self.weights[:, fold]
            x, y = self.x[:, held], self.y[:, held]
            forecast = (x @ weights.reshape(*weights.shape[:2], -1)).swapaxes(1, 2)
            loss.append(np.square(forecast - y[:, None]).mean(-1).reshape(-1, *weights.shape[2:]))
            given = CONTRIBUTIONS[self.world.metric](forecast, y).mean(-1)
            metric.append(given.reshape(-1, *weights.shape[2:]))
        return np.stack(metric, -1), np.stack(loss, -1)

    @cached_property
    def epochs(self) -> NDArray[np.int64]:
        """(D, C, K), chosen on the other folds."""
        return chosen_epochs(*self.curves, self.world.direction)

    @cached_property
    def scores(self) -> Array:
        """(D, C, K) at the epochs chosen."""
        return np.take_along_axis(self.curves[0], self.epochs[:, :, None], axis=2)[:, :, 0]

    def scores_on(self, x: Array, y: Array) -> Array:
        """(D, C, K) on other data sets in place of those that were fitted."""
        found = []
        for fold, (_, held) in enumerate(self.world.folds):
            forecast = self._forecast(fold, x[:, held], np.arange(len(POINTS)))
            found.append(CONTRIBUTIONS[self.world.metric](forecast, y[:, held]).mean(-1))
        return np.stack(found, -1)

    def contributions(self, points: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64]]:
        """(D, L, N) of the configurations points (D, L), and the fold of each row (D, N)."""
        count, rows = self.order.shape
        given = np.zeros((count, points.shape[1], rows))
        member = np.full((count, rows), -1)
        for fold, (_, held) in enumerate(self.world.folds):
            forecast = self._forecast(fold, self.x[:, held], points)
            found = CONTRIBUTIONS[self.world.metric](forecast, self.y[:, held])
            own = self.order[:, held]
            np.put_along_axis(given, np.broadcast_to(own[:, None], found.shape), found, axis=2)
            np.put_along_axis(member, own, fold, axis=1)
        return given, member

    def _forecast(self, fold: int, x: Array, points: NDArray[np.int64]) -> Array:
        """(D, L, n)"""
        sets = np.arange(len(x))[:, None]
        weights = self.weights[sets, fold, :, points, self.epochs[sets, points, fold]]  # (D, L, P)
        return weights @ x.swapaxes(1, 2)


def draw(world: World, null: str, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    return world.draw(rng, count, NOISE * len(RATES) if null == "exchangeable" else 0)


def fit(
    world: World,
    null: str,
    x: Array,
    y: Array,
    rng: np.random.Generator,
    order: NDArray[np.int64] | None = None,
) -> Fits:
    """One repeat. null: "alike", the rates do nothing; "exchangeable", each has its own inputs.

    order: of other fits, for the same folds.
    """
    count, rows, inputs = x.shape
    if order is None:
        order = np.tile(np.arange(rows), (count, 1))
        order = rng.permuted(order, axis=1) if world.redrawn else order
    if world.redrawn:
        x, y = np.take_along_axis(x, order[..., None], 1), np.take_along_axis(y, order, 1)
    own = null == "exchangeable"
    block = len(SPEEDS) * (1 if own else len(RATES))  # configurations that share their inputs
    folds = len(world.folds)
    weights = np.zeros((count, folds, inputs, len(POINTS), len(STEPS)))
    for fold, (train, _) in enumerate(world.folds):
        inner = x[:, train].swapaxes(1, 2) / len(train)
        gram, slope = inner @ x[:, train], inner @ y[:, train, None]
        for start in range(0, len(POINTS), block):
            size, rate, _ = POINTS[start]
            columns = np.arange(size)
            if own:
                noise = INPUTS + NOISE * RATES.index(rate) + np.arange(NOISE)
                columns = np.concatenate([columns, noise])
            rates = RATE[start : start + block : len(SPEEDS)]
            penalty = 0 * rates if null else rates / (1 - rates)
            found = _descend(gram[:, columns[:, None], columns], slope[:, columns], penalty, rng)
            weights[:, fold, columns, start : start + block] = found
    if world.failing:
        failed = rng.random((count, folds, len(POINTS))) < world.failing
        failed &= bool(null) | (RATE >= HIGH)
        weights *= ~failed[:, :, None, :, None]
    return Fits(world, x, y, order, weights)


def _descend(gram: Array, slope: Array, penalty: Array, rng: np.random.Generator) -> Array:
    """Weights (D, P, penalties * SPEEDS, E) after STEPS of gradient descent, in closed form."""
    count, inputs = slope.shape[:2]
    size, basis = np.linalg.eigh(gram)
    curvature = size[:, :, None, None, None] + penalty[:, None, None]
    # Speeds are shares of the largest stable one: inputs in time are nearly collinear.
    speed = np.array(SPEEDS)[:, None] / curvature.max(axis=(1, 2), keepdims=True)
    goal = (basis.swapaxes(1, 2) @ slope)[..., None, None] / np.maximum(curvature, 1e-9)
    begin = 0.3 * rng.standard_normal((count, inputs, 1, 1, 1))  # common random numbers
    weights = goal + (1 - speed * curvature) ** STEPS * (begin - goal)
    weights += 0.03 * rng.standard_normal(weights.shape)  # and each fit's own
    shape = (count, inputs, len(penalty) * len(SPEEDS), len(STEPS))
    return (basis @ weights.reshape(count, inputs, -1)).reshape(shape)
