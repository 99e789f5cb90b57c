"""The holdout's scores, and how sure they are.

The claim is the risk of the networks that were scored, on data like the holdout: the examples held
out are the one source of chance, and their independent units are what it is counted in. n examples
held out, U units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.intervals.statistics import (
    ALPHA,
    TIE,
    WALK,
    Array,
    Difference,
    Direction,
    farthest,
    least_variance,
)
from dropsearch.studies.intervals.units import IN_TIME, blocks, count_of, units_of, widening_of

LEVEL = 1 - ALPHA


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Held:
    """The holdout's score of one configuration.

    interval: of the score, at LEVEL. over: the recommended one's minus this one's, as in
    statistics.Difference. Both are None where what each example contributed is not there, and where
    all examples are one unit; over also of the recommended one. units: U, 0 where not known.
    """

    place: int
    score: float
    epochs: int
    interval: Interval | None = None
    over: Difference | None = None
    units: int = 0


@dataclass(frozen=True, eq=False)
class Units:
    """Which unit, from 0, each example belongs to. (n,)

    widening: of variances, since units of time have targets in common.
    """

    code: NDArray[np.int64]
    widening: float = 1.0

    @property
    def count(self) -> int:
        return int(self.code.max(initial=-1)) + 1

    def standard_error(self, values: Array) -> float:
        """Of the mean of values (n,), with U - 1 degrees of freedom; U is two at least."""
        pulled = np.bincount(self.code, values - values.mean(), self.count)
        freed = self.count / (self.count - 1)
        return float(np.sqrt(pulled @ pulled * freed * self.widening)) / len(values)

    @property
    def quantile(self) -> float:
        """How many standard errors an interval at LEVEL reaches to either side."""
        from scipy.special import stdtrit

        return float(stdtrit(self.count - 1, 1 - ALPHA / 2))


def units_held(
    fold_kind: str, unit: NDArray[np.int64], horizon: int, persistence: float | None
) -> Units:
    """unit: (n,) as of a Split. In time blocks of whole steps, none shorter than the horizon.

    Near a random walk (persistence, of the target) all of the time is one unit.
    """
    walks = (persistence or 0.0) >= WALK
    if fold_kind in IN_TIME and (walks or count_of(len(np.unique(unit)), horizon) == 1):
        return Units(blocks(unit, 1))
    return Units(units_of(fold_kind, unit, horizon), widening_of(fold_kind, unit, horizon))


def interval(
    score: float, contribution: Array, units: Units, *, hits: bool, bounded: bool
) -> Interval | None:
    """Of a score, the mean of contributions (n,). None where nothing tells how sure it is.

    That is so with one unit, and where all contribute the same. hits: contributions are 1 or 0, a
    share of examples, which has Wilson's score interval where each is a unit by itself, and where
    all are 1 or all 0: then each unit counts as one. bounded: scores lie between 0 and 1.
    """
    if units.count < 2:
        return None
    alike = contribution.min() == contribution.max()
    if hits and (alike or units.count == len(contribution)):
        from scipy.stats import binomtest

        found = binomtest(round(score * units.count), units.count)
        return Interval(*map(float, found.proportion_ci(LEVEL, method="wilson")))
    if alike:
        return None
    half = units.quantile * units.standard_error(contribution)
    least = 0.0 if bounded or contribution.min() >= 0 else -np.inf
    return Interval(max(score - half, least), min(score + half, 1.0 if bounded else np.inf))


def difference(
    first: Array, second: Array, units: Units, direction: Direction, step: float = 0.0
) -> Difference | None:
    """First minus second, both contributions (n,) of the same examples, positive is better.

    None with one unit. Where all examples differ by as much the spread is taken as if one more unit
    did not, and where contributions change by a step few that differ prove little, as in
    crossed.py.
    """
    if units.count < 2:
        return None
    gains = first - second if direction == "maximize" else second - first
    mean, size = float(gains.mean()), max(abs(first.mean()), abs(second.mean()))
    error = units.standard_error(gains)
    least = least_variance(error**2, np.abs(gains).mean(), step / len(gains))
    if error <= 1e-9 * size:
        mean = 0.0 if abs(mean) <= TIE * size else mean
        error = max(abs(mean) / float(np.sqrt(units.count + 1)), step / len(gains))
    half = units.quantile * error
    reach = units.quantile**2 * least / 2
    low = min(mean - half, -float(farthest(-mean, reach)))
    return Difference(mean, low, max(mean + half, float(farthest(mean, reach))), error)
