"""The statistics of a choice made by cross-validation.

E epochs, K folds, R repeats, J paired observations, M differences. The intervals of one family
cover their true values all at once, at the level asked for. `python -m benchmarks.simulation`
shows by simulation for which kinds of folds this holds.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Draws = NDArray[np.float32]
Codes = NDArray[np.int64]
Direction = str  # "maximize" or "minimize"

DRAWS = 2**15  # of the largest |t|
ALPHA = 0.05
TIE = 1e-6  # of the larger of two scores: what differs by less is a tie

WALK = 0.95  # correlation of a target with the step before, from which on it may be a random walk


def covers(fold_kind: str, persistence: float | None) -> bool:
    """Whether intervals over such folds cover, as the simulation showed; else they are descriptive.

    All did, in 0.95 or more, but those over expanding folds near a random walk: 0.93 at an
    autocorrelation of 0.95, 0.86 at 0.98 (300 steps).
    """
    return fold_kind != "expanding" or (persistence or 0.0) < WALK


def tie(first: float, second: float) -> bool:
    """Whether two scores are as good as equal, whatever their unit."""
    return math.isclose(first, second, rel_tol=TIE)


def corrected_standard_error(scores: Sequence[float], ratio: float) -> float:
    """Standard error of the mean of J fold scores whose training parts overlap.

    sqrt((1/J + ratio) * var), where var is the variance with J - 1 degrees of freedom and ratio
    is n_validate / n_train: the corrected resampled t of Nadeau & Bengio 2003, section 3. The
    plain sqrt(var / J) is too small, since folds share their training data.
    """
    variance = np.var(np.asarray(scores, dtype=np.float64), ddof=1)
    return float(np.sqrt((1 / len(scores) + ratio) * variance))


def chosen_epochs(metric: ArrayLike, loss: ArrayLike, direction: Direction) -> NDArray[np.int64]:
    """For each fold the best epoch, from 0, of the mean over the other folds. (K,)

    metric, loss: (E, K), the epochs that all folds reached. Ties go to the lower mean loss of the
    others, then to the earlier epoch. A fold without others, the holdout's, has the last one. A
    leading axis of both is carried along.
    """
    metric, loss = np.asarray(metric, np.float64), np.asarray(loss, np.float64)
    if metric.shape[-1] == 1:
        return np.full((*metric.shape[:-2], 1), metric.shape[-2] - 1)
    turned = -metric if direction == "maximize" else metric
    chosen = []
    for fold in range(metric.shape[-1]):
        mean = np.delete(turned, fold, axis=-1).mean(-1)
        best = np.isclose(mean, mean.min(-1, keepdims=True), rtol=1e-12, atol=0)
        others = np.delete(loss, fold, axis=-1).mean(-1)
        chosen.append(np.where(best, others, np.inf).argmin(-1))
    return np.stack(chosen, axis=-1)


def observations(scores: ArrayLike, redrawn: bool) -> Array:
    """The J observations of a configuration with the scores (R, K).

    redrawn: each repeat drew folds of its own, J = R * K. Else J = K, the means over the repeats:
    another fit on the same folds is no new observation of the data.
    """
    scores = np.asarray(scores, np.float64)
    return scores.reshape(-1) if redrawn else scores.mean(0)


@dataclass(frozen=True)
class Difference:
    """Mean paired difference of two configurations, positive where the first is better.

    low, high: its interval, of all at once or its own; infinite where one observation is all there
    is.
    """

    mean: float
    low: float
    high: float
    standard_error: float

    @property
    def turned(self) -> Difference:
        """The second minus the first."""
        return Difference(-self.mean, -self.high, -self.low, self.standard_error)

    def within(self, most: float) -> Difference:
        """Of scores that are at most so far apart; an infinite interval stays one."""
        if not np.isfinite([self.low, self.high]).all():
            return self
        return replace(self, low=max(self.low, -most), high=min(self.high, most))


def simultaneous(
    differences: ArrayLike, ratio: float, level: float = 1 - ALPHA, *, count: int | None = None
) -> list[Difference]:
    """Intervals of M paired differences (M, J) that cover all at once with probability `level`.

    The corrected standard error, J - 1 degrees of freedom, and the quantile of the largest |t|
    under normal differences of the correlation seen (Dunnett 1955, paired). Each t has a variance
    of its own, as here: the multivariate t, in which all share one, covered in 0.91 instead of
    0.95 with 5 folds and 6 rates, and in 0.85 with 3 folds.

    count: the number of observations to reckon with in place of J, mean and variance as they are.
    Differences that are all 0 have the interval [0, 0]. Where all J are equal but not 0, their
    spread is taken as if one more were 0: a few equal scores prove little.
    """
    differences = np.asarray(differences, np.float64)
    if not len(differences):
        return []
    count = count or differences.shape[1]
    mean = differences.mean(1)
    if differences.shape[1] == 1:
        return [Difference(float(m), -np.inf, np.inf, np.inf) for m in mean]
    spread = differences.std(1, ddof=1)
    flat = spread <= 1e-9 * np.abs(differences).max(1)
    spread = np.where(flat, np.abs(mean) / np.sqrt(differences.shape[1] + 1), spread)
    error = np.sqrt(1 / count + ratio) * spread
    varied = differences[~flat]
    half = _largest_t(varied.tobytes(), len(varied), count - 1, level) * error
    table = np.stack([mean, mean - half, mean + half, error], axis=1)
    return [Difference(*row) for row in table.tolist()]


def against(
    scores: Mapping[Hashable, Array],
    references: Sequence[Hashable],
    direction: Direction,
    ratio: float,
    level: float = 1 - ALPHA,
    *,
    count: int | None = None,
) -> dict[tuple[Hashable, Hashable], Difference]:
    """One family of all differences (label, reference), label minus reference.

    scores: (J,) of each configuration, paired. Whichever label is picked by these scores, and
    whichever of the references it is held against, has been paid for.
    """
    pairs = [(label, other) for other in references for label in scores if label != other]
    found = simultaneous(_paired(scores, pairs, direction), ratio, level, count=count)
    return dict(zip(pairs, found, strict=True))


def from_best(
    scores: Mapping[Hashable, Array],
    best: Hashable,
    direction: Direction,
    ratio: float,
    level: float = 1 - ALPHA,
) -> dict[Hashable, Difference]:
    """Best minus every other label, with the largest |t| over all pairs of labels (Tukey's family).

    So it also holds for a best one that was picked by these scores. Where an interval contains 0,
    the label is not told apart from the best.
    """
    others = [label for label in scores if label != best]
    pairs = [(best, label) for label in others] + list(combinations(others, 2))
    found = simultaneous(_paired(scores, pairs, direction), ratio, level)
    return dict(zip(others, found, strict=False))


def least_variance(variance: ArrayLike, apart: ArrayLike, step: float) -> Array:
    """What variance a true difference of 1 needs at least, a smaller one its share of it. (M,)

    Contributions that change by steps differ somewhere if their means do: few that do prove little.
    variance: of the mean difference; apart: the mean absolute one; step: what one example that is
    judged otherwise changes of the mean. As much variance for what is apart as was seen, with one
    step more seen than there was. 0 without a step.
    """
    apart = np.asarray(apart, np.float64)
    if not step:
        return np.zeros_like(apart)
    return (np.asarray(variance, np.float64) + step**2) / (apart + step)


def farthest(mean: ArrayLike, reach: ArrayLike) -> Array:
    """The largest true difference x that lets a mean (M,) be seen: (x - mean)² = 2 reach x.

    reach: half the squared quantile times the least variance. A score interval in the manner of
    Wilson 1927, for paired shares Tango 1998. Where there is no such x, the mean.
    """
    mean, reach = np.asarray(mean, np.float64), np.asarray(reach, np.float64)
    inner = reach * (reach + 2 * mean)
    return np.where(inner >= 0, mean + reach + np.sqrt(np.maximum(inner, 0.0)), mean)


def level_of_look(look: int) -> float:
    """Level of the intervals at look 1, 2, ...: each further look has half the error of the last.

    All looks together err in at most 10 %.
    """
    return 1 - ALPHA * price_of_look(look)


def price_of_look(look: int) -> float:
    """The share of the error that look 1, 2, ... may spend."""
    return float(0.5 ** (look - 1))


def smallest_effect(metric_bounded: bool, rate0_mean: float) -> float:
    """U, the smallest effect worth having: 0.01 where 1 bounds the metric, else 1 % of rate 0."""
    return 0.01 if metric_bounded else 0.01 * abs(rate0_mean)


def _paired(
    scores: Mapping[Hashable, Array],
    pairs: Sequence[tuple[Hashable, Hashable]],
    direction: Direction,
) -> Array:
    """(M, J) first minus second of each pair, turned so that positive is better; a tie is 0."""
    sign = 1.0 if direction == "maximize" else -1.0
    return sign * np.array([_minus(scores[first], scores[second]) for first, second in pairs])


def _minus(first: Array, second: Array) -> Array:
    larger = np.maximum(np.abs(first), np.abs(second))
    return np.where(np.abs(first - second) <= TIE * larger, 0.0, first - second)


@lru_cache(maxsize=64)
def _largest_t(values: bytes, rows: int, degrees: int, level: float) -> float:
    """Quantile of the largest |t| with the correlation of differences (M, J), none constant.

    values, rows: the differences, as a report asks for them again and again, and M.
    """
    from scipy.stats import t

    if rows:
        differences = np.frombuffer(values).reshape(rows, -1)
        centred = differences - differences.mean(1, keepdims=True)
        left, size, _ = np.linalg.svd(
            centred / np.linalg.norm(centred, axis=1, keepdims=True), full_matrices=False
        )
        root = (left * size)[:, size > 1e-7 * size[0]]  # root @ root.T is the correlation
        root = root.astype(np.float32)  # three times as fast; the draws decide the third digit
        if root.shape[1] > 1:
            normal, factor = _points(root.shape[1], degrees)
            variance = sum(np.square(root[:, k:] @ column) for k, column in enumerate(factor))
            largest = (np.abs(root @ normal) / np.sqrt(variance)).max(0)
            return float(np.quantile(largest, level))
    return float(t.ppf((1 + level) / 2, degrees))


@lru_cache(maxsize=8)
def _points(rank: int, degrees: int) -> tuple[Draws, list[Draws]]:
    """DRAWS Sobol points as standard normals, and as covariances estimated with `degrees`.

    The normals are (rank, DRAWS). The covariances are given by the columns of their Bartlett
    factors (Bartlett 1933), lower triangles: column k is (rank - k, DRAWS).
    """
    from scipy.special import ndtri
    from scipy.stats import chi2
    from scipy.stats.qmc import Sobol

    below = rank * (rank + 1) // 2
    uniform = Sobol(rank + below, scramble=False).random(DRAWS).T + 0.5 / DRAWS
    chi = [np.sqrt(chi2.ppf(uniform[rank + k], degrees - k)) for k in range(rank)]
    normal = ndtri(uniform[2 * rank :])
    ends = np.cumsum(np.arange(rank - 1, -1, -1))
    parts = np.split(normal, ends[:-1])
    factor = [np.vstack([c, part]) / np.sqrt(degrees) for c, part in zip(chi, parts, strict=True)]
    return ndtri(uniform[:rank]).astype(np.float32), [f.astype(np.float32) for f in factor]
