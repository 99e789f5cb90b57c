"""A database that is removed in the middle of a launch."""

from __future__ import annotations

import shlex
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropsearch.search import launch
from dropsearch.search.run import detach
from dropsearch.search.signals import NUMBERS
from dropsearch.search.workers import serving
from dropsearch.studies.store.store import open_store
from tests.support.databases import rows_of
from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.waiting import free_port, wait_for


def ended(path: Path) -> int:
    """How many fits of the study have ended."""
    return len(rows_of(path, "SELECT id FROM dropsearch_claim WHERE ended IS NOT NULL"))


GONE = "was removed, moved or replaced while it was in use. What it held is saved in "


def test_a_worker_and_a_dashboard_whose_database_is_removed_end_and_say_where_it_is_saved(
    study: Any, tmp_path: Path, fork: Forking
) -> None:
    path = tmp_path / "s.db"
    detach(study(training={"epochs": 100_000, "patience": None}), storage=str(path))
    given = ["--storage", str(path)]
    worker = fork(dropsearch, "worker", "--forever", *given)
    dashboard = fork(dropsearch, "dashboard", "--port", str(free_port()), *given)
    wait_for(lambda: "optuna-dashboard: http" in dashboard.said())
    wait_for(lambda: rows(path))
    for file in tmp_path.glob("s.db*"):
        if file.is_file():
            file.unlink()
    assert [one.wait(30) for one in (worker, dashboard)] == [1, 1]
    for reason in (worker.said(), dashboard.said()):
        assert "Traceback" not in reason
        assert GONE in reason.splitlines()[-1]
    back = reason.rpartition("launch again: ")[2]
    subprocess.run(shlex.split(back), check=True)
    assert rows(path)


def rows(path: Path) -> int:
    """How many fold scores there are."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM dropsearch_fold_score").fetchone()[0]


def test_a_worker_that_waits_for_studies_notices_that_the_database_is_gone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    open_store(str(path), create=True).close()
    before = {number: signal.getsignal(number) for number in NUMBERS}
    monkeypatch.setattr(serving, "_pause", lambda _: path.unlink(missing_ok=True))
    try:
        assert dropsearch("worker", "--forever", "--storage", str(path)) == 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert GONE in capfd.readouterr().err


def test_a_launch_whose_database_is_removed_ends_and_goes_on_with_what_was_saved(
    study: Any, tmp_path: Path, fork: Forking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "s.db"
    training = {"epochs": 40, "patience": None}
    asked = study(folds={"count": 2}, training=training, search={"trials": 3})
    Path("study.yaml").write_text(yaml.safe_dump(asked))
    given = ("--storage", str(path), "--workers", "1")
    launched = fork(dropsearch, "launch", "study.yaml", *given)
    wait_for(lambda: ended(path) >= 1)
    before = ended(path)
    for file in tmp_path.glob("s.db*"):
        if file.is_file():
            file.unlink()
    assert launched.wait(20) == 1
    said = launched.said()
    assert "Traceback" not in said
    assert "Best of" not in said
    assert "was removed, moved or replaced while it was in use" in said.splitlines()[-1]
    back = said.rpartition("launch again: ")[2]
    subprocess.run(shlex.split(back), check=True)
    assert ended(path) >= before
    launch("study.yaml", storage=str(path), workers=1)
    assert ended(path) == 3
