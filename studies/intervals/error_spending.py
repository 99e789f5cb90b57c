"""Looking again: what level the intervals have at each look, so that all looks err in 5 % at most.

Repeats are added until a study is decided, so its curve is looked at several times. Each look
spends a part of the error, in proportion to what is known by then of all that could be known (Lan &
DeMets 1983; linear, as in Kim & DeMets 1987). The looks see the same examples, so they are alike,
and cost little, where the examples make most of the variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from dropsearch.studies.intervals.statistics import ALPHA, DRAWS, Array

MOST = 100  # repeats that a study can ask for
LOOKS = (3, 4, 5, 6, 7, 8, 9, 10)  # repeats at which a study that decides for itself looks


def least_and_most(repeats: int | Literal["auto"]) -> tuple[int, int]:
    """What `confirm.repeats` comes to: how many the curve has, and how many more may make it."""
    return (LOOKS[0], LOOKS[-1]) if repeats == "auto" else (repeats, repeats)


def level_at(repeats: int, fits_share: float, looks: Sequence[int] = LOOKS) -> float:
    """Level of an interval at the look with so many repeats, one of `looks`.

    fits_share: the share of the variance that the fits make at this look (Crossed.fits_share).
    """
    first = fits_share * repeats / looks[0]  # of the fits at the first look, beside the rest
    share = round(first / (1 - fits_share + first), 2)
    return _levels(share, tuple(looks))[list(looks).index(repeats)]


@lru_cache(maxsize=128)
def _levels(share: float, looks: tuple[int, ...]) -> tuple[float, ...]:
    """The level of each look, where the fits make this share of the variance at the first."""
    from scipy.special import ndtr

    known = 1 / (1 - share + share * looks[0] / np.array(looks))
    known /= known[-1]
    largest = np.abs(_path(known))
    crossed = np.zeros(DRAWS, bool)
    levels = []
    for part, seen in zip(known, largest, strict=True):
        spent = round(ALPHA * part * DRAWS)  # of the paths, those that may have crossed by now
        rising = np.sort(np.where(crossed, -1.0, seen))
        bound = rising[len(rising) - max(spent - int(crossed.sum()), 1)]
        crossed |= seen >= bound
        levels.append(float(2 * ndtr(bound) - 1))
    return tuple(levels)


def _path(known: Array) -> Array:
    """(looks, DRAWS) standard normal estimates, of which each holds what the last one knew.

    known: (looks,) rising shares of all information, the last is 1.
    """
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    uniform = Sobol(len(known), scramble=False).random(DRAWS).T + 0.5 / DRAWS
    step = np.sqrt(np.diff(known, prepend=0.0))[:, None] * ndtri(uniform)
    found: Array = step.cumsum(0) / np.sqrt(known)[:, None]
    return found
