"""The networks of a fit, one for each fold, and their seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from pytorch_lightning import LightningModule

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.lockstep.graphs import fold_graphs
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.names import SHARED_SITES
from dropsearch.models.own.named import explained
from dropsearch.models.own.network import OwnNetwork
from dropsearch.models.text.vocabulary import UNKNOWN
from dropsearch.search.config.points import ARGS
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.schema.network import Model
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.space import extremes
from dropsearch.studies.store.records import PHASES

# Point, folds, number of the fold, seed -> its network, which takes what `FoldBatches` gives, logs
# val_loss and val_metric, and is `Counted`.
Builder = Callable[[Mapping[str, Any], FoldSet, int, int], LightningModule]


@runtime_checkable
class Counted(Protocol):
    """What a fit asks of a network beside that it is a LightningModule."""

    def multiply_adds(self) -> int:
        """Multiplications for one time step of one sequence, forward."""


def dropout_lstm(point: Mapping[str, Any], folds: FoldSet, fold: int, seed: int) -> DropoutLSTM:
    """The network of dropsearch."""
    network = DropoutLSTM(
        folds.width,
        folds.outputs,
        task=folds.config.data.task,
        cell=point.get("cell", "lstm"),
        hidden_size=point["hidden_size"],
        layers=point["layers"],
        bidirectional=point["bidirectional"],
        pooling=point["pooling"],
        dropout=rates_of(point, folds.config.model),
        mask=point["mask"],
        recurrent=point["recurrent"],
        static=folds.static,
        ahead=folds.ahead,
        targets=max(1, len(folds.data.targets)),
        **_words(point, folds),
        learning_rate=point["learning_rate"],
        weight_decay=point["weight_decay"],
        class_weights=folds.class_weights[fold],
        metric=make_metric(folds.metric, folds.outputs, folds.positive, folds.config.weights),
        seed=seed,
    )
    if folds.data.vectors is not None:
        _start_words(network, folds, fold, frozen=point["embedding"] == "frozen")
    return network


def own_network(point: Mapping[str, Any], folds: FoldSet, fold: int, seed: int) -> OwnNetwork:
    """The network of the user."""
    model = folds.config.model
    assert model.network is not None
    arguments, rates = own_arguments(point)
    return OwnNetwork(
        model.network,
        folds.width,
        folds.outputs,
        arguments=arguments,
        rates=rates,
        task=folds.config.data.task,
        static=folds.static,
        ahead=folds.ahead,
        targets=max(1, len(folds.data.targets)),
        vocabulary=folds.vocabulary,
        learning_rate=point["learning_rate"],
        weight_decay=point["weight_decay"],
        class_weights=folds.class_weights[fold],
        metric=make_metric(folds.metric, folds.outputs, folds.positive, folds.config.weights),
        seed=seed,
    )


def own_arguments(point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """The arguments of the user's network, and its rates."""
    arguments, rates = {}, {}
    for key, value in point.items():
        if key.startswith(ARGS):
            arguments[key.removeprefix(ARGS)] = value
        elif key.startswith("dropout"):
            rates[key.removeprefix("dropout.")] = float(value)
    return arguments, rates


def builder_of(config: StudyConfig) -> Builder:
    """What makes the networks of a study."""
    return dropout_lstm if config.model.network is None else own_network


def _words(point: Mapping[str, Any], folds: FoldSet) -> dict[str, int]:
    """Of texts the vocabulary and the size of the embedding: that of word vectors, if any."""
    if folds.vocabulary is None:
        return {}
    vectors = folds.data.vectors
    size = point["embedding_size"] if vectors is None else vectors.shape[1]
    return {"vocabulary": folds.vocabulary, "embedding_size": size}


def _start_words(network: DropoutLSTM, folds: FoldSet, fold: int, *, frozen: bool) -> None:
    """The words of the fold's vocabulary that have a vector start from it."""
    data, vocabulary = folds.data, folds.preparations[fold].vocabulary
    assert data.vectors is not None
    assert vocabulary is not None
    ids = vocabulary.ids(data.words)
    known = ids != UNKNOWN
    vectors = torch.from_numpy(data.vectors[known])
    network.start_words(torch.from_numpy(ids[known]), vectors, frozen=frozen)


def rates_of(point: Mapping[str, Any], model: Model) -> float | dict[str, float]:
    """The dropout argument of DropoutLSTM: the shared rate, or the rate of each site."""
    if "dropout" in point:
        rate = float(point["dropout"])
        return rate if model.sites == SHARED_SITES else dict.fromkeys(model.sites, rate)
    return {
        key.removeprefix("dropout."): float(rate)
        for key, rate in point.items()
        if key.startswith("dropout.")
    }


def in_lockstep(
    build: Builder, point: Mapping[str, Any], folds: FoldSet, seeds: Sequence[int]
) -> Lockstep:
    """The K networks of one point, one for each fold and its seed."""
    copies = [build(point, folds, fold, seed) for fold, seed in enumerate(seeds)]
    return Lockstep(copies, together=fold_graphs)


def refuse_unfit(config: StudyConfig, inputs: Inputs) -> None:
    """Raises ConfigError where the user's network cannot be trained: tried on a batch."""
    if config.model.network is None:
        return
    prepare_process()
    folds = FoldSet.of(config, inputs)
    point, slowest = extremes(config)
    batches = [next(part.batches(point["batch_size"])) for part in folds.train]
    try:
        with explained(config.model.network, "on a first batch"):
            lockstep = in_lockstep(own_network, point, folds, range(len(batches)))
            if slowest["batch_size"] == 1:
                _refuse_normalising(lockstep)
            lockstep.configure_optimizers()
            loss = lockstep.training_step(batches, 0)
            if loss is None or not loss.requires_grad:
                raise ModelsError("training_step returned no loss that can be trained by.")
            loss.backward()
            lockstep.eval()
            lockstep.validation_step(batches, 0)
    except ModelsError as error:
        text = str(error)
        known = "" if text.startswith(("model.", "training.")) else "model.network: "
        raise ConfigError(f"{known}{text}") from error


def _refuse_normalising(lockstep: Lockstep) -> None:
    for copy in lockstep.copies:
        if isinstance(copy, OwnNetwork) and copy.normalises_batches:
            raise ModelsError(
                f"training.batch_size: {copy.name} has batch normalisation, which takes the mean "
                "over the examples of a batch: set 2 or more."
            )


def fold_seeds(seed: int, phase: str, repeat: int, folds: int) -> list[int]:
    """Seeds of weights, masks and batch order of every fold, the same for all points of a phase."""
    sequence = np.random.SeedSequence([seed, PHASES.index(phase), repeat])
    return [int(s) for s in sequence.generate_state(folds)]
