"""The metrics by name: direction, tasks, bounds and formulas, without torch.

n examples or numbers scored, C classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.errors import DataError
from dropsearch.models.names import Direction, Task

if TYPE_CHECKING:
    from dropsearch.models.data.sequence_data import SequenceData

Numbers = NDArray[np.float64]
Classes = NDArray[np.int64]


def _smape(actual: Any, predicted: Any, _: Any) -> Any:
    """2 |a - p| / (|a| + |p|), from 0 to 2; 0 where both are 0."""
    size = abs(actual) + abs(predicted)
    return 2 * abs(actual - predicted) / (size + (size == 0))


def _accuracy(shares: Numbers, actual: Classes, _: int) -> float:
    return float((actual == shares.argmax()).mean())


def _balanced_accuracy(shares: Numbers, actual: Classes, _: int) -> float:
    hit = actual == shares.argmax()
    return float(np.mean([hit[actual == c].mean() for c in np.unique(actual)]))


def _f1(shares: Numbers, actual: Classes, positive: int) -> float:
    predicted = int(shares.argmax())
    share = float((actual == predicted).mean())
    f1 = 2 * share / (1 + share)
    if len(shares) == 2:
        return f1 if predicted == positive else 0.0
    return f1 / len(np.union1d(actual, predicted))


def _log_loss(shares: Numbers, actual: Classes, _: int) -> float:
    return float(-np.log(shares[actual]).mean())


@dataclass(frozen=True)
class Score:
    """What a metric means, and its formula: `error` of numbers, `constant` of classes."""

    label: str
    direction: Direction
    tasks: tuple[Task, ...]
    bounded: bool = False  # it lies between 0 and 1
    # Of actual and predicted numbers in the user's units and of MASE's units, (n,) arrays or
    # tensors; the score is the mean, with `root` the root of the mean.
    error: Callable[[Any, Any, Any], Any] | None = None
    root: bool = False
    # The score of giving every example the same shares (C,), which are one class alone unless
    # `of_shares`, where the classes are (n,), and F1 is meant of the given one of two.
    constant: Callable[[Numbers, Classes, int], float] | None = None
    of_shares: bool = False


_CLASSES: tuple[Task, ...] = ("classify",)
_NUMBERS: tuple[Task, ...] = ("forecast", "regress")

SCORES: dict[str, Score] = {
    "accuracy": Score("accuracy", "maximize", _CLASSES, True, constant=_accuracy),
    "balanced_accuracy": Score(
        "balanced accuracy", "maximize", _CLASSES, True, constant=_balanced_accuracy
    ),
    "f1": Score("F1", "maximize", _CLASSES, True, constant=_f1),
    "auroc": Score("AUROC", "maximize", _CLASSES, True, constant=lambda *_: 0.5),  # nothing ranked
    "log_loss": Score("log loss", "minimize", _CLASSES, constant=_log_loss, of_shares=True),
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


def metrics_of(task: Task) -> list[str]:
    """The names of the metrics that fit a task."""
    return [name for name, score in SCORES.items() if task in score.tasks]


def resolve_metric(name: str, data: SequenceData) -> str:
    """The metric's name, with "auto" resolved by the data; raises DataError if it does not fit.

    auto: accuracy, or balanced_accuracy where one class has over 2/3 of the examples;
    rmse; mase for forecasts of many series.
    """
    if name == "auto":
        if data.task == "classify":
            largest = np.bincount(data.target).max() / len(data.target)
            return "balanced_accuracy" if largest > 2 / 3 else "accuracy"
        return "mase" if data.task == "forecast" and len(data.series_names) > 1 else "rmse"
    fitting = metrics_of(data.task)
    if name not in fitting:
        raise DataError(
            f"search.metric {name!r} does not fit the task {data.task!r}: "
            f"use auto, {', '.join(fitting[:-1])} or {fitting[-1]}."
        )
    return name


def rarer_class(data: SequenceData) -> int:
    """The class with the fewest examples, the later one at a tie: F1 of two classes is its F1."""
    counts = np.bincount(data.target, minlength=len(data.classes))
    return int(len(counts) - 1 - counts[::-1].argmin())
