"""Prediction intervals by the command line, from a study to new data whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from scipy.stats import betabinom

from dropsearch.search.run import detach
from dropsearch.search.workers.serving import work
from dropsearch.studies.store.store import open_store
from tests.support.in_process import dropsearch

LEVEL = 0.9


def sums(path: Path, number: int, seed: int) -> pl.DataFrame:
    """Sequences of four steps, whose sum is to be told; its noise has a long tail to one side."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(number, 4))
    total = 10 + steps.sum(1) + rng.exponential(size=number)
    frame = pl.DataFrame(
        {
            "id": np.repeat(np.arange(number), 4),
            "step": np.tile(np.arange(4), number),
            "x": steps.ravel(),
            "total": np.repeat(total, 4),
        }
    )
    frame.write_csv(path)
    return frame.group_by("id", maintain_order=True).first()


@pytest.fixture
def studied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the database of a study that came to its answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_STORAGE", str(tmp_path / "s.db"))
    sums(tmp_path / "sums.csv", 400, 0)
    columns = {"time": "step", "series": "id", "target": "total"}
    asked: dict[str, Any] = {
        "study": "sums",
        "data": {"path": str(tmp_path / "sums.csv"), "task": "regress", **columns},
        "folds": {"count": 3},
        "model": {"hidden_size": 8, "layers": 1, "bidirectional": False, "dropout": 0.1},
        "training": {"epochs": 12, "learning_rate": 0.02},
        "search": {"trials": 1},
        "confirm": {"finalists": 1, "rates": [0.1], "repeats": 1, "rivals": None},
    }
    record = detach(asked, storage=str(tmp_path / "s.db"))
    work(open_store(str(tmp_path / "s.db"), create=False), record, told=lambda: False)
    return tmp_path


def test_an_interval_holds_as_much_of_new_data_as_it_promises(
    studied: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert dropsearch("export", "sums", "-o", "best.yaml") == 0
    errors = yaml.safe_load((studied / "best.yaml").read_text())["selected"]["errors"]
    assert errors["examples"] == 340
    assert "    sizes:\n    - [" in (studied / "best.yaml").read_text()
    assert dropsearch("train", "best.yaml", "-o", "model", "--keep-holdout") == 0
    assert "On the holdout the interval 0.9 held " in capfd.readouterr().out

    truth = sums(studied / "new.csv", 2000, 1)
    assert dropsearch("predict", "model", "new.csv", "--interval", "0.9", "-o", "out.csv") == 0
    assert "on the holdout it held " in capfd.readouterr().err
    found = pl.read_csv(studied / "out.csv")
    assert found.columns == ["series", "total", "low", "high"]
    inside = int(truth["total"].is_between(found["low"], found["high"]).sum())
    rank = int(np.ceil(LEVEL * 341))
    low, high = betabinom.interval(0.99, 2000, rank, 341 - rank)
    assert low <= inside <= high

    (studied / "best.yaml").unlink()
    capfd.readouterr()
    assert dropsearch("predict", "model", "new.csv", "--interval", "0.91", "-o", "no.csv") == 2
    assert "take one of 0.5, " in capfd.readouterr().err
    assert not (studied / "no.csv").exists()
