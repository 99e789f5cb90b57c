"""Where a metric cannot be computed, or not over everything: a refusal, or a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import covered_rows, naive_steps
from dropsearch.models.fold.scores import SCORES, rarer_class
from dropsearch.search.folds.draw import Split

NEEDS_CLASSES = ("f1", "auroc")  # of each part that is scored
UNLIKE = 20  # times the smallest step of a series on average, from which on it is said
MOST = 5  # names in a sentence
HOLDOUT = "the holdout"

MENDS = {
    "stratified": "lower folds.count",
    "kfold": "set folds.kind: stratified",
    "group": "lower folds.count",
    "expanding": "lower folds.count",
    "blocked": "lower folds.count",
    "column": "change the folds of folds.column",
}


def refuse_undefined(data: SequenceData, metric: str, split: Split, drawn_for: str = "") -> None:
    """Raise DataError where the metric has no value in a fold or in the holdout.

    F1 of the rarer of two classes needs an example of it, AUROC examples of two classes.
    drawn_for: whose folds these are, for the text, unless they are the search's.
    """
    if metric not in NEEDS_CLASSES:
        return
    label = SCORES[metric].label
    for place, _, scored in _parts(data, split):
        there = np.unique(data.target[scored])
        if metric == "auroc" and len(there) < 2:
            lacks = f"all its examples are of the class {data.classes[there[0]]!r}"
        elif metric == "f1" and len(data.classes) == 2 and rarer_class(data) not in there:
            lacks = f"it has no example of the rarer class, {data.classes[rarer_class(data)]!r}"
        else:
            continue
        held = place == HOLDOUT
        where = place if held else f"the validation part of {place}{drawn_for}"
        mend = "set folds.holdout to 0 or to a larger share" if held else MENDS[split.kind]
        raise DataError(
            f"search.metric: {metric}: {label} cannot be computed on {where}, since {lacks}; "
            f"{mend}, or write search.metric: log_loss."
        )


def metric_notes(data: SequenceData, split: Split, metric: str) -> tuple[str, ...]:
    """Sentences on folds where the metric leaves something out or lacks a unit of its own."""
    if metric == "balanced_accuracy" or (metric in NEEDS_CLASSES and len(data.classes) > 2):
        return _missing_classes(data, split, metric)
    if metric == "mase":
        return _still_series(data, split)
    return _unlike_series(data, split, metric)


def feature_notes(data: SequenceData, split: Split) -> tuple[str, ...]:
    """A sentence on features that vary in the file, and not where a fold trains."""
    still: dict[str, list[str]] = {}
    for place, train, _ in _parts(data, split) if data.features else ():
        values = data.values[covered_rows(data, train)]
        for column in np.flatnonzero(np.ptp(values, axis=0) == 0):
            still.setdefault(data.features[column], []).append(place)
    if not still:
        return ()
    name, places = next(iter(still.items()))
    more = f" (so do {len(still) - 1} more features)" if len(still) > 1 else ""
    return (
        f"Feature {name!r} has one value where {', '.join(places)} trains{more}: nothing is learnt "
        "from it there.",
    )


def _unlike_series(data: SequenceData, split: Split, metric: str) -> tuple[str, ...]:
    """Errors in the target's unit add up over series of unlike sizes."""
    if data.task != "forecast" or metric not in ("mae", "rmse"):
        return ()
    each = np.atleast_2d(naive_steps(data, covered_rows(data, split.rest)).T)
    return tuple(
        f"The series move by unlike steps{f' of {name}' if name else ''}, {steps.min():.3g} to "
        f"{steps.max():.3g} on average: the {SCORES[metric].label} is that of the largest; "
        "search.metric: mase counts all alike."
        for name, own in zip(data.targets or ("",), each, strict=True)
        if len(steps := own[own > 0]) and steps.max() >= UNLIKE * steps.min()
    )


def _missing_classes(data: SequenceData, split: Split, metric: str) -> tuple[str, ...]:
    known = np.unique(data.target)
    lacking = [
        f"{place} (no {_names(data.classes, missing)})"
        for place, _, scored in _parts(data, split)
        if len(missing := np.setdiff1d(known, data.target[scored]))
    ]
    if not lacking:
        return ()
    but = "; one that is predicted nonetheless counts 0" if metric == "f1" else ""
    return (
        f"Where a class is missing among the examples scored, {SCORES[metric].label} is the mean "
        f"over the others{but}: {', '.join(lacking)}.",
    )


def _still_series(data: SequenceData, split: Split) -> tuple[str, ...]:
    still: dict[str, set[int]] = {}  # by target
    places: dict[str, None] = {}
    for place, train, scored in _parts(data, split):
        steps = naive_steps(data, covered_rows(data, train))
        own = np.unique(data.series[scored])
        for target, moved in zip(data.targets or ("",), np.atleast_2d(steps[own].T), strict=True):
            without = own[moved == 0]
            if len(without):
                places[place] = None
                still.setdefault(target, set()).update(without.tolist())
    if not places:
        return ()
    named = ", ".join(_named(data, target, sorted(series)) for target, series in still.items())
    return (
        f"MASE has no unit of its own for {named}: not "
        f"there, or without any change, where {', '.join(places)} trains. The mean step of the "
        "others stands in, or 1 where there are none.",
    )


def _named(data: SequenceData, target: str, series: list[int]) -> str:
    """`series 'A', 'B' (load)`; of several targets of one series `load`."""
    if target and len(data.series_names) == 1:
        return target
    return f"series {_names(data.series_names, series)}{f' ({target})' if target else ''}"


def _parts(
    data: SequenceData, split: Split
) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
    """Name, training part and scored part of each fold and of the holdout."""
    for number, fold in enumerate(split.folds, 1):
        yield f"fold {number}", fold.train, fold.validate
    if len(split.holdout):
        yield HOLDOUT, split.rest, split.holdout


def _names(every: tuple[str, ...], chosen: NDArray[np.int64] | list[int]) -> str:
    more = f" and {len(chosen) - MOST} more" if len(chosen) > MOST else ""
    return ", ".join(repr(every[c]) for c in chosen[:MOST]) + more
