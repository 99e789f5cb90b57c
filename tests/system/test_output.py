"""The files that commands write: whole or not there, wherever they are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from dropsearch.models.trained.folder import new_folder
from dropsearch.search.cli import app
from dropsearch.search.config.load import config_from
from dropsearch.studies.store.store import Store, open_store
from tests.conftest import tones
from tests.support.filled import fill


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, study_in: Callable[[Path], Any]) -> Store:
    """A store with an ended study."""
    folder = tmp_path_factory.mktemp("shelf")
    store = open_store(str(folder / "studies.db"), create=True)
    fill(store, config_from(study_in(folder)(), folder))
    return store


@pytest.fixture
def full(disk: Path) -> Path:
    """A disk on which no room is left."""
    (disk / "filler").write_bytes(bytes(16 * 1024))
    return disk


def said(*command: str) -> str:
    """What a command that fails says."""
    error = CliRunner().invoke(app, command).exception
    assert hasattr(error, "exit_code"), error
    return str(error)


@pytest.mark.parametrize(
    "command",
    [
        ["report", "tones", "-o", "FULL/tones.html"],
        ["report", "tones", "-o", "tones.html", "--csv", "FULL"],
        ["export", "tones", "-o", "FULL/best.yaml"],
        ["init", "tones.csv", "-o", "FULL/study.yaml"],
    ],
)
def test_on_a_full_disk_files_are_whole_or_not_there(
    shelf: Store, full: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(full.parent)
    monkeypatch.setenv("DROPSEARCH_STORAGE", shelf.url)
    tones(Path("tones.csv"))
    asked = [word.replace("FULL", full.name) for word in command]
    assert said(*asked).endswith(": No space left on device.")
    assert [path.name for path in full.iterdir()] == ["filler"]


@pytest.mark.parametrize(
    "command", [["report", "tones"], ["export", "tones"], ["predict", "model", "tones.csv"]]
)
def test_a_folder_that_takes_no_files_is_told_before_the_work(
    shelf: Store, full: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSEARCH_STORAGE", shelf.url)
    (full / "filler").write_text("<html selected")
    subprocess.run(["mount", "-o", "remount,ro", str(full)], check=True)
    for name in ("new", "filler"):
        assert said(*command, "-o", str(full / name)).endswith(f"{full} takes no files.")


@pytest.mark.parametrize(
    "command",
    [
        ["report", "tones", "-o"],
        ["export", "tones", "-o"],
        ["predict", "model", "tones.csv", "-o"],
        ["train", "best.yaml", "-o"],
    ],
)
def test_links_in_a_circle_are_refused_and_stay(
    shelf: Store, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_STORAGE", shelf.url)
    CliRunner().invoke(app, ["export", "tones", "-o", "best.yaml"])
    os.symlink("there", "here")
    os.symlink("here", "there")
    assert "Too many levels of symbolic links" in said(*command, "here")
    assert os.readlink("here") == "there"


def test_a_name_may_have_the_full_length(
    shelf: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_STORAGE", shelf.url)
    name = "n" * 250 + ".html"
    assert CliRunner().invoke(app, ["report", "tones", "-o", name]).exit_code == 0
    with new_folder(tmp_path / ("m" * 255)) as draft:
        (draft / "file").touch()
    assert {len(path.name) for path in tmp_path.iterdir()} == {255}


BYTES = os.fsdecode(b"caf\xe9")
DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "command",
    [
        ["status", BYTES],
        ["delete", BYTES],
        ["worker", BYTES],
        ["list", "--storage", BYTES],
        ["check", BYTES],
        ["init", BYTES + ".csv"],
        ["init", BYTES + ".parquet"],
        ["launch", "study.yaml", "--storage", BYTES],
        ["export", "tones", "--select", DIGITS],
        ["export", "tones", "--select", "9" * 30],
        ["launch", "study.yaml", "--trials", DIGITS],
        ["launch", "study.yaml", "--timeout", DIGITS],
    ],
)
def test_arguments_of_odd_bytes_and_many_digits_are_refused(
    shelf: Store, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_STORAGE", shelf.url)
    pl.read_csv(tones(Path("x.csv"))).write_parquet("x.parquet")
    for kind in ("csv", "parquet"):
        os.rename(f"x.{kind}", f"{BYTES}.{kind}")
    Path("study.yaml").write_text(
        "study: tones\ndata: {path: x.csv, task: classify, target: label, series: series}\n"
    )
    done = CliRunner().invoke(app, command)
    if done.exit_code != 2:
        assert getattr(done.exception, "exit_code", None) == 2, done.exception
    assert len(str(done.exception) + done.output) < 7000


def test_a_file_whose_name_is_not_utf8_is_written_and_told(shelf: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dropsearch.search.cli", "export", "tones", "-o", BYTES]
    environment = {
        **os.environ,
        "DROPSEARCH_STORAGE": shelf.url,
        "PYTHONIOENCODING": "utf-8:strict",
    }
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    written, following = done.stdout.splitlines()
    assert written == b"Written: " + os.fsencode(tmp_path / BYTES)
    assert following.startswith(b"Next: dropsearch train ")


def test_what_a_terminal_has_no_sign_for_is_told_by_its_number_and_files_are_utf8(
    shelf: Store,
) -> None:
    environment = {**os.environ, "DROPSEARCH_STORAGE": shelf.url, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "dropsearch.search.cli", "status", "tones"]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" \\xb1 " in done.stdout
    code = (
        "from dropsearch.search.streams import fill_streams; "
        "from dropsearch.search.terminal.output import STDOUT, write_output; "
        "fill_streams(); write_output(STDOUT, 'study: tö\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert (done.stdout, done.stderr) == ("study: tö\n".encode(), b"")
