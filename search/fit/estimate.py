"""How long a study takes at most: a few real training steps of its smallest and largest network,
and its baselines learnt from some examples.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dropsearch.models.fold.batches import FoldBatches
from dropsearch.models.fold.learnt import learnt, most_examples
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import values_of
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import builder_of, fold_seeds, in_lockstep
from dropsearch.search.fit.process import on_own_threads, prepare_process
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.space import extremes
from dropsearch.studies.store.contract import Point

STARTING = 10.0  # seconds until the workers run
BESIDE = 0.85  # speed of a worker beside others, in that of one alone
EACH_EPOCH = 0.05  # seconds beside the steps of training, which alone are timed
ROUNDS, SECONDS = 2, 1.25  # each of the two networks is timed so often, for so long
KIND_SECONDS = 0.5  # for each recurrent kind
BUSY = 0.25  # share of the time from which on it is said
LEARNING, FEWEST = 0.5, 100  # for a baseline that learns, from so many examples at least


@dataclass(frozen=True)
class Estimate:
    """Seconds of one fit, without early stopping or pruning, on one core."""

    smallest: float
    largest: float
    kinds: dict[str, float]  # time of a recurrent kind, as a multiple of that without one
    baselines: float  # all of them, learnt once on one fold
    waited: float  # share of the time in which other programs had the core, at the quicker timing

    @property
    def notes(self) -> list[str]:
        """What makes the times doubtful."""
        if self.waited < BUSY:
            return []
        return [
            f"The machine is busy: other programs had {self.waited:.0%} of the time while networks "
            "were timed, twice; the times are those of a machine as busy as that."
        ]

    def study(self, fits: int, workers: int) -> float:
        """Seconds for `fits` fits whose sizes are spread evenly between the two."""
        speed = BESIDE if workers > 1 else 1.0
        return math.ceil(fits / workers) * (self.smallest + self.largest) / 2 / speed


def estimate(config: StudyConfig, inputs: Inputs, baselines: Sequence[str] = ()) -> Estimate:
    """Time both ends of the space on the study's own batches, and the baselines that learn."""
    prepare_process()
    folds = FoldSet.of(config, inputs)
    ends = extremes(config)
    rounds = [[_timed(point, folds, SECONDS) for point in ends] for _ in range(ROUNDS)]
    smallest, largest = (min(timed) for timed in zip(*rounds, strict=True))
    learning = sum(_learning(name, folds) for name in baselines)
    waited = min(smallest.waited, largest.waited)
    low, high = (one.seconds + EACH_EPOCH * config.training.epochs for one in (smallest, largest))
    return Estimate(low, high, _kinds(config, folds), learning, waited)


class Timing(NamedTuple):
    seconds: float  # of a whole fit
    waited: float  # share of them in which the core was another program's


def _learning(name: str, folds: FoldSet) -> float:
    """Seconds of a baseline on the first fold: of more and more of it, till it takes long enough,
    and the rest in proportion."""
    data, own = folds.data, folds.preparations[0]
    rng = np.random.default_rng(0)
    train, validate = (rng.permutation(part[0].index) for part in (folds.train, folds.validate))
    most = min(len(train), most_examples(data))

    def seconds(size: int) -> float:
        began = time.perf_counter()
        with suppress(ValueError), on_own_threads():  # it cannot be learnt from these
            learnt(name, data, own, train[:size], validate[:size], seed=0)
        return time.perf_counter() - began

    size = min(FEWEST, most)
    seconds(size)  # loads scikit-learn
    while (found := seconds(size)) < LEARNING and size < most:
        size = min(2 * size, most)
    return found * most / size


def _kinds(config: StudyConfig, folds: FoldSet) -> dict[str, float]:
    """How much longer the largest network takes with each recurrent kind of the space."""
    kinds = [kind for kind in values_of(config.model.recurrent) if kind != "none"]
    if not kinds:
        return {}
    _, largest = extremes(config)
    plain = _timed(largest | {"recurrent": "none"}, folds, KIND_SECONDS).seconds
    return {
        kind: _timed(largest | {"recurrent": kind}, folds, KIND_SECONDS).seconds / plain
        for kind in kinds
    }


def _timed(point: Point, folds: FoldSet, most: float) -> Timing:
    """A whole fit: the seconds of a step and of an evaluation, times their numbers.

    most: seconds to spend on steps, three at least.
    """
    config = folds.config
    seeds = fold_seeds(config.search.seed, "search", 0, len(folds.train))
    lockstep = in_lockstep(builder_of(config), point, folds, seeds)
    optimizer = lockstep.configure_optimizers()
    batches = FoldBatches(folds.train, point["batch_size"], seed=0)
    times = []
    began, worked = time.perf_counter(), time.process_time()
    for batch in batches:
        started = time.perf_counter()
        optimizer.zero_grad()
        loss = lockstep.training_step(batch, 0)
        if loss is not None:  # else a batch that the network leaves out
            loss.backward()
        lockstep.configure_gradient_clipping(optimizer, config.training.clip)
        optimizer.step()
        times.append(time.perf_counter() - started)
        if len(times) >= 3 and time.perf_counter() - began > most:
            break
    waited = 1 - (time.process_time() - worked) / (time.perf_counter() - began)
    warm = sorted(times[1:] or times)  # the first step starts torch up
    steady = warm[: max(1, len(warm) * 3 // 4)]
    step = sum(steady) / len(steady)
    examples = sum(len(part) for part in folds.train)
    evaluated = sum(len(part) for part in (*folds.validate, *folds.sample))
    # An evaluated example costs about a third of one that is trained on: no backward pass.
    epoch = len(batches) * step * (1 + evaluated / examples / 3)
    return Timing(config.training.epochs * epoch, max(0.0, waited))
