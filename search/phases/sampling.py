"""Which point a claim of the search gets: Optuna's sampler, asked on a copy of the trials.

The point is drawn before its trial exists, so that a trial is made whole, in one transaction.
The sampler is built anew for each claim with a seed of its own: workers that share one seed
would propose the same points.
"""

from __future__ import annotations

import itertools
import logging
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler, PartialFixedSampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import number_of, value_at
from dropsearch.search.phases import space
from dropsearch.search.phases.space import Branch
from dropsearch.studies.store.contract import Point

log = logging.getLogger("dropsearch")

REDRAWS = 10


def _tpe(seed: int) -> BaseSampler:
    return TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)


def _random(seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


# `grid` has no sampler: its claims come with their points.
SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "tpe": _tpe,
    "random": _random,
    "grid": _random,
}


def draws(
    config: StudyConfig,
    trials: Sequence[FrozenTrial],
    *,
    number: int,
    fixed: Mapping[str, Any],
    directions: Sequence[str],
) -> Iterator[Point]:
    """The parameters of points for claim `number`, all with the values in `fixed`.

    First what the sampler proposes, several times. Then, since these may all be taken, the parts
    of the space in random order: every point of one that is finite, and of another what the
    sampler and then chance propose there. The caller takes the first that no other claim holds.
    """
    asked = itertools.count()

    def seed() -> int:
        entropy = [config.search.seed, number, next(asked)]
        return int(np.random.SeedSequence(entropy).generate_state(1)[0])

    def proposed(
        sampler: Callable[[int], BaseSampler], fixed: Callable[[], Mapping[str, Any]]
    ) -> Iterator[Point]:
        for _ in range(REDRAWS):
            point = _ask(config, trials, partial(sampler, seed()), fixed(), directions)
            if point is not None:
                yield point

    sampler = SAMPLERS[config.search.sampler]
    yield from proposed(sampler, lambda: fixed)
    chance = random.Random(seed())
    parts = space.branches(config, fixed)
    chance.shuffle(parts)
    for part in parts:
        count = space.number_in(part)
        if count is not None:
            yield from (space.point_in(part, k) for k in _shuffled(count, chance))
        else:
            for kind in (sampler, _random):
                yield from proposed(kind, partial(_with_kind, part, fixed, chance))


def _shuffled(count: int, chance: random.Random) -> Iterator[int]:
    """The numbers below `count`, however many, each once: a random start and a random stride."""
    start = chance.randrange(count)
    stride = chance.randrange(count)
    while math.gcd(stride, count) != 1:
        stride = chance.randrange(count)
    return ((start + k * stride) % count for k in range(count))


def _with_kind(part: Branch, fixed: Mapping[str, Any], chance: random.Random) -> Point:
    """`fixed`, with a choice of the values that make a point belong to this part of the space."""
    deciding = {needed for needed, _ in space.CONDITIONS.values()} & part.keys()
    return {
        **fixed,
        **{
            key: value_at(part[key], chance.randrange(number_of(part[key]) or 1))
            for key in sorted(deciding)
        },
    }


def _ask(
    config: StudyConfig,
    trials: Sequence[FrozenTrial],
    made: Callable[[], BaseSampler],
    fixed: Mapping[str, Any],
    directions: Sequence[str],
) -> Point | None:
    """What a sampler proposes; None where it cannot, which a warning says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's, of what it calls experimental
        sampler = PartialFixedSampler(dict(fixed), made()) if fixed else made()
        study = optuna.create_study(
            sampler=sampler, directions=[StudyDirection[name.upper()] for name in directions]
        )
        try:
            study.add_trials([trial for trial in trials if trial.state != TrialState.FAIL])
            trial = study.ask()
            space.suggest(trial, config)
        except Exception as error:  # whatever ails a sampler, no worker shall die of it
            log.warning("the sampler proposes no point (%s): one is drawn without it", error)
            return None
    return trial.params
