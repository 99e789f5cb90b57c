"""The metrics by name: direction, tasks and bounds, without torch, for config and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dropsearch.models.data import SequenceData, Task
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
    "rmse": Score("RMSE", "minimize", ("forecast", "regress"), False),
    "mae": Score("MAE", "minimize", ("forecast", "regress"), False),
    "mase": Score("MASE", "minimize", ("forecast",), False),
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
