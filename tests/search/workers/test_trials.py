"""Optuna's side of a claim, where workers died or lost it between two writes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.trial import create_trial
from sqlalchemy import update

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.run import detach
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.trials import Trials
from dropsearch.search.workers.worker import Worker
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.claims.ranking import ranked
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.records import Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store


@pytest.fixture
def begun(study: Any, tmp_path: Path) -> tuple[Store, StudyRecord]:
    record = detach(study(), storage=str(tmp_path / "s.db"))
    return open_store(str(tmp_path / "s.db"), create=False), record


def trials_of(store: Store, record: StudyRecord) -> Trials:
    return Trials(store, record, StudyConfig.model_validate(record.config))


def taken(store: Store, record: StudyRecord) -> Claim:
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None
    return claim


def change(store: Store, claim: Claim, **values: Any) -> None:
    with store.write() as session:
        session.execute(update(Claim).where(Claim.id == claim.id).values(**values))


def test_a_trial_whose_claim_was_not_told_its_number_is_attached_by_the_next_holder(
    begun: tuple[Store, StudyRecord],
) -> None:
    store, record = begun
    claim = taken(store, record)
    made = trials_of(store, record).of(claim)
    change(store, claim, trial=None, state="waiting", holder=None)
    again = taken(store, record)
    assert (again.id, again.trial) == (claim.id, None)
    assert trials_of(store, record).of(again).number == made.number
    assert claims_of(store, record.uuid)[0].trial == made.number


def test_no_trial_of_a_failed_claim_stays_running(begun: tuple[Store, StudyRecord]) -> None:
    """Neither where the worker that gave the claim up died, nor where it knew no trial of it."""
    store, record = begun
    trials = trials_of(store, record)
    first, second, third = (taken(store, record) for _ in range(3))
    for claim in (first, second, third):
        trials.of(claim)
    change(store, first, state="failed", reason="no memory")
    change(store, second, state="failed", reason="no memory", trial=None)
    for _ in range(2):
        trials_of(store, record).end_failed()
    found = load_study(store, record).get_trials()
    assert [trial.state.name for trial in found] == ["FAIL", "FAIL", "RUNNING"]
    assert [trial.user_attrs.get("reason") for trial in found] == ["no memory"] * 2 + [None]


def test_two_workers_may_end_the_trial_of_a_failed_claim(
    begun: tuple[Store, StudyRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, record = begun
    trials = trials_of(store, record)
    claim = taken(store, record)
    trials.of(claim)
    change(store, claim, state="failed", reason="no memory")
    fail = trials.fail

    def fail_late(*arguments: Any) -> None:
        trials_of(store, record).end_failed()
        fail(*arguments)

    monkeypatch.setattr(trials, "fail", fail_late)
    trials.end_failed()
    (trial,) = load_study(store, record).get_trials()
    assert trial.state.name == "FAIL"


def test_an_epoch_that_was_told_before_is_passed_over_in_silence(
    begun: tuple[Store, StudyRecord],
) -> None:
    store, record = begun
    claim = taken(store, record)
    trials = trials_of(store, record)
    trials.report(trials.of(claim), 0.5, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        later = trials_of(store, record)
        for epoch in range(2):
            later.report(later.of(claim), 0.5, epoch)
    (trial,) = load_study(store, record).get_trials()
    assert trial.intermediate_values == {0: 0.5, 1: 0.5}
    assert trial.state == optuna.trial.TrialState.RUNNING


def test_a_trial_below_the_median_of_the_others_is_pruned(
    begun: tuple[Store, StudyRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the first third, and by trials that are read once a second."""
    store, record = begun
    study = load_study(store, record)

    def add(count: int) -> None:
        values = dict.fromkeys(range(3), 0.9)
        for _ in range(count):
            told = {"claim": -len(study.trials)}
            study.add_trial(create_trial(value=0.9, intermediate_values=values, user_attrs=told))

    add(4)
    trials = trials_of(store, record)
    trial = trials.of(taken(store, record))
    for epoch in range(2):
        trials.report(trial, 0.1, epoch)  # four are too few
    add(1)
    trials.report(trial, 0.1, 2)  # the fifth is not seen yet
    monkeypatch.setattr("dropsearch.search.workers.pruning.FRESH", 0.0)
    with pytest.raises(optuna.TrialPruned):
        trials.report(trial, 0.1, 2)
    late = trials.of(taken(store, record))
    trials.report(late, 0.1, 0)
    with pytest.raises(optuna.TrialPruned):
        trials.report(late, 0.1, 1)


def test_a_worker_told_to_leave_after_it_lost_its_claim_leaves_in_order(
    begun: tuple[Store, StudyRecord],
) -> None:
    store, record = begun
    heartbeat = Heartbeat(store, record.uuid, told=lambda: 1)
    worker = Worker(store, record, heartbeat)
    claim = taken(store, record)
    worker.trials.of(claim)
    change(store, claim, holder="another:1:1:1")
    worker._serve(claim)
    assert heartbeat.claim is None
    kept = claims_of(store, record.uuid)[0]
    assert (kept.state, kept.holder) == ("running", "another:1:1:1")


def test_a_claim_for_which_no_point_is_left_has_failed_and_its_worker_lives(
    study: Any, tmp_path: Path
) -> None:
    """Such as in a range that holds two numbers alone, which counts as one without an end."""
    narrow = {"low": 0.5, "high": float(np.nextafter(0.5, 1))}
    record = detach(
        study(model={"hidden_size": 4, "dropout": narrow}, search={"trials": 4}),
        storage=str(tmp_path / "s.db"),
    )
    store = open_store(str(tmp_path / "s.db"), create=False)
    Worker(store, record, Heartbeat(store, record.uuid, told=lambda: 0)).run()
    ended = claims_of(store, record.uuid)
    assert [claim.state for claim in ended[:1] + ended[2:]] == ["done", "failed", "failed"]
    assert "Every point of the space has been tried" in str(ended[-1].reason)


def test_a_pruned_trial_keeps_no_value_and_is_never_ranked(
    begun: tuple[Store, StudyRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where its worker ends it, nor where the next one ends it for a worker that died."""
    monkeypatch.setattr("dropsearch.search.workers.pruning.FRESH", 0.0)
    store, record = begun
    record.config["training"]["learning_rate"] = 1e-9
    for number in range(5):
        told = dict.fromkeys(range(3), 2.0)
        load_study(store, record).add_trial(
            create_trial(value=2.0, intermediate_values=told, user_attrs={"claim": -number})
        )
    worker = Worker(store, record, Heartbeat(store, record.uuid, told=lambda: 0))
    worker._serve(taken(store, record))
    left = taken(store, record)
    trial = worker.trials.of(left)
    worker.trials.report(trial, 0.5, 0)
    worker.trials.prune(trial)
    change(store, left, state="waiting", holder=None)
    worker._serve(taken(store, record))
    found = [claim for claim in claims_of(store, record.uuid) if claim.state == "done"]
    states = {t.state.name for t in load_study(store, record).get_trials() if t.number >= 5}
    assert (len(found), states) == (2, {"PRUNED"})
    assert [(claim.value, claim.best_epoch) for claim in found] == [(None, None)] * 2
    assert len(fold_scores(store, found[0].id)) > 0
    assert ranked(store, record) == []
    assert recommend(store, record) is None
