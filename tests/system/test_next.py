"""Commands that are printed to be copied, as a real shell and the command line read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from dropsearch.search.cli import app
from dropsearch.studies.commands import command
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
