"""Static features from study.yaml to predictions: learnt with what is read, and they move it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.search.config.load import config_from
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.terminal.check import check, in_words

pytestmark = pytest.mark.usefixtures("briefly")

STEPS, SERIES = 12, 48
SIZE = [(-1.0, 1.0)[i % 2] for i in range(SERIES)]
PLACE = [("hill", "sea")[i // 2 % 2] for i in range(SERIES)]
TREND = [(-1.0, 1.0)[i // 4 % 2] for i in range(SERIES)]


def table() -> pl.DataFrame:
    """Series that rise or fall, each with its size; the label needs both: whether they agree."""
    rng = np.random.default_rng(2)
    rows = [
        {
            "s": f"n{i:02d}",
            "t": f"2021-01-{step + 1:02d}",
            "x": trend * step / STEPS + rng.normal(scale=0.05),
            "size": size,
            "place": place,
            "label": "same" if size == trend else "other",
            "product": size * trend,
        }
        for i, (size, place, trend) in enumerate(zip(SIZE, PLACE, TREND, strict=True))
        for step in range(STEPS)
    ]
    return pl.DataFrame(rows)


def asked(folder: Path, **data: Any) -> dict[str, Any]:
    table().write_csv(folder / "data.csv")
    named = {"time": "t", "series": "s", "features": ["x"], "static": ["size", "place"]}
    return {
        "study": "statics",
        "data": {"path": str(folder / "data.csv"), **named, **data},
        "model": {"hidden_size": 8, "layers": 1, "dropout": 0.0}
        | {"bidirectional": False, "pooling": "last"},
        "training": {"epochs": 40, "batch_size": 16, "learning_rate": 0.02},
    }


def predicted(folder: Path, frame: pl.DataFrame, model: str = "model") -> pl.DataFrame:
    frame.write_csv(folder / "new.csv")
    return predictions(folder / model, folder / "new.csv")[0]


def test_a_label_that_needs_both_is_learnt(tmp_path: Path) -> None:
    """Without the static feature, or beside a linear head, it would be a coin's toss."""
    config = config_from(asked(tmp_path, task="classify", target="label"), tmp_path)
    train(config, tmp_path / "model")
    rows = table()
    truth = rows.group_by("s", maintain_order=True).first()["label"].to_list()
    assert predicted(tmp_path, rows)["label"].to_list() == truth
    turned = predicted(tmp_path, rows.with_columns(-pl.col("size")))
    assert turned["label"].to_list() == [{"same": "other", "other": "same"}[t] for t in truth]


def test_a_number_moves_with_it(tmp_path: Path) -> None:
    config = config_from(asked(tmp_path, task="regress", target="product"), tmp_path)
    train(config, tmp_path / "model")
    rows = table()
    found = predicted(tmp_path, rows)["product"].to_numpy()
    np.testing.assert_allclose(found, np.multiply(SIZE, TREND), atol=0.3)
    turned = predicted(tmp_path, rows.with_columns(-pl.col("size")))["product"].to_numpy()
    np.testing.assert_allclose(turned, -found, atol=0.6)


def test_a_forecast_moves_with_it(tmp_path: Path) -> None:
    data = {"task": "forecast", "target": "x", "features": [], "window": 4, "horizon": 2}
    mapping = asked(tmp_path, **data)
    mapping["training"]["epochs"] = 3
    train(config_from(mapping, tmp_path), tmp_path / "model")
    rows = table()
    found = predicted(tmp_path, rows)["x"].to_numpy()
    other = predicted(tmp_path, rows.with_columns(pl.col("size") + 1))["x"].to_numpy()
    assert (found != other).all()


def test_a_new_word_is_told_and_a_lacking_value_refused(tmp_path: Path) -> None:
    mapping = asked(tmp_path, task="classify", target="label")
    mapping["training"]["epochs"] = 1
    train(config_from(mapping, tmp_path), tmp_path / "model")
    table().with_columns(pl.lit("moon").alias("place")).write_csv(tmp_path / "moon.csv")
    found, notes = predictions(tmp_path / "model", tmp_path / "moon.csv")
    assert len(found) == SERIES
    assert any("'place': 48 values were not seen in training ('moon')" in note for note in notes)
    table().drop("size").write_csv(tmp_path / "less.csv")
    with pytest.raises(DataError, match="no column 'size' \\(which the model needs\\)"):
        predictions(tmp_path / "model", tmp_path / "less.csv")
    table().with_columns(pl.lit(None).alias("size")).write_csv(tmp_path / "blank.csv")
    with pytest.raises(DataError, match="column 'size', row 2"):
        predictions(tmp_path / "model", tmp_path / "blank.csv")


def test_check_names_them(tmp_path: Path) -> None:
    config = config_from(asked(tmp_path, task="classify", target="label"), tmp_path)
    said = in_words(check(config))
    assert "Static features: size, place" in said
    assert any("Features: x" in line for line in said)
