"""The trials of a search without training: drawn by a worker's means, each ended with a score."""

from __future__ import annotations

import uuid

import numpy as np
from optuna.trial import FrozenTrial

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.workers.trials import Trials
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store


def served(path: str, record: StudyRecord, most: int = 1000) -> None:
    """Draw a trial for every claim, as a worker does, and end it with a score."""
    store = open_store(path, create=False)
    trials = Trials(store, record, StudyConfig.model_validate(record.config))
    holder = new_holder() + uuid.uuid4().hex
    for _ in range(most):
        claim = claims.take(store, record.uuid, holder)
        if claim is None:
            break
        trial = trials.of(claim)
        trials.report(trial, float(np.random.default_rng(claim.id).random()), 0)
        trials.prune(trial)
        claims.finish(store, claim, "done")
    store.close()


def ended(store: Store, record: StudyRecord) -> tuple[list[Claim], list[FrozenTrial]]:
    return (
        claims_of(store, record.uuid, SEARCH),
        load_study(store, record).get_trials(deepcopy=False),
    )
