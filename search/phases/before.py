"""What the trials of a study of before scored, from which a new study's sampler learns, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.search.config.load import is_file
from dropsearch.search.config.points import misfits, searched_of
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.phases import space
from dropsearch.search.phases.distributions import distributions
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.ranking import scored
from dropsearch.studies.store.contract import Scored, Summary
from dropsearch.studies.store.records import SEARCH
from dropsearch.studies.store.store import Store

MOST = 200  # trials, the last ones


def scored_before(config: StudyConfig, metric: str, store: Store) -> list[Scored]:
    """The complete trials of the study in `search.start_from` that are points of the new one, too.

    None where nothing is learnt from scores, or these are of another kind. Raises NoStudy.
    """
    search = config.search
    if search.start_from is None or is_file(search.start_from):
        return []
    record = store.find(search.start_from)
    if search.sampler != "tpe" or len(search.objectives) > 1 or record.metric != metric:
        return []
    found = []
    for claim in scored(claims_of(store, record.uuid, SEARCH)):
        acting = space.acting(claim.point or {})
        values = searched_of(acting, config)
        if not any(misfits(acting, config)) and space.is_whole(values, config):
            assert claim.value is not None
            found.append(Scored(values=values, score=claim.value))
    return found[-MOST:]


def learnt_in_words(config: StudyConfig, summary: Summary) -> list[str]:
    """A sentence on the trials of before, where there are any."""
    number = len(summary.get("before", []))
    trials = "one trial" if number == 1 else f"{number:,} trials"
    return [f"The sampler learns from {trials} of {config.search.start_from}."] if number else []


def as_trials(
    summary: Summary, trials: Sequence[FrozenTrial], config: StudyConfig
) -> Iterator[FrozenTrial]:
    """The trials of before as this study would have scored them, told by the points of both.

    A score between 0 and 1 differs by a number, any other by a factor. None while this study has
    scored points, but none of before.
    """
    before = summary.get("before", [])
    if not before:
        return
    told = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    here = {_key(trial.params): float(trial.values[0]) for trial in told}
    both = [(one["score"], here[key]) for one in before if (key := _key(one["values"])) in here]
    if here and not both:
        return
    then, now = np.mean(both, axis=0) if both else (1.0, 1.0)
    for one in before:
        by_number = summary["bounded"] or then == 0.0
        yield create_trial(
            value=one["score"] + now - then if by_number else one["score"] * now / then,
            params=one["values"],
            distributions=distributions(config, one["values"]),
        )


def _key(values: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(values.items())
