"""The code as a whole: linter, types, and who may import whom."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import typer

from dropsearch.search.cli import app
from tests.support.paths import ROOT

ROOMS = ("search", "models", "studies")


def run(*command: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, **settings)


def test_ruff_finds_nothing() -> None:
    done = run(sys.executable, "-m", "ruff", "check", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_would_not_format_anything() -> None:
    done = run(sys.executable, "-m", "ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_nothing(tmp_path: Path) -> None:
    """In copies of the rooms: where git makes no symbolic links, `.links` holds none."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / "dropsearch" / room)
    packages = [part for room in ROOMS for part in ("-p", f"dropsearch.{room}")]
    env = {"PATH": "", "MYPYPATH": str(tmp_path)}
    done = run(sys.executable, "-m", "mypy", *packages, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rooms_import_only_what_they_may() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_printed_commands_are_quoted() -> None:
    """What is filled into the text of a command stands there by `studies.commands.command`."""
    verbs = "|".join(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    filled = re.compile(rf'dropsearch ({verbs})\b[^"`]*\{{')
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if filled.search(line)
    ]
    assert found == []


def test_counts_in_sentences_have_their_commas() -> None:
    """1,303 examples; what is filled in as words aside."""
    nouns = "examples|rows|series|sequences|texts|trials|fits|windows|configurations|points"
    bare = re.compile(rf"\{{([^{{}}:!]*)\}}(?: of \{{[^{{}}]*\}})? ({nouns})\b")
    words = {"steps", "_rounded_up(needed.examples)", "part"}
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if {value for value, _ in bare.findall(line)} - words
    ]
    assert found == []


def test_folders_and_modules_stay_small() -> None:
    """A folder of over 12 modules is two, a module of over 300 lines does a second thing."""
    folders, long = Counter[str](), set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            folders[str(path.parent)] += path.name != "__init__.py"
            if len(path.read_text(encoding="utf-8").splitlines()) > 300:
                long.add(path.relative_to(ROOT).as_posix())
    assert not long
    assert max(folders.values()) <= 12, folders.most_common(1)
