"""DropoutLSTM: one network, as a plain LightningModule.

B batch (sequences), T time steps, F features, H hidden units, C outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn import LSTM, Linear, ModuleList, functional
from torchmetrics import Metric

from dropsearch.models.batches import Batch
from dropsearch.models.data import Task
from dropsearch.models.dropout import MASKS, SITES, Mask, drop
from dropsearch.models.errors import ModelsError
from dropsearch.models.metrics import MeanAbsoluteScaledError


class DropoutLSTM(LightningModule):
    """Stacked LSTM layers with dropout at the sites input, between and output, and a head.

    `features` F and `outputs` C: the number of classes, 1 for a regression, the horizon of a
    forecast. `dropout` is a shared rate (at between and output) or a rate per site. Weights
    and masks come from a generator of its own, whose state is part of the state_dict.
    Raises ModelsError for a rate, site or mask that does not exist.
    """

    def __init__(
        self,
        features: int,
        outputs: int,
        *,
        task: Task,
        hidden_size: int = 64,
        layers: int = 1,
        dropout: float | Mapping[str, float] = 0.0,
        mask: Mask = "standard",
        learning_rate: float = 1e-3,
        weight_decay: float = 0.0,
        metric: Metric | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["metric"])
        if mask not in MASKS:
            raise ModelsError(f"mask {mask!r} is unknown: use {' or '.join(MASKS)}.")
        self.task = task
        self.rates = site_rates(dropout)
        self.mask: Mask = mask
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.metric = metric
        self.generator = torch.Generator().manual_seed(seed)
        widths = [features] + [hidden_size] * (layers - 1)
        with torch.device("meta"):  # drawn below: torch's own draw is from the global generator
            layers_on_meta = [LSTM(width, hidden_size) for width in widths]
            head_on_meta = Linear(hidden_size, outputs)
        self.layers = ModuleList(layers_on_meta).to_empty(device="cpu")
        self.head = head_on_meta.to_empty(device="cpu")
        bound = hidden_size**-0.5
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -bound, bound, generator=self.generator)

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Right-padded inputs (B, T, F) and lengths (B,) -> outputs (B, C).

        A batch of several lengths is split in two by length, each half trimmed to its own
        longest; what comes out is that of the whole batch, at less padding.
        """
        steps = inputs.transpose(0, 1)
        if lengths is None:
            return self._outputs(steps, None)
        order = lengths.argsort()
        ranked = lengths[order].tolist()
        if ranked[0] == ranked[-1]:
            return self._outputs(steps[: ranked[0]], None)
        half = len(ranked) // 2
        parts = []
        for part, longest in ((order[:half], ranked[half - 1]), (order[half:], ranked[-1])):
            own = steps[:longest].index_select(1, part)
            parts.append(self._outputs(own, lengths[part]))
        return torch.cat(parts).index_select(0, order.argsort())

    def _outputs(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """Steps (T, B, F), of which each sequence uses its first `lengths` -> (B, C)."""
        steps = self._drop(steps, "input").contiguous()
        for number, layer in enumerate(self.layers):
            if number > 0:
                steps = self._drop(steps, "between")
            steps, _ = layer(steps)
        if lengths is None:
            last = steps[-1:]
        else:
            index = (lengths - 1).view(1, -1, 1).expand(1, -1, steps.shape[2])
            last = steps.gather(0, index)
        return self.head(self._drop(last, "output").squeeze(0))

    def multiply_adds(self) -> int:
        """Multiplications of the LSTM layers for one time step of one sequence, forward."""
        return sum(weight.numel() for weight in self.layers.parameters() if weight.dim() == 2)

    def _drop(self, steps: Tensor, site: str) -> Tensor:
        if not self.training:
            return steps
        return drop(steps, self.rates[site], self.mask, self.generator)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """A Batch, or (inputs, target[, lengths]) from any DataLoader."""
        batch = Batch(*batch)
        loss = self._loss(self(batch.inputs, batch.lengths), batch)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=batch.weight)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """As training_step; logs val_loss, and val_metric where there is a metric."""
        batch = Batch(*batch)
        outputs = self(batch.inputs, batch.lengths)
        self.log("val_loss", self._loss(outputs, batch), batch_size=batch.weight)
        if self.metric is not None:
            self.metric.update(*self._scored(outputs, batch, self.metric))
            self.log("val_metric", self.metric, batch_size=batch.weight)

    def _loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy, or the mean squared error of the known targets as scaled."""
        if self.task == "classify":
            return functional.cross_entropy(outputs, batch.target)
        error = (outputs - batch.target.view_as(outputs)).square()
        return error.mean() if batch.observed is None else error[batch.observed].mean()

    def _scored(self, outputs: Tensor, batch: Batch, metric: Metric) -> tuple[Tensor, ...]:
        """What the metric takes: logits and classes, or predictions in the user's units."""
        if self.task == "classify":
            return outputs, batch.target
        units = [batch.restore(outputs), batch.restore(batch.target.view_as(outputs))]
        if isinstance(metric, MeanAbsoluteScaledError) and batch.unit is not None:
            units.append(batch.unit.unsqueeze(1).expand_as(outputs))
        known = slice(None) if batch.observed is None else batch.observed
        return tuple(values[known].reshape(-1) for values in units)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay, fused=True
        )

    def get_extra_state(self) -> Tensor:
        return self.generator.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        self.generator.set_state(state.cpu())


def site_rates(dropout: float | Mapping[str, float]) -> dict[str, float]:
    """The rate of each site; a shared rate means between and output."""
    given = dropout if isinstance(dropout, Mapping) else {"between": dropout, "output": dropout}
    for site, rate in given.items():
        if site not in SITES:
            raise ModelsError(f"dropout site {site!r} is unknown: use {', '.join(SITES)}.")
        if not 0 <= rate < 1:
            raise ModelsError(f"dropout rate {rate} at {site}: a rate lies in 0 <= rate < 1.")
    return {site: float(given.get(site, 0.0)) for site in SITES}
