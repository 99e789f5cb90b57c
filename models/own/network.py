"""OwnNetwork: a LightningModule of the user's, trained and scored as dropsearch's network is.

B batch (sequences), T time steps, F features, C outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm
from torchmetrics import Metric

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.learner import Learner
from dropsearch.models.names import Task
from dropsearch.models.own.named import (
    OFFERED,
    asks,
    is_own,
    network_class,
    refuse_arguments,
    taken,
)

READ = ("lengths", "static", "ahead")  # beside the inputs


def _made(
    kind: type[LightningModule], features: int, outputs: int, named: Mapping[str, Any]
) -> LightningModule:
    """In a frame of no class: the network's own save_hyperparameters reads those around it, too."""
    return kind(features, outputs, **named)


class OwnNetwork(Learner):
    """The network `name`, package.module:Class, with `arguments` and `rates` by their names.

    Its constructor takes (features, outputs, *, dropout, ...) and, where it names them, task,
    static, ahead, targets, vocabulary, learning_rate and weight_decay; its forward inputs (B, T,
    F), or ids (B, T), and, where it names them, lengths, static and ahead, and returns (B, C);
    lengths is None where all are T, unless it has no default. Its
    own training_step, which is given a Batch, and its own configure_optimizers are used; without
    them it is trained as dropsearch's network is. Validated it is always as that one. What it
    draws, as weights and masks, comes from torch's generators, which are set to this network's own
    state before, so that networks trained side by side are those trained alone.
    Raises ModelsError where the class cannot be found or a study cannot train it.
    """

    def __init__(
        self,
        name: str,
        features: int,
        outputs: int,
        *,
        arguments: Mapping[str, Any],
        rates: Mapping[str, float],
        task: Task,
        static: int = 0,
        ahead: int = 0,
        targets: int = 1,
        vocabulary: int | None = None,
        class_weights: Sequence[float] | None = None,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.0,
        metric: Metric | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            outputs,
            task=task,
            class_weights=class_weights,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            metric=metric,
            seed=seed,
        )
        self.save_hyperparameters(ignore=["metric"])
        self.name, self.outputs, self.rates = name, outputs, dict(rates)
        kind = network_class(name)
        refuse_arguments(name, kind, [*arguments, *rates])
        offered = dict(
            zip(
                OFFERED,
                (task, static, ahead, targets, vocabulary, learning_rate, weight_decay),
                strict=True,
            )
        )
        beside = {key: offered[key] for key in taken(kind, "__init__", OFFERED)}
        needs = {"static": static, "ahead": ahead, "vocabulary": vocabulary}
        lacking = [key for key, value in needs.items() if value and key not in beside]
        if lacking:
            raise ModelsError(
                f"model.network: the data has {' and '.join(lacking)} features, which the "
                f"constructor of {name} does not take: add the argument {lacking[0]}."
                if lacking != ["vocabulary"]
                else f"model.network: the data are texts, and the constructor of {name} takes no "
                "vocabulary, the number of ids that it is given: add it."
            )
        self._reads = taken(kind, "forward", READ)
        self._asks_lengths = asks(kind, "forward", "lengths")
        self._steps = is_own(kind, "training_step")
        self._optimizes = is_own(kind, "configure_optimizers")
        if class_weights is not None and self._steps:
            raise ModelsError(
                f"training.class_weights does nothing with {name}, whose training_step has a loss "
                "of its own: set it to false."
            )
        with self._own_draws(torch.device("cpu")):
            self.network = _made(kind, features, outputs, {**arguments, **rates, **beside})
        if not self.network.automatic_optimization:
            raise ModelsError(
                f"model.network: {name} optimises by hand, and a study trains the networks of all "
                "folds side by side: leave the optimisation to Lightning."
            )
        vars(self.network)["log"] = lambda *_, **__: None  # what counts is logged here

    @contextmanager
    def _own_draws(self, device: torch.device) -> Iterator[None]:
        """Inside, torch's generators are those of this network."""
        on_gpu = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(on_gpu):
            torch.set_rng_state(self.generator.get_state())
            if on_gpu:
                torch.cuda.manual_seed(int(torch.empty((), dtype=torch.int64).random_()))
            yield
            self.generator.set_state(torch.get_rng_state())

    def forward(self, inputs: Tensor, *beside: Tensor | None) -> Tensor:
        """Inputs (B, T, F) or (B, T), lengths (B,), static (B, G), ahead (B, C, A) -> (B, C)."""
        known = dict(zip(READ, beside, strict=False))
        lost = [key for key, value in known.items() if value is not None and key not in self._reads]
        if lost:
            what = "sequences differ in length" if lost == ["lengths"] else f"there is {lost[0]}"
            raise ModelsError(
                f"model.network: {what}, and forward of {self.name} takes no {lost[0]}: add the "
                "argument."
            )
        given = {key: known.get(key) for key in self._reads}
        if self._asks_lengths and given["lengths"] is None:
            given["lengths"] = inputs.new_full(inputs.shape[:1], inputs.shape[1], dtype=torch.int64)
        if self.training:
            with self._own_draws(inputs.device):
                outputs = self.network(inputs, **given)
        else:
            outputs = self.network(inputs, **given)
        if not isinstance(outputs, Tensor) or outputs.shape != (len(inputs), self.outputs):
            seen = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
            raise ModelsError(
                f"model.network: forward of {self.name} returned {seen} for {len(inputs)} "
                f"sequences, not ({len(inputs)}, {self.outputs}): return one row for each."
            )
        return outputs

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """The user's own, where the class has one; its loss may be in a mapping. None for a batch
        of one example, an epoch's rest, where batches are normalised: that has no spread."""
        batch = Batch(*batch)
        if len(batch.inputs) == 1 and self.normalises_batches:
            return None
        if not self._steps:
            return super().training_step(batch, batch_idx)
        with self._own_draws(batch.inputs.device):
            found = self.network.training_step(batch, batch_idx)
        loss = found["loss"] if isinstance(found, Mapping) else found
        if loss is not None:
            self.log("loss", loss, on_step=False, on_epoch=True, batch_size=batch.weight)
        return loss

    @property
    def normalises_batches(self) -> bool:
        """Whether its training step takes means over the examples of a batch."""
        return any(isinstance(part, _BatchNorm) and part.training for part in self.modules())

    def configure_optimizers(self) -> Any:
        """The user's own, where the class has one."""
        if self._optimizes:
            return self.network.configure_optimizers()
        return super().configure_optimizers()

    def multiply_adds(self) -> int:
        """Each weight once a time step, where the network does not say."""
        said = getattr(self.network, "multiply_adds", None)
        if said is not None:
            return int(said())
        return sum(weight.numel() for weight in self.network.parameters() if weight.dim() > 1)

    def setup(self, stage: str) -> None:
        self.network.trainer = self.trainer
        self.network.setup(stage)

    def on_fit_start(self) -> None:
        self.network.on_fit_start()

    def on_train_start(self) -> None:
        self.network.on_train_start()

    def on_train_epoch_start(self) -> None:
        self.network.on_train_epoch_start()

    def on_train_epoch_end(self) -> None:
        self.network.on_train_epoch_end()

    def on_validation_epoch_start(self) -> None:
        self.network.on_validation_epoch_start()

    def on_validation_epoch_end(self) -> None:
        self.network.on_validation_epoch_end()

    def on_train_end(self) -> None:
        self.network.on_train_end()

    def on_fit_end(self) -> None:
        self.network.on_fit_end()
