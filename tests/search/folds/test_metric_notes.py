"""What is told, or refused, where a metric cannot be computed or not over everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, in_lockstep
from dropsearch.search.folds.inputs import Inputs, summary_of
from dropsearch.search.phases.space import extremes
from dropsearch.search.terminal.check import check

pytestmark = pytest.mark.usefixtures("briefly")


def labelled(path: Path, labels: list[str], patients: list[int]) -> Path:
    """Series of three steps with a label and a patient each."""
    rng = np.random.default_rng(0)
    rows = [
        (number, step, float(rng.normal()), patient, label)
        for number, (label, patient) in enumerate(zip(labels, patients, strict=True))
        for step in range(3)
    ]
    schema = ["series", "step", "x", "patient", "label"]
    pl.DataFrame(rows, schema=schema, orient="row").write_csv(path)
    return path


def asked(path: Path, **sections: Any) -> dict[str, Any]:
    data = {"path": str(path), "task": "classify", "time": "step", "series": "series"}
    study: dict[str, Any] = {
        "data": {**data, "target": "label", "features": ["x"], "group": "patient"},
        "folds": {"count": 2, "holdout": 0},
        "model": {"hidden_size": 2, "layers": 1},
    }
    return {key: study.get(key, {}) | sections.get(key, {}) for key in {**study, **sections}}


def resolved(study: dict[str, Any]) -> tuple[StudyConfig, Inputs]:
    config = config_from({"study": "s", **study}, Path("."))
    return config, Inputs.of(config)


TWO_PATIENTS = (["sick"] * 4 + ["well"] * 8, [1] * 4 + [2] * 8)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("auroc", "AUROC cannot be computed on the validation part of fold 1.*of the class"),
        ("f1", "F1 cannot be computed.*no example of the rarer class, 'sick'; lower folds.count"),
    ],
)
def test_a_metric_without_a_value_in_a_fold_is_refused(
    tmp_path: Path, metric: str, words: str
) -> None:
    path = labelled(tmp_path / "d.csv", *TWO_PATIENTS)
    study = {**asked(path), "search": {"metric": metric}}
    with pytest.raises(DataError, match=words):
        resolved(study)
    with pytest.raises(DataError, match="log_loss"):
        check(config_from({"study": "s", **study}, Path(".")))
    study["search"] = {"metric": "log_loss"}
    _, inputs = resolved(study)
    found = summary_of(inputs)
    assert np.isfinite(found["baselines"]["class shares"]).all()


def test_folds_drawn_in_later_phases_are_looked_at_before(tmp_path: Path) -> None:
    labels = ["sick"] * 3 + ["well"] * 9
    path = labelled(tmp_path / "d.csv", labels, list(range(12)))
    study = asked(path, data={"group": None}, folds={"kind": "kfold", "count": 2})
    study["search"] = {"metric": "f1"}
    refused = []
    for seed in range(30):
        study["search"]["seed"] = seed
        for repeats in (None, 3):
            study["confirm"] = repeats and {"repeats": repeats}
            try:
                resolved(study)
            except DataError as error:
                refused.append((seed, repeats, str(error)))
    early = {seed for seed, repeats, _ in refused if repeats is None}
    late = {seed: text for seed, repeats, text in refused if repeats and seed not in early}
    assert late
    assert all(
        "of the phase" in text and "folds.kind: stratified" in text for text in late.values()
    )


def test_only_folds_that_a_phase_may_draw_are_looked_at(tmp_path: Path) -> None:
    """With repeats: auto ten of the curve, three of the finalists."""
    labels = ["sick" if number % 7 == 0 else "well" for number in range(60)]
    study = asked(labelled(tmp_path / "a.csv", labels, list(range(60))))
    del study["data"]["group"]
    study |= {"folds": {"kind": "kfold", "count": 3, "holdout": 0}, "confirm": {"repeats": "auto"}}
    refused = ""
    for seed in range(40):
        try:
            resolved(study | {"search": {"metric": "f1", "seed": seed}})
        except DataError as error:
            refused += str(error)
    repeats = {
        phase: {
            int(number) for number in re.findall(rf"repeat (\d+) of the phase {phase}", refused)
        }
        for phase in ("finalists", "curve")
    }
    assert max(repeats["curve"]) > 3
    assert repeats["finalists"] <= {1, 2, 3}


def test_a_holdout_of_one_class_is_refused(tmp_path: Path) -> None:
    labels, parts = ["sick", "well"] * 6, ["a"] * 12
    labels, parts = labels + ["well"] * 3, parts + ["z"] * 3
    path = labelled(tmp_path / "d.csv", labels, list(range(15)))
    frame = pl.read_csv(path).with_columns(part=pl.Series([p for p in parts for _ in range(3)]))
    frame.write_csv(path)
    held = {"holdout": {"column": "part", "value": "z"}}
    study = asked(path, data={"group": None}, folds=held) | {"search": {"metric": "auroc"}}
    with pytest.raises(DataError, match=r"on the holdout, since.*set folds\.holdout to 0"):
        resolved(study)


def test_classes_that_a_fold_does_not_score_are_told(tmp_path: Path) -> None:
    labels = ["a", "b", "a", "b", "c", "a", "c", "b", "c"]
    path = labelled(tmp_path / "d.csv", labels, [1, 1, 1, 1, 2, 2, 2, 3, 3])
    study = asked(path, folds={"count": 3}, search={"metric": "balanced_accuracy"})
    _, inputs = resolved(study)
    (note,) = [n for n in summary_of(inputs)["fold_notes"] if "scored" in n]
    assert note.startswith("Where a class is missing among the examples scored, balanced accuracy")
    assert "(no 'c')" in note
    assert "(no 'b')" in note
    study["search"] = {"metric": "accuracy"}
    _, inputs = resolved(study)
    notes = summary_of(inputs)["fold_notes"]
    assert not any("scored" in note for note in notes)


def test_a_series_that_stands_still_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        (name, step, 3.0 if name == "still" else float(rng.normal()))
        for name in ("moves", "still", "too")
        for step in range(40)
    ]
    path = tmp_path / "d.csv"
    pl.DataFrame(rows, schema=["series", "step", "y"], orient="row").write_csv(path)
    data = {"path": str(path), "task": "forecast", "time": "step", "series": "series"}
    study = {"data": {**data, "target": "y", "window": 4, "horizon": 2}, "folds": {"count": 2}}
    _, inputs = resolved(study)
    assert inputs.metric == "mase"
    found = summary_of(inputs)
    (note,) = [n for n in found["fold_notes"] if "MASE" in n]
    assert "for series 'still': " in note
    assert "fold 1, fold 2, the holdout trains" in note
    assert all(np.isfinite(scores).all() for scores in found["baselines"].values())


def test_a_target_that_stands_still_is_told_by_its_name(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        (name, step, float(rng.normal()), 3.0 if name == "a" and step < 39 else float(rng.normal()))
        for name in "ab"
        for step in range(40)
    ]
    path, schema = tmp_path / "d.csv", ["series", "step", "load", "price"]
    keys = {"time": "step", "target": ["load", "price"], "window": 4, "horizon": 2}
    data = {"path": str(path), "task": "forecast", "features": [], **keys}
    for series, said in (("series", "series 'a' (price)"), (None, "price")):
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        (frame if series else frame.filter(series="a").drop("series")).write_csv(path)
        _, inputs = resolved({"data": {**data, "series": series}, "folds": {"count": 2}})
        (note,) = [n for n in summary_of(inputs)["fold_notes"] if "MASE" in n]
        assert f"no unit of its own for {said}: " in note


def test_class_weights_are_for_classes(tmp_path: Path) -> None:
    path = labelled(tmp_path / "d.csv", *TWO_PATIENTS)
    study = asked(path, data={"task": "regress", "target": "x"}, training={"class_weights": True})
    with pytest.raises(ConfigError, match=r"class_weights.*is for task: classify"):
        resolved(study)


def test_each_fold_s_network_gets_the_weights_of_its_own_training_part(tmp_path: Path) -> None:
    labels = ["sick"] * 5 + ["well"] * 11
    path = labelled(tmp_path / "d.csv", labels, list(range(16)))
    study = asked(
        path, data={"group": None}, training={"class_weights": True, "learning_rate": 1e-3}
    )
    study["model"] = {"hidden_size": 2, "layers": 1, "dropout": 0.0}
    config, inputs = resolved(study)
    folds = FoldSet.of(config, inputs)
    for fold, weights in zip(inputs.split.folds, folds.class_weights, strict=True):
        counts = np.bincount(inputs.data.target[fold.train])
        assert weights == pytest.approx(counts.sum() / (2 * counts))
    lockstep = in_lockstep(dropout_lstm, extremes(config)[0], folds, [1, 2])
    for copy, weights in zip(lockstep.copies, folds.class_weights, strict=True):
        assert copy.class_weights.tolist() == pytest.approx(weights)


def test_errors_over_series_of_unlike_sizes_are_told(tmp_path: Path) -> None:
    rows = [
        (name, step, size * (step * 7919 % 11))
        for name, size in (("shop", 1), ("chain", 500))
        for step in range(40)
    ]
    path = tmp_path / "d.csv"
    pl.DataFrame(rows, schema=["series", "step", "y"], orient="row").write_csv(path)
    data = {"path": str(path), "task": "forecast", "time": "step", "series": "series"}
    study = {"data": {**data, "target": "y", "window": 4, "horizon": 2}, "folds": {"count": 2}}
    _, inputs = resolved({**study, "search": {"metric": "mae"}})
    (note,) = [note for note in inputs.fold_notes if "unlike" in note]
    assert "MAE is that of the largest; search.metric: mase counts all alike." in note
    _, by_mase = resolved(study)
    assert not any("unlike" in note for note in by_mase.fold_notes)


def test_a_feature_that_stands_still_where_a_fold_trains_is_told(tmp_path: Path) -> None:
    rows = [(step, step * 7919 % 11, int(step > 30 and step % 2), step % 3) for step in range(60)]
    path = tmp_path / "d.csv"
    pl.DataFrame(rows, schema=["step", "y", "promo", "x"], orient="row").write_csv(path)
    data = {"path": str(path), "task": "forecast", "time": "step", "target": "y"}
    study = {
        "data": {**data, "window": 4, "horizon": 2},
        "folds": {"kind": "expanding", "count": 2},
    }
    _, inputs = resolved(study)
    (note,) = [note for note in inputs.fold_notes if "Feature" in note]
    assert note == (
        "Feature 'promo' has one value where fold 1 trains: nothing is learnt from it there."
    )
