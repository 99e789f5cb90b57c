"""The networks of a fit, one for each fold, and their seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from pytorch_lightning import LightningModule

from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.lockstep.graphs import fold_graphs
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.names import SHARED_SITES
from dropsearch.models.text.vocabulary import UNKNOWN
from dropsearch.search.config.schema.network import Model
from dropsearch.search.fit.foldset import FoldSet
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
        **_words(point, folds),
        learning_rate=point["learning_rate"],
        weight_decay=point["weight_decay"],
        class_weights=folds.class_weights[fold],
        metric=make_metric(folds.metric, folds.outputs, folds.positive),
        seed=seed,
    )
    if folds.data.vectors is not None:
        _start_words(network, folds, fold, frozen=point["embedding"] == "frozen")
    return network


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


def fold_seeds(seed: int, phase: str, repeat: int, folds: int) -> list[int]:
    """Seeds of weights, masks and batch order of every fold, the same for all points of a phase."""
    sequence = np.random.SeedSequence([seed, PHASES.index(phase), repeat])
    return [int(s) for s in sequence.generate_state(folds)]
