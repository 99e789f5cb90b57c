"""How long a series remembers, and after how many steps it comes round again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LONGEST = 200_000  # rows that are looked at
_HIGH = 0.2  # correlation of a peak, at least
_PROMINENT = 0.15  # rise from the lowest point before it
_FLANK = 1.25  # a peak is the highest point up to this multiple of its lag
_FORGOTTEN = 0.2  # correlation below which the past says little


def autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(lags,) of a series (R,) less its straight trend, up to a quarter of its length.

    NaN are left out pair by pair. Empty for fewer than 8 known values or a straight line.
    """
    values = values[-_LONGEST:]
    known = ~np.isnan(values)
    if known.sum() < 8:
        return np.empty(0)
    steps = np.arange(len(values))
    line = np.polyval(np.polyfit(steps[known], values[known], 1), steps)
    rest = np.where(known, values - line, 0.0)
    scale = np.abs(values[known]).max()
    if np.abs(rest).max() <= 1e-9 * scale:
        return np.empty(0)
    width = 1 << (2 * len(rest) - 1).bit_length()
    products = _with_itself(rest / np.abs(rest).max(), width)
    pairs = np.maximum(np.rint(_with_itself(known.astype(np.float64), width)), 1)
    mean = products / pairs
    return mean[: max(2, len(rest) // 4)] / mean[0]


def _with_itself(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The sum of products at each lag, by the Fourier transform."""
    return np.fft.irfft(np.abs(np.fft.rfft(values, width)) ** 2, width)[: len(values)]


def period(correlation: NDArray[np.float64]) -> int | None:
    """The lag of the first clear peak; None where there is none.

    Clear is four standard errors of the correlation of noise, 1 / sqrt(rows), at least.
    """
    lowest = np.minimum.accumulate(correlation)
    high = max(_HIGH, 2 / np.sqrt(max(1, len(correlation))))  # rows are four times the lags
    for lag in range(2, len(correlation) - 1):
        height = correlation[lag]
        if height < max(high, lowest[lag - 1] + _PROMINENT):
            continue
        flank = correlation[lag - 1 : int(lag * _FLANK) + 2]
        if height == flank.max():
            return lag
    return None


def memory(correlation: NDArray[np.float64]) -> int:
    """The first lag at which the correlation is small; the number of lags where it never is."""
    small = correlation < _FORGOTTEN
    return int(np.argmax(small)) if small.any() else len(correlation)
