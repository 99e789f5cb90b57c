"""What acts after each batch and epoch of a fit: the curve told, its state kept, patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping
from torch import Tensor

from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.memory import MEMORY, Memory
from dropsearch.studies.store.contract import FoldRow


class Watch(Callback):
    """Collects each epoch's scores of all folds and passes them on."""

    def __init__(
        self,
        steps: Sequence[int],
        on_epoch: Callable[[Epoch], None],
        on_batch: Callable[[], None],
        before: Sequence[Epoch],
        every: int,
    ) -> None:
        self.epochs = list(before)
        self.stepped = False
        self._every = every
        self._settings: list[dict[str, Any]] = []
        self._steps = steps
        self._on_epoch = on_epoch
        self._on_batch = on_batch
        self._started = 0.0

    def check_epochs(self, trainer: Trainer) -> None:
        """Raises ValueError where the epochs told are not those that are done."""
        told = [epoch.number for epoch in self.epochs]
        if told != list(range(self._every - 1, trainer.current_epoch, self._every)):
            raise ValueError(f"it comes after {trainer.current_epoch} epochs, told are {told}")

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        _check_counts(checkpoint["loops"])

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._settings = _settings(trainer)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.check_epochs(trainer)
        if _settings(trainer) != self._settings:
            raise ValueError("its optimizer has other settings")
        _check_moments(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._started = time.perf_counter()

    def on_train_batch_end(self, *_: Any) -> None:
        self.stepped = True
        self._on_batch()

    def on_validation_batch_end(self, *_: Any) -> None:
        self._on_batch()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, Lockstep)
        scores = {name: values.tolist() for name, values in pl_module.scores.items()}
        seconds = time.perf_counter() - self._started
        rows: list[FoldRow] = [
            {
                "fold": k,
                "train_loss": scores["train_loss"][k],
                "val_loss": scores["val_loss"][k],
                "metric": scores["val_metric"][k],
                "updates": (trainer.current_epoch + 1) * self._steps[k],
                "seconds": seconds,
            }
            for k in range(len(scores["val_loss"]))
        ]
        epoch = Epoch.of(trainer.current_epoch, rows)
        self.epochs.append(epoch)
        self._on_epoch(epoch)


def _settings(trainer: Trainer) -> list[dict[str, Any]]:
    """Those of the optimizers' groups of weights, as the learning rate."""
    return [
        {name: value for name, value in group.items() if name != "params"}
        for optimizer in trainer.optimizers
        for group in optimizer.param_groups
    ]


def _check_counts(loops: Any) -> None:
    """Raises ValueError where the loops' state, a tree, has a leaf that counts nothing."""
    if isinstance(loops, dict):
        for part in loops.values():
            _check_counts(part)
    elif type(loops) not in (int, bool) or loops < 0:
        raise ValueError(f"its loops have counted {loops!r:.40}")


def _check_moments(trainer: Trainer) -> None:
    """Raises where an optimizer's state does not fit: a fused step would write past its end."""
    for optimizer in trainer.optimizers:
        for weight, state in optimizer.state.items():
            shapes = {name: tuple(value.shape) for name, value in state.items()}
            if shapes.pop("step") != () or set(shapes.values()) != {tuple(weight.shape)}:
                raise ValueError("its optimizer has other shapes")


class Saving(Callback):
    """Lightning's checkpoint after an epoch, when patience has counted it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._memory.due:
            trainer.save_checkpoint(MEMORY)


class Averaging(Callback):
    """The exponential average of the weights at the ends of the epochs stands in their place while
    they are validated, and when the training is done (Polyak & Juditsky 1992; of few points of
    the training as Izmailov et al. 2018, section 3.1).

    Lightning's own averages after each step, where a fold's network without a batch stands still,
    and copies the module with all that it holds. old: the share of the average before.
    """

    def __init__(self, old: float) -> None:
        self._old = old
        self._average: list[Tensor] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Raises ValueError where a resumed state has the average of another network."""
        own, found = (
            [(one.shape, one.dtype) for one in weights]
            for weights in (pl_module.parameters(), self._average)
        )
        if trainer.current_epoch and found != own:
            raise ValueError("its average is of another network")
        self._average = [one.to(pl_module.device) for one in self._average]

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if not trainer.is_last_batch:
            return
        weights = [one.detach() for one in pl_module.parameters()]
        if self._average:
            torch._foreach_lerp_(self._average, weights, 1 - self._old)
        else:
            self._average = [one.clone() for one in weights]

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._swap(pl_module)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._swap(pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._swap(pl_module)

    def state_dict(self) -> dict[str, Any]:
        return {"average": self._average}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._average = state_dict["average"]

    def _swap(self, pl_module: LightningModule) -> None:
        with torch.no_grad():
            for average, weights in zip(self._average, pl_module.parameters(), strict=True):
                kept = weights.clone()
                weights.copy_(average)
                average.copy_(kept)


class Patience(EarlyStopping):
    """Lightning's early stopping on the mean over the folds, counted from `first` on."""

    def __init__(self, first: int, patience: int, direction: str) -> None:
        super().__init__(
            monitor="val_metric",
            patience=patience,
            mode="max" if direction == "maximize" else "min",
            check_finite=False,
            check_on_train_epoch_end=False,
        )
        self._first = first

    @property
    def state_key(self) -> str:
        """Where a fit's state holds it: the same whatever the class is called, so that fits that
        were cut off before go on."""
        return f"_Patience{ {'monitor': self.monitor, 'mode': self.mode} }"

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Raises ValueError or KeyError where it is none of such a fit."""
        best, waited = state_dict["best_score"], state_dict["wait_count"]
        if (
            not (isinstance(best, Tensor) and best.shape == () and not best.isnan())
            or type(waited) is not int
            or not 0 <= waited <= self.patience
            or state_dict["patience"] != self.patience
        ):
            raise ValueError("its patience is that of no fit")
        super().load_state_dict(state_dict)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch >= self._first:
            super().on_validation_end(trainer, pl_module)
