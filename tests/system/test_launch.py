"""launch(): budgets, resuming, extending, refusing; on real files with real worker processes."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from sqlalchemy import select

from dropsearch.search import launch
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.search.terminal.show import Lines
from dropsearch.search.workers.follow import Left, Quiet
from dropsearch.studies.claims.lifecycle import set_halted
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import Progress, claims_of
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import Claim, StudyRecord
from dropsearch.studies.store.store import open_store

Study = Any


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return str(tmp_path / "studies.db")


@pytest.fixture(scope="module")
def done(
    tmp_path_factory: pytest.TempPathFactory, study_in: Callable[[Path], Study]
) -> tuple[dict[str, Any], str, Recommendation]:
    """A study that is done, for tests that leave it so: what was asked, its storage, its answer."""
    folder = tmp_path_factory.mktemp("done")
    asked, storage = study_in(folder)(), str(folder / "studies.db")
    return asked, storage, launch(asked, storage=storage).recommendation


def trials_in(storage: str) -> list[optuna.trial.FrozenTrial]:
    store = open_store(storage, create=False)
    return load_study(store, store.find("tones")).get_trials()


def test_the_budget_is_exact_with_more_workers_than_trials(study: Study, storage: str) -> None:
    result = launch(study(search={"trials": 5}), storage=storage, workers=8)
    trials = trials_in(storage)
    assert len(trials) == 5
    assert all(trial.state.is_finished() for trial in trials)
    assert len({str(trial.params) for trial in trials}) == 5
    claims = claims_of(result.store, result.record.uuid)
    assert [claim.state for claim in claims] == ["done"] * 5
    assert sorted(claim.trial for claim in claims) == [0, 1, 2, 3, 4]
    assert result.record.phase == "done"


def test_more_trials_add_the_difference(
    study: Study, storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(study(search={"trials": 2}), storage=storage, workers=1)
    before = [trial.params for trial in trials_in(storage)]
    launch(study(search={"trials": 2}), storage=storage, workers=1, trials=5, view=Lines())
    assert "Resumed: 2 of 5 trials have ended.\n" in capsys.readouterr().out
    trials = trials_in(storage)
    assert len(trials) == 5
    assert [trial.params for trial in trials[:2]] == before
    launch(study(search={"trials": 3}), storage=storage, workers=1)  # smaller: ignored
    assert len(trials_in(storage)) == 5


def test_a_study_done_is_not_run_again(done: Any) -> None:
    asked, storage, first = done
    assert launch(asked, storage=storage).recommendation == first
    assert len(trials_in(storage)) == 4


def test_another_config_is_refused_in_words(done: Any) -> None:
    asked, storage, _ = done
    with pytest.raises(ConfigError, match=r"training\.epochs: 3 in the study, 4 in the file"):
        launch(asked | {"training": asked["training"] | {"epochs": 4}}, storage=storage)
    assert len(trials_in(storage)) == 4


def test_other_data_are_refused(study: Study, done: Any) -> None:
    asked, (_, storage, _) = study(), done
    path = Path(asked["data"]["path"])
    path.write_text(path.read_text().replace("\n0,0,", "\n0,0,9", 1))
    with pytest.raises(ConfigError, match="content of"):
        launch(asked, storage=storage)


def test_scores_do_not_depend_on_the_number_of_workers(study: Study, tmp_path: Path) -> None:
    asked = study(
        model={"dropout": [0.0, 0.2, 0.5], "hidden_size": [4, 8]},
        search={"sampler": "grid", "pruner": "none"},
    )
    scores = []
    for workers in (1, 3):
        storage = str(tmp_path / f"{workers}.db")
        launch(asked, storage=storage, workers=workers)
        scores.append({str(t.params): t.user_attrs["fold_scores"] for t in trials_in(storage)})
    assert len(scores[0]) == 6
    assert scores[0] == scores[1]


def test_a_space_that_is_used_up_ends_the_search(study: Study, storage: str) -> None:
    asked = study(model={"dropout": [0.0, 0.5], "hidden_size": 4}, search={"trials": 30})
    result = launch(asked, storage=storage, workers=1)
    assert result.record.phase == "done"
    assert sorted(t.params["dropout"] for t in trials_in(storage)) == [0.0, 0.5]


def test_controls_run_without_dropout_and_at_a_half(study: Study, storage: str) -> None:
    launch(study(search={"trials": 12, "sampler": "random"}), storage=storage, workers=1)
    rates = [trial.params["dropout"] for trial in trials_in(storage)]
    assert rates.count(0.0) == 2
    assert rates.count(0.5) == 1


def test_a_diverged_fit_fails_and_the_study_goes_on(study: Study, storage: str) -> None:
    asked = study(training={"learning_rate": [0.01, 1e38], "clip": None}, search={"trials": 8})
    result = launch(asked, storage=storage, workers=1)
    trials = trials_in(storage)
    failed = [trial for trial in trials if trial.params["learning_rate"] == 1e38]
    assert 0 < len(failed) < 8
    for trial in failed:
        assert trial.state == optuna.trial.TrialState.FAIL
        assert "epoch" in trial.user_attrs["reason"]
        assert "fold" in trial.user_attrs["reason"]
        assert "learning_rate 1e+38" in trial.user_attrs["reason"]
    assert result.recommendation.point["learning_rate"] == 0.01


def test_where_every_trial_fails_the_first_reason_is_told(study: Study, storage: str) -> None:
    asked = study(training={"learning_rate": 1e38, "clip": None}, search={"trials": 3})
    result = launch(asked, storage=storage, workers=1)
    with pytest.raises(SearchError, match=r"No trial.*gave a score: 3 failed.*diverged"):
        str(result.recommendation)


def test_the_time_limit_ends_the_search(study: Study, storage: str) -> None:
    asked = study(training={"epochs": 5000, "patience": None}, search={"trials": 50})
    result = launch(asked, storage=storage, workers=1, timeout=3)
    trials = trials_in(storage)
    assert 1 <= len(trials) < 50
    assert {trial.state for trial in trials} == {optuna.trial.TrialState.PRUNED}
    assert all(trial.value == trial.intermediate_values.get(trial.last_step) for trial in trials)
    assert result.record.phase == "done"
    assert result.record.note == "The time limit ended the search."


class Locking(Quiet):
    """Somebody locks the file as the launch starts."""

    def __init__(self, storage: str) -> None:
        self.storage = storage
        self.locked: float | None = None
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def show(self, seen: Progress, left: Left | None) -> None:
        if self.locked is None:
            self.locked = time.monotonic()
            other = sqlite3.connect(
                self.storage, isolation_level=None, check_same_thread=False, timeout=60
            )
            other.execute("BEGIN IMMEDIATE")
            threading.Timer(4, other.close).start()


def test_the_time_limit_is_kept_where_the_database_is_away_as_it_passes(
    study: Study, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropsearch.studies.store.sqlite.BUSY_SECONDS", 0.2)
    asked = study(training={"epochs": 5000, "patience": None}, search={"trials": 50})
    view = Locking(storage)
    result = launch(asked, storage=storage, workers=1, timeout=2, view=view)
    assert (result.record.phase, result.record.note) == ("done", "The time limit ended the search.")
    assert view.said.count("The time limit has passed: the search ends with what it has.") == 1


def test_a_worker_that_died_between_trial_and_claim_loses_nothing(
    study: Study, storage: str
) -> None:
    first = launch(study(), storage=storage, workers=1)
    chosen = first.recommendation
    with first.store.write() as session:
        claim = session.scalars(select(Claim).where(Claim.trial == chosen.trial)).one()
        claim.state, claim.holder, claim.value, claim.best_epoch = "waiting", None, None, None
        record = session.get(StudyRecord, first.record.uuid)
        assert record is not None
        record.phase = "search"
    again = launch(study(), storage=storage, workers=1)
    assert again.recommendation == chosen
    assert len(trials_in(storage)) == 4


def test_the_table_of_trials(done: Any) -> None:
    asked, storage, _ = done
    table = launch(asked, storage=storage).trials()
    assert table.height == 4
    assert set(table["state"]) <= {"complete", "pruned"}
    assert {"trial", "value", "dropout", "hidden_size", "seconds"} <= set(table.columns)
    assert "layers" not in table.columns  # alike in all
    scores = table["value"].drop_nulls().to_list()
    assert scores == sorted(scores, reverse=True)


class Stopping(Quiet):
    """Somebody stops the study as its launch starts."""

    def __init__(self, storage: str) -> None:
        self.storage = storage
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def show(self, seen: Progress, left: Left | None) -> None:
        store = open_store(self.storage, create=False)
        set_halted(store, seen.study.uuid, halted=True)
        store.close()


def test_a_launch_that_is_stopped_as_it_starts_says_so(study: Study, tmp_path: Path) -> None:
    view = Stopping(str(tmp_path / "s.db"))
    result = launch(study(), storage=view.storage, workers=1, view=view)
    assert view.said[-1] == "Study tones was stopped: the same command goes on from here."
    with pytest.raises(SearchError, match="was stopped before a trial was finished: launch it"):
        _ = result.recommendation
