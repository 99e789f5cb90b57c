"""A random walk as a whole study: nothing can be learnt, and the answer has to say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from dropsearch.search import launch
from dropsearch.studies.report.report import report_html
from tests.support.pages import sentences


def test_nothing_is_found_on_a_random_walk(tmp_path: Path) -> None:
    walk = np.random.default_rng(4).normal(size=400).cumsum()
    pl.DataFrame({"step": range(400), "y": walk}).write_csv(tmp_path / "walk.csv")
    result = launch(
        {
            "study": "walk",
            "data": {
                "path": str(tmp_path / "walk.csv"),
                "task": "forecast",
                "time": "step",
                "target": "y",
                "window": 6,
                "horizon": 3,
            },
            "folds": {"count": 3},
            "model": {"hidden_size": 4, "layers": 1},
            "training": {"epochs": 2, "batch_size": 64, "learning_rate": 0.01},
            "search": {"trials": 2},
            "confirm": {"finalists": 1, "rates": [0.3], "repeats": 2},
        },
        storage=str(tmp_path / "s.db"),
        workers=1,
    )
    found = result.recommendation
    assert found.rests_on == "curve"
    assert found.verdict in ("not decided", "does not help", "hurts")
    assert found.baseline == "last value"
    said = " ".join(found.sentences)
    assert "Dropout helps" not in said
    assert found.network == "not decided"
    page = sentences(report_html(result.store, result.record))
    assert "Intervals over such folds are too narrow to decide it." in page
    assert "Where it does worst" in page
    assert "By forecast step RMSE is worst at step" in page
