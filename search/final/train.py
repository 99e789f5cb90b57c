"""The best configuration -> a model trained on all data, as a folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.scores import SCORES, resolve_metric
from dropsearch.models.own.named import explained
from dropsearch.models.trained.bundle import write_bundle
from dropsearch.models.trained.folder import new_folder
from dropsearch.models.trained.reader import Reader
from dropsearch.search.config.load import to_yaml
from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.about import about_model
from dropsearch.search.final.model_card import card
from dropsearch.search.final.training import train_networks
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.draw import Fold, Split
from dropsearch.search.folds.inputs import Inputs, read_data_of, split_of
from dropsearch.search.folds.metric_notes import metric_notes, refuse_undefined
from dropsearch.search.phases import space
from dropsearch.search.signals import cleaning_up
from dropsearch.studies.commands import command
from dropsearch.studies.store.contract import Point
from dropsearch.studies.store.records import HOLDOUT


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
        tell(f"Reading {config.data.files}")
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
        folds = FoldSet.of(config, inputs)
        notes = (*data.notes, *metric_notes(data, scored, metric), *_changed(config, data))
        began = time.perf_counter()
        with explained(config.model.network):
            trained = train_networks(point, folds, seeds, on_epoch)
            seconds = time.perf_counter() - began
            about = about_model(
                point,
                inputs,
                folds,
                trained,
                seeds,
                seconds=seconds,
                held=keep_holdout,
                notes=notes,
            )
        write_bundle(
            draft,
            trained,
            Reader.of(
                data,
                target=config.data.targets[0],
                time=config.data.time,
                series=config.data.series,
                missing=config.data.missing,
                missing_codes=config.data.missing_codes,
            ),
            folds.preparations[0],
            config=to_yaml(config),
            about=about,
            card=card(config, about),
        )
    return Trained(folder.absolute(), about, notes)


def _fixed(config: StudyConfig) -> Point:
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
    return Split((Fold(whole, none),), none, whole, "all", None, "all examples train", (), whole)


def _changed(config: StudyConfig, data: SequenceData) -> list[str]:
    """Whether the data is other than what the study has seen."""
    chosen = config.selected.fingerprint if config.selected else None
    if chosen is None or chosen == data.fingerprint:
        return []
    return [
        "The data has changed since the study chose this configuration (its fingerprint is another "
        "one): the study's scores are those of the old data."
    ]
