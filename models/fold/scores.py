"""The metrics by name: direction, tasks, bounds and formulas, without torch.

A formula says what each example contributes: values whose mean is the score. Where that is no mean
over examples they are the jackknife's pseudo-values, n - 1 times what leaving the example out takes
from the score (Tukey 1958; Miller 1974, "The jackknife - a review"), about the score: the influence
curve itself is too small where a class has few examples in a fold. n examples scored, C classes, H
steps of a forecast, or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.errors import DataError
from dropsearch.models.names import Direction, Task

if TYPE_CHECKING:
    from dropsearch.models.data.sequence_data import SequenceData

Numbers = NDArray[np.float64]
Classes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scored:
    """The predictions of one fold, as its metric takes them.

    outputs: (n, C) logits, or (n, H) numbers in the user's unit. target: (n,) classes, or (n, H)
    numbers. known: (n, H), the targets that are scored; None: all. unit: (n,) or (n, H) of MASE.
    positive: of two classes the one whose F1 is meant. weights: what each of several targets, whose
    steps stand one after another, counts for; empty: the steps of all count alike.
    """

    outputs: Numbers
    target: Classes | Numbers
    known: NDArray[np.bool_] | None = None
    unit: Numbers | None = None
    positive: int = 1
    weights: tuple[float, ...] = ()

    def of_targets(self) -> Iterator[tuple[float, Scored]]:
        """Each target of which something is known, and its share of the weight of all those."""
        assert self.known is not None
        assert self.unit is not None
        number = len(self.weights)
        parts = (np.split(a, number, 1) for a in (self.outputs, self.target, self.known, self.unit))
        each = [Scored(*part) for part in zip(*parts, strict=True)]
        there = [bool(one.known.any()) for one in each if one.known is not None]
        total = sum(compress(self.weights, there))
        for weight, one in compress(zip(self.weights, each, strict=True), there):
            yield weight / total, one


def _smape(actual: Any, predicted: Any, _: Any) -> Any:
    """2 |a - p| / (|a| + |p|), from 0 to 2; 0 where both are 0."""
    size = abs(actual) + abs(predicted)
    return 2 * abs(actual - predicted) / (size + (size == 0))


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    """Of sum(above) / sum(below), (n,) each; 0 where nothing is below."""
    total = below.sum()
    if total == 0:
        return np.zeros(len(above))
    score = above.sum() / total
    rest = np.where(below < total, total - below, total)
    left_out: Numbers = (len(above) - 1) * (above - score * below) / rest
    return score + left_out - left_out.mean()


def _accuracy(scored: Scored) -> Numbers:
    return np.equal(scored.outputs.argmax(1), scored.target).astype(np.float64)


def _balanced_accuracy(scored: Scored) -> Numbers:
    """The mean over the classes that are there of each one's recall, a ratio."""
    hits = _accuracy(scored)
    there = np.unique(scored.target)
    recalls = [_ratio(hits * (scored.target == c), (scored.target == c) * 1.0) for c in there]
    return np.mean(recalls, axis=0)


def _f1(scored: Scored) -> Numbers:
    """2 TP / (TP + FP + TP + FN): of the positive one of two classes, else the mean over those that
    are there or predicted."""
    predicted = scored.outputs.argmax(1)
    if scored.outputs.shape[1] == 2:
        classes = np.array([scored.positive])
    else:
        classes = np.union1d(predicted, scored.target)
    return np.mean([_class_f1(predicted == c, scored.target == c) for c in classes], axis=0)


def _class_f1(predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> Numbers:
    hits = (predicted & actual).astype(np.float64)
    return _ratio(2 * hits, predicted.astype(np.float64) + actual)


def _auroc(scored: Scored) -> Numbers:
    """The mean over the classes that are there of the area of each against the rest."""
    there = np.unique(scored.target)
    if len(there) < 2:
        return np.full(len(scored.target), 0.5)
    shares = np.exp(_log_shares(scored))
    return np.mean([_area(shares[:, c], scored.target == c) for c in there], axis=0)


def _area(share: Numbers, positive: NDArray[np.bool_]) -> Numbers:
    """By placements: of an example the share of those of the other kind on its right side.

    DeLong, DeLong & Clarke-Pearson 1988; LeDell, Petersen & van der Laan 2015, section 3.
    """
    from scipy.stats import rankdata

    among_all, found = rankdata(share), np.empty(len(share))
    for own in (positive, ~positive):
        others = len(share) - own.sum()
        below = (among_all[own] - rankdata(share[own])) / others
        found[own] = below if own is positive else 1 - below
    area = found[positive].mean()
    sizes = np.where(positive, positive.sum(), (~positive).sum())
    left_out: Numbers = (len(share) - 1) * (found - area) / np.maximum(sizes - 1, 1)
    return area + left_out


def _log_loss(scored: Scored) -> Numbers:
    own = scored.target.astype(np.int64)[:, None]
    return -np.take_along_axis(_log_shares(scored), own, axis=1)[:, 0]


def _log_shares(scored: Scored) -> Numbers:
    from scipy.special import log_softmax

    found: Numbers = log_softmax(scored.outputs, axis=1)
    return found


@dataclass(frozen=True)
class Score:
    """What a metric means, and its formula: `error` of numbers, `contribution` of classes."""

    label: str
    direction: Direction
    tasks: tuple[Task, ...]
    bounded: bool = False  # it lies between 0 and 1
    # Of actual and predicted numbers in the user's units and of MASE's units, (n,) arrays or
    # tensors; the score is the mean, with `root` the root of the mean.
    error: Callable[[Any, Any, Any], Any] | None = None
    root: bool = False
    # What each example contributes (n,). The baseline gives all examples one class, or where
    # `of_shares` the shares of the classes in training.
    contribution: Callable[[Scored], Numbers] | None = None
    of_shares: bool = False


_CLASSES: tuple[Task, ...] = ("classify",)
_NUMBERS: tuple[Task, ...] = ("forecast", "regress")

SCORES: dict[str, Score] = {
    "accuracy": Score("accuracy", "maximize", _CLASSES, True, contribution=_accuracy),
    "balanced_accuracy": Score(
        "balanced accuracy", "maximize", _CLASSES, True, contribution=_balanced_accuracy
    ),
    "f1": Score("F1", "maximize", _CLASSES, True, contribution=_f1),
    "auroc": Score("AUROC", "maximize", _CLASSES, True, contribution=_auroc),
    "log_loss": Score("log loss", "minimize", _CLASSES, contribution=_log_loss, of_shares=True),
    "rmse": Score("RMSE", "minimize", _NUMBERS, error=lambda a, p, _: (a - p) ** 2, root=True),
    "mae": Score("MAE", "minimize", _NUMBERS, error=lambda a, p, _: abs(a - p)),
    "mase": Score("MASE", "minimize", ("forecast",), error=lambda a, p, unit: abs(a - p) / unit),
    "smape": Score("sMAPE", "minimize", _NUMBERS, error=_smape),
}


def _score(
    error: Callable[[Any, Any, Any], Any], root: bool, a: Numbers, p: Numbers, unit: Numbers
) -> float:
    mean = np.mean(error(a, p, unit))
    return float(np.sqrt(mean) if root else mean)


# The score of (n,) actual and predicted numbers in the user's units; (n,) units are MASE's.
ERRORS: dict[str, Callable[[Numbers, Numbers, Numbers], float]] = {
    name: partial(_score, score.error, score.root)
    for name, score in SCORES.items()
    if score.error is not None
}


def by_step(unit: Numbers) -> Numbers:
    """Units (n,) of all steps of an example, or (n, H) of each, that broadcast with (n, H)."""
    return unit if unit.ndim == 2 else unit[:, None]


def score_of(metric: str, scored: Scored) -> float:
    """The score, in the metric of that name; with weights the mean of those of the targets."""
    if scored.weights:
        return sum(share * score_of(metric, one) for share, one in scored.of_targets())
    if metric not in ERRORS:
        return float(contributions(metric, scored).mean())
    known = np.ones(scored.target.shape, bool) if scored.known is None else scored.known
    units = np.broadcast_to(1.0 if scored.unit is None else by_step(scored.unit), known.shape)
    actual = scored.target[known].astype(np.float64)
    return ERRORS[metric](actual, scored.outputs[known], units[known])


def contributions(metric: str, scored: Scored) -> Numbers:
    """(n,) what each example contributes to the metric of that name; their mean is its score."""
    if scored.weights:
        parts = [share * contributions(metric, one) for share, one in scored.of_targets()]
        return np.sum(parts, axis=0)
    score = SCORES[metric]
    if score.contribution is not None:
        return score.contribution(scored)
    assert score.error is not None
    unit = None if scored.unit is None else by_step(scored.unit)
    errors = score.error(scored.target, scored.outputs, unit)
    known = np.ones(errors.shape) if scored.known is None else scored.known.astype(np.float64)
    found = _ratio(np.where(known > 0, errors, 0.0).sum(1), known.sum(1))
    return _root(found) if score.root else found


def _root(squares: Numbers) -> Numbers:
    """Of the root of a mean, by its slope there."""
    root = np.sqrt(squares.mean())
    return root + (squares - root**2) / (2 * root) if root > 0 else squares


def metrics_of(task: Task) -> list[str]:
    """The names of the metrics that fit a task."""
    return [name for name, score in SCORES.items() if task in score.tasks]


def resolve_metric(name: str, data: SequenceData) -> str:
    """The metric's name, with "auto" resolved by the data; raises DataError if it does not fit.

    auto: accuracy, or balanced_accuracy where one class has over 2/3 of the examples;
    rmse; mase for forecasts of many series or several targets.
    """
    if name == "auto":
        if data.task == "classify":
            largest = np.bincount(data.target).max() / len(data.target)
            return "balanced_accuracy" if largest > 2 / 3 else "accuracy"
        many = len(data.series_names) > 1 or data.targets
        return "mase" if data.task == "forecast" and many else "rmse"
    fitting = metrics_of(data.task)
    if name not in fitting:
        raise DataError(
            f"search.metric {name!r} does not fit the task {data.task!r}: "
            f"use auto, {', '.join(fitting[:-1])} or {fitting[-1]}."
        )
    return name


def step_of(metric: str, data: SequenceData) -> float:
    """By how much the contribution of an example changes that is judged otherwise.

    Of the rarest class, where classes count alike. 0 where contributions change by any amount.
    """
    if not SCORES[metric].bounded:
        return 0.0
    counts = np.bincount(data.target)
    counts = counts[counts > 0]
    return 1.0 if metric == "accuracy" else float(counts.sum() / counts.min() / len(counts))


def rarer_class(data: SequenceData) -> int:
    """The class with the fewest examples, the later one at a tie: F1 of two classes is its F1."""
    counts = np.bincount(data.target, minlength=len(data.classes))
    return int(len(counts) - 1 - counts[::-1].argmin())
