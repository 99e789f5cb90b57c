"""The best configuration -> a model trained on all data, and what such a model predicts.

C classes or steps of a forecast, N examples.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities.exceptions import SIGTERMException

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.batches import FoldBatches
from dropsearch.models.fold.preparation import scaling_of
from dropsearch.models.fold.scores import SCORES, resolve_metric
from dropsearch.models.lockstep.lockstep import steadier
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.trained.bundle import write_bundle
from dropsearch.models.trained.folder import new_folder
from dropsearch.models.trained.predict import covered, predict, scores, spread
from dropsearch.models.trained.reader import Reader
from dropsearch.search.config.load import to_yaml
from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.model_card import card
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.fit import quiet_trainer
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds, in_lockstep
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.draw import Fold, Split
from dropsearch.search.folds.inputs import Inputs, read_data_of, split_of
from dropsearch.search.folds.metric_notes import metric_notes, refuse_undefined
from dropsearch.search.phases import space
from dropsearch.search.signals import cleaning_up, interrupts
from dropsearch.search.versions import versions
from dropsearch.studies.commands import command
from dropsearch.studies.store.records import HOLDOUT

SAMPLES = 100  # passes of Monte Carlo dropout that measure the band's coverage
MEASURED = 1000  # examples of the holdout, at most, on which it is measured


@dataclass(frozen=True)
class Trained:
    """A model that was written. about: what its folder says of it; notes: warnings."""

    folder: Path
    about: dict[str, Any]
    notes: tuple[str, ...]


def train(
    config: StudyConfig,
    folder: Path,
    *,
    networks: int = 1,
    keep_holdout: bool = False,
    on_epoch: Callable[[int], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train the one configuration of `config` for all its epochs and write a model folder.

    It sees all data, or all but the holdout and its purge. on_epoch: told the epochs done. tell:
    told what is read, and "" once it is. Raises ConfigError where a value is searched or there is
    no holdout to keep, DataError, DivergedError, ModelsError where the folder cannot be written,
    and KeyboardInterrupt where told to end; then nothing is written.
    """
    point = _fixed(config)
    device_of(config.training.accelerator)  # a refusal before the work
    with cleaning_up(), new_folder(folder) as draft:
        prepare_process()
        tell(f"Reading {config.data.path}")
        data = read_data_of(config)
        tell("")
        metric = _metric(config, data)
        split = split_of(config, data, HOLDOUT) if keep_holdout else _everything(data)
        if keep_holdout and not len(split.holdout):
            why = " ".join(split.notes) or "folds.holdout is 0."
            raise ConfigError(f"--keep-holdout: there is no holdout to keep. {why}")
        scored = replace(split, folds=())
        refuse_undefined(data, metric, scored)
        seeds = fold_seeds(config.search.seed, HOLDOUT, 0, networks)
        inputs = Inputs(data, split, metric, SCORES[metric].direction)
        folds = _copies(FoldSet.of(config, inputs), networks)
        began = time.perf_counter()
        trained = _fit(point, folds, seeds, on_epoch)
        seconds = time.perf_counter() - began
        notes = [*data.notes, *metric_notes(data, scored, metric), *_changed(config, data)]
        about = {
            "study": config.study,
            "metric": metric,
            "direction": inputs.direction,
            "point": point,
            "epochs": config.training.epochs,
            "seconds": round(seconds, 1),
            "seeds": seeds,
            "parameters": sum(weight.numel() for weight in trained[0].parameters()),
            "data": _described(config, data),
            "training": _scored(trained, folds, split.rest),
            "holdout": _held(config, trained, folds, split.holdout) if keep_holdout else None,
            "notes": notes,
            "versions": versions(),
        }
        write_bundle(
            draft,
            trained,
            Reader.of(
                data,
                target=config.data.target,
                time=config.data.time,
                series=config.data.series,
                missing=config.data.missing,
            ),
            folds.preparations[0],
            config=to_yaml(config),
            about=about,
            card=card(config, about),
        )
    return Trained(folder.absolute(), about, tuple(notes))


def _fixed(config: StudyConfig) -> space.Point:
    """The one point. Raises ConfigError naming the keys that are searched."""
    keys = space.searched(config)
    if keys:
        places = [place for key, place, _ in specs(config) if key in keys]
        raise ConfigError(
            f"{', '.join(places)} of study {config.study} can have several values, and a model is "
            f"trained with one of each: take the file that "
            f"{command('export', config.study, o='best.yaml')} writes, or fix them."
        )
    return space.point_of({}, config)


def _metric(config: StudyConfig, data: SequenceData) -> str:
    """The metric of the study that chose the configuration, else that of the file."""
    chosen = config.selected.metric if config.selected else None
    return resolve_metric(chosen or config.search.metric, data)


def _everything(data: SequenceData) -> Split:
    whole = np.arange(len(data.start))
    none = whole[:0]
    return Split((Fold(whole, none),), none, whole, "all", None, "all examples train", ())


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


def _fit(
    point: space.Point, folds: FoldSet, seeds: list[int], on_epoch: Callable[[int], None]
) -> list[DropoutLSTM]:
    """Train the networks in lockstep, as the holdout's network of a study is trained."""
    training = folds.config.training
    lockstep = in_lockstep(dropout_lstm, point, folds, seeds)
    with interrupts() as asked, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = quiet_trainer(
            training.accelerator,
            max_epochs=training.epochs,
            gradient_clip_val=training.clip,
            callbacks=[_Watch(on_epoch, asked)],
        )
        batches = FoldBatches(folds.train, point["batch_size"], seed=seeds[0])
        try:
            trainer.fit(lockstep, batches)
        except (_Asked, SIGTERMException):
            raise KeyboardInterrupt from None
        finally:
            lockstep.release()
    copies = [copy.cpu() for copy in lockstep.copies if isinstance(copy, DropoutLSTM)]
    if not all(bool(weight.isfinite().all()) for copy in copies for weight in copy.parameters()):
        raise DivergedError(
            "The training diverged in its last step: weights became infinite. "
            f"{steadier(training.clip)}"
        )
    return copies


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


def _changed(config: StudyConfig, data: SequenceData) -> list[str]:
    """Whether the data is other than what the study has seen."""
    chosen = config.selected.fingerprint if config.selected else None
    if chosen is None or chosen == data.fingerprint:
        return []
    return [
        "The data has changed since the study chose this configuration (its fingerprint is another "
        "one): the study's scores are those of the old data."
    ]


def _described(config: StudyConfig, data: SequenceData) -> dict[str, Any]:
    found = data.summary()
    kept = ("rows", "series", "examples", "first", "last", "calendar", "classes", "fingerprint")
    scaling = scaling_of(data, config.data.scale)
    return {"path": config.data.path, "scaling": scaling} | {
        name: found[name] for name in kept if name in found
    }


def _scored(
    networks: list[DropoutLSTM], folds: FoldSet, index: NDArray[np.int64]
) -> dict[str, Any]:
    """Number of examples and scores, dropout off."""
    own = folds.preparations[0]
    found = predict(networks, folds.data, own, index)
    said = scores(found, folds.data, own, index, folds.metric, folds.positive)
    return {"examples": len(index), "scores": said}


def _held(
    config: StudyConfig,
    networks: list[DropoutLSTM],
    folds: FoldSet,
    index: NDArray[np.int64],
) -> dict[str, Any]:
    """The holdout's scores and, of numbers, how much of it the band of the samples covers."""
    said = _scored(networks, folds, index)
    if folds.data.task == "classify":
        return said
    if len(index) > MEASURED:
        index = index[np.linspace(0, len(index) - 1, MEASURED).astype(np.int64)]
    own = folds.preparations[0]
    found = predict(networks, folds.data, own, index)
    band = spread(networks, folds.data, own, index, found, samples=SAMPLES, seed=config.search.seed)
    share = covered(band, folds.data, index)
    return said | {"coverage": {"share": share, "samples": SAMPLES, "examples": len(index)}}
