"""Ways to make prediction intervals of errors out of fold: the product's, and what was tried.

n examples out of fold, m held out, H steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.intervals.conformal import reaches, units, weights
from dropsearch.studies.intervals.statistics import Array

PACE = 0.005  # of ACI, as in its paper
MOST = 200  # examples held out on which CV+ is judged
Kept = Mapping[str, NDArray[Any]]  # what networks said, see `intervals.said_of`


@dataclass(frozen=True)
class Method:
    """How intervals are made. unit: what errors are counted in; half: of the time spanned, after
    which an example counts half, None: never, "rule": the product's."""

    unit: str = "both"
    half: float | str | None = "rule"
    how: str = "jackknife"

    def ends(self, kept: Kept, level: float) -> tuple[Array, Array]:
        """(m, H) each."""
        return HOW[self.how](kept, level, self)


def _unit(kept: Kept, method: Method, prefix: str = "") -> Array:
    """(n, 1)"""
    window, series = kept[prefix + "window"], kept[prefix + "series"]
    usual, naive = kept["usual"][series], kept["naive"][series]
    if window.shape[1] == 0 or method.unit == "one":
        return np.ones((len(series), 1))
    if method.unit == "naive":
        return naive[:, None]
    if method.unit == "window":
        return np.maximum(window.std(1), 0.01 * naive)[:, None]
    return units(window, usual)


def _weights(kept: Kept, method: Method) -> Array:
    time, series = kept["time"], kept["series"]
    if method.half is None or kept["window"].shape[1] == 0:
        return np.ones(len(time))
    if method.half == "rule":
        return weights(time, series)
    last = np.full(series.max() + 1, time.min())
    np.maximum.at(last, series, time)
    age = last[series] - time
    found: Array = 0.5 ** (age / (float(method.half) * age.max()))
    return found


def _jackknife(kept: Kept, level: float, method: Method) -> tuple[Array, Array]:
    errors = (kept["oof"] - kept["actual"]) / _unit(kept, method)
    reach = reaches(errors[None], _weights(kept, method), [level]) * _unit(kept, method, "held_")
    return kept["held"] - reach, kept["held"] + reach


def _signed(kept: Kept, level: float, method: Method) -> tuple[Array, Array]:
    """Each end by its own errors, at half of what is left."""
    missed = (kept["actual"] - kept["oof"]) / _unit(kept, method)
    unit, count, each = _unit(kept, method, "held_"), _weights(kept, method), [(1 + level) / 2]
    low, high = (_quantiles(own, count, each) for own in (-missed, missed))
    return kept["held"] - low * unit, kept["held"] + high * unit


def _quantiles(values: Array, count: Array, levels: list[float]) -> Array:
    """As `reaches`, of what may be negative."""
    base = np.nanmin(values)
    return reaches((values - base)[None], count, levels) + base


def _plus(kept: Kept, level: float, method: Method) -> tuple[Array, Array]:
    """CV+: around what the network of each error's own fold says of the new example."""
    sizes = np.abs(kept["oof"] - kept["actual"]) / _unit(kept, method)
    unit, count = _unit(kept, method, "held_"), _weights(kept, method)
    low, high = np.full_like(kept["held"], np.nan), np.full_like(kept["held"], np.nan)
    for new in range(0, len(unit), max(len(unit) // MOST, 1)):
        said = kept["folds"][kept["fold"], new]
        low[new] = -_quantiles(sizes * unit[new] - said, count, [level])
        high[new] = _quantiles(sizes * unit[new] + said, count, [level])
    return low, high


def _adaptive(kept: Kept, level: float, method: Method) -> tuple[Array, Array]:
    """Adaptive conformal inference (Gibbs & Candes 2021, equation 2), told of each truth once its
    step has come: what `predict`, which sees no truth, cannot do."""
    sizes = np.abs(kept["oof"] - kept["actual"]) / _unit(kept, method)
    unit, time = _unit(kept, method, "held_"), kept["held_time"]
    low, high = np.empty_like(kept["held"]), np.empty_like(kept["held"])
    for step, own in enumerate(sizes.T):
        grid = np.append(np.sort(own[~np.isnan(own)]), np.inf)
        miss, waiting = 1 - level, deque[tuple[int, bool]]()
        for new in np.argsort(time, kind="stable"):
            while waiting and waiting[0][0] <= time[new]:
                miss += PACE * (1 - level - waiting.popleft()[1])
            place = int(np.ceil((1 - miss) * len(grid))) - 1
            reach = grid[min(max(place, 0), len(grid) - 1)] * unit[new, 0]
            low[new, step], high[new, step] = kept["held"][new, step] + (-reach, reach)
            actual = kept["held_actual"][new, step]
            if not np.isnan(actual):
                outside = not low[new, step] <= actual <= high[new, step]
                waiting.append((time[new] + step + 1, outside))
    return low, high


HOW = {"jackknife": _jackknife, "signed": _signed, "plus": _plus, "adaptive": _adaptive}


METHODS = {
    "the product": Method(),
    "all alike": Method(half=None),
    "half after 1/4": Method(half=0.25),
    "half after 1/10": Method(half=0.1),
    "errors as they are": Method("one"),
    "in MASE's unit": Method("naive"),
    "in the window's spread": Method("window"),
    "each side by itself": Method(how="signed"),
    "CV+": Method(how="plus"),
    "ACI, after the fact": Method(half=None, how="adaptive"),
}
