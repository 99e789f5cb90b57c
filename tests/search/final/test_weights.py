"""Several targets that count for unlike much, from study.yaml to the model card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dropsearch.models.fold.baselines import baselines
from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.fold.scores import Scored, contributions, score_of
from dropsearch.search.config.load import config_from, to_yaml
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.train import train
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs, summary_of
from dropsearch.search.run import launch
from dropsearch.search.terminal.check import check, in_words
from tests.search.final.test_targets import BOTH, asked, data_of
from tests.support.config_samples import POINT
from tests.support.in_process import dropsearch

pytestmark = pytest.mark.usefixtures("briefly")

WEIGHTS = {"income": 1e-6, "load": 2.0}
METRICS = ("rmse", "mae", "mase", "smape")


def of_both(scores: dict[str, float]) -> float:
    return sum(WEIGHTS[name] * scores[name] for name in BOTH) / sum(WEIGHTS.values())


@pytest.mark.parametrize("metric", METRICS)
def test_a_score_is_the_weighted_mean_of_those_of_the_targets(metric: str, tmp_path: Path) -> None:
    parts = np.arange(60), np.arange(70, 100)
    weights = tuple(WEIGHTS[name] for name in BOTH)
    together = baselines(data_of(tmp_path), *parts, metric, weights)
    alone = {name: baselines(data_of(tmp_path, target=name), *parts, metric) for name in BOTH}
    for name, score in together.items():
        each = {target: scores[name] for target, scores in alone.items()}
        assert score == pytest.approx(of_both(each), rel=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_what_examples_contribute_has_the_score_as_its_mean(metric: str) -> None:
    rng = np.random.default_rng(0)
    outputs, target = rng.normal(size=(2, 40, 6)) * np.repeat([1.0, 50.0, 7.0], 2)
    known, unit = rng.random((40, 6)) < 0.8, rng.random((40, 6)) + 0.5
    known[:, 4:] = False  # of the last target nothing is known: the others share its weight
    weights = (3.0, 0.1, 2.0)
    given = Scored(outputs, target, known, unit, weights=weights)
    score = score_of(metric, given)
    each = [
        score_of(metric, Scored(outputs[:, own], target[:, own], known[:, own], unit[:, own]))
        for own in (slice(0, 2), slice(2, 4))
    ]
    assert score == pytest.approx(np.average(each, weights=weights[:2]), rel=1e-12)
    assert contributions(metric, given).mean() == pytest.approx(score, rel=1e-9)
    measure = make_metric(metric, 6, weights=weights)
    for part in np.split(np.arange(40), [13]):
        measure.update(*(torch.from_numpy(a[part]) for a in (outputs, target, unit, known)))
    assert float(measure.compute()) == pytest.approx(score, rel=1e-12)


def test_networks_and_baselines_are_scored_by_it(tmp_path: Path) -> None:
    prepare_process()
    mapping = asked(tmp_path) | {"search": {"metric": "rmse", "weights": WEIGHTS}}
    config = config_from(mapping, tmp_path)
    inputs = Inputs.of(config)
    summary = summary_of(inputs, weights=config.weights)
    assert summary["weights"] == {name: WEIGHTS[name] for name in BOTH}
    for name, scores in summary["baselines"].items():
        each = {one: found[name] for one, found in summary["target_baselines"].items()}
        assert np.mean(scores) == pytest.approx(of_both(each), rel=1e-9)
    seeds = fold_seeds(0, "search", 0, 2)
    folds = FoldSet.of(config, inputs)
    found = fit(POINT, folds, seeds=seeds, direction="minimize", detailed=True, kept=True)
    assert found.details is not None
    assert found.validated is not None
    assert len(found.details["targets"]) == 2
    for fold in range(2):
        own = found.validated.contribution[found.validated.fold == fold].mean()
        scores = [row["metric"] for epoch in found.epochs for row in epoch.rows[fold : fold + 1]]
        assert min(abs(own - score) for score in scores) < 1e-6 * own


def test_from_a_launch_to_a_model_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = asked(tmp_path)
    mapping["model"]["dropout"] = {"low": 0.0, "high": 0.5}
    mapping["search"] = {"trials": 2, "metric": "rmse", "weights": WEIGHTS}
    mapping["training"] = {**mapping.get("training", {}), "averaging": 0.5}
    mapping["confirm"] = {"finalists": 1, "repeats": 1, "rates": [0.2], "rivals": None}
    storage = ("--storage", str(tmp_path / "s.db"))
    found = launch(mapping, storage=storage[1], workers=1, progress=False)
    assert "Its weighted RMSE is" in " ".join(found.recommendation.sentences)
    page = tmp_path / "r.html"
    assert dropsearch("report", "both", "-o", str(page), *storage) == 0
    text = page.read_text()
    assert "Targets: load (weight 2), income (weight 1e-06)" in text
    assert "The worst of 2 targets by their weights, of which it has" in text
    assert re.search(r"(examples|test)\. It is the mean over the targets", text)
    assert "(Polyak &amp; Juditsky 1992), 0.5 of the old." in text
    said = "\n".join(in_words(check(config_from(mapping, tmp_path))))
    assert "Targets: load (weight 2), income (weight 1e-06)" in said
    best, model = tmp_path / "best.yaml", tmp_path / "model"
    assert dropsearch("export", "both", "-o", str(best), *storage) == 0
    assert dropsearch("train", str(best), "-o", str(model), "--keep-holdout") == 0
    card = (model / "README.md").read_text()
    assert "mean over the targets: load (weight 2), income (weight 1e-06)." in card
    assert "| | examples | weighted RMSE |" in card
    assert dropsearch("predict", str(model), str(tmp_path / "both.csv")) == 0
    other = mapping | {"search": mapping["search"] | {"weights": WEIGHTS | {"load": 1}}}
    again = launch(mapping, storage=storage[1], workers=1, progress=False)
    assert again.record.phase == "done"
    with pytest.raises(ConfigError, match=r"search.weights: .*2\.0.* in the study, .*1\.0"):
        launch(other, storage=storage[1], workers=1, progress=False)
    capsys.readouterr()


def test_the_holdout_of_a_model_is_scored_by_it(tmp_path: Path) -> None:
    mapping = asked(tmp_path) | {"search": {"metric": "mae", "weights": WEIGHTS}}
    made = train(config_from(mapping, tmp_path), tmp_path / "model", keep_holdout=True)
    held = made.about["holdout"]
    assert held["scores"]["mae"] == pytest.approx(of_both(held["targets"]), rel=1e-9)
    low, high = held["intervals"]["mae"]
    assert low < held["scores"]["mae"] < high


def test_without_weights_nothing_says_so(tmp_path: Path) -> None:
    config = config_from(asked(tmp_path), tmp_path)
    assert "\n  weights:" not in to_yaml(config)
    assert config.weights == ()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"search": {"metric": "rmse"}}, 'search.weights: {"load": 1, "income": 1}'),
        ({"search": {"weights": {"load": 1}}}, 'says nothing of "income": name each of'),
        ({"search": {"weights": WEIGHTS | {"x": 1}}}, '"x" is not in data.target: take it out'),
        ({"search": {"weights": WEIGHTS | {"load": 0}}}, "search.weights.load: 0 "),
        ({"search": {"weights": WEIGHTS | {"load": -1}}}, "search.weights.load: -1 "),
        ({"search": {"weights": WEIGHTS | {"load": float("inf")}}}, r"search.weights.load: .inf"),
        ({"search": {"weights": WEIGHTS | {"load": "1"}}}, 'search.weights.load: "1"'),
        (
            {"data": {"target": "load"}, "search": {"weights": {"load": 1}}},
            "search.weights: is for a forecast of several targets: leave it out",
        ),
    ],
)
def test_weights_that_say_nothing_are_refused(
    sections: dict[str, Any], message: str, tmp_path: Path
) -> None:
    mapping = asked(tmp_path, **sections.get("data", {})) | {"search": sections["search"]}
    with pytest.raises(ConfigError) as caught:
        config_from(mapping, tmp_path)
    assert message in str(caught.value)
