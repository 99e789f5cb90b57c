"""A study that searches the cell: answered, exported, trained and predicted with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dropsearch.models.errors import ModelsError
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.models.trained.folder import CONFIG
from dropsearch.search import launch
from dropsearch.search.config.load import load_config
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.studies.report.report import report_html
from tests.support.model_folder import rewrite
from tests.support.pages import sentences


def test_a_cell_is_a_choice_like_any_other(study: Any, tmp_path: Path) -> None:
    mapping = study(
        folds={"count": 2},
        model={"cell": ["lstm", "gru"], "hidden_size": 4},
        search={"trials": 5, "sampler": "random"},
        confirm={"finalists": 2, "rates": [0.3], "repeats": 1},
    )
    result = launch(mapping, storage=str(tmp_path / "s.db"), workers=1)
    assert {*result.trials()["cell"]} == {"lstm", "gru"}
    assert {choice["choice"] for choice in result.recommendation.choices} >= {"cell"}
    assert "GRU cells" in sentences(report_html(result.store, result.record))


def test_a_gru_is_exported_trained_and_predicts(study: Any, tmp_path: Path) -> None:
    model = {"cell": "gru", "recurrent": "zoneout", "dropout": {"recurrent": 0.2}}
    mapping = study(folds={"count": 2}, model=model)
    result = launch(mapping, storage=str(tmp_path / "s.db"), workers=1)
    config = load_config(result.export(tmp_path / "best.yaml"))
    assert config.model.cell == "gru"
    train(config, tmp_path / "model")
    assert read_bundle(tmp_path / "model").arguments["cell"] == "gru"
    assert "A GRU network that predicts" in (tmp_path / "model" / "README.md").read_text()
    found, _ = predictions(tmp_path / "model", tmp_path / "tones.csv")
    assert set(found["label"].unique()) <= {"slow", "fast"}

    other = (tmp_path / "model" / CONFIG).read_bytes().replace(b"cell: gru", b"cell: lstm")
    rewrite(tmp_path / "model", CONFIG, other)
    with pytest.raises(ModelsError, match="is not the one that its networks were trained by"):
        predictions(tmp_path / "model", tmp_path / "tones.csv")
