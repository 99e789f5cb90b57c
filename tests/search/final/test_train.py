"""Training for good, and predictions by what it writes: exact, repeatable, refused where wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.torch import load_file, save_file

from dropsearch.models.errors import DataError, DivergedError, ModelsError
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.models.trained.folder import MANIFEST
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.predict import predict, spread
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final import train as refit
from dropsearch.search.final.about import SAMPLES
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.folds.inputs import Inputs, read_data_of, split_of
from dropsearch.search.terminal.check import check, in_words
from dropsearch.studies.store.records import HOLDOUT

FIXED = {"hidden_size": 6, "layers": 2, "dropout": 0.3}

Make = Callable[..., StudyConfig]


@pytest.fixture
def fixed(study: Any, tmp_path: Path) -> Make:
    """A study of tones with every value fixed."""

    def make(**sections: Any) -> StudyConfig:
        asked = study(model=FIXED, training={"epochs": 6, "learning_rate": 0.02})
        for name, section in sections.items():
            asked[name] = {**(asked.get(name) or {}), **section}
        return config_from(asked, tmp_path)

    return make


def changed(folder: Path, name: str) -> None:
    """Write into the manifest what the file is now."""
    content = (folder / name).read_bytes()
    manifest = json.loads((folder / MANIFEST).read_text())
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def waves(path: Path, many: bool) -> Path:
    """Monthly series of 90 steps."""
    rng = np.random.default_rng(3)
    months = [f"{2000 + n // 12}-{n % 12 + 1:02d}" for n in range(90)]
    frames = [
        pl.DataFrame(
            {
                "shop": [name] * 90,
                "month": months,
                "sales": 50 + 10 * np.sin(np.arange(90) / 2) + rng.normal(size=90),
            }
        )
        for name in (("a", "b") if many else ("a",))
    ]
    pl.concat(frames).write_csv(path)
    return path


@pytest.fixture
def forecast(tmp_path: Path) -> Callable[[bool], StudyConfig]:
    def make(many: bool) -> StudyConfig:
        asked = {
            "study": "waves",
            "data": {
                "path": str(waves(tmp_path / "waves.csv", many)),
                "task": "forecast",
                "time": "month",
                "series": "shop" if many else None,
                "target": "sales",
                "window": 8,
                "horizon": 3,
                **({} if many else {"features": []}),
            },
            "folds": {"count": 2},
            "model": FIXED,
            "training": {"epochs": 3, "learning_rate": 0.02},
        }
        return config_from(asked, tmp_path)

    return make


def test_predicting_the_training_data_gives_the_reported_score_exactly(
    fixed: Make, tmp_path: Path
) -> None:
    told: list[int] = []
    config = fixed(training={"epochs": 20})
    made = train(config, tmp_path / "model", networks=2, on_epoch=told.append)
    assert told == list(range(1, 21))
    reported = made.about["training"]
    assert reported["examples"] == 48
    assert made.about["holdout"] is None
    table, notes = predictions(tmp_path / "model", tmp_path / "tones.csv")
    truth = pl.read_csv(tmp_path / "tones.csv").group_by("series", maintain_order=True).first()
    assert table["series"].to_list() == [str(name) for name in truth["series"]]
    accuracy = (table["label"] == truth["label"]).mean()
    assert accuracy == reported["scores"]["accuracy"]
    assert accuracy > 0.8
    assert table.columns == ["series", "label", "probability", "p_fast", "p_slow"]
    assert np.allclose(table["p_fast"] + table["p_slow"], 1)
    assert (table["probability"] == table.select(pl.max_horizontal("^p_.*$")).to_series()).all()
    assert notes == []


def test_a_training_repeats_bit_for_bit_and_networks_differ(fixed: Make, tmp_path: Path) -> None:
    for name, networks in (("one", 1), ("again", 1), ("three", 3)):
        train(fixed(), tmp_path / name, networks=networks)
    weights = {name: read_bundle(tmp_path / name).weights for name in ("one", "again", "three")}
    head = {name: [w["head.weight"] for w in found] for name, found in weights.items()}
    assert (head["one"][0] == head["again"][0]).all()
    assert (head["one"][0] == head["three"][0]).all()
    assert (head["three"][0] != head["three"][1]).any()


@pytest.mark.parametrize("averaging", [None, 0.5])
def test_keeping_the_holdout_gives_the_network_and_the_score_of_the_study(
    fixed: Make, tmp_path: Path, averaging: float | None
) -> None:
    config = fixed(training={"epochs": 3, "averaging": averaging})
    made = train(config, tmp_path / "model", keep_holdout=True)
    data = read_data_of(config)
    split = split_of(config, data, HOLDOUT)
    result = fit(
        refit._fixed(config),
        FoldSet.of(config, Inputs(data, split, "accuracy", "maximize")),
        seeds=fold_seeds(config.search.seed, HOLDOUT, 0, 1),
        direction="maximize",
        exactly=config.training.epochs,
    )
    held = made.about["holdout"]
    assert held["examples"] == len(split.holdout) > 0
    assert made.about["training"]["examples"] == len(split.rest) == 48 - held["examples"]
    assert held["scores"]["accuracy"] == pytest.approx(result.best.score, abs=1e-7)
    card = (tmp_path / "model" / "README.md").read_text()
    assert f"| holdout, which it has not seen | {held['examples']} |" in card
    low, high = held["intervals"]["accuracy"]
    assert low < held["scores"]["accuracy"] <= high
    assert f" ({low:.4g} to {high:.4g} at 95 %) |" in card


def test_regressions_are_in_the_users_unit(fixed: Make, tmp_path: Path) -> None:
    frame = pl.read_csv(tmp_path / "tones.csv")
    sums = frame.with_columns(total=1000 + 50 * pl.col("x").sum().over("series"))
    sums.write_csv(tmp_path / "sums.csv")
    config = fixed(
        data={
            "path": str(tmp_path / "sums.csv"),
            "task": "regress",
            "target": "total",
            "features": ["x"],
        }
    )
    made = train(config, tmp_path / "model", keep_holdout=True)
    table, _ = predictions(tmp_path / "model", tmp_path / "sums.csv", samples=5)
    assert table.columns == ["series", "total", "mean", "sd", "q05", "q95"]
    truth = sums.group_by("series", maintain_order=True).first()["total"].to_numpy()
    held = split_of(config, read_data_of(config), HOLDOUT)
    error = table["total"].to_numpy() - truth
    for part, index in (("training", held.rest), ("holdout", held.holdout)):
        rmse = made.about[part]["scores"]["rmse"]
        assert float(np.sqrt(np.mean(error[index] ** 2))) == pytest.approx(rmse, rel=1e-6)
    bundle = read_bundle(tmp_path / "model")
    new = read_new(tmp_path / "sums.csv", bundle.reader, bundle.preparation)
    given = new.data, new.preparation, held.holdout
    networks = bundle.networks()
    band = spread(networks, *given, predict(networks, *given), samples=SAMPLES)
    inside = (band.low[:, 0] <= truth[held.holdout]) & (truth[held.holdout] <= band.high[:, 0])
    assert made.about["holdout"]["coverage"]["share"] == pytest.approx(inside.mean())


@pytest.mark.parametrize("many", [False, True])
def test_forecasts_with_samples_and_their_coverage(
    forecast: Callable[[bool], StudyConfig], tmp_path: Path, many: bool
) -> None:
    config = forecast(many)
    made = train(config, tmp_path / "model", keep_holdout=True)
    table, notes = predictions(tmp_path / "model", tmp_path / "waves.csv", samples=20)
    assert table.columns == ["series", "time", "sales", "mean", "sd", "q05", "q95"]
    assert table["time"].to_list() == ["2007-07", "2007-08", "2007-09"] * (2 if many else 1)
    assert table["series"].unique(maintain_order=True).to_list() == (
        ["a", "b"] if many else ["sales"]
    )
    assert (table["sd"] > 0).all()
    assert (table["q05"] < table["q95"]).all()
    assert table["sales"].is_between(20, 80).all()
    again, _ = predictions(tmp_path / "model", tmp_path / "waves.csv", samples=20)
    assert again.equals(table)
    low, high = made.about["holdout"]["intervals"][made.about["metric"]]
    assert low < made.about["holdout"]["scores"][made.about["metric"]] < high
    share = made.about["holdout"]["coverage"]["share"]
    assert any(f"covered {share:.0%} of the true values" in note for note in notes)
    # The holdout is the newest part: the last window of the rows before it forecasts its first.
    assert made.about["training"]["examples"] < made.about["data"]["examples"]


def test_without_a_holdout_the_coverage_is_unknown_and_rate_0_has_no_spread(
    forecast: Callable[[bool], StudyConfig], tmp_path: Path
) -> None:
    config = forecast(False)
    still = config.model_copy(update={"model": config.model.model_copy(update={"dropout": 0.0})})
    train(still, tmp_path / "model")
    table, notes = predictions(tmp_path / "model", tmp_path / "waves.csv", samples=5)
    assert (table["sd"] == 0).all()
    assert (table["q05"] == table["q95"]).all()
    assert any("--keep-holdout tells" in note for note in notes)
    assert any("has no dropout" in note for note in notes)


def test_changed_data_is_told_in_the_card(fixed: Make, tmp_path: Path) -> None:
    chosen = {"metric": "accuracy", "score": 0.9, "fingerprint": "0" * 64, "holdout": 0.85}
    chosen["holdout_interval"] = [0.8, 0.9]
    made = train(fixed(selected=chosen, training={"epochs": 1}), tmp_path / "model")
    assert any("The data has changed" in note for note in made.notes)
    card = (tmp_path / "model" / "README.md").read_text()
    assert "The data has changed" in card
    assert "| holdout, by a model trained on the rest | 0.85 (0.8 to 0.9 at 95 %) |" in card
    chosen["fingerprint"] = made.about["data"]["fingerprint"]
    made = train(fixed(selected=chosen, training={"epochs": 1}), tmp_path / "same")
    assert made.notes == ()


@pytest.mark.parametrize(
    ("sections", "settings", "words"),
    [
        ({"model": {"layers": [1, 2]}}, {}, r"model\.layers .* dropsearch export"),
        (
            {"model": {"dropout": {"input": [0.1, 0.2]}}, "training": {"learning_rate": [1, 2]}},
            {},
            r"model\.dropout\.input, training\.learning_rate ",
        ),
        ({"folds": {"holdout": 0}}, {"keep_holdout": True}, "there is no holdout"),
    ],
)
def test_what_cannot_be_trained_is_refused_and_nothing_is_written(
    fixed: Make, tmp_path: Path, sections: Any, settings: Any, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        train(fixed(**sections), tmp_path / "model", **settings)
    assert [path.name for path in tmp_path.iterdir()] == ["tones.csv"]


def test_a_score_that_the_holdout_cannot_have_is_refused(fixed: Make, tmp_path: Path) -> None:
    frame = pl.read_csv(tmp_path / "tones.csv").with_columns(
        label=pl.when(pl.col("series") < 40).then("label").otherwise(pl.lit("slow")),
        held=pl.col("series") >= 40,
    )
    frame.write_csv(tmp_path / "held.csv")
    data = {"path": str(tmp_path / "held.csv"), "features": ["x"]}
    folds = {"holdout": {"column": "held", "value": True}}
    config = fixed(data=data, folds=folds, search={"metric": "auroc"})
    with pytest.raises(DataError, match=r"AUROC cannot be computed on the holdout"):
        train(config, tmp_path / "model", keep_holdout=True)
    config = fixed(data=data, folds=folds, search={"metric": "balanced_accuracy"})
    made = train(config, tmp_path / "model", keep_holdout=True)
    assert any("a class is missing" in note for note in made.notes)


def test_a_training_that_ends_in_no_numbers_is_refused(fixed: Make, tmp_path: Path) -> None:
    config = fixed(training={"epochs": 1, "learning_rate": 1e38, "batch_size": 64, "clip": None})
    with pytest.raises(DivergedError, match="diverged"):
        train(config, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_config_that_is_not_the_networks_is_refused(fixed: Make, tmp_path: Path) -> None:
    train(fixed(training={"epochs": 1}), tmp_path / "model")
    train(fixed(training={"epochs": 1}, model={"hidden_size": 7}), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "config.yaml", tmp_path / "model" / "config.yaml")
    changed(tmp_path / "model", "config.yaml")
    with pytest.raises(ModelsError, match=r"config\.yaml is not the one"):
        predictions(tmp_path / "model", tmp_path / "tones.csv")


def test_numbers_far_outside_are_refused(fixed: Make, tmp_path: Path) -> None:
    train(fixed(training={"epochs": 1}), tmp_path / "model")
    frame = pl.read_csv(tmp_path / "tones.csv")
    wild = pl.when(pl.col("series") == 5).then(1e60).otherwise(pl.col("x"))
    frame.with_columns(x=wild).write_csv(tmp_path / "wild.csv")
    with pytest.raises(DataError, match=r"column 'x', row \d+ .*far outside"):
        predictions(tmp_path / "model", tmp_path / "wild.csv")
    path = tmp_path / "model" / "model.safetensors"
    weights = load_file(path)
    save_file({name: weight.sign() * 3e38 for name, weight in weights.items()}, path)
    changed(tmp_path / "model", path.name)
    with pytest.raises(DataError, match="not finite, the first of '0'"):
        predictions(tmp_path / "model", tmp_path / "tones.csv")


@pytest.mark.parametrize("window", [1, 3])
def test_a_feature_that_stands_still_is_learnt_from(tmp_path: Path, window: int) -> None:
    first = np.datetime64("2024-01-01")
    rows = [
        (f"shop {number}", str(first + day), size, (10 * size, 60, 65, 70)[day % 4])
        for number, size in enumerate([1, 2, 3, 4] * 2)
        for day in range(48)
    ]
    table = pl.DataFrame(rows, schema=["shop", "day", "size", "sales"], orient="row")
    table.write_csv(tmp_path / "sizes.csv")
    asked = {
        "study": "sizes",
        "data": {"path": "sizes.csv", "task": "forecast", "time": "day", "series": "shop",
                 "target": "sales", "window": window, "horizon": 1},
        "model": {"hidden_size": 16, "layers": 1, "dropout": 0.0},
        "training": {"epochs": 60, "learning_rate": 0.04},
        "search": {"metric": "mae"},
    }  # fmt: skip
    config = config_from(asked, tmp_path)
    made = train(config, tmp_path / "model")
    assert made.about["training"]["scores"]["mae"] < 1.0  # 22 and 3 where it is 0
    runs = "by mean and spread of the training part" if window == 1 else "each window by its own"
    assert f"- scaling: {runs}" in (tmp_path / "model" / "README.md").read_text()
    assert any(line.startswith(f"Scaling: {runs}") for line in in_words(check(config)))
