"""One fit: the K folds of one configuration, trained in lockstep.

The mean over the folds is watched after every epoch: by the patience, by the pruner (through
`on_epoch`) and for the best epoch. Neither patience nor pruning acts in the first third of the
epochs, since high rates learn late.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytorch_lightning import Callback, Trainer
from pytorch_lightning.plugins import CheckpointIO
from pytorch_lightning.plugins.environments import LightningEnvironment
from pytorch_lightning.utilities.exceptions import SIGTERMException

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import EVALUATED_AT_ONCE, FoldBatches
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.search.config.schema.network import Training
from dropsearch.search.fit.callbacks import Averaging, Patience, Saving, Watch
from dropsearch.search.fit.details import details
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.epochs import Epoch, best_epoch, first_counted
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.memory import MEMORY, Memory
from dropsearch.search.fit.networks import Builder, Counted, builder_of, in_lockstep
from dropsearch.search.fit.outputs import Outputs
from dropsearch.search.fit.process import on_own_threads
from dropsearch.studies.claims.validated import Validated
from dropsearch.studies.store.contract import Details


class Stopped(Exception):  # noqa: N818, it is no error
    """The worker was asked to leave; the fit is to be taken up again."""


class UnusableState(Exception):  # noqa: N818, the fit starts over
    """The state to be resumed is not one of this fit."""


@dataclass(frozen=True)
class FitResult:
    """The curve of a fit; parameters and cost (multiply-adds) are those of one fold's network.

    cost: of the training as far as the best epoch, a backward pass taken as two forward ones.
    """

    epochs: tuple[Epoch, ...]
    best: Epoch
    parameters: int
    cost: float
    details: Details | None = None
    validated: Validated | None = None


def fit(
    point: Mapping[str, Any],
    folds: FoldSet,
    *,
    seeds: Sequence[int],
    direction: str,
    build: Builder | None = None,
    exactly: int | None = None,
    detailed: bool = False,
    kept: bool = False,
    memory: Memory | None = None,
    before: Sequence[Epoch] = (),
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    on_batch: Callable[[], None] = lambda: None,
) -> FitResult:
    """Train `point` on all folds at once and return its curve and best epoch.

    `build` makes the network of each fold; without it the study says which. With `exactly` it
    trains so many epochs, without patience, and is scored after the last alone. After an epoch the
    whole state is put into `memory`; one that holds a state is resumed, with the epochs `before`
    it. `detailed`: it also tells where the networks, as they are at the end, do worst. `kept`: what
    they said of each example validated. `on_epoch` and `on_batch` may raise to end the fit:
    `Stopped`, `optuna.TrialPruned`. Raises DivergedError where a loss or metric of any fold is NaN
    or infinite, and UnusableState where no step can be done from the state in `memory`.
    """
    training = folds.config.training
    epochs = exactly or training.epochs
    every = exactly or 1
    steps = [math.ceil(len(part) / point["batch_size"]) for part in folds.train]
    watch = Watch(steps, on_epoch, on_batch, before, every)
    callbacks: list[Callback] = [watch]
    if training.patience is not None and exactly is None:
        callbacks.append(Patience(first_counted(epochs), training.patience, direction))
    outputs = Outputs(watch.epochs, len(folds.validate), direction) if kept else None
    if outputs is not None:
        callbacks.append(outputs)
    if memory is not None:
        callbacks.append(Saving(memory))
    trainer = quiet_trainer(
        training,
        callbacks,
        max_epochs=epochs,
        check_val_every_n_epoch=every,
        plugins=[memory] if memory else [],
    )
    lockstep = in_lockstep(build or builder_of(folds.config), point, folds, seeds)
    batches = FoldBatches(folds.train, point["batch_size"], seed=seeds[0])
    evaluated = [FoldBatches(parts, EVALUATED_AT_ONCE) for parts in (folds.validate, folds.sample)]
    resumed = memory is not None and memory.state is not None
    _train(trainer, lockstep, batches, evaluated, watch, resumed)
    validated = None if outputs is None else outputs.validated(folds)
    return _result(lockstep, folds, watch.epochs, direction, detailed, validated)


def _train(
    trainer: Trainer,
    lockstep: Lockstep,
    batches: FoldBatches,
    evaluated: Sequence[FoldBatches],
    watch: Watch,
    resumed: bool,
) -> None:
    with warnings.catch_warnings(), on_own_threads():
        warnings.simplefilter("ignore")
        try:
            trainer.fit(lockstep, batches, evaluated, ckpt_path=MEMORY if resumed else None)
            if not watch.stepped:
                watch.check_epochs(trainer)
        except SIGTERMException:
            raise Stopped from None
        except Exception as error:
            if not resumed or watch.stepped or isinstance(error, DivergedError):
                raise
            raise UnusableState(f"{type(error).__name__}: {error}") from error
        finally:
            lockstep.release()


def _result(
    lockstep: Lockstep,
    folds: FoldSet,
    epochs: Sequence[Epoch],
    direction: str,
    detailed: bool,
    validated: Validated | None,
) -> FitResult:
    best = best_epoch(epochs, direction)
    first = lockstep.copies[0]
    assert isinstance(first, Counted)
    said = None
    if detailed:
        copies = list(lockstep.copies)
        parts, metric, weights = folds.validate, folds.metric, folds.config.weights
        said = details(copies, folds.preparations, parts, folds.data, metric, weights)
    return FitResult(
        epochs=tuple(epochs),
        best=best,
        parameters=sum(weight.numel() for weight in first.parameters()),
        cost=3.0 * first.multiply_adds() * folds.steps * (best.number + 1),
        details=said,
        validated=validated,
    )


def quiet_trainer(
    training: Training,
    callbacks: Sequence[Callback],
    plugins: Sequence[CheckpointIO] = (),
    **settings: Any,
) -> Trainer:
    """A Lightning Trainer on one device that neither prints nor writes files, and clips and
    averages as asked.

    It is told to be alone: Lightning takes the tasks of a SLURM or LSF job for one training.
    Raises ConfigError where a GPU is asked for and torch finds none.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    averaging = [] if training.averaging is None else [Averaging(training.averaging)]
    return Trainer(
        accelerator=device_of(training.accelerator),
        gradient_clip_val=training.clip,
        callbacks=[*callbacks, *averaging],
        plugins=[LightningEnvironment(), *plugins],
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **settings,
    )
