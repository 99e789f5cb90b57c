"""The metrics as torchmetrics objects, by the names of scores.py."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics import MeanAbsoluteError, MeanSquaredError, Metric
from torchmetrics.classification import MulticlassAccuracy

from dropsearch.models.scores import SCORES


class BalancedAccuracy(Metric):
    """The mean recall over the classes that are present among the targets."""

    higher_is_better = True
    full_state_update = False
    hits: Tensor
    seen: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.add_state("hits", torch.zeros(classes, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("seen", torch.zeros(classes, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, logits: Tensor, target: Tensor) -> None:
        """Logits (B, C), classes (B,)."""
        right = target[logits.argmax(1) == target]
        self.hits += right.bincount(minlength=len(self.hits))
        self.seen += target.bincount(minlength=len(self.seen))

    def compute(self) -> Tensor:
        present = self.seen > 0
        return (self.hits[present] / self.seen[present]).mean()


class MeanAbsoluteScaledError(Metric):
    """MASE (Hyndman & Koehler 2006): the mean of |error| / unit.

    A unit is the mean |step| of the naive forecast on the training part of the series.
    """

    higher_is_better = False
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, target: Tensor, unit: Tensor) -> None:
        """Three tensors of one shape; units are positive."""
        self.total += ((predicted - target).abs() / unit).sum()
        self.count += target.numel()

    def compute(self) -> Tensor:
        return self.total / self.count


METRICS: dict[str, Callable[[int], Metric]] = {
    "accuracy": lambda classes: MulticlassAccuracy(classes, average="micro", validate_args=False),
    "balanced_accuracy": BalancedAccuracy,
    "rmse": lambda _: MeanSquaredError(squared=False),
    "mae": lambda _: MeanAbsoluteError(),
    "mase": lambda _: MeanAbsoluteScaledError(),
}
assert METRICS.keys() == SCORES.keys()


def make_metric(name: str, outputs: int) -> Metric:
    """A new torchmetrics object of that name, for a network of so many outputs."""
    return METRICS[name](outputs)
