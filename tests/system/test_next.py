"""Commands that are printed to be copied, as a real shell and the command line read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
import yaml

from dropsearch.search.cli import app
from dropsearch.search.init import sizing
from dropsearch.studies.commands import command
from tests.conftest import tones
from tests.support.in_process import dropsearch

BIN = Path(sys.executable).parent
SHOWN = "dropsearch() { printf '%s\\0' \"$@\"; }\n"  # in the place of the program
ODD = [
    "a b; touch x",
    "it's",
    '"$(touch x)"',
    "`id`",
    "a&&b|c>d",
    "*",
    "~",
    "#",
    "\\",
    "--",
    "-x y",
]


def words_of(line: str) -> list[str]:
    """What a shell gives the program."""
    done = subprocess.run(["sh", "-c", SHOWN + line], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def taken(line: str) -> dict[str, Any]:
    """The values that the command line takes from a printed command."""
    verb, *words = words_of(line)
    commands: Any = typer.main.get_command(app)
    found: dict[str, Any] = commands.commands[verb].make_context(verb, words).params
    return found


@pytest.mark.parametrize("name", ODD)
def test_a_printed_command_reaches_the_shell_word_by_word(name: str) -> None:
    found = taken(command("report", name, storage=f"/{name}.db", o="best.yaml"))
    assert found["study"] == name
    assert found["storage"] == f"/{name}.db"
    assert found["output"] == Path("best.yaml")
    assert taken(command("check", name))["study"] == Path(name)


def test_the_next_commands_do_what_they_say(
    study: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = 'it\'s "a  b"; touch x $(touch y) `touch z`'
    folder = tmp_path / "odd $(touch w)'s"
    folder.mkdir()
    asked = study(study=name, search={"trials": 1}, training={"epochs": 1})
    (folder / "study.yaml").write_text(yaml.safe_dump(asked))
    (tmp_path / "elsewhere").mkdir()

    def run(line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path / "elsewhere",
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            text=True,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    given = command("launch", str(folder / "study.yaml"), storage=str(folder / "s.db"))
    assert dropsearch(*words_of(f"{given} --workers 1")) == 0
    printed = capfd.readouterr().out
    (following,) = [line for line in printed.splitlines() if line.startswith("Next: ")]
    run(following.removeprefix("Next: "))
    made = {path.name for path in (tmp_path / "elsewhere").iterdir()}
    assert made == {f"{name}.html", "best.yaml"}


@pytest.mark.usefixtures("briefly")
def test_the_printed_next_steps_lead_from_a_table_to_predictions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each is run as a shell reads what is printed, from `init` on; DATA alone is put in."""
    monkeypatch.chdir(tmp_path)
    tones(tmp_path / "tones.csv")
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    monkeypatch.setattr(sizing, "LEVELS", (sizing.Level(0.0, 3, 0, 0.0),))  # the least
    done: list[str] = []
    said: dict[str, str] = {}
    waiting = [command("init", "tones.csv", minutes="0.1")]
    while waiting:
        verb, *arguments = words_of(waiting.pop(0).replace("DATA", "tones.csv"))
        if verb in done:
            continue
        done.append(verb)
        assert dropsearch(verb, *arguments) == 0
        said[verb] = capfd.readouterr().out
        printed = said[verb].splitlines()
        following = [line.removeprefix("Next: ") for line in printed if line.startswith("Next: ")]
        waiting += following[-1].split("; ") if following else []
    assert done == ["init", "check", "launch", "report", "export", "train", "predict"]
    assert pl.read_csv(tmp_path / "predictions.csv").height == 48
    assert (tmp_path / "tones.html").exists()
    assert "target label: by its name" in said["init"]
    assert dropsearch("list") == 0
    assert "tones" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("launch", "tones.csv"), "is data, and no study.yaml: dropsearch init tones.csv"),
        (("check", "tones.csv"), "is data, and no study.yaml: dropsearch init tones.csv"),
        (("train", "tones.csv"), "is data, and no study.yaml: dropsearch init tones.csv"),
        (("init", "old.yaml"), "is a study.yaml, and no data: dropsearch check old.yaml"),
        (("init", "tone.csv"), "tone.csv does not exist: did you mean tones.csv?"),
    ],
)
def test_what_is_given_in_the_wrong_place_is_told_with_the_command_that_takes_it(
    asked: tuple[str, ...], said: str, tmp_path: Path, capfd: Any, monkeypatch: Any
) -> None:
    tones(tmp_path / "tones.csv")
    (tmp_path / "old.yaml").write_text("study: s\n")
    monkeypatch.chdir(tmp_path)
    assert dropsearch(*asked) == 2
    assert said in capfd.readouterr().err
