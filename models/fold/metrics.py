"""The metrics as torchmetrics objects, by the names of scores.py."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torchmetrics import Metric
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score
from torchmetrics.functional.classification import binary_auroc
from torchmetrics.utilities import dim_zero_cat

from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.scores import SCORES, Score


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


class ClassF1(MulticlassF1Score):
    """The F1 of one class; 0 where it is neither there nor predicted."""

    def __init__(self, classes: int, positive: int) -> None:
        super().__init__(classes, average="none", validate_args=False)
        self.positive = positive

    def compute(self) -> Tensor:
        return super().compute()[self.positive]


class AUROC(Metric):
    """The mean over the classes of the AUROC of each against the rest.

    Over the classes that are present among the targets, as long as others are; 0.5 where one class
    alone is, and there is nothing to rank.
    """

    higher_is_better = True
    full_state_update = False
    shares: list[Tensor]
    target: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("shares", [], dist_reduce_fx="cat")
        self.add_state("target", [], dist_reduce_fx="cat")

    def update(self, logits: Tensor, target: Tensor) -> None:
        """Logits (B, C), classes (B,)."""
        self.shares.append(logits.double().softmax(1))
        self.target.append(target.clone())  # a CUDA graph writes the next batch into its place

    def compute(self) -> Tensor:
        shares, target = dim_zero_cat(self.shares), dim_zero_cat(self.target)
        present = target.unique()
        if len(present) < 2:
            return shares.new_tensor(0.5)
        areas = [binary_auroc(shares[:, c], target == c, validate_args=False) for c in present]
        return torch.stack(areas).mean()


class _Mean(Metric):
    """The mean of the numbers added, in float64."""

    higher_is_better = False
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0, dtype=torch.int64), dist_reduce_fx="sum")

    def add(self, values: Tensor) -> None:
        self.total += values.double().sum()
        self.count += values.numel()

    def compute(self) -> Tensor:
        return self.total / self.count


class MeanError(_Mean):
    """The mean of a Score's error, or its root, whatever the unit of the numbers.

    torchmetrics' own adds up in float32, and its sMAPE takes 1e-6 for any smaller denominator.
    """

    def __init__(self, score: Score) -> None:
        super().__init__()
        self.score = score

    def update(self, predicted: Tensor, target: Tensor, unit: Tensor | None = None) -> None:
        """Tensors of one shape; units are positive, and MASE needs them."""
        assert self.score.error is not None
        self.add(self.score.error(target.double(), predicted.double(), unit))

    def compute(self) -> Tensor:
        mean = super().compute()
        return mean.sqrt() if self.score.root else mean


class WeightedError(Metric):
    """The mean over several targets of a Score's error, weighted, of those with a known value."""

    higher_is_better = False
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, score: Score, weights: tuple[float, ...]) -> None:
        super().__init__()
        self.score, self.weights = score, weights
        none = torch.zeros(len(weights), dtype=torch.float64)
        self.add_state("total", none, dist_reduce_fx="sum")
        self.add_state("count", none.clone(), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, target: Tensor, unit: Tensor, known: Tensor) -> None:
        """(B, C), the steps of one target after those of another; known: which are scored."""
        assert self.score.error is not None
        errors = self.score.error(target.double(), predicted.double(), unit)
        for into, values in ((self.total, errors.where(known, 0)), (self.count, known.double())):
            into += values.view(len(values), len(self.weights), -1).sum((0, 2))

    def compute(self) -> Tensor:
        mean = self.total / self.count.clamp_min(1)
        weights = self.total.new_tensor(self.weights) * (self.count > 0)
        return ((mean.sqrt() if self.score.root else mean) * weights).sum() / weights.sum()


class LogLoss(_Mean):
    """The mean of -log of the probability given to the true class; no class weights."""

    def update(self, logits: Tensor, target: Tensor) -> None:
        """Logits (B, C), classes (B,)."""
        self.add(cross_entropy(logits.double(), target, reduction="none"))


def _f1(classes: int, positive: int) -> Metric:
    if classes == 2:
        return ClassF1(classes, positive)
    return MulticlassF1Score(classes, average="macro", validate_args=False)


def _mean_error(score: Score) -> Callable[[int, int], Metric]:
    return lambda *_: MeanError(score)


METRICS: dict[str, Callable[[int, int], Metric]] = {
    "accuracy": lambda n, _: MulticlassAccuracy(n, average="micro", validate_args=False),
    "balanced_accuracy": lambda n, _: BalancedAccuracy(n),
    "f1": _f1,
    "auroc": lambda *_: AUROC(),
    "log_loss": lambda *_: LogLoss(),
    **{name: _mean_error(score) for name, score in SCORES.items() if score.error},
}
assert METRICS.keys() == SCORES.keys()


def make_metric(
    name: str, outputs: int, positive: int = 1, weights: tuple[float, ...] = ()
) -> Metric:
    """A new torchmetrics object of that name, for a network of so many outputs.

    positive: of two classes the one whose F1 is meant, `scores.rarer_class`. weights: of several
    targets.
    """
    if weights:
        return WeightedError(SCORES[name], weights)
    return METRICS[name](outputs, positive)


def of_numbers(metric: Metric, predicted: Tensor, batch: Batch) -> tuple[Tensor, ...]:
    """What a metric takes of predictions (B, C) in the user's units: those of known targets (n,),
    the targets, and for an error of ours MASE's units; with weights all, and which are known."""
    units = [predicted, batch.restore(batch.target.view_as(predicted))]
    if isinstance(metric, MeanError | WeightedError) and batch.unit is not None:
        unit = batch.unit if batch.unit.dim() == 2 else batch.unit.unsqueeze(1)
        units.append(unit.expand_as(predicted))
    known = slice(None) if batch.observed is None else batch.observed
    if isinstance(metric, WeightedError):
        there = torch.zeros_like(predicted, dtype=torch.bool)
        there[known] = True
        return *units, there
    return tuple(values[known].reshape(-1) for values in units)
