"""How often the rows of streams come, be their clock exact or not.

R rows, series by series; S series.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.times.calendar import Calendar

_UNLIKE = 1.1  # times a step, from which on another one is another
_NEAR = 0.5  # of the usual step, within which those of an inexact clock lie
_MOSTLY = 0.9  # share of the steps


def sampling_of(stamps: NDArray[Any], first: NDArray[np.bool_], style: str) -> Calendar | None:
    """The step of most rows; None where they come as it happens. first: (R,) of each series."""
    inner = ~first[1:]
    steps = np.diff(stamps)[inner]
    if not len(steps):
        return None
    own = series_steps(stamps, first)[np.cumsum(first)[1:][inner] - 1]
    usual = np.sort(own)[len(own) // 2].item()
    if usual <= 0 or (np.abs(steps - own) <= _NEAR * own).mean() < _MOSTLY:
        return None
    numbers = stamps.dtype.kind != "i"
    step = usual if numbers else round(usual)
    return Calendar("time" if style else "number", step, stamps.min().item(), style)


def series_steps(stamps: NDArray[Any], first: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(S,) the median step of each series, NaN where it has one row."""
    inner = ~first[1:]
    steps, series = np.diff(stamps)[inner], np.cumsum(first)[1:][inner] - 1
    counts = np.bincount(series, minlength=int(first.sum()))
    middle = np.cumsum(counts) - counts + (counts - 1) // 2
    placed = np.append(steps[np.lexsort((steps, series))], 0).astype(np.float64)
    return np.where(counts > 0, placed[middle], np.nan)


def unlike(steps: NDArray[np.float64], sampling: Calendar) -> NDArray[np.bool_]:
    """(S,) whether a step is another one than that of `sampling`."""
    return (steps > _UNLIKE * sampling.step) | (_UNLIKE * steps < sampling.step)
