"""The kinds of folds: each gives K validation parts, or none where there is too little to cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.search.folds.holdout import by_lane
from dropsearch.search.folds.kind_choice import Plan
from dropsearch.search.folds.purge import Examples


@dataclass(frozen=True)
class Draw:
    """What a kind cuts: `count` validation parts of the examples in `rest`."""

    data: SequenceData
    rest: Examples
    plan: Plan
    count: int
    state: int  # the seed of kinds that are drawn at random


def _kfold(draw: Draw) -> list[Examples]:
    splitter = KFold(draw.count, shuffle=True, random_state=draw.state)
    if draw.plan.units is None:
        return [draw.rest[v] for _, v in splitter.split(draw.rest)]
    names, unit = np.unique(draw.plan.units[draw.rest], return_inverse=True)
    return [draw.rest[np.isin(unit, v)] for _, v in splitter.split(names)]


def _stratified(draw: Draw) -> list[Examples]:
    splitter = StratifiedKFold(draw.count, shuffle=True, random_state=draw.state)
    labels = draw.data.target[draw.rest]
    return [draw.rest[v] for _, v in splitter.split(draw.rest, labels)]


def _group(draw: Draw) -> list[Examples]:
    assert draw.plan.units is not None
    units = draw.plan.units[draw.rest]
    if draw.data.task == "classify":
        labels = draw.data.target[draw.rest]
        parts = StratifiedGroupKFold(draw.count).split(draw.rest, labels, units)
    else:
        parts = GroupKFold(draw.count).split(draw.rest, groups=units)
    return [draw.rest[v] for _, v in parts]


def _column(draw: Draw) -> list[Examples]:
    assert draw.data.part is not None
    part = draw.data.part[draw.rest]
    names = np.unique(part[part >= 0])
    if len(names) < 2:
        raise DataError(
            f"folds.column has {len(names)} value outside the holdout; two are needed, one for "
            "each fold. Name another column, or set folds.kind to auto."
        )
    return [draw.rest[part == name] for name in names]


def _expanding(draw: Draw) -> list[Examples]:
    k = draw.count
    return _in_time(draw, lambda n: n - n // (k + 1) * np.arange(k, 0, -1), first=1)


def _blocked(draw: Draw) -> list[Examples]:
    k = draw.count
    return _in_time(draw, lambda n: np.arange(k) * (n // k) + np.minimum(np.arange(k), n % k), 0)


KINDS: dict[str, Callable[[Draw], list[Examples]]] = {
    "kfold": _kfold,
    "stratified": _stratified,
    "group": _group,
    "expanding": _expanding,
    "blocked": _blocked,
    "column": _column,
}


def _in_time(draw: Draw, starts: Callable[[int], NDArray[np.int64]], first: int) -> list[Examples]:
    """Blocks of origins one after another, of all series together or (end) of each series.

    starts: number of origins -> (K,) where each block begins, the scheme of scikit-learn's
    TimeSeriesSplit and KFold. Origins of one time are never parted; `first` counts the times
    left before the first block. A series with too few times is in no block.
    """
    data, rest, count = draw.data, draw.rest, draw.count
    origin = data.origin[rest]
    lanes = data.series[rest] if draw.plan.across == "end" else np.zeros_like(rest)
    block = np.full(len(rest), -1)
    for at in by_lane(lanes):
        times, place, counts = np.unique(origin[at], return_inverse=True, return_counts=True)
        room = len(times) - count
        if room < first:
            continue
        before = np.cumsum(counts) - counts
        begin = np.searchsorted(before, starts(len(at))) - np.arange(count)
        begin = np.minimum(np.maximum.accumulate(begin), room) + np.arange(count)
        block[at] = np.searchsorted(begin, place, side="right") - 1
    return [rest[block == k] for k in range(count)] if (block >= 0).any() else []
