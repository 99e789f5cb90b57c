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
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dropsearch.studies.intervals.statistics import (
    ALPHA,
    DRAWS,
    TIE,
    WALK,
    Array,
    Difference,
    Direction,
    Draws,
)

Codes = NDArray[np.int64]

BLOCKS = 10  # units of time
LONG = 40  # memories that a series has to last, see basis_of
SLOW = 0.9  # correlation of a target with the step before, from which on contributions say too much

Basis = Literal["contributions", "fold scores", "nothing"]


@dataclass(frozen=True)
class Crossed:
    """C means, and the covariance (C, C) of their errors that examples and fits make.

    residual: (C, C), what an example in a fit has of its own, which both count. size: (C,), what
    the means are compared with to see whether two are a tie. units: U, independent parts of the
    data; folds, repeats: K and R of the fits.
    """

    mean: Array
    examples: Array
    fits: Array
    residual: Array
    size: Array
    units: int
    folds: int
    repeats: int

    @property
    def standard_error(self) -> Array:
        """(C,)"""
        return np.sqrt(np.maximum(np.diag(self.examples) + np.diag(self.fits), 0.0))

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
            units=max(round(self.units * more), 2),
            repeats=count,
        )

    def only(self, places: Sequence[int]) -> Crossed:
        """These of the C configurations, in their order."""
        own, square = np.array(places), np.ix_(places, places)
        return replace(
            self,
            mean=self.mean[own],
            examples=self.examples[square],
            fits=self.fits[square],
            residual=self.residual[square],
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
            size=np.maximum(self.size[first], self.size[second]),
        )


def crossed(
    contributions: ArrayLike, fold: ArrayLike, unit: ArrayLike, ratio: float = 0.0
) -> Crossed:
    """Means and crossed variance of C configurations on the same fits' folds and seeds.

    contributions: (C, R, N), what each example adds to the score of its fold, whose mean is the
    score of the fold. fold: (R, N), its number from 0, -1 for examples that are never validated.
    unit: (N,), which independent part of the data an example belongs to, two at least. ratio:
    n_validate / n_train where all repeats have the same folds, 0 where each draws its own.

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
    examples = _square(by_unit) * units / (units - 1) * (1 + ratio)

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
    return Crossed(mean, examples, fits, residual, np.abs(mean), units, folds, repeats)


def _by_fold(values: Array, fold: Codes, folds: int) -> tuple[Array, Array]:
    """The means (C, R, K) of values (C, R, N), and the sizes (R, K) of the folds (R, N)."""
    size = np.array([np.bincount(own, minlength=folds) for own in fold], np.float64)
    total = [
        [np.bincount(own, row, folds) for own, row in zip(fold, one, strict=True)] for one in values
    ]
    return np.array(total, np.float64) / size, size


def basis_of(fold_kind: str, steps: int, autocorrelation: ArrayLike) -> Basis:
    """What a verdict may rest on over such folds, as the simulation showed.

    Over expanding folds of a series that remembers long, or that is short for what it remembers,
    intervals by contributions are too narrow: those by fold scores hold longer, and at last none.
    autocorrelation: of the target, as for `memory`; empty where nothing is known.
    """
    lags = np.asarray(autocorrelation, np.float64)
    if fold_kind != "expanding" or len(lags) < 2:
        return "contributions"
    lasts = steps >= LONG * memory(lags)
    if lags[1] < SLOW:
        return "contributions" if lasts else "fold scores"
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


def units_of(fold_kind: str, unit: ArrayLike) -> Codes:
    """The unit (N,) of each example: in time whole blocks of the steps that are given."""
    if fold_kind in ("expanding", "blocked"):
        return blocks(unit, BLOCKS)
    return np.unique(np.asarray(unit), return_inverse=True)[1]


def blocks(position: ArrayLike, count: int) -> Codes:
    """Units of time: contiguous blocks of as many of the distinct positions each as can be. (N,)"""
    steps, place = np.unique(np.asarray(position), return_inverse=True)
    return place * min(count, len(steps)) // len(steps)


def simultaneous(found: Crossed, level: float = 1 - ALPHA) -> list[Difference]:
    """Intervals of M differences that cover all at once with probability `level`.

    The quantile of the largest |t|, joined by normals of the correlation of the differences, with
    the degrees of freedom that each has. Differences that are all 0 have the interval [0, 0]; where
    they are all equal but not 0 the spread is taken as if one more unit were 0.
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
    error = found.standard_error
    flat = error <= 1e-9 * found.size
    mean = np.where(tied & flat, 0.0, found.mean)
    error = np.where(flat, np.abs(mean) / np.sqrt(found.units + 1), error)
    degrees = np.where(flat, found.units - 1, found.degrees)
    half = stdtrit(degrees, (1 + level) / 2) * error
    table = np.stack([mean, mean - half, mean + half, error], axis=1)
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
    size, basis = np.linalg.eigh(covariance / np.outer(error, error))
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
