"""A worker that is told to leave: its fit goes on from the last epoch at another worker."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from dropsearch.search.run import detach, launch
from dropsearch.search.workers.engines import LocalEngine
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.store import open_store
from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.waiting import wait_for

ROWS = "SELECT epoch, fold, val_loss, seconds FROM dropsearch_fold_score"


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as database:
        return database.execute(query + " ORDER BY 1, 2").fetchall()


def test_a_fit_ended_by_sigterm_goes_on_from_its_last_epoch(
    study: Any, tmp_path: Path, fork: Forking
) -> None:
    path = tmp_path / "cut.db"
    asked = study(
        training={"epochs": 100, "patience": None},
        model={"hidden_size": 8, "dropout": 0.3},
        search={"trials": 1},
    )
    detach(asked, storage=str(path))
    Path(asked["data"]["path"]).unlink()  # the data travels with the study
    worker = fork(dropsearch, "worker", "--storage", str(path))
    end = time.monotonic() + 60
    while len(ask(path, ROWS)) < 30 and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(10) == 130
    before = ask(path, ROWS)
    columns = "id, state, attempts, checkpoint"
    ((claim, state, attempts, name),) = ask(path, f"SELECT {columns} FROM dropsearch_claim")
    assert (state, attempts) == ("waiting", 0)
    folder = tmp_path / "cut.db.artifacts" / "checkpoints"
    assert [one.name for one in folder.glob(f"*/{claim}-*")] == [name]
    with LocalEngine(1) as engine:
        engine.start(open_store(str(path), create=False), "tones")
        engine.join()
    after = ask(path, ROWS)
    assert len(after) == 300
    assert [row[:3] for row in after[: len(before)]] == [row[:3] for row in before]
    kept = sum(again == row for row, again in zip(before, after, strict=False))
    assert kept >= 3  # `seconds`, too: these were not trained again
    assert after[:kept] == before[:kept]
    assert list(folder.glob("*/*")) == []


def test_what_is_tried_first_is_so_once_through_kills_and_with_several_workers(
    study: Any, tmp_path: Path
) -> None:
    tried = [{"hidden_size": 8, "dropout": 0.25}, {"hidden_size": 4, "dropout": 0.5}]
    asked = study(
        folds={"count": 2},
        training={"epochs": 16, "patience": None},
        search={"trials": 3, "pruner": "none", "try": tried},
    )
    whole = launch(asked, storage=str(tmp_path / "whole.db"), workers=1)
    record = detach(asked, storage=str(tmp_path / "cut.db"))
    store = open_store(str(tmp_path / "cut.db"), create=False)

    def begun(number: int) -> bool:
        claim = claims_of(store, record.uuid)[number]
        return claim.state == "running" and bool(claim.epoch)

    for number in (0, 2):
        with LocalEngine(2) as engine:
            engine.start(store, "tones")
            wait_for(lambda number=number: begun(number))
            engine.kill()
            engine.join()
    cut = launch(asked, storage=str(tmp_path / "cut.db"), workers=2)
    for result in (whole, cut):
        trials = load_study(result.store, result.record).trials
        assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3
        sources = {trial.user_attrs["claim"]: trial.user_attrs.get("source") for trial in trials}
        assert [sources[key] for key in sorted(sources)] == ["search.try", "search.try", None]
    ended = [claims_of(result.store, result.record.uuid)[:2] for result in (whole, cut)]
    points = [[(claim.point, claim.value) for claim in claims] for claims in ended]
    assert points[0] == points[1]
    for (point, _), values in zip(points[0], tried, strict=True):
        assert values.items() <= point.items()


def test_a_worker_told_to_leave_does_not_wait_for_a_locked_file(
    study: Any, tmp_path: Path, fork: Forking
) -> None:
    path = tmp_path / "locked.db"
    asked = study(training={"epochs": 10_000, "patience": None}, search={"trials": 1})
    detach(asked, storage=str(path))
    worker = fork(dropsearch, "worker", "--storage", str(path))
    wait_for(lambda: len(ask(path, ROWS)) > 3)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 60000")
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(1.5)  # the worker, and its heartbeat, wait by now
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(10) == 130
        other.execute("ROLLBACK")
