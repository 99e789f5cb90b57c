"""What is installed: the wheel runs a study, and a user's own folders do not disturb it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT

FOLDERS = ("models", "search", "studies")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked by pip into a folder of its own; its needs come from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    target = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(built)], check=True)
    return target


def test_a_study_runs_from_the_wheel(wheel: Path, study: Any, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study(search={"trials": 2})))
    code = (
        "import dropsearch.search.cli as cli, sys; assert sys.argv.pop(1) in cli.__file__;"
        "cli.main()"
    )
    for arguments in (["launch", "study.yaml", "--workers", "1"], ["report", "tones"]):
        done = subprocess.run(
            [sys.executable, "-c", code, str(wheel), *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(wheel)},
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "tones.html").exists()


def test_the_users_own_models_folder_does_not_disturb(tmp_path: Path) -> None:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the user own folder')")
    for arguments in (
        ["-m", "dropsearch.search.cli", "--help"],
        ["-c", "import dropsearch.search.run"],
    ):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == set(FOLDERS)


def test_nothing_of_ours_lands_on_the_top_of_site_packages(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert names - {"bin"} == {"dropsearch"}


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    kept = subprocess.run(
        ["git", "ls-files", *FOLDERS], cwd=ROOT, check=True, text=True, capture_output=True
    ).stdout.split()
    installed = {
        str(path.relative_to(wheel / "dropsearch"))
        for path in (wheel / "dropsearch").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert installed == set(kept)
