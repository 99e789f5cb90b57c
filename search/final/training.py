"""The networks of the model, trained for all epochs until they are done or told to end."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities.exceptions import SIGTERMException

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import FoldBatches
from dropsearch.models.fold.learner import Learner
from dropsearch.models.lockstep.lockstep import steadier
from dropsearch.search.fit.fit import quiet_trainer
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import builder_of, in_lockstep
from dropsearch.search.fit.process import on_own_threads
from dropsearch.search.signals import interrupts
from dropsearch.studies.store.contract import Point


def train_networks(
    point: Point, folds: FoldSet, seeds: list[int], on_epoch: Callable[[int], None]
) -> list[Learner]:
    """One for each seed, trained in lockstep on the one fold, as a study's holdout network is.

    on_epoch: told the epochs done. Raises DivergedError, and KeyboardInterrupt where told to end.
    """
    training = folds.config.training
    copies = _copies(folds, len(seeds))
    lockstep = in_lockstep(builder_of(folds.config), point, copies, seeds)
    with interrupts() as asked, warnings.catch_warnings(), on_own_threads():
        warnings.simplefilter("ignore")
        trainer = quiet_trainer(training, [_Watch(on_epoch, asked)], max_epochs=training.epochs)
        batches = FoldBatches(copies.train, point["batch_size"], seed=seeds[0])
        try:
            trainer.fit(lockstep, batches)
        except (_Asked, SIGTERMException):
            raise KeyboardInterrupt from None
        finally:
            lockstep.release()
    networks = [copy.cpu() for copy in lockstep.copies if isinstance(copy, Learner)]
    if not all(network.is_finite for network in networks):
        raise DivergedError(
            "The training diverged in its last step: weights became infinite. "
            f"{steadier(training.clip)}"
        )
    return networks


def _copies(folds: FoldSet, networks: int) -> FoldSet:
    """The one fold for each of so many networks."""
    return replace(
        folds,
        preparations=folds.preparations * networks,
        train=folds.train * networks,
        validate=folds.validate * networks,
        sample=folds.sample * networks,
        class_weights=folds.class_weights * networks,
    )


class _Asked(Exception):  # noqa: N818, it is no error
    """Ctrl-C, which Lightning must not see: it would end the process."""


class _Watch(Callback):
    def __init__(self, on_epoch: Callable[[int], None], asked: Callable[[], int]) -> None:
        self._on_epoch = on_epoch
        self._asked = asked

    def on_train_batch_end(self, *_: Any) -> None:
        if self._asked():
            raise _Asked

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._on_epoch(trainer.current_epoch + 1)
