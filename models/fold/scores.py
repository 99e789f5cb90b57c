"""The metrics by name: direction, tasks, bounds and formulas, without torch.

n numbers scored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData, Task
from dropsearch.models.errors import DataError


@dataclass(frozen=True)
class Score:
    """What a metric means; `bounded` says that it lies between 0 and 1."""

    label: str
    direction: Literal["maximize", "minimize"]
    tasks: tuple[Task, ...]
    bounded: bool


SCORES: dict[str, Score] = {
    "accuracy": Score("accuracy", "maximize", ("classify",), True),
    "balanced_accuracy": Score("balanced accuracy", "maximize", ("classify",), True),
    "f1": Score("F1", "maximize", ("classify",), True),
    "auroc": Score("AUROC", "maximize", ("classify",), True),
    "log_loss": Score("log loss", "minimize", ("classify",), False),
    "rmse": Score("RMSE", "minimize", ("forecast", "regress"), False),
    "mae": Score("MAE", "minimize", ("forecast", "regress"), False),
    "mase": Score("MASE", "minimize", ("forecast",), False),
    "smape": Score("sMAPE", "minimize", ("forecast", "regress"), False),
}

Numbers = NDArray[np.float64]


def _smape(actual: Numbers, predicted: Numbers, _: Numbers) -> float:
    """2 |a - p| / (|a| + |p|), from 0 to 2; 0 where both are 0."""
    size = np.abs(actual) + np.abs(predicted)
    shares = 2 * np.abs(actual - predicted) / np.where(size > 0, size, 1.0)
    return float(shares.mean())


# The score of (n,) actual and predicted numbers in the user's units; (n,) units are MASE's.
ERRORS: dict[str, Callable[[Numbers, Numbers, Numbers], float]] = {
    "rmse": lambda actual, predicted, _: float(np.sqrt(np.mean((actual - predicted) ** 2))),
    "mae": lambda actual, predicted, _: float(np.mean(np.abs(actual - predicted))),
    "mase": lambda actual, predicted, unit: float(np.mean(np.abs(actual - predicted) / unit)),
    "smape": _smape,
}


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
    fitting = [key for key, score in SCORES.items() if data.task in score.tasks]
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
