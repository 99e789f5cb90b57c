"""A database that is removed in the middle of a launch."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import yaml

from dropsearch.search import launch
from tests.support.paths import COMMAND
from tests.support.processes import Starting
from tests.support.waiting import wait_for


def ended(path: Path) -> int:
    """How many fits of the study have ended."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'dropsearch_claim'"
        if not database.execute(query).fetchone()[0]:
            return 0
        return database.execute("SELECT count(ended) FROM dropsearch_claim").fetchone()[0]


def test_a_launch_whose_database_is_removed_ends_and_goes_on_with_what_was_saved(
    study: Any, tmp_path: Path, start: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "s.db"
    asked = study(training={"epochs": 40, "patience": None}, search={"trials": 3})
    Path("study.yaml").write_text(yaml.safe_dump(asked))
    command = [COMMAND, "launch", "study.yaml", "--storage", str(path), "--workers", "1"]
    launched = start(command, stdout=PIPE, stderr=PIPE, text=True)
    wait_for(lambda: ended(path) >= 1)
    worker = start([COMMAND, "worker", "--storage", str(path)], stderr=PIPE, text=True)
    before = ended(path)
    for file in tmp_path.glob("s.db*"):
        if file.is_file():
            file.unlink()
    said, reason = launched.communicate(timeout=20)
    assert launched.returncode == 1
    assert "Traceback" not in said + reason
    assert "Best of" not in said
    assert "was removed, moved or replaced while it was in use" in reason.splitlines()[-1]
    assert worker.wait(20) in (1, 2)  # 2: it had not opened it yet
    back = reason.rpartition("launch again: ")[2]
    subprocess.run(shlex.split(back), check=True)
    assert ended(path) >= before
    launch("study.yaml", storage=str(path), workers=1)
    assert ended(path) == 3
