"""The command line as a user has it: processes, exit codes, signals, what is printed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from dropsearch.search import launch
from dropsearch.search.config.load import load_config
from tests.support.paths import COMMAND
from tests.support.processes import Starting

Study = Any


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    return tmp_path


def dropsearch(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([COMMAND, *arguments], text=True, capture_output=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done


def write(folder: Path, asked: dict[str, Any]) -> str:
    (folder / "study.yaml").write_text(yaml.safe_dump(asked, sort_keys=False))
    return "study.yaml"


def states(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "dropsearch.db") as database:
        return [row[0] for row in database.execute("SELECT state FROM dropsearch_claim")]


def trial_states(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "dropsearch.db") as database:
        return [row[0] for row in database.execute("SELECT state FROM trials")]


def wait_for(what: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = what()
        except sqlite3.OperationalError:
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def test_from_study_to_config(study: Study, folder: Path) -> None:
    file = write(folder, study(training={"patience": None}))
    checked = dropsearch("check", file).stdout
    assert "Search: 4 trials" in checked
    assert "fold 3:" in checked
    assert not (folder / "dropsearch.db").exists()
    launched = dropsearch("launch", file).stdout
    assert str(folder / "dropsearch.db") in launched
    assert "4 of 4 trials" in launched
    assert "\x1b" not in launched
    assert "Best of 4 trials" in launched
    assert "tones" in dropsearch("list").stdout
    assert "4 of 4 trials ended" in dropsearch("status", "tones").stdout
    found = json.loads(dropsearch("status", "tones", "--json").stdout)
    assert found["complete"] + found["pruned"] == 4
    for form in ("yaml", "json"):
        dropsearch("export", "tones", "-o", f"best.{form}", "--format", form)
    best = load_config(folder / "best.yaml")
    assert best == load_config(folder / "best.json")
    assert best.study == "tones-best"
    assert best.selected is not None
    assert best.selected.score == pytest.approx(found["recommendation"]["score"])
    assert best.training.epochs == found["recommendation"]["epochs"]
    assert dropsearch("export", "tones").stdout == (folder / "best.yaml").read_text()
    again = json.loads(dropsearch("launch", "best.yaml", "--json").stdout)
    assert again["score"] == pytest.approx(best.selected.score, abs=1e-12)
    dropsearch("delete", "tones-best")
    dropsearch("report", "tones")
    assert (folder / "tones.html").stat().st_size > 10_000
    dropsearch("delete", "tones")
    assert states(folder) == []
    assert trial_states(folder) == []
    assert "no study 'tones'" in dropsearch("status", "tones", code=2).stderr


def test_ctrl_c_stops_cleanly_and_the_same_command_resumes(
    study: Study, folder: Path, start: Starting
) -> None:
    file = write(
        folder,
        study(training={"epochs": 40, "patience": None}, search={"trials": 3, "pruner": "none"}),
    )
    launched = start([COMMAND, "launch", file, "--workers", "2"])
    wait_for(lambda: states(folder).count("running") == 2)
    os.killpg(launched.pid, signal.SIGINT)
    assert launched.wait(20) == 130
    assert "running" not in states(folder)
    dropsearch("launch", file)
    assert states(folder) == ["done"] * 3
    assert trial_states(folder) == ["COMPLETE"] * 3


def test_ctrl_c_twice_ends_at_once_and_loses_nothing(
    study: Study, folder: Path, start: Starting
) -> None:
    file = write(
        folder,
        study(training={"epochs": 40, "patience": None}, search={"trials": 3, "pruner": "none"}),
    )
    launched = start([COMMAND, "launch", file, "--workers", "1"])
    wait_for(lambda: "running" in states(folder))
    for _ in range(2):
        os.killpg(launched.pid, signal.SIGINT)
        time.sleep(0.05)
    assert launched.wait(10) == 130
    launch(file)
    assert states(folder) == ["done"] * 3
    assert trial_states(folder) == ["COMPLETE"] * 3


def test_a_killed_worker_is_replaced_and_its_trial_is_run(
    study: Study, folder: Path, start: Starting
) -> None:
    file = write(
        folder,
        study(training={"epochs": 40, "patience": None}, search={"trials": 4, "pruner": "none"}),
    )
    launched = start([COMMAND, "launch", file, "--workers", "2"])
    wait_for(lambda: states(folder).count("running") == 2)
    with sqlite3.connect(folder / "dropsearch.db") as database:
        query = "SELECT holder FROM dropsearch_claim WHERE state = 'running' LIMIT 1"
        holder = database.execute(query).fetchone()[0]
    os.kill(int(holder.rsplit(":", 3)[1]), signal.SIGKILL)
    assert launched.wait(120) == 0
    assert states(folder) == ["done"] * 4
    assert trial_states(folder) == ["COMPLETE"] * 4


def test_a_launch_that_is_killed_takes_its_workers_along(
    study: Study, folder: Path, start: Starting
) -> None:
    file = write(folder, study(training={"epochs": 1000, "patience": None}))
    launched = start([COMMAND, "launch", file, "--workers", "2"])
    wait_for(lambda: states(folder).count("running") == 2)
    below = psutil.Process(launched.pid).children(recursive=True)
    launched.kill()
    launched.wait()
    gone, alive = psutil.wait_procs(below, timeout=20)
    assert gone
    assert not alive
    assert "running" not in states(folder)


def test_a_launch_into_a_pipe_that_is_closed_gives_its_fits_back(
    study: Study, folder: Path, start: Starting
) -> None:
    asked = study(training={"epochs": 200, "patience": None}, search={"trials": 30})
    write(folder, asked)
    running = start(
        [COMMAND, "launch", "study.yaml", "--workers", "1"], cwd=folder, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    assert any(b"1 of 30 trials" in line for line in running.stdout)
    running.stdout.close()
    assert running.wait(timeout=60) == 1
    assert "running" not in states(folder)
    assert "waiting" in states(folder)


def test_two_launches_at_once_share_the_budget(study: Study, folder: Path, start: Starting) -> None:
    file = write(folder, study(search={"trials": 6}))
    both = [start([COMMAND, "launch", file, "--workers", "1"]) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert states(folder) == ["done"] * 6
    assert len(trial_states(folder)) == 6


def test_stop_and_launch_again(study: Study, folder: Path, start: Starting) -> None:
    file = write(folder, study(training={"epochs": 200, "patience": None}, search={"trials": 2}))
    launched = start([COMMAND, "launch", file], stdout=subprocess.DEVNULL)
    wait_for(lambda: "running" in states(folder))
    assert "is stopped" in dropsearch("stop", "tones").stdout
    launched.wait(20)
    assert "running" not in states(folder)
    assert "stopped" in dropsearch("list").stdout
    launch(file)
    assert states(folder) == ["done"] * 2


def test_a_worker_joins_a_study(study: Study, folder: Path, start: Starting) -> None:
    file = write(folder, study(training={"epochs": 300, "patience": None}, search={"trials": 3}))
    launched = start([COMMAND, "launch", file, "--workers", "1"])
    wait_for(lambda: "running" in states(folder))
    dropsearch("worker", "tones")
    assert launched.wait(120) == 0
    with sqlite3.connect(folder / "dropsearch.db") as database:
        holders = {row[0] for row in database.execute("SELECT holder FROM dropsearch_claim")}
    assert len(holders) == 2


def test_a_waiting_worker_serves_what_is_launched_detached(
    study: Study, folder: Path, start: Starting
) -> None:
    waiting = start([COMMAND, "worker", "--forever"])
    wait_for(lambda: (folder / "dropsearch.db").exists())
    file = write(folder, study(search={"trials": 2}))
    assert "waits for workers" in dropsearch("launch", file, "--detach").stdout
    wait_for(lambda: states(folder) == ["done"] * 2)
    assert waiting.poll() is None
    waiting.terminate()
    assert waiting.wait(10) == 130
    refused = dropsearch("launch", file, "--detach", "--timeout", "5", code=2).stderr
    assert "--timeout has no meaning with --detach" in refused


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
    folder: Path, command: list[str], says: str
) -> None:
    assert says in dropsearch(*command, code=2).stderr
    assert list(folder.iterdir()) == []


def test_bad_data_make_nothing(study: Study, folder: Path) -> None:
    asked = study()
    path = Path(asked["data"]["path"])
    path.write_text(path.read_text().replace("\n0,0,", "\n0,0,inf", 1))
    text = dropsearch("launch", write(folder, asked), code=2).stderr
    assert "tones.csv" in text
    assert "x" in text
    assert not (folder / "dropsearch.db").exists()


def test_help_does_not_import_torch() -> None:
    code = (
        "import sys, dropsearch.search.cli, dropsearch.search.run;"
        "import dropsearch.studies.report.report;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
