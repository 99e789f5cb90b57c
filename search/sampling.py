"""Which point a claim of the search gets: Optuna's sampler, asked on a copy of the trials.

The point is drawn before its trial exists, so that a trial is made whole, in one transaction.
The sampler is built anew for each claim with a seed of its own: workers that share one seed
would propose the same points.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, PartialFixedSampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from dropsearch.search import space
from dropsearch.search.config import StudyConfig

Drawn = tuple[dict[str, Any], dict[str, BaseDistribution]]

REDRAWS = 10
WALKED = 100_000  # points of a finite space that are gone through for one that is free


def _tpe(seed: int) -> BaseSampler:
    return TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)


def _random(seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


# `grid` has no sampler: its claims come with their points.
SAMPLERS = {"tpe": _tpe, "random": _random, "grid": _random}


def draws(
    config: StudyConfig,
    trials: Sequence[FrozenTrial],
    *,
    number: int,
    fixed: dict[str, Any],
    directions: Sequence[str],
) -> Iterator[Drawn]:
    """Points for claim `number` of the search, with the values in `fixed`, one after another.

    First what the sampler proposes, several times; then every point that keeps `fixed`, then
    every other one, in random order, where these are finitely many. The caller takes the first
    that no other claim holds.
    """
    for again in range(REDRAWS):
        yield _ask(
            config, trials, seed=_seed(config, number, again), fixed=fixed, directions=directions
        )
    rng = np.random.default_rng(_seed(config, number, REDRAWS))
    for kept in [fixed, {}] if fixed else [{}]:
        points = list(space.points_with(config, kept, most=WALKED))
        rng.shuffle(points)
        for point in points:
            yield _ask(config, (), seed=0, fixed=point, directions=directions)


def _seed(config: StudyConfig, number: int, again: int) -> int:
    return int(np.random.SeedSequence([config.search.seed, number, again]).generate_state(1)[0])


def _ask(
    config: StudyConfig,
    trials: Sequence[FrozenTrial],
    *,
    seed: int,
    fixed: dict[str, Any],
    directions: Sequence[str],
) -> Drawn:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = SAMPLERS[config.search.sampler](seed)
        if fixed:
            sampler = PartialFixedSampler(fixed, sampler)
        study = optuna.create_study(
            sampler=sampler, directions=[StudyDirection[name.upper()] for name in directions]
        )
        study.add_trials([trial for trial in trials if trial.state != TrialState.FAIL])
        trial = study.ask()
        space.suggest(trial, config)
    frozen = study.get_trials(deepcopy=False)[trial.number]
    return frozen.params, frozen.distributions
