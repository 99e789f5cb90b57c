"""What K copies of a LightningModule log, kept apart for each."""

from __future__ import annotations

from typing import Any

from pytorch_lightning.utilities.data import extract_batch_size
from torch import Tensor
from torchmetrics import Metric


class FoldLog:
    """Takes the place of every copy's `self.log`; means are weighted by the batch size."""

    def __init__(self, copies: int) -> None:
        self.batch: Any = None  # the one being worked on, for its size
        self._sample = False
        self._sums: dict[str, dict[int, tuple[Any, float]]] = {}
        self._metrics: dict[str, dict[int, Metric]] = {}

    def add(
        self, number: int, name: str, value: Any, *_: Any, batch_size: int | None = None, **__: Any
    ) -> None:
        """What copy `number` logs: a number, a tensor of one, or a torchmetrics Metric."""
        if self._sample:
            name = "train_" + name.removeprefix("val_")
        if isinstance(value, Metric):
            self._metrics.setdefault(name, {})[number] = value
            return
        if batch_size is None:
            batch_size = 1 if self.batch is None else extract_batch_size(self.batch)
        folds = self._sums.setdefault(name, {})
        total, weight = folds.get(number, (0.0, 0.0))
        if isinstance(value, Tensor):
            on_cpu = value.device.type == "cpu"
            value = value.item() if on_cpu else value.detach().double()  # a GPU is not waited for
        folds[number] = (total + value * batch_size, weight + batch_size)

    def from_sample(self, sample: bool) -> None:
        """Whether what comes next is from the sample of the training part."""
        if sample != self._sample:
            self._settle()
            self._sample = sample

    def close(self) -> dict[str, dict[int, float]]:
        """The values of the epoch by name and copy; begins anew."""
        self._settle()
        self._sample, self.batch = False, None
        sums, self._sums = self._sums, {}
        return {
            name: {
                number: float(total / weight) for number, (total, weight) in sorted(folds.items())
            }
            for name, folds in sums.items()
        }

    def _settle(self) -> None:
        """Compute and reset the metrics, which the next loader would go on filling."""
        metrics, self._metrics = self._metrics, {}
        for name, folds in metrics.items():
            for number, metric in folds.items():
                self._sums.setdefault(name, {})[number] = (float(metric.compute()), 1.0)
                metric.reset()
