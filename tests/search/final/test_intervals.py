"""Prediction intervals: from a study's errors out of fold, by a model folder, to a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.fold.scored import targets
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.models.trained.folder import ABOUT, CONFIG
from dropsearch.models.trained.predict import predict
from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.export import export_text, no_intervals
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.folds.inputs import read_data_of, split_of
from dropsearch.studies.claims import validated
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.validated import read_validated, validated_file, validated_folder
from dropsearch.studies.intervals.conformal import LEVELS, reaches, weights
from dropsearch.studies.recommend import errors as errors_module
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.store.records import CURVE, HOLDOUT
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.model_folder import rewrite

MODEL = {"hidden_size": 4, "layers": 1, "bidirectional": False, "dropout": 0.3}
STEPS = 120
LOW = {"task": "forecast", "time": "month", "target": "low", "window": 8, "horizon": 3}


def shops(folder: Path, many: bool) -> dict[str, Any]:
    """A study of monthly series, of which the second is a thousand times the first."""
    rng = np.random.default_rng(3)
    frames = [
        pl.DataFrame(
            {
                "shop": [name] * STEPS,
                "month": [f"{2000 + n // 12}-{n % 12 + 1:02d}" for n in range(STEPS)],
                "low": [size * float(5 + np.sin(n / 2) + 0.3 * rng.normal()) for n in range(STEPS)],
            }
        )
        for name, size in (("a", 1.0), ("b", 1000.0))[: 1 + many]
    ]
    pl.concat(frames).write_csv(folder / "shops.csv")
    return {
        "study": "shops",
        "data": {
            "path": str(folder / "shops.csv"),
            "features": [],
            "series": "shop" if many else None,
            **LOW,
        },
        "folds": {"count": 3, "holdout": 0.2},
        "model": MODEL,
        "training": {"epochs": 2, "learning_rate": 0.02},
        "search": {"trials": 1},
        "confirm": {"finalists": 1, "rates": [0.3], "repeats": 2},
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


def exported(store: Store, asked: dict[str, Any], folder: Path) -> StudyConfig:
    """Of a study whose fits are made up, near the truth."""
    fill(store, config_from(asked, folder), examples=0.1)
    text = export_text(store, asked["study"], "recommended", "yaml")
    (folder / "best.yaml").write_text(text)
    return load_config(folder / "best.yaml")


@pytest.mark.parametrize("many", [False, True])
def test_errors_are_exported_in_the_unit_by_which_predictions_are_widened(
    store: Store, tmp_path: Path, many: bool
) -> None:
    config = exported(store, shops(tmp_path, many), tmp_path)
    assert config.selected is not None
    found = config.selected.errors
    assert found is not None
    record = store.find("shops")
    kept = Evidence(store, record).predictions
    assert kept is not None
    assert not isinstance(kept, str)

    data = read_data_of(config)
    split = split_of(config, data)
    own = Preparation.fit(data, split.rest, config.data.scale)
    usual = own.series_spread[data.series[kept.index], 0] if many else own.spread[0]
    window = np.stack([data.values[at : at + 8, 0] for at in data.start[kept.index]])
    unit = window.std(1) + usual / 4
    actual, _ = targets(data, kept.index)
    count = weights(data.origin[kept.index], data.series[kept.index])
    sizes = reaches((kept.said - actual) / unit[:, None], count, found.levels)
    assert found.levels == LEVELS[: len(found.levels)]
    assert found.examples == len(kept.index)
    assert np.allclose(found.sizes, sizes, rtol=1e-3)


def test_of_a_large_study_a_part_of_the_examples_tells_the_errors(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = exported(store, shops(tmp_path, False), tmp_path)
    assert config.selected is not None
    whole = config.selected.errors
    assert whole is not None
    monkeypatch.setattr(errors_module, "LONGEST", 2)
    why = no_intervals(store, "shops", "recommended")
    assert why is not None
    assert "more than 2 steps" in why
    monkeypatch.setattr(errors_module, "LONGEST", 3)
    monkeypatch.setattr(validated, "LARGEST", 50 * 3 * 4)
    uuid = store.find("shops").uuid
    for claim in claims_of(store, uuid, CURVE):
        kept = read_validated(store, uuid, claim.id, outputs=True)
        assert kept is not None
        validated_file(store, uuid, claim.id).write_bytes(kept.packed())
        part = validated_file(store, uuid, claim.id, sample=True)
        part.write_bytes(kept.sample.packed())
    text = export_text(store, "shops", "recommended", "yaml")
    errors = yaml.safe_load(text)["selected"]["errors"]
    assert errors["examples"] == 50 < whole.examples
    assert errors["levels"] == [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98]
    assert np.allclose(errors["sizes"][0], whole.sizes[0], rtol=0.5)


def chosen(sizes: list[list[float]], levels: tuple[float, ...] = (0.5, 0.9)) -> dict[str, Any]:
    return {"selected": {"errors": {"examples": 40, "levels": levels, "sizes": sizes}}}


def fixed(asked: dict[str, Any], folder: Path, sizes: list[list[float]]) -> StudyConfig:
    return config_from({**asked, **chosen(sizes)}, folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shops.csv and the model of two series."""
    folder = tmp_path_factory.mktemp("shops")
    config = fixed(shops(folder, True), folder, [[0.5, 1, 2], [1, 2, 4]])
    train(config, folder / "model", keep_holdout=True)
    return folder


def test_each_series_and_step_has_a_width_of_its_own(model: Path) -> None:
    plain, _ = predictions(model / "model", model / "shops.csv")
    table, notes = predictions(model / "model", model / "shops.csv", interval=0.9)
    assert table.columns == ["series", "time", "low (predicted)", "low", "high"]
    assert table["low (predicted)"].to_list() == plain["low"].to_list()
    own = read_bundle(model / "model").preparation
    truth = pl.read_csv(model / "shops.csv")
    units = [
        truth.filter(shop=name)["low"][-8:].to_numpy().std() + own.series_spread[place, 0] / 4
        for place, name in enumerate("ab")
    ]
    reach = np.outer(units, [1, 2, 4]).ravel()
    middle = plain["low"].to_numpy()
    assert np.allclose(table["low"], middle - reach)
    assert np.allclose(table["high"], middle + reach)
    assert reach[3] > 500 * reach[0]
    half, _ = predictions(model / "model", model / "shops.csv", interval=0.5)
    assert np.allclose(half["high"] - half["low"], (table["high"] - table["low"]) / 2)
    (note,) = (one for one in notes if "The interval" in one)
    assert "in 90% of cases like those of the study (by errors on 40 examples" in note


def test_samples_stand_beside_and_are_told_apart(model: Path) -> None:
    table, notes = predictions(model / "model", model / "shops.csv", samples=3, interval=0.9)
    assert table.columns[-6:] == ["low", "high", "mean", "sd", "q05", "q95"]
    said = " ".join(notes)
    assert "The interval from low to high is expected to hold the true value" in said
    assert "The band from q05 to q95 shows the model's uncertainty and not the noise" in said


def test_the_holdout_measures_them(model: Path) -> None:
    """Counted again, by the networks of the folder, window by window."""
    about = json.loads((model / "model" / ABOUT).read_text())
    config = load_config(model / "model" / CONFIG)
    data, bundle = read_data_of(config), read_bundle(model / "model")
    held = split_of(config, data, HOLDOUT).holdout
    said = predict(bundle.networks(), data, bundle.preparation, held)
    actual, _ = targets(data, held)
    window = np.stack([data.values[at : at + 8, 0] for at in data.start[held]])
    unit = window.std(1) + bundle.preparation.series_spread[data.series[held], 0] / 4
    measured = about["holdout"]["prediction_intervals"]
    for one, sizes in zip(measured, ([0.5, 1, 2], [1, 2, 4]), strict=True):
        reach = unit[:, None] * sizes
        inside = int((np.abs(said - actual) <= reach).sum())
        assert (one["inside"], one["values"]) == (inside, actual.size)
        assert one["width"] == pytest.approx(np.median(2 * reach))
    counted = f"{measured[1]['inside']:,} of {measured[1]['values']:,} true values"
    _, notes = predictions(model / "model", model / "shops.csv", interval=0.9)
    assert any(f"on the holdout it held {counted}" in note for note in notes)
    assert f"| 0.9 | {counted}" in (model / "model" / "README.md").read_text()


def test_without_a_kept_holdout_it_is_said_that_nothing_is_measured(tmp_path: Path) -> None:
    made = train(fixed(shops(tmp_path, False), tmp_path, [[1, 1, 1]] * 2), tmp_path / "model")
    assert made.about["holdout"] is None
    _, notes = predictions(tmp_path / "model", tmp_path / "shops.csv", interval=0.5)
    assert any("unknown: dropsearch train --keep-holdout tells" in note for note in notes)


def test_an_unknown_series_that_stands_still_has_a_width(model: Path) -> None:
    frame = pl.read_csv(model / "shops.csv").filter(shop="a").with_columns(shop=pl.lit("new"))
    frame.with_columns(low=pl.lit(7.0)).write_csv(model / "still.csv")
    table, _ = predictions(model / "model", model / "still.csv", interval=0.9)
    assert np.allclose(table["high"] - table["low"], 2 * 7 * np.array([1, 2, 4]))


def test_a_wide_file_is_predicted_in_long_form(tmp_path: Path) -> None:
    asked = shops(tmp_path, True)
    long = pl.read_csv(tmp_path / "shops.csv")
    wide = long.pivot(on="month", index="shop", values="low")
    wide.write_csv(tmp_path / "wide.csv")
    as_rows = {"layout": "rows", "time": None, "features": None}
    asked["data"] |= {"path": str(tmp_path / "wide.csv"), **as_rows}
    train(fixed(asked, tmp_path, [[1, 1, 1]] * 2), tmp_path / "model")
    table, _ = predictions(tmp_path / "model", tmp_path / "wide.csv", interval=0.9)
    assert table.columns == ["series", "time", "low (predicted)", "low", "high"]
    assert len(table) == 6


@pytest.fixture
def numbers(study: Any, tmp_path: Path) -> Callable[[list[list[float]]], StudyConfig]:
    """A study that predicts a number of each tone."""

    def make(sizes: list[list[float]]) -> StudyConfig:
        frame = pl.read_csv(tmp_path / "tones.csv")
        sums = frame.with_columns(total=pl.col("x").sum().over("series"))
        sums.write_csv(tmp_path / "sums.csv")
        data = {"path": str(tmp_path / "sums.csv"), "task": "regress", "target": "total"}
        return fixed(study(data={**data, "features": ["x"]}, model=MODEL), tmp_path, sizes)

    return make


def test_of_numbers_every_interval_is_as_wide(
    numbers: Callable[[list[list[float]]], StudyConfig], tmp_path: Path
) -> None:
    made = train(numbers([[1.5], [2.5]]), tmp_path / "model", keep_holdout=True)
    table, _ = predictions(tmp_path / "model", tmp_path / "sums.csv", interval=0.9)
    assert table.columns == ["series", "total", "low", "high"]
    assert np.allclose(table["high"] - table["low"], 5)
    assert np.allclose(table["total"] - table["low"], 2.5)
    assert [one["width"] for one in made.about["holdout"]["prediction_intervals"]] == [3, 5]


@pytest.mark.parametrize(
    ("level", "examples", "words"),
    [
        (0.85, 9, "--interval 0.85: take one of 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99."),
        (90, 9, "--interval 90: take one of 0.5"),
        (float("nan"), 9, "--interval nan: take one of 0.5"),
        (0.95, 9, "--interval 0.95 needs errors on 19 examples, and the study had 9: take 0.9"),
        (
            0.99,
            900,  # in time, and some targets are blank: the others weigh less than 99
            "--interval 0.99 needs errors on 99 examples, and the study had 900, of which older "
            "ones count for less: take 0.9",
        ),
    ],
)
def test_a_level_that_cannot_be_had_is_refused(
    numbers: Callable[[list[list[float]]], StudyConfig],
    tmp_path: Path,
    level: float,
    examples: int,
    words: str,
) -> None:
    config = numbers([[1.5], [2.5]])
    assert config.selected is not None
    assert config.selected.errors is not None
    few = config.selected.errors.model_copy(update={"examples": examples})
    own = config.selected.model_copy(update={"errors": few})
    train(config.model_copy(update={"selected": own}), tmp_path / "model")
    with pytest.raises(ConfigError) as told:
        predictions(tmp_path / "model", tmp_path / "sums.csv", interval=level)
    assert words in str(told.value)


def test_a_model_without_errors_and_one_of_classes_are_refused(study: Any, tmp_path: Path) -> None:
    asked = shops(tmp_path, False)
    train(config_from(asked, tmp_path), tmp_path / "model")
    with pytest.raises(ConfigError, match=r"lacks the errors out of fold .* dropsearch export"):
        predictions(tmp_path / "model", tmp_path / "shops.csv", interval=0.9)
    train(config_from(study(model=MODEL), tmp_path), tmp_path / "classes")
    with pytest.raises(ConfigError, match="a label has a probability"):
        predictions(tmp_path / "classes", tmp_path / "tones.csv", interval=0.9)


def test_errors_of_another_horizon_are_none(tmp_path: Path) -> None:
    train(fixed(shops(tmp_path, False), tmp_path, [[1], [1]]), tmp_path / "model")
    with pytest.raises(ConfigError, match="lacks the errors out of fold"):
        predictions(tmp_path / "model", tmp_path / "shops.csv", interval=0.9)


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ({"sizes": [[1, 2, 3]]}, "has not a row for each level"),
        ({"sizes": [[1, 2, 3], [1, 2]]}, "has not a row for each level"),
        ({"sizes": [[1, 2, 3], [0.5, 2, 3]]}, "do not ascend"),
        ({"levels": [0.9, 0.5]}, "do not ascend"),
        ({"sizes": [[1, 2, 3], [1, 2, -3]]}, "-3 is not at least 0"),
        ({"sizes": [[1, 2, 3], [1, 2, "x"]]}, "is not a number"),
        ({"sizes": [[1, 2, 3], [1, 2, 1e300]]}, "is not at most"),
        ({"sizes": [[], []]}, "is an empty list"),
        ({"examples": 0}, "is not at least 1"),
        ({"more": 1}, "is an unknown key"),
    ],
)
def test_damaged_errors_are_refused_by_file_and_key(
    model: Path, errors: dict[str, Any], words: str
) -> None:
    whole = (model / "model" / CONFIG).read_bytes()
    content = yaml.safe_load(whole)
    content["selected"]["errors"] |= errors
    rewrite(model / "model", CONFIG, yaml.safe_dump(content).encode())
    try:
        with pytest.raises(ConfigError) as told:
            predictions(model / "model", model / "shops.csv", interval=0.9)
    finally:
        rewrite(model / "model", CONFIG, whole)
    assert str(model / "model" / CONFIG) in str(told.value)
    assert "selected.errors" in str(told.value)
    assert words in str(told.value)


@pytest.mark.parametrize("key", ["inside", "values", "width", "level"])
def test_a_damaged_measure_is_refused_by_file_and_key(model: Path, key: str) -> None:
    whole = (model / "model" / ABOUT).read_bytes()
    for value in (-1, "x", None, [1]):
        content = json.loads(whole)
        content["holdout"]["prediction_intervals"][0][key] = value
        rewrite(model / "model", ABOUT, json.dumps(content).encode())
        with pytest.raises(ModelsError, match=f"prediction_intervals.0.{key}"):
            read_bundle(model / "model")
    rewrite(model / "model", ABOUT, whole)


def test_no_more_can_be_inside_than_there_are(model: Path) -> None:
    whole = (model / "model" / ABOUT).read_bytes()
    content = json.loads(whole)
    content["holdout"]["prediction_intervals"][0]["inside"] = 10**6
    rewrite(model / "model", ABOUT, json.dumps(content).encode())
    with pytest.raises(ModelsError, match="more are inside than there are"):
        read_bundle(model / "model")
    rewrite(model / "model", ABOUT, whole)


def test_where_what_fits_said_is_lost_the_export_has_no_errors_and_why_is_told(
    store: Store, tmp_path: Path
) -> None:
    asked = shops(tmp_path, False)
    exported(store, asked, tmp_path)
    assert no_intervals(store, "shops", "recommended") is None
    for which in ("best", "0"):
        why = no_intervals(store, "shops", which)
        assert why is not None
        assert "Only the fits of the response curve keep" in why
    for file in validated_folder(store, store.find("shops").uuid).glob("*.npz"):
        file.unlink()
    text = export_text(store, "shops", "recommended", "yaml")
    assert "errors" not in yaml.safe_load(text)["selected"]
    why = no_intervals(store, "shops", "recommended")
    assert why is not None
    assert "no prediction intervals (predict --interval). The files with what" in why
    assert "errors" not in yaml.safe_load(export_text(store, "shops", "best", "yaml"))["selected"]
