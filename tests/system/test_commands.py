"""The command line as a user has it: processes, exit codes, signals, what is printed."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from dropsearch.search import launch
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.workers.follow import Left, Quiet
from dropsearch.studies.claims.progress import Progress
from dropsearch.studies.store.records import SEARCH
from dropsearch.studies.store.store import open_store
from tests.support import in_process
from tests.support.databases import rows_of
from tests.support.filled import fill
from tests.support.forked import Forking
from tests.support.paths import COMMAND
from tests.support.processes import Starting, loads_torch
from tests.support.waiting import wait_for

Study = Any


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    return tmp_path


def write(folder: Path, asked: dict[str, Any]) -> str:
    (folder / "study.yaml").write_text(yaml.safe_dump(asked, sort_keys=False))
    return "study.yaml"


def states(folder: Path) -> list[str]:
    return [
        row[0] for row in rows_of(folder / "dropsearch.db", "SELECT state FROM dropsearch_claim")
    ]


def trial_states(folder: Path) -> list[str]:
    return [row[0] for row in rows_of(folder / "dropsearch.db", "SELECT state FROM trials")]


def test_a_network_that_no_machine_has_the_memory_for_is_told_with_the_mend(
    study: Study, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "s.yaml").write_text(
        yaml.safe_dump(study(model={"hidden_size": 10**7, "dropout": 0.2}))
    )
    for arguments in (["check", "s.yaml"], ["train", "s.yaml", "-o", "model"]):
        assert in_process.dropsearch(*arguments) == 1
        said = capfd.readouterr().err
        assert "more memory than the machine has. Lower model.hidden_size" in said
        assert "fault of dropsearch" not in said
    assert not (folder / "model").exists()


@pytest.mark.parametrize(
    "command", ["stop tones", "delete tones --yes", "launch study.yaml --detach"]
)
def test_a_database_that_stays_away_is_told_with_the_way_on(
    study: Study,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
) -> None:
    asked = study()
    write(folder, asked)
    store = open_store(None, create=True)
    fill(store, config_from(asked, folder), until=SEARCH, fate=lambda _: "waiting")
    store.close()
    monkeypatch.setattr("dropsearch.studies.store.sqlite.BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect("dropsearch.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert in_process.dropsearch(*command.split()) == 1
    assert capfd.readouterr().err.splitlines()[-1] == (
        "dropsearch: The database is away or cannot be written: database is locked. Run the same "
        "command again once it is back."
    )


def test_from_study_to_config(
    study: Study, folder: Path, fork: Forking, capfd: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str, code: int = 0) -> str:
        """What a command prints."""
        capfd.readouterr()
        assert in_process.dropsearch(*arguments) == code, capfd.readouterr().err
        return "".join(capfd.readouterr())

    file = write(folder, study(training={"patience": None}))
    checked = said("check", file)
    assert "Search: 4 trials" in checked
    assert "fold 3:" in checked
    assert not (folder / "dropsearch.db").exists()
    launch = fork(in_process.dropsearch, "launch", file)
    assert launch.wait(120) == 0, launch.said()
    launched = launch.said()
    assert launched.startswith(f"Starting study tones ...\nReading {folder / 'tones.csv'}\n")
    assert str(folder / "dropsearch.db") in launched
    assert "4 of 4 trials" in launched
    assert "\x1b" not in launched
    assert "Best of 4 trials" in launched
    assert "tones" in said("list")
    assert "4 of 4 trials ended" in said("status", "tones")
    found = json.loads(said("status", "tones", "--json"))
    assert found["complete"] + found["pruned"] == 4
    for form in ("yaml", "json"):
        said("export", "tones", "-o", f"best.{form}", "--format", form)
    best = load_config(folder / "best.yaml")
    assert best == load_config(folder / "best.json")
    assert best.study == "tones-best"
    assert best.selected is not None
    assert best.selected.score == pytest.approx(found["recommendation"]["score"])
    assert best.training.epochs == found["recommendation"]["epochs"]
    capfd.readouterr()
    assert in_process.dropsearch("export", "tones") == 0
    assert capfd.readouterr().out == (folder / "best.yaml").read_text()
    assert in_process.dropsearch("launch", "best.yaml", "--json") == 0
    again = json.loads(capfd.readouterr().out)
    assert again["score"] == pytest.approx(best.selected.score, abs=1e-12)
    said("delete", "tones-best", "--yes")
    said("report", "tones")
    assert (folder / "tones.html").stat().st_size > 10_000
    said("delete", "tones")
    assert states(folder) == []
    assert trial_states(folder) == []
    assert "no study 'tones'" in said("status", "tones", code=2)


def test_ctrl_c_while_torch_is_loaded_is_told_in_one_line(
    study: Study, folder: Path, start: Starting
) -> None:
    file = write(folder, study())
    launched = start([COMMAND, "launch", file], stderr=subprocess.PIPE, text=True)
    below = psutil.Process(launched.pid).children
    wait_for(lambda: any(loads_torch(child.pid) for child in below(recursive=True)))
    os.killpg(launched.pid, signal.SIGINT)
    said = launched.communicate(timeout=30)[1]
    assert launched.returncode == 130
    assert said == "dropsearch: interrupted; the same command goes on from here.\n"


def test_ctrl_c_twice_ends_at_once_and_loses_nothing(
    study: Study, folder: Path, fork: Forking
) -> None:
    file = write(
        folder,
        study(
            folds={"count": 2},
            training={"epochs": 25, "patience": None},
            search={"trials": 2, "pruner": "none"},
        ),
    )
    launched = fork(in_process.dropsearch, "launch", file, "--workers", "1")
    wait_for(lambda: "running" in states(folder))
    for _ in range(2):
        os.killpg(launched.pid, signal.SIGINT)
        time.sleep(0.05)
    assert launched.wait(10) == 130
    launch(file, workers=1)
    assert states(folder) == ["done"] * 2
    assert trial_states(folder) == ["COMPLETE"] * 2


def test_a_launch_that_is_killed_takes_its_workers_along(
    study: Study, folder: Path, fork: Forking
) -> None:
    file = write(folder, study(training={"epochs": 1000, "patience": None}))
    launched = fork(in_process.dropsearch, "launch", file, "--workers", "2")
    wait_for(lambda: states(folder).count("running") == 2)
    below = psutil.Process(launched.pid).children(recursive=True)
    launched.kill()
    gone, alive = psutil.wait_procs(below, timeout=20)
    assert gone
    assert not alive
    assert "running" not in states(folder)


def test_a_launch_into_a_pipe_that_is_closed_gives_its_fits_back(
    study: Study, folder: Path, fork: Forking
) -> None:
    asked = study(training={"epochs": 30, "patience": None}, search={"trials": 30})
    file, pipe = write(folder, asked), folder / "pipe"
    os.mkfifo(pipe)
    running = fork(printing, pipe, "launch", file, "--workers", "1")
    with pipe.open() as lines:
        assert any(re.match("[1-9].* of 30 trials", line) for line in lines)
    assert running.wait(60) == 1
    assert "running" not in states(folder)
    assert "waiting" in states(folder)


def printing(pipe: Path, *arguments: str) -> int:
    """The exit code of a command that prints into a named pipe."""
    os.dup2(os.open(pipe, os.O_WRONLY), 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)  # which would take it for a file
    return in_process.dropsearch(*arguments)


def test_two_launches_at_once_share_the_budget(study: Study, folder: Path, fork: Forking) -> None:
    training = {"epochs": 25, "patience": None}
    search = {"trials": 6, "pruner": "none"}
    file = write(folder, study(folds={"count": 2}, training=training, search=search))
    other = fork(in_process.dropsearch, "launch", file, "--workers", "1")
    wait_for(lambda: "running" in states(folder))
    launch(file, workers=1)
    assert other.wait(60) == 0
    assert states(folder) == ["done"] * 6
    assert trial_states(folder) == ["COMPLETE"] * 6
    assert len(processes(folder)) == 2


class Stopping(Quiet):
    """`dropsearch stop` as soon as a fit runs."""

    code: int | None = None

    def show(self, seen: Progress, left: Left | None) -> None:
        if self.code is None and seen.running:
            self.code = in_process.dropsearch("stop", "tones")


def test_stop_and_launch_again(
    study: Study, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    training = {"epochs": 40, "patience": None}
    file = write(folder, study(folds={"count": 2}, training=training, search={"trials": 2}))
    stopping = Stopping()
    launch(file, view=stopping)
    assert stopping.code == 0
    assert "is stopped" in capfd.readouterr().out
    assert "running" not in states(folder)
    assert in_process.dropsearch("list") == 0
    assert "stopped" in capfd.readouterr().out
    launch(file)
    assert states(folder) == ["done"] * 2


def processes(folder: Path) -> set[str]:
    """Those that did the fits, by their ids."""
    with sqlite3.connect(folder / "dropsearch.db") as database:
        holders = database.execute("SELECT holder FROM dropsearch_claim").fetchall()
    return {holder.rsplit(":", 3)[1] for (holder,) in holders}


def test_a_waiting_worker_serves_what_is_launched_detached_and_joins_a_launch(
    study: Study, folder: Path, fork: Forking, capfd: pytest.CaptureFixture[str]
) -> None:
    waiting = fork(in_process.dropsearch, "worker", "--forever")
    wait_for(lambda: (folder / "dropsearch.db").exists())
    file = write(folder, study(search={"trials": 2}))
    assert in_process.dropsearch("launch", file, "--detach") == 0
    assert "waits for workers" in capfd.readouterr().out
    wait_for(lambda: states(folder) == ["done"] * 2)
    training = {"epochs": 60, "patience": None}
    joined = study(study="joined", folds={"count": 2}, training=training, search={"trials": 3})
    launch(joined, workers=1)
    assert states(folder) == ["done"] * 5
    assert len(processes(folder)) == 2
    assert waiting.poll() is None
    os.kill(waiting.pid, signal.SIGTERM)
    assert waiting.wait(10) == 130
    assert in_process.dropsearch("launch", file, "--detach", "--timeout", "5") == 2
    assert "--timeout has no meaning with --detach" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["check", "none.yaml"], "none.yaml"),
        (["launch", "none.yaml"], "none.yaml"),
        (["status", "tones"], "no database"),
        (["export", "tones"], "no database"),
        (["report", "tones"], "no database"),
        (["nonsense"], "nonsense"),
        (["launch"], "STUDY.yaml"),
    ],
)
def test_wrong_use_exits_with_2_and_makes_nothing(
    folder: Path, command: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert in_process.dropsearch(*command) == 2
    said = capfd.readouterr().err
    assert says in said
    assert "Traceback" not in said
    assert list(folder.iterdir()) == []


def test_bad_data_make_nothing(
    study: Study, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = study()
    path = Path(asked["data"]["path"])
    path.write_text(path.read_text().replace("\n0,0,", "\n0,0,inf", 1))
    assert in_process.dropsearch("launch", write(folder, asked)) == 2
    text = capfd.readouterr().err
    assert "Traceback" not in text
    assert "tones.csv" in text
    assert "x" in text
    assert not (folder / "dropsearch.db").exists()


def test_torch_and_ray_are_imported_where_they_are_used_alone() -> None:
    code = (
        "import sys, dropsearch.search.cli, dropsearch.search.run;"
        "import dropsearch.studies.report.report;"
        "sys.exit(bool({'torch', 'ray'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
