"""The crossed variance of scores by cross-validation: examples and fits as two sources.

Each example is validated once in every repeat, by the fit of its fold. What the examples vary and
what the fits (their seeds, their draw of folds) vary add up. The claim is the mean over data sets
of this kind and size, as in statistics.py. `python -m benchmarks.simulation` shows where it holds.

C configurations, R repeats, N examples, K folds, U units, M differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dropsearch.studies.intervals.statistics import (
    ALPHA,
    DRAWS,
    TIE,
    Array,
    Codes,
    Difference,
    Direction,
    Draws,
    farthest,
    least_variance,
)

LEARNING = 5.0  # over the units, the variance over data sets of a difference of 1 that is there


@dataclass(frozen=True)
class Crossed:
    """C means, and the covariance (C, C) of their errors that examples and fits make.

    residual: (C, C), what an example in a fit has of its own, which both count. apart: (C, C), by
    how much the contributions of two differ in the mean, whichever is larger; of differences (M, M)
    it is their own, and of a mean alone infinite. size: (C,), what the means are compared with to
    see whether two are a tie. units: U, independent parts of the data; folds, repeats: K and R of
    the fits. step: what one example that is judged otherwise changes of a mean, 0 for scores that
    change by any amount. redrawn: whether each repeat drew folds of its own. learning: of
    differences, see `simultaneous`; of means 0.
    """

    mean: Array
    examples: Array
    fits: Array
    residual: Array
    apart: Array
    size: Array
    units: int
    folds: int
    repeats: int
    step: float = 0.0
    redrawn: bool = False
    learning: float = 0.0

    @property
    def standard_error(self) -> Array:
        """(C,); where nothing varies, a step."""
        return np.where(self.flat, self.step, np.sqrt(np.maximum(self._variance, 0.0)))

    @property
    def flat(self) -> NDArray[np.bool_]:
        """(C,) whether no example and no fit tells how sure a mean is."""
        return self._variance <= (1e-9 * self.size) ** 2

    @property
    def _variance(self) -> Array:
        return np.diag(self.examples) + np.diag(self.fits)

    @property
    def least(self) -> Array:
        """(C,), see statistics.py."""
        return least_variance(self._variance, np.diag(self.apart), self.step)

    @property
    def degrees(self) -> Array:
        """(C,) degrees of freedom by Satterthwaite, at most the U - 1 of the examples.

        Without the cap, few units that happen to agree seem to be as sure as the many fits.
        """
        examples, fits = np.diag(self.examples), np.diag(self.fits)
        own = self.folds * (self.repeats - 1) or self.folds - 1
        spread = examples**2 / (self.units - 1) + fits**2 / own
        found = (examples + fits) ** 2 / np.where(spread > 0, spread, 1.0)
        return np.minimum(found, self.units - 1.0)

    @property
    def fits_share(self) -> float:
        """The largest share of a variance that the fits make, of any of the C; 0 without any."""
        fits, both = np.diag(self.fits), np.diag(self.examples) + np.diag(self.fits)
        return float(np.max(fits / np.where(both > 0, both, 1.0), initial=0.0))

    def foreseen(self, repeats: int | None = None, *, more: float = 1.0) -> Crossed:
        """The same means with as many repeats, and `more` times the examples, of the same kind.

        The fits' part falls as 1 / R and the examples' as 1 / N; the residual, in both, as either.
        """
        count = repeats or self.repeats
        rest, left = 1 / more, self.repeats / count
        return replace(
            self,
            examples=_scaled(self.examples, self.residual, rest, rest * left),
            fits=_scaled(self.fits, self.residual, left, rest * left),
            residual=self.residual * rest * left,
            step=self.step * rest,
            learning=self.learning * rest,
            units=max(round(self.units * more), 2),
            repeats=count,
        )

    def widened(self, times: float) -> Crossed:
        """The same means, what the examples vary `times` as large."""
        return replace(self, examples=self.examples * times)

    def only(self, places: Sequence[int]) -> Crossed:
        """These of the C configurations, in their order."""
        own, square = np.array(places), np.ix_(places, places)
        return replace(
            self,
            mean=self.mean[own],
            examples=self.examples[square],
            fits=self.fits[square],
            residual=self.residual[square],
            apart=self.apart[square],
            size=self.size[own],
        )

    def differences(self, pairs: Sequence[tuple[int, int]], direction: Direction) -> Crossed:
        """The M differences first minus second, turned so that positive is better."""
        first, second = np.array(pairs, np.int64).reshape(-1, 2).T
        sign = 1.0 if direction == "maximize" else -1.0
        contrast = sign * (np.eye(len(self.mean))[first] - np.eye(len(self.mean))[second])
        return replace(
            self,
            mean=contrast @ self.mean,
            examples=contrast @ self.examples @ contrast.T,
            fits=contrast @ self.fits @ contrast.T,
            residual=contrast @ self.residual @ contrast.T,
            apart=np.diag(self.apart[first, second]),
            size=np.maximum(self.size[first], self.size[second]),
            learning=LEARNING / self.units if self.redrawn else 0.0,
        )


def crossed(
    contributions: ArrayLike,
    fold: ArrayLike,
    unit: ArrayLike,
    ratio: float = 0.0,
    step: float = 0.0,
    widening: float = 1.0,
) -> Crossed:
    """Means and crossed variance of C configurations on the same fits' folds and seeds.

    contributions: (C, R, N), what each example adds to the score of its fold, whose mean is the
    score of the fold. fold: (R, N), its number from 0, -1 for examples that are never validated.
    unit: (N,), which independent part of the data an example belongs to, two at least. ratio:
    n_validate / n_train where all repeats have the same folds, 0 where each draws its own. step: of
    a contribution, where one example that is judged otherwise changes by as much; else 0. widening:
    of the examples' part, since units have something in common.

    The examples' part is the variance over units of the mean over repeats, the fits' part that of
    each fit's mean deviation from it, R / (R - 1) for its own share in it. With one repeat the fits
    cannot be told from the examples that they are scored on: then it is the variance of the folds'
    scores, which counts the examples twice. Where the folds stay, no fit's deviation shows what its
    training part does: the examples' part is then 1 + ratio as large, in the manner of the
    corrected resampled t.
    """
    fold, unit = np.asarray(fold), np.asarray(unit)
    kept = fold[0] >= 0
    values = np.asarray(contributions, np.float64)[:, :, kept]
    fold, (names, unit) = fold[:, kept], np.unique(unit[kept], return_inverse=True)
    repeats, folds, units = len(fold), int(fold.max()) + 1, len(names)

    score, size = _by_fold(values, fold, folds)
    mean = score.mean((1, 2))

    share = np.take_along_axis(1 / (repeats * folds * size), fold, axis=1)  # in the mean, (R, N)
    pulled = np.einsum("crn,rn->cn", values - mean[:, None, None], share)
    by_unit = np.array([np.bincount(unit, row, units) for row in pulled], np.float64)
    examples = _square(by_unit) * units / (units - 1) * (1 + ratio) * widening

    if repeats > 1:
        usual = values - values.mean(1, keepdims=True)  # of an example, what the fit changes
        off, _ = _by_fold(usual, fold, folds)
        rest = usual - np.take_along_axis(off, np.broadcast_to(fold, usual.shape), axis=2)
        own = repeats / (repeats - 1)
        fits = _square(off.reshape(len(mean), -1)) / (repeats * folds) ** 2 * own
        residual = _square(rest.reshape(len(mean), -1)) / (fold.size - repeats * folds)
        residual *= own / fold.size
    else:
        fits = _square(score[:, 0] - mean[:, None]) / (folds * (folds - 1))
        residual = np.zeros_like(fits)
    apart = np.full_like(fits, np.inf)
    if step:
        apart = np.stack([np.einsum("crn,rn->c", np.abs(values - one), share) for one in values])
        np.fill_diagonal(apart, np.inf)
    one = step / fold.shape[1]
    counts = units, folds, repeats
    return Crossed(mean, examples, fits, residual, apart, np.abs(mean), *counts, one, ratio == 0)


def _by_fold(values: Array, fold: Codes, folds: int) -> tuple[Array, Array]:
    """The means (C, R, K) of values (C, R, N), and the sizes (R, K) of the folds (R, N)."""
    size = np.array([np.bincount(own, minlength=folds) for own in fold], np.float64)
    total = [
        [np.bincount(own, row, folds) for own, row in zip(fold, one, strict=True)] for one in values
    ]
    return np.array(total, np.float64) / size, size


def simultaneous(found: Crossed, level: float = 1 - ALPHA) -> list[Difference]:
    """Intervals of M differences that cover all at once with probability `level`.

    The quantile of the largest |t|, joined by normals of the correlation of the differences, with
    the degrees of freedom that each has. Where contributions change by steps, few examples that
    are judged otherwise prove little: an interval ends at the difference that could have left as
    few (`least_variance`). Else differences that are all 0 have the interval [0, 0]; where they
    are all equal but not 0 the spread is taken as if one more unit were 0.

    What networks learn from the examples varies a difference, too, by a share of its size, and
    new folds of the same examples show nothing of that: where the interval keeps clear of 0, the
    square of what is between counts `learning` times as variance. Whether it does stays as it was.
    """
    return _intervals(found, _level_of_each(found, level))


def each(found: Crossed, level: float = 1 - ALPHA) -> list[Difference]:
    """Intervals of M differences, each of which covers with probability `level`."""
    return _intervals(found, level)


def _square(rows: Array) -> Array:
    return rows @ rows.T


def _scaled(covariance: Array, residual: Array, most: float, least: float) -> Array:
    """`least` of a covariance (C, C), and `most` of what in it is no residual."""
    size, basis = np.linalg.eigh(covariance - residual)
    own = (basis * np.maximum(size, 0.0)) @ basis.T
    return least * covariance + (most - least) * own


def _intervals(found: Crossed, level: float) -> list[Difference]:
    from scipy.special import stdtrit

    tied = np.abs(found.mean) <= TIE * found.size
    flat = found.flat
    mean = np.where(tied & flat, 0.0, found.mean)
    alike = np.maximum(np.abs(mean) / np.sqrt(found.units + 1), found.step)
    error = np.where(flat, alike, found.standard_error)
    quantile = stdtrit(np.where(flat, found.units - 1, found.degrees), (1 + level) / 2)
    sure = np.maximum(np.abs(mean) - quantile * error, 0.0)
    error = np.sqrt(error**2 + np.minimum(found.learning, quantile**-2.0) * sure**2)
    half, reach = quantile * error, quantile**2 * found.least / 2
    low = np.minimum(mean - half, -farthest(-mean, reach))
    high = np.maximum(mean + half, farthest(mean, reach))
    table = np.stack([mean, low, high, error], axis=1)
    return [Difference(*row) for row in table.tolist()]


def _level_of_each(found: Crossed, level: float) -> float:
    """The level at which M intervals have to cover by themselves so that all do at once."""
    from scipy.special import ndtr

    error = found.standard_error
    moving = error > 1e-9 * found.size
    if moving.sum() < 2:
        return level
    error = error[moving]
    covariance = (found.examples + found.fits)[np.ix_(moving, moving)]
    correlation = covariance / np.outer(error, error)
    np.fill_diagonal(correlation, 1.0)  # where nothing varies, a step that no other shares
    size, basis = np.linalg.eigh(correlation)
    root = (basis * np.sqrt(np.maximum(size, 0)))[:, size > 1e-7 * size[-1]].astype(np.float32)
    largest = np.abs(root @ _normals(root.shape[1])).max(0)
    return float(2 * ndtr(np.quantile(largest, level)) - 1)


@lru_cache(maxsize=32)
def _normals(rank: int) -> Draws:
    """(rank, DRAWS) Sobol points as standard normals."""
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    uniform = Sobol(rank, scramble=False).random(DRAWS).T + 0.5 / DRAWS
    return ndtri(uniform).astype(np.float32)
