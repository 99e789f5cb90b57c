"""docs/extending.md: what its recipes change is enough to run a study with, and few files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from tests.support.paths import ROOT

PAGE = (ROOT / "docs/extending.md").read_text()
RECIPES = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
MOST = {
    "A metric": 2,
    "A dropout kind": 2,
    "A figure of the report": 3,
    "A file format": 2,
    "Another LightningModule in Lockstep": 0,
}
NEW = re.compile(r"^New, `(.*?)`:\n\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLAIN = re.compile(r"(?<!`:\n\n)^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package, to which all recipes have been added."""
    package = tmp_path_factory.mktemp("extended") / "dropsearch"
    for room in ("models", "search", "studies"):
        shutil.copytree(ROOT / room, package / room)
    for path, code in NEW.findall(PAGE):
        (package / path).write_text(code)
    for change in DIFF.findall(PAGE):
        subprocess.run(
            ["git", "apply", "-"],
            cwd=package,
            input=change,
            text=True,
            check=True,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(package.parent)},
        )
    return package.parent


def run(extended: Path, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(extended)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_touches_few_files_and_names_them(title: str) -> None:
    recipe = RECIPES[title]
    touched = {path for path, _ in NEW.findall(recipe)}
    touched |= set(re.findall(r"^\+\+\+ b/(.*)$", recipe, re.MULTILINE))
    assert len(touched) == MOST[title]
    assert all(f"`{path}`" in recipe for path in touched)


def test_the_recipes_are_written_like_the_rest(extended: Path) -> None:
    settings = ("--no-cache", "--config", str(ROOT / "pyproject.toml"), ".")
    run(extended, "-m", "ruff", "check", *settings, cwd=extended)
    run(extended, "-m", "ruff", "format", "--check", *settings, cwd=extended)


ALL = """if True:
    import numpy as np, torch
    from dropsearch.models.fold import metrics, scores
    from dropsearch.search.cli import app
    for words in ("launch study.yaml --detach", "worker tones", "report tones"):
        app(words.split(), standalone_mode=False)
    actual, predicted = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 1.0])
    metric = metrics.make_metric("pinball", 1)
    metric.update(torch.from_numpy(predicted), torch.from_numpy(actual))
    found = [scores.ERRORS["pinball"](actual, predicted, None), float(metric.compute())]
    assert np.allclose(found, (0.1 * 1 + 0.9 * 2) / 3), found
    assert "pinball" in scores.metrics_of("forecast")
"""


def test_a_study_runs_with_the_recipes_and_a_metric_of_numbers_scores_arrays_and_tensors(
    extended: Path, study: Any, tmp_path: Path
) -> None:
    made = study(
        model={"recurrent": "both", "dropout": {"recurrent": 0.25, "output": [0.0, 0.5]}},
        search={"metric": "brier", "trials": 2},
    )
    data = tmp_path / "tones.arrow"
    pl.read_csv(tmp_path / "tones.csv").write_ipc(data)
    made["data"]["path"] = str(data)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(made))
    run(extended, "-c", ALL, cwd=tmp_path)
    page = (tmp_path / "tones.html").read_text()
    assert "recurrent 0.25 (both)" in page
    assert "brier" in page
    assert "2 complete trials: " in page


def test_another_module_trains_in_lockstep() -> None:
    (code,) = PLAIN.findall(RECIPES["Another LightningModule in Lockstep"])
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["lockstep"].scores["val_loss"].shape == (3,)
