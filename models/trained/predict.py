"""What trained networks say of examples: their mean, and the spread of Monte Carlo dropout.

N examples, B batch, C classes, steps of a forecast, or 1; M networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module
from torch.nn.modules.batchnorm import _BatchNorm

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.batches import EVALUATED_AT_ONCE, Batch, Examples
from dropsearch.models.fold.learner import Learner
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.fold.scored import scored, targets
from dropsearch.models.fold.scores import score_of
from dropsearch.models.names import Task

BAND = (0.05, 0.95)  # quantiles

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """Over the passes of Monte Carlo dropout; classify: of the label's probability, C is 1."""

    mean: Numbers  # (N, C)
    deviation: Numbers  # (N, C)
    low: Numbers  # (N, C) the 5 % quantile
    high: Numbers  # (N, C) the 95 % quantile


def predict(
    networks: Sequence[Module],
    data: SequenceData,
    preparation: Preparation,
    index: NDArray[np.int64],
) -> Numbers:
    """(N, C) probabilities, or numbers in the user's unit: the mean over the networks."""
    for network in networks:
        network.eval()
    places, found = [], []
    for place, batch in _batches(data, preparation, index):
        places.append(place)
        found.append(_outputs(networks, batch, data.task).mean(0).numpy())
    return np.concatenate(found)[np.concatenate(places).argsort()]


def spread(
    networks: Sequence[Learner],
    data: SequenceData,
    preparation: Preparation,
    index: NDArray[np.int64],
    predicted: Numbers,
    *,
    samples: int,
    seed: int = 0,
) -> Spread:
    """Monte Carlo dropout: passes with the masks of training.

    Gal & Ghahramani 2016, "Dropout as a Bayesian approximation", section 4.

    Each network makes `samples` passes, and all are taken together, so that the spread of
    several networks holds their differences, too. predicted: (N, C) as `predict` gives it.
    """
    width = 1 if data.task == "classify" else predicted.shape[1]
    found = [np.empty((len(index), width)) for _ in range(4)]
    for number, network in enumerate(networks):
        network.train()
        network.generator.manual_seed(seed + number)
    for place, batch in _batches(data, preparation, index):
        label = torch.from_numpy(predicted[place].argmax(1))[None, :, None]
        passes = []
        for _ in range(samples):
            outputs = _outputs(networks, batch, data.task)
            if data.task == "classify":
                outputs = outputs.take_along_dim(label, 2)
            passes.append(outputs.numpy())
        values = np.concatenate(passes)
        first = values[0]
        apart = values - first  # equal passes give a deviation of exactly 0
        found[0][place] = first + apart.mean(0)
        found[1][place] = apart.std(0)
        found[2][place], found[3][place] = first + np.quantile(apart, BAND, axis=0)
    for network in networks:
        network.eval()
    return Spread(*found)


def learns_in_training(networks: Sequence[Module]) -> bool:
    """Whether passes in training change a network, as batch normalisation does."""
    return any(isinstance(part, _BatchNorm) for network in networks for part in network.modules())


def _batches(
    data: SequenceData, preparation: Preparation, index: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Batches of short with short examples, each with the places in `index` of its own."""
    order = np.argsort(data.length[index], kind="stable")
    batches = Examples(data, preparation, index[order]).batches(EVALUATED_AT_ONCE)
    places = np.split(order, range(EVALUATED_AT_ONCE, len(order), EVALUATED_AT_ONCE))
    return zip(places, batches, strict=True)


@torch.no_grad()
def _outputs(networks: Sequence[Module], batch: Batch, task: Task) -> Tensor:
    """(M, B, C) float64."""
    found = []
    for network in networks:
        outputs = network(*batch.given)
        classes = task == "classify"
        found.append(outputs.double().softmax(1) if classes else batch.restore(outputs))
    return torch.stack(found)


def scores(
    predicted: Numbers,
    data: SequenceData,
    preparation: Preparation,
    index: NDArray[np.int64],
    metric: str,
    positive: int,
    weights: tuple[float, ...] = (),
) -> dict[str, float]:
    """The metric of `predicted` (N, C), of several targets with these weights, and of classes the
    accuracy, too."""
    if data.task == "classify":
        target = torch.from_numpy(data.target[index])
        logits = torch.from_numpy(predicted).clamp_min(1e-300).log()
        measure = make_metric(metric, predicted.shape[1], positive)
        measure.update(logits, target)
        accuracy = float(np.mean(predicted.argmax(1) == data.target[index]))
        return {metric: float(measure.compute())} | {"accuracy": accuracy}
    return {metric: score_of(metric, scored(data, index, predicted, preparation.units, weights))}


def by_target(
    predicted: Numbers,
    data: SequenceData,
    preparation: Preparation,
    index: NDArray[np.int64],
    metric: str,
) -> dict[str, float]:
    """The metric of `predicted` (N, C), target by target; empty where there is but one."""
    parts = np.split(predicted, max(1, len(data.targets)), axis=1)
    return {
        name: score_of(metric, scored(one, index, own, units))
        for name, one, own, units in zip(
            data.targets, data.each, parts, preparation.units.T, strict=False
        )
    }


def covered(found: Spread, data: SequenceData, index: NDArray[np.int64]) -> float:
    """The share of the known targets that lie in the band from the 5 % to the 95 % quantile."""
    actual, known = targets(data, index)
    inside = (found.low <= actual) & (actual <= found.high)
    return float(inside[known].mean())
