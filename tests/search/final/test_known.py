"""What is known ahead, from study.yaml to predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import ModelsError
from dropsearch.models.trained.folder import CONFIG, PREPARATION
from dropsearch.search.config.load import config_from
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.terminal.check import check, in_words
from tests.support.in_process import dropsearch
from tests.support.known import KNOWN, blank_load, loads
from tests.support.model_folder import rewrite

pytestmark = pytest.mark.usefixtures("briefly")

STEPS, HORIZON = 240, 3


def asked(folder: Path, epochs: int = 30, **data: Any) -> dict[str, Any]:
    loads(STEPS).write_csv(folder / "loads.csv")
    return {
        "study": "loads",
        "data": {"path": str(folder / "loads.csv"), **KNOWN, **data},
        "folds": {"count": 2},
        "model": {"hidden_size": 16, "layers": 1, "dropout": 0.0},
        "training": {"epochs": epochs, "batch_size": 32, "learning_rate": 0.01},
    }


def test_a_target_that_hangs_on_a_known_price_is_forecast(tmp_path: Path) -> None:
    """With what is known ahead the error on the holdout is a fifth of that without, at most."""
    errors = []
    for known in (["price"], []):
        config = config_from(asked(tmp_path, known=known, scale="train"), tmp_path)
        folder = tmp_path / f"model{len(known)}"
        made = train(config, folder, keep_holdout=True)
        errors.append(made.about["holdout"]["scores"]["mase"])
    assert 5 * errors[0] < errors[1]


def test_predictions_follow_what_is_known(tmp_path: Path) -> None:
    """From the end of the file, from a file of its own, and by what stands there."""
    config = config_from(asked(tmp_path, epochs=20, calendar=["hour"]), tmp_path)
    train(config, tmp_path / "model")
    frame = blank_load(loads(STEPS), HORIZON)
    frame.write_csv(tmp_path / "new.csv")
    found, _ = predictions(tmp_path / "model", tmp_path / "new.csv")
    past, coming = (
        frame.filter(pl.col("load").is_not_null()),
        frame.filter(pl.col("load").is_null()),
    )
    past.write_csv(tmp_path / "past.csv")
    coming.drop("load").write_csv(tmp_path / "future.csv")
    given: dict[str, Any] = {"future": tmp_path / "future.csv"}
    assert predictions(tmp_path / "model", tmp_path / "past.csv", **given)[0].equals(found)
    step = pl.int_range(pl.len()).over("place")
    dearer = coming.with_columns(pl.col("price") + 4 * (step == 1))
    dearer.write_csv(tmp_path / "future.csv")
    other, _ = predictions(tmp_path / "model", tmp_path / "past.csv", **given)
    moved = (other["load"] - found["load"]).to_numpy().reshape(2, HORIZON)
    assert (moved[:, 1] < -4).all()
    assert not moved[:, 0].any()


def test_samples_and_several_networks_go_on(tmp_path: Path) -> None:
    mapping = asked(tmp_path, epochs=1)
    mapping["model"]["dropout"] = 0.5
    train(config_from(mapping, tmp_path), tmp_path / "model", networks=2)
    blank_load(loads(STEPS), HORIZON).write_csv(tmp_path / "new.csv")
    found, _ = predictions(tmp_path / "model", tmp_path / "new.csv", samples=20)
    assert found.columns == ["series", "time", "load", "mean", "sd", "q05", "q95"]
    assert (found["sd"] > 0).all()


def test_the_command_takes_a_file_of_the_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(config_from(asked(tmp_path, epochs=1), tmp_path), tmp_path / "model")
    loads(STEPS).write_csv(tmp_path / "past.csv")
    given = ("predict", str(tmp_path / "model"), str(tmp_path / "past.csv"))
    assert dropsearch(*given) == 2
    assert "'price', 'tariff' at the 3 steps that are to be forecast" in capsys.readouterr().err
    later = loads(STEPS + HORIZON).group_by("place", maintain_order=True).tail(HORIZON)
    later = later.drop("load", "wind")
    future = str(tmp_path / "future.csv")
    later.filter(pl.col("place") == "A").write_csv(future)
    assert dropsearch(*given, "--future", future) == 2
    said = capsys.readouterr().err
    assert "series 'B' lacks 'price', 'tariff' at 2024-01-11 00:00 (step 1 of 3)" in said
    later.write_csv(future)
    assert dropsearch(*given, "--future", future, "-o", str(tmp_path / "out.csv")) == 0
    assert pl.read_csv(tmp_path / "out.csv").height == 2 * HORIZON


def test_check_says_what_is_known(tmp_path: Path) -> None:
    said = in_words(check(config_from(asked(tmp_path, calendar=["hour", "weekday"]), tmp_path)))
    assert "Known ahead: price, tariff, and of the calendar hour, weekday" in said


@pytest.mark.parametrize("key", ["known", "calendar"])
def test_a_config_that_knows_something_else_is_refused(key: str, tmp_path: Path) -> None:
    mapping = asked(tmp_path, epochs=1, calendar=["hour"])
    train(config_from(mapping, tmp_path), tmp_path / "model")
    text = (tmp_path / "model" / CONFIG).read_text()
    name = {"known": "price", "calendar": "hour"}[key]
    changed = text.replace(f"  {key}:\n  - {name}\n", f"  {key}:\n  - minute\n")
    assert changed != text
    rewrite(tmp_path / "model", CONFIG, changed.encode())
    blank_load(loads(STEPS), HORIZON).write_csv(tmp_path / "new.csv")
    with pytest.raises(ModelsError, match="is not the one that its networks were trained by"):
        predictions(tmp_path / "model", tmp_path / "new.csv")


def test_a_folder_that_knows_something_else_is_damaged(tmp_path: Path) -> None:
    train(config_from(asked(tmp_path, epochs=1), tmp_path), tmp_path / "model")
    content = json.loads((tmp_path / "model" / PREPARATION).read_text())
    content["reader"]["known"] = ["price"]
    rewrite(tmp_path / "model", PREPARATION, json.dumps(content).encode())
    blank_load(loads(STEPS), HORIZON).write_csv(tmp_path / "new.csv")
    with pytest.raises(ModelsError, match=r"about\.json is damaged"):
        predictions(tmp_path / "model", tmp_path / "new.csv")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"known": ["load"]}, '"load" is data.target; its own past is seen anyway'),
        ({"known": ["hour"]}, '"hour" is data.time'),
        ({"task": "classify", "horizon": None}, "data.known: .* is for task: forecast alone"),
        ({"layout": "columns", "series": None}, "data.known: .* layout: columns is wide"),
        ({"calendar": ["century"]}, "data.calendar"),
    ],
)
def test_the_config_refuses(data: dict[str, Any], message: str, tmp_path: Path) -> None:
    mapping = asked(tmp_path, **data)
    with pytest.raises(ConfigError, match=message):
        config_from(mapping, tmp_path)


def test_a_wide_table_has_its_calendar(tmp_path: Path) -> None:
    """A week of which the weekday decides everything, each place a column."""
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), eager=True)
    week = days.dt.weekday().to_numpy()
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"day": days, "A": week * 1.0, "B": rng.permutation(7)[week - 1] * 1.0})
    frame.write_csv(tmp_path / "wide.csv")
    mapping = asked(tmp_path, epochs=10)
    mapping["data"] = {"path": str(tmp_path / "wide.csv"), "task": "forecast", "time": "day"} | {
        "layout": "columns",
        "target": "value",
        "window": 7,
        "horizon": 4,
        "calendar": ["weekday"],
    }
    train(config_from(mapping, tmp_path), tmp_path / "model")
    found, _ = predictions(tmp_path / "model", tmp_path / "wide.csv")
    assert found.columns == ["day", "A", "B"]
    expected = [frame["A"].to_list()[step] for step in (2, 3, 4, 5)]  # from a Wednesday on
    np.testing.assert_allclose(found["A"].to_numpy(), expected, atol=1)
