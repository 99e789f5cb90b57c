"""The crossed variance of scores by cross-validation: examples and fits as two sources.

Each example is validated once in every repeat, by the fit of its fold. What the examples vary and
what the fits (their seeds, their draw of folds) vary add up. The claim is the mean over data sets
of this kind and size, as in statistics.py. `python -m benchmarks.simulation` shows where it holds.

C configurations, R repeats, N examples, K folds, U units, M differences.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dropsearch.studies.answer.statistics import (
    ALPHA,
    DRAWS,
    TIE,
    Array,
    Difference,
    Direction,
    Draws,
)

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Crossed:
    """C means, and the covariance (C, C) of their errors that examples and fits make.

    units: U, independent parts of the data; folds, repeats: K and R of the fits. size: (C,), what
    the means are compared with to see whether two are a tie.
    """

    mean: Array
    examples: Array
    fits: Array
    size: Array
    units: int
    folds: int
    repeats: int

    @property
    def standard_error(self) -> Array:
        """(C,)"""
        return np.sqrt(np.diag(self.examples) + np.diag(self.fits))

    @property
    def degrees(self) -> Array:
        """(C,) degrees of freedom by Satterthwaite, from U - 1 and those of the fits."""
        examples, fits = np.diag(self.examples), np.diag(self.fits)
        own = self.folds * (self.repeats - 1) or self.folds - 1
        spread = examples**2 / (self.units - 1) + fits**2 / own
        return (examples + fits) ** 2 / np.where(spread > 0, spread, 1.0)

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
            size=np.maximum(self.size[first], self.size[second]),
        )


def crossed(contributions: ArrayLike, fold: ArrayLike, unit: ArrayLike) -> Crossed:
    """Means and crossed variance of C configurations on the same fits' folds and seeds.

    contributions: (C, R, N), what each example adds to the score of its fold, whose mean is the
    score of the fold. fold: (R, N), its number from 0, -1 for examples that are never validated.
    unit: (N,), which independent part of the data an example belongs to.

    The examples' part is the variance over units of the mean over repeats, the fits' part that of
    each fit's mean deviation from it, R / (R - 1) for its own share in it. With one repeat the fits
    cannot be told from the examples that they are scored on: then it is the variance of the folds'
    scores, which counts the examples twice.
    """
    fold, unit = np.asarray(fold), np.asarray(unit)
    kept = fold[0] >= 0
    values = np.asarray(contributions, np.float64)[:, :, kept]
    fold, (names, unit) = fold[:, kept], np.unique(unit[kept], return_inverse=True)
    repeats, folds, units = len(fold), int(fold.max()) + 1, len(names)

    mine = fold[:, None] == np.arange(folds)[:, None]  # (R, K, N)
    weight = mine / mine.sum(-1, keepdims=True)
    score = np.einsum("crn,rkn->crk", values, weight, optimize=True)
    mean = score.mean((1, 2))

    share = weight.sum(1) / (repeats * folds)  # of an example in the mean, (R, N)
    pulled = np.einsum("crn,rn->cn", values - mean[:, None, None], share)
    by_unit = np.stack([np.bincount(unit, row, units) for row in pulled])
    examples = by_unit @ by_unit.T * units / (units - 1)

    if repeats > 1:
        usual = np.einsum("cn,rkn->crk", values.mean(1), weight, optimize=True)
        off = (score - usual).reshape(len(mean), -1)
        fits = off @ off.T / off.shape[1] ** 2 * repeats / (repeats - 1)
    else:
        off = score[:, 0] - mean[:, None]
        fits = off @ off.T / (folds * (folds - 1))
    return Crossed(mean, examples, fits, np.abs(mean), units, folds, repeats)


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


def against(
    found: Crossed,
    labels: Sequence[Hashable],
    reference: Hashable,
    direction: Direction,
) -> tuple[list[tuple[Hashable, Hashable]], Crossed]:
    """The pairs (label, reference) of one family, and their differences."""
    place = {label: number for number, label in enumerate(labels)}
    pairs = [(label, reference) for label in labels if label != reference]
    return pairs, found.differences([(place[a], place[b]) for a, b in pairs], direction)


def _intervals(found: Crossed, level: float) -> list[Difference]:
    from scipy.stats import t

    tied = np.abs(found.mean) <= TIE * found.size
    error = found.standard_error
    flat = error <= 1e-9 * found.size
    mean = np.where(tied & flat, 0.0, found.mean)
    error = np.where(flat, np.abs(mean) / np.sqrt(found.units + 1), error)
    degrees = np.where(flat, found.units - 1, found.degrees)
    half = t.ppf((1 + level) / 2, degrees) * error
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
