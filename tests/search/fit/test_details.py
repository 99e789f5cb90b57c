"""Where a fit does worst, from its predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from dropsearch.search.config.load import config_from
from dropsearch.search.fit.details import by_class, by_number, details
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.folds.inputs import Inputs


def test_by_class() -> None:
    actual = np.array([0, 0, 0, 0, 1, 1, 3, 3, 3])
    predicted = np.array([1, 1, 3, 0, 1, 1, 0, 0, 2])
    found = by_class(actual, predicted, ("a", "b", "c", "d"))
    assert found == {
        "number": 3,
        "worst": [
            {"name": "d", "examples": 3, "recall": 0.0, "taken_for": "a"},
            {"name": "a", "examples": 4, "recall": 0.25, "taken_for": "b"},
            {"name": "b", "examples": 2, "recall": 1.0, "taken_for": None},
        ],
    }


def test_by_series_and_step() -> None:
    actual = np.zeros((4, 2))
    predicted = np.array([[3.0, 4.0], [1.0, 99.0], [2.0, 2.0], [6.0, 8.0]])
    known = np.array([[1, 1], [1, 0], [1, 1], [1, 1]], dtype=bool)
    series, unit = np.array([5, 2, 2, 5]), np.array([1.0, 1.0, 1.0, 2.0])
    names = tuple("abcdef")
    found = by_number(actual, predicted, known, unit, series, names, "mae")
    assert found["series"] == {
        "number": 2,
        "median": pytest.approx((21 / 4 + 5 / 3) / 2),
        "worst": [
            {"name": "f", "targets": 4, "score": 21 / 4},
            {"name": "c", "targets": 3, "score": pytest.approx(5 / 3)},
        ],
    }
    assert found["steps"] == [
        {"step": 1, "targets": 4, "score": 3.0},
        {"step": 2, "targets": 3, "score": pytest.approx(14 / 3)},
    ]
    scaled = by_number(actual, predicted, known, unit, series, names, "mase")
    assert scaled["series"]["worst"][0]["score"] == pytest.approx((3 + 4 + 3 + 4) / 4)


def test_one_series_and_one_step_tell_nothing() -> None:
    one = np.ones((3, 1))
    assert by_number(one, one, one > 0, np.ones(3), np.zeros(3, int), ("a",), "rmse") == {}


def test_only_the_worst_ten_series_are_kept() -> None:
    predicted = np.arange(30.0)[:, None]
    known = np.ones((30, 1), dtype=bool)
    names = tuple(map(str, range(30)))
    zeros, ones = np.zeros((30, 1)), np.ones(30)
    found = by_number(zeros, predicted, known, ones, np.arange(30), names, "rmse")["series"]
    assert [row["name"] for row in found["worst"]] == [str(n) for n in range(29, 19, -1)]
    assert (found["number"], found["median"]) == (30, 14.5)


class Last(torch.nn.Module):
    """Predicts the last value seen for every step."""

    def __init__(self, horizon: int) -> None:
        super().__init__()
        self.horizon = horizon

    def forward(self, inputs: torch.Tensor, lengths: Any = None) -> torch.Tensor:
        return inputs[:, -1, :1].expand(-1, self.horizon)


def test_predictions_are_brought_back_to_the_user_s_units(tmp_path: Path) -> None:
    rows = [
        (name, step, float(slope * step))
        for name, slope in (("slow", 1.0), ("fast", 10.0), ("still", 0.0))
        for step in range(60)
    ]
    path = tmp_path / "d.csv"
    pl.DataFrame(rows, schema=["series", "step", "y"], orient="row").write_csv(path)
    study = {
        "study": "s",
        "data": {
            "path": str(path),
            "task": "forecast",
            "time": "step",
            "series": "series",
            "target": "y",
            "window": 5,
            "horizon": 3,
        },
        "folds": {"count": 2, "holdout": 0},
        "search": {"metric": "mae"},
    }
    for scale in ("train", "window", "none"):
        study["data"]["scale"] = scale  # type: ignore[index]
        config = config_from(study, tmp_path)
        inputs = Inputs.of(config)
        folds = FoldSet.of(config, inputs)
        found = details([Last(3), Last(3)], folds.preparations, folds.validate, inputs.data, "mae")
        assert found["examples"] == sum(len(fold.validate) for fold in inputs.split.folds)
        assert [step["score"] for step in found["steps"]] == pytest.approx(
            [11 / 3, 22 / 3, 11], 1e-5
        )
        worst = found["series"]["worst"]
        assert [row["name"] for row in worst] == ["fast", "slow", "still"]
        assert [row["score"] for row in worst] == pytest.approx([20, 2, 0], abs=1e-4)
