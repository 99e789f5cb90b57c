"""One fit: the K folds of one configuration, trained in lockstep.

The mean over the folds is watched after every epoch: by the patience, by the pruner (through
`on_epoch`) and for the best epoch. Neither patience nor pruning acts in the first third of the
epochs, since high rates learn late.
"""

from __future__ import annotations

import ctypes
import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping
from pytorch_lightning.utilities.exceptions import SIGTERMException

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import EVALUATED_AT_ONCE, FoldBatches
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.lockstep.graphs import fold_graphs
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.search.fit.details import details
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.memory import MEMORY, Memory
from dropsearch.studies.store.documents import FoldRow
from dropsearch.studies.store.records import PHASES

MALLOC = ((-1, 2**31 - 1), (-2, 64 * 2**20), (-3, 32 * 2**20))  # M_TRIM_THRESHOLD, TOP_PAD, MMAP


class Stopped(Exception):  # noqa: N818, it is no error
    """The worker was asked to leave; the fit is to be taken up again."""


class UnusableState(Exception):  # noqa: N818, the fit starts over
    """The state to be resumed is not one of this fit."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch of a fit gave: a row for each fold; score and loss, the means over them."""

    number: int
    score: float
    loss: float
    rows: tuple[FoldRow, ...]

    @classmethod
    def of(cls, number: int, rows: Sequence[FoldRow]) -> Epoch:
        score = float(np.mean([row["metric"] for row in rows]))
        loss = float(np.mean([row["val_loss"] for row in rows]))
        return cls(number, score, loss, tuple(rows))


@dataclass(frozen=True)
class FitResult:
    """The curve of a fit; parameters and cost (multiply-adds) are those of one fold's network.

    cost: of the training as far as the best epoch, a backward pass taken as two forward ones.
    """

    epochs: tuple[Epoch, ...]
    best: Epoch
    parameters: int
    cost: float
    details: dict[str, Any] | None = None  # see search/fit/details.py


def fold_seeds(seed: int, phase: str, repeat: int, folds: int) -> list[int]:
    """Seeds of weights, masks and batch order of every fold, the same for all points of a phase."""
    sequence = np.random.SeedSequence([seed, PHASES.index(phase), repeat])
    return [int(s) for s in sequence.generate_state(folds)]


def first_counted(epochs: int) -> int:
    """The first epoch (from 0) at which patience and pruning may act: after a third of them."""
    return math.ceil(epochs / 3)


def rates_of(point: Mapping[str, Any]) -> float | dict[str, float]:
    """The dropout argument of DropoutLSTM: the shared rate, or the rate of each site."""
    if "dropout" in point:
        return float(point["dropout"])
    return {
        key.removeprefix("dropout."): float(rate)
        for key, rate in point.items()
        if key.startswith("dropout.")
    }


def build(point: Mapping[str, Any], folds: FoldSet, seeds: Sequence[int]) -> Lockstep:
    """The K networks of one point, one per fold."""
    copies = [
        DropoutLSTM(
            folds.width,
            folds.outputs,
            task=folds.config.data.task,
            hidden_size=point["hidden_size"],
            layers=point["layers"],
            bidirectional=point["bidirectional"],
            pooling=point["pooling"],
            dropout=rates_of(point),
            mask=point["mask"],
            recurrent=point["recurrent"],
            vocabulary=folds.vocabulary,
            embedding_size=folds.config.model.embedding_size,
            learning_rate=point["learning_rate"],
            weight_decay=point["weight_decay"],
            class_weights=weights,
            metric=make_metric(folds.metric, folds.outputs, folds.positive),
            seed=seed,
        )
        for seed, weights in zip(seeds, folds.class_weights, strict=True)
    ]
    return Lockstep(copies, together=fold_graphs)


def fit(
    point: Mapping[str, Any],
    folds: FoldSet,
    *,
    seeds: Sequence[int],
    direction: str,
    exactly: int | None = None,
    detailed: bool = False,
    memory: Memory | None = None,
    before: Sequence[Epoch] = (),
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    on_batch: Callable[[], None] = lambda: None,
) -> FitResult:
    """Train `point` on all folds at once and return its curve and best epoch.

    With `exactly` it trains so many epochs, without patience, and is scored after the last alone.
    After an epoch the whole state is put into `memory`; one that holds a state is resumed, with
    the epochs `before` it. `detailed`: it also tells where the networks, as they are at the end, do
    worst.
    `on_epoch` and `on_batch` may raise to end the fit: `Stopped`, `optuna.TrialPruned`. Raises
    DivergedError where a loss or metric of any fold is NaN or infinite, and UnusableState where no
    step can be done from the state in `memory`.
    """
    training = folds.config.training
    epochs = exactly or training.epochs
    lockstep = build(point, folds, seeds)
    steps = [math.ceil(len(part) / point["batch_size"]) for part in folds.train]
    every = exactly or 1
    resumed = MEMORY if memory and memory.state is not None else None
    watch = _Watch(steps, on_epoch, on_batch, before, every)
    callbacks: list[Callback] = [watch]
    if training.patience is not None and exactly is None:
        callbacks.append(_Patience(first_counted(epochs), training.patience, direction))
    if memory is not None:
        callbacks.append(_Saving(memory))
    trainer = quiet_trainer(
        training.accelerator,
        max_epochs=epochs,
        gradient_clip_val=training.clip,
        callbacks=callbacks,
        check_val_every_n_epoch=every,
        plugins=[memory] if memory else None,
    )
    loaders = [FoldBatches(parts, EVALUATED_AT_ONCE) for parts in (folds.validate, folds.sample)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            trainer.fit(
                lockstep,
                FoldBatches(folds.train, point["batch_size"], seed=seeds[0]),
                loaders,
                ckpt_path=resumed,
            )
            if not watch.stepped:
                watch.check_epochs(trainer)
        except SIGTERMException:
            raise Stopped from None
        except Exception as error:
            if resumed is None or watch.stepped or isinstance(error, DivergedError):
                raise
            raise UnusableState(f"{type(error).__name__}: {error}") from error
        finally:
            lockstep.release()
    best = best_epoch(watch.epochs, direction)
    first = lockstep.copies[0]
    assert isinstance(first, DropoutLSTM)
    return FitResult(
        epochs=tuple(watch.epochs),
        best=best,
        parameters=sum(p.numel() for p in first.parameters()),
        cost=3.0 * first.multiply_adds() * folds.steps * (best.number + 1),
        details=details(
            list(lockstep.copies), folds.preparations, folds.validate, folds.data, folds.metric
        )
        if detailed
        else None,
    )


def best_epoch(epochs: Sequence[Epoch], direction: str) -> Epoch:
    """The best epoch of the mean curve; ties go to the lower loss."""
    sign = -1 if direction == "maximize" else 1
    return min(epochs, key=lambda epoch: (sign * epoch.score, epoch.loss))


def quiet_trainer(accelerator: str, **settings: Any) -> Trainer:
    """A Lightning Trainer on one device that neither prints nor writes files.

    Raises ConfigError where a GPU is asked for and torch finds none.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    return Trainer(
        accelerator=device_of(accelerator),
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **settings,
    )


class _Watch(Callback):
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


def _check_moments(trainer: Trainer) -> None:
    """Raises where an optimizer's state does not fit: a fused step would write past its end."""
    for optimizer in trainer.optimizers:
        for weight, state in optimizer.state.items():
            shapes = {name: tuple(value.shape) for name, value in state.items()}
            if shapes.pop("step") != () or set(shapes.values()) != {tuple(weight.shape)}:
                raise ValueError("its optimizer has other shapes")


class _Saving(Callback):
    """Lightning's checkpoint after an epoch, when patience has counted it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._memory.due:
            trainer.save_checkpoint(MEMORY)


class _Patience(EarlyStopping):
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

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch >= self._first:
            super().on_validation_end(trainer, pl_module)


def prepare_process() -> None:
    """Make this process a worker: one thread, and a malloc that keeps freed memory.

    The cores are shared out among worker processes, not threads. glibc gives the large tensors of
    a step back to the system at once, and the page faults of getting them again cost an eighth
    of the time or more where two workers run (docs/notebook.md).
    """
    torch.set_num_threads(1)
    try:
        malloc = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return  # no glibc
    for parameter, value in MALLOC:
        malloc(parameter, value)
