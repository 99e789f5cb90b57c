"""Several targets of one forecast, from study.yaml to predictions and the report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.fold.baselines import baselines
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.preparation import Preparation
from dropsearch.search.config.load import config_from
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.run import launch
from dropsearch.search.terminal.check import check, in_words
from tests.support.config_samples import POINT
from tests.support.in_process import dropsearch
from tests.support.known import loads
from tests.support.sequences import read

pytestmark = pytest.mark.usefixtures("briefly")

STEPS, HORIZON = 150, 3
BOTH = ["load", "income"]
ASKED: dict[str, Any] = {"task": "forecast", "time": "hour", "series": "place"} | {
    "target": BOTH,
    "window": 6,
    "horizon": HORIZON,
    "features": [],
}


def both(steps: int = STEPS, places: str = "AB") -> pl.DataFrame:
    """A load, and an income in the millions that follows its own course."""
    frame = loads(steps, places).drop("tariff", "wind")
    step = pl.int_range(pl.len()).over("place")
    return frame.with_columns(
        (1e6 * (5 + (step / 4).sin()) + 1e5 * pl.col("price")).alias("income")
    )


def data_of(folder: Path, frame: pl.DataFrame | None = None, **keys: Any) -> SequenceData:
    return read(folder, both() if frame is None else frame, **ASKED | keys)


def asked(folder: Path, epochs: int = 2, **data: Any) -> dict[str, Any]:
    both().write_csv(folder / "both.csv")
    return {
        "study": "both",
        "data": {"path": str(folder / "both.csv"), **ASKED, **data},
        "folds": {"count": 2},
        "model": {"hidden_size": 8, "layers": 1, "dropout": 0.2},
        "training": {"epochs": epochs, "batch_size": 32, "learning_rate": 0.01},
    }


def test_their_pasts_are_the_first_features(tmp_path: Path) -> None:
    found = data_of(tmp_path, features=["price"])
    assert found.features == (*BOTH, "price")
    assert found.targets == tuple(BOTH)
    assert found.target.shape == (2 * STEPS, 2)
    assert found.outputs == 2 * HORIZON
    np.testing.assert_array_equal(found.values[:, :2], found.target)
    save_data(found, tmp_path)
    assert load_data(tmp_path, found.fingerprint).targets == found.targets
    alone = data_of(tmp_path, target="load")
    assert alone.targets == ()
    assert alone.target.ndim == 1


@pytest.mark.parametrize("scale", ["train", "window", "none"])
def test_each_is_scaled_by_itself(scale: Any, tmp_path: Path) -> None:
    """As in a study of its own: targets and units, the steps of one behind those of the other."""
    found = data_of(tmp_path)
    index = np.arange(30)
    (batch,) = Examples(found, Preparation.fit(found, index, scale), index).batches(64)
    for number, name in enumerate(BOTH):
        one = data_of(tmp_path, target=name)
        (alone,) = Examples(one, Preparation.fit(one, index, scale), index).batches(64)
        steps = slice(number * HORIZON, (number + 1) * HORIZON)
        np.testing.assert_array_equal(batch.target[:, steps], alone.target)
        np.testing.assert_array_equal(batch.inputs[..., number], alone.inputs[..., 0])
        assert batch.unit is not None
        assert alone.unit is not None
        np.testing.assert_array_equal(batch.unit[:, steps], alone.unit[:, None].expand(-1, HORIZON))
        restored = batch.restore(batch.target)[:, steps]
        np.testing.assert_array_equal(restored, alone.restore(alone.target))


@pytest.mark.parametrize("metric", ["mase", "smape"])
def test_a_score_is_the_mean_over_the_targets(metric: str, tmp_path: Path) -> None:
    train_part, rest = np.arange(60), np.arange(70, 100)
    together = baselines(data_of(tmp_path), train_part, rest, metric)
    alone = [baselines(data_of(tmp_path, target=name), train_part, rest, metric) for name in BOTH]
    for name, score in together.items():
        assert score == pytest.approx(np.mean([own[name] for own in alone]), rel=1e-12)


def test_a_target_that_is_blank_somewhere_is_neither_trained_on_nor_scored(tmp_path: Path) -> None:
    step = pl.int_range(pl.len()).over("place")
    blank = pl.when(step.is_between(40, 60)).then(None).otherwise(pl.col("income"))
    frame = both().with_columns(blank.alias("income"))
    found = data_of(tmp_path, frame, missing="forward")
    own = Preparation.fit(found, np.arange(len(found.start)), "train")
    (batch,) = Examples(found, own, np.flatnonzero(found.start == 38)).batches(1)
    assert batch.observed is not None
    assert batch.observed[0].tolist() == [True] * HORIZON + [False] * HORIZON
    assert np.isfinite(own.target_centre).all()


def test_the_steps_that_are_forecast_are_blank_in_all_of_them(tmp_path: Path) -> None:
    late = pl.int_range(pl.len()).over("place") >= STEPS - 4
    blank = [pl.when(late).then(None).otherwise(pl.col(name)).alias(name) for name in BOTH]
    assert len(data_of(tmp_path, both().with_columns(blank)).values) == 2 * (STEPS - 4)
    half = data_of(tmp_path, both().with_columns(blank[0]), missing="forward")
    assert len(half.values) == 2 * STEPS


@pytest.mark.parametrize("known", [(), ("price",)])
def test_predictions_stand_in_a_column_each(known: tuple[str, ...], tmp_path: Path) -> None:
    mapping = asked(tmp_path, epochs=30, known=list(known), scale="train")
    made = train(config_from(mapping, tmp_path), tmp_path / "model", networks=2, keep_holdout=True)
    held = made.about["holdout"]
    assert held["targets"].keys() == {*BOTH}
    assert held["scores"]["mase"] == pytest.approx(np.mean([*held["targets"].values()]), rel=1e-9)
    card = (tmp_path / "model" / "README.md").read_text()
    assert f"not seen (load {held['targets']['load']:.4g}, income" in card
    late = pl.int_range(pl.len()).over("place") >= STEPS - HORIZON
    blank = [pl.when(late).then(None).otherwise(pl.col(name)).alias(name) for name in BOTH]
    both().with_columns(blank).write_csv(tmp_path / "new.csv")
    found, _ = predictions(tmp_path / "model", tmp_path / "new.csv", samples=5)
    assert found.columns[:4] == ["series", "time", *BOTH]
    assert found.columns[4:6] == ["load (mean)", "income (mean)"]
    assert found.height == 2 * HORIZON
    truth = both().filter(late)
    assert (found["income"] / truth["income"]).is_between(0.6, 1.5).all()
    assert found["load"].is_between(0, 30).all()
    if known:
        apart = (found["load"] - truth["load"]).abs().mean()
        assert isinstance(apart, float)
        assert apart < 1.5  # a price moves it by 4


def test_fits_tell_where_each_target_stands(tmp_path: Path) -> None:
    prepare_process()
    config = config_from(asked(tmp_path), tmp_path)
    inputs = Inputs.of(config)
    assert inputs.metric == "mase"
    folds = FoldSet.of(config, inputs)
    seeds = fold_seeds(0, "search", 0, 2)
    found = fit(POINT, folds, seeds=seeds, direction="minimize", detailed=True)
    assert found.details is not None
    told = found.details["targets"]
    assert [row["name"] for row in told] == BOTH
    assert len(found.details["steps"]) == HORIZON
    scores = [row["score"] for row in told]
    assert np.mean(scores) == pytest.approx(
        np.mean([row["score"] for row in found.details["steps"]]), rel=1e-9
    )


@pytest.mark.parametrize("series", ["place", None])
def test_from_a_launch_to_a_report(
    series: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = asked(tmp_path, series=series)
    if series is None:
        both(places="A").drop("place").write_csv(tmp_path / "both.csv")
    mapping["model"]["dropout"] = {"low": 0.0, "high": 0.5}
    mapping |= {"search": {"trials": 2}}
    mapping["confirm"] = {"finalists": 1, "repeats": 1, "rates": [0.2], "rivals": None}
    storage = str(tmp_path / "s.db")
    launch(mapping, storage=storage, workers=1, progress=False)
    page, tables = tmp_path / "r.html", tmp_path / "csv"
    told = ("-o", str(page), "--csv", str(tables), "--storage", storage)
    assert dropsearch("report", "both", *told) == 0
    text = page.read_text()
    named = ["series"] if series else []
    table = pl.read_csv(tables / "predictions.csv")
    assert table.columns[: len(named) + 3] == [*named, "target", "time", "step"]
    assert table["target"].unique(maintain_order=True).to_list() == BOTH
    means = {name: own["actual"].mean() for (name,), own in table.group_by("target")}
    assert means["income"] > 1e6 > 100 > means["load"]
    assert "The largest misses of income" in text
    assert "All 2 targets, worst first" in text
    said = "\n".join(in_words(check(config_from(mapping, tmp_path))))
    assert "Targets: load, income" in said
    assert "\n  income: last value " in said
    best, model = tmp_path / "best.yaml", tmp_path / "model"
    assert dropsearch("export", "both", "-o", str(best), "--storage", storage) == 0
    assert dropsearch("train", str(best), "-o", str(model), "--keep-holdout") == 0
    told = ("predict", str(model), str(tmp_path / "both.csv"), "--interval", "0.8")
    assert dropsearch(*told, "-o", str(tmp_path / "p.csv")) == 0
    found = pl.read_csv(tmp_path / "p.csv")
    ends = [f"{name} ({end})" for end in ("low", "high") for name in BOTH]
    assert found.columns == [*named, "time", *BOTH, *ends]
    card = (model / "README.md").read_text()
    assert "load, income" not in card
    assert re.search(r"\| 0.9 \| .* \| \d\S* of load, \d\S* of income \|", card)
    for name in BOTH:
        assert (found[f"{name} (low)"] < found[name]).all()
        assert (found[name] < found[f"{name} (high)"]).all()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"search": {"metric": "rmse"}}, "search.metric: .*rmse.* write mase or smape"),
        ({"data": {"task": "classify", "horizon": None}}, "data.target: .*forecast alone"),
        ({"data": {"layout": "columns", "series": None}}, "layout: columns holds one target"),
        ({"data": {"target": ["load", "load"]}}, "data.target: .*names load twice"),
        ({"data": {"known": ["income"]}}, "data.known: .*income.* is data.target"),
        ({"data": {"target": ["load", "hour"]}}, "data.time: .*hour.* is data.target already"),
    ],
)
def test_what_does_not_go_together_is_refused(
    sections: dict[str, Any], message: str, tmp_path: Path
) -> None:
    mapping = asked(tmp_path, **sections.pop("data", {})) | sections
    with pytest.raises(ConfigError, match=message):
        config_from(mapping, tmp_path)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"target": ["load", "incme"]}, r"no column 'incme' \(data.target\): did you mean"),
        (
            {"target": ["load", "place"]},
            "column 'place' of data.target is the series column: take it out, it cannot be",
        ),
        ({"features": ["income"]}, "column 'income' of data.features is the target column"),
    ],
)
def test_columns_that_cannot_be_targets_are_refused(
    keys: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        data_of(tmp_path, **keys)
