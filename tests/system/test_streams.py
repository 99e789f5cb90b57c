"""Standard input, output and errors that whoever started the command has closed."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropsearch.search.config.load import config_from
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill
from tests.support.paths import COMMAND

SAID = "dropsearch: Cannot write to standard output: Bad file descriptor.\n"


def run(command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(COMMAND)} {command}"],
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert "fault of dropsearch" not in done.stderr
    return done


def test_a_launch_whose_input_and_errors_are_closed_goes_on(study: Any, tmp_path: Path) -> None:
    asked = study(search={"trials": 2}, training={"epochs": 1})
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(asked))
    storage = tmp_path / "dropsearch.db"
    done = run(f"launch {tmp_path}/study.yaml --storage {storage} --workers 1 <&- 2>&-")
    assert done.returncode == 0
    with sqlite3.connect(storage) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT phase FROM dropsearch_study").fetchall() == [("done",)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, study_in: Callable[[Path], Any]) -> Path:
    """A study that is done."""
    made = tmp_path_factory.mktemp("streams")
    store = open_store(str(made / "dropsearch.db"), create=True)
    fill(store, config_from(study_in(made)(), made))
    store.close()
    return made


@pytest.mark.parametrize(
    "command",
    ["--help", "--version", "list", "status tones", "export tones", "stop tones"],
)
def test_a_closed_output_is_told_and_other_closed_streams_are_no_matter(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    closed = run(f"{command} >&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (1, "", SAID)
    done = run(f"{command} <&- 2>&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("command", ["list --storage none.db", "none"])
def test_what_is_wrong_with_a_command_is_said_also_where_the_output_is_closed(
    command: str,
) -> None:
    done = run(f"{command} >&- <&-")
    assert done.returncode == 2
    assert "none" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["--help", "list"])
def test_a_full_disk_behind_the_output_is_told(
    folder: Path, command: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    done = run(f"{command} >/dev/full")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dropsearch: Cannot write to standard output: No space left on device.\n"
