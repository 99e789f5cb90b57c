"""Learner: what every network of a study is trained and scored by, whatever it is made of.

B batch (sequences), C outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn import functional
from torchmetrics import Metric

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.metrics import of_numbers
from dropsearch.models.names import Task


class Learner(LightningModule):
    """A LightningModule whose `forward` takes what `Batch.given` gives and returns (B, C).

    It has a generator of its own, whose state is part of the state_dict. Raises ModelsError for
    class weights that are not one for each class.
    """

    rates: dict[str, float]  # of dropout, by site or argument

    def __init__(
        self,
        outputs: int,
        *,
        task: Task,
        class_weights: Sequence[float] | None,
        learning_rate: float,
        weight_decay: float,
        metric: Metric | None,
        seed: int,
    ) -> None:
        super().__init__()
        if class_weights is not None and (task != "classify" or len(class_weights) != outputs):
            raise ModelsError(
                f"{len(class_weights)} class weights for {outputs} outputs of task {task}: "
                "give one for each class of a classification."
            )
        self.task = task
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.metric = metric
        self.generator = torch.Generator().manual_seed(seed)
        weights = None if class_weights is None else torch.tensor(class_weights).float()
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", weights, persistent=False)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """A Batch, or (inputs, target[, lengths]) from any DataLoader."""
        batch = Batch(*batch)
        loss = batch.found
        if loss is None:
            loss = self.loss(self(*batch.given), batch)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=batch.weight)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> Tensor:
        """As training_step; logs val_loss, and val_metric where there is a metric.

        Returns what the metric is of: logits, or predictions in the user's units, (B, C).
        """
        batch = Batch(*batch)
        outputs = batch.found
        if outputs is None:
            outputs = self(*batch.given)
        self.log("val_loss", self.loss(outputs, batch), batch_size=batch.weight)
        predicted = outputs if self.task == "classify" else batch.restore(outputs)
        if self.metric is not None:
            classes = self.task == "classify"
            known = (
                (predicted, batch.target) if classes else of_numbers(self.metric, predicted, batch)
            )
            self.metric.update(*known)
            self.log("val_metric", self.metric, batch_size=batch.weight)
        return predicted

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy, or the mean squared error of the known targets as scaled.

        With class weights the sum of the weighted losses over the number of sequences, so
        that a sequence's share does not hang on which others its batch holds.
        """
        if self.task == "classify":
            if self.class_weights is None:
                return functional.cross_entropy(outputs, batch.target)
            return functional.cross_entropy(
                outputs, batch.target, weight=self.class_weights, reduction="sum"
            ) / len(outputs)
        error = (outputs - batch.target.view_as(outputs)).square()
        if batch.observed is None:
            return error.mean()
        if error.device.type == "cpu":
            return error[batch.observed].mean()
        return error.where(batch.observed, 0.0).sum() / batch.observed.sum()

    @property
    def is_finite(self) -> bool:
        """Whether all weights are finite numbers; buffers may be others."""
        return all(bool(weight.isfinite().all()) for weight in self.parameters())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        trained = [weight for weight in self.parameters() if weight.requires_grad]
        return torch.optim.AdamW(
            trained, lr=self.learning_rate, weight_decay=self.weight_decay, fused=True
        )

    def get_extra_state(self) -> Tensor:
        return self.generator.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        self.generator.set_state(state.cpu())
