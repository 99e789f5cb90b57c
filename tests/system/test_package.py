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
    return installed(ROOT, tmp_path_factory.mktemp("wheel"))


def installed(tree: Path, folder: Path, *how: str) -> Path:
    """The folder in `folder` into which pip unpacked the wheel that it built of `tree`."""
    pip = [sys.executable, "-m", "pip", "-q"]
    needs = [*pip, "install", "--no-deps", "--no-compile", "--target", str(folder / "site")]
    subprocess.run([*needs, *how, str(tree)], check=True)
    return folder / "site"


def files_of(site: Path) -> dict[str, bytes]:
    """The bytes of each file that was installed of the rooms, by its path in the project."""
    rooms = site / "dropsearch"
    return {
        path.relative_to(rooms).as_posix(): path.read_bytes()
        for path in rooms.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_a_study_runs_from_the_wheel(wheel: Path, study: Any, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study(search={"trials": 2})))
    code = (
        "import dropsearch.search.cli as cli, sys; assert sys.argv[1] in cli.__file__\n"
        "for words in ('launch study.yaml --workers 1', 'report tones'):\n"
        "    cli.app(words.split(), standalone_mode=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(wheel)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "tones.html").exists()
    left = {path.name for path in wheel.rglob("*") if path.suffix in {".nbi", ".nbc"}}
    assert not left, "pip would leave compiled kernels behind, which hide an editable install"


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
    assert set(files_of(wheel)) == set(kept)


def test_a_checkout_as_git_makes_it_on_windows_gives_the_same_wheel(tmp_path: Path) -> None:
    """Files instead of symbolic links, and line ends that git would turn into those of Windows."""
    windows = [
        part for name in ("symlinks=false", "autocrlf=true") for part in ("-c", f"core.{name}")
    ]
    for name, settings in (("usual", []), ("windows", windows)):
        command = ["git", "clone", "-q", *settings, str(ROOT), str(tmp_path / name)]
        subprocess.run(command, check=True)
    assert (tmp_path / "windows" / ".links" / "dropsearch" / "models").is_file()
    kept = subprocess.run(
        ["git", "ls-files", ":!.links"],
        cwd=tmp_path / "usual",
        check=True,
        text=True,
        capture_output=True,
    ).stdout.splitlines()
    found = {name: (tmp_path / "windows" / name).read_bytes() for name in kept}
    assert found == {name: (tmp_path / "usual" / name).read_bytes() for name in kept}
    site = installed(tmp_path / "windows", tmp_path / "wheel", "--no-build-isolation")
    assert files_of(site) == {name: found[name] for name in kept if name.startswith(FOLDERS)}
