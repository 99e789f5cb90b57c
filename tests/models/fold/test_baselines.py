from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from dropsearch.models.fold.baselines import baselines, find_season
from dropsearch.models.times.calendar import Calendar
from tests.support.examples_of import forecast, sequences


def test_majority_class():
    data = sequences([1] * 8, [0, 0, 0, 1, 0, 0, 1, 1], classes=("a", "b"))
    parts = np.arange(4), np.arange(4, 8)
    assert baselines(data, *parts, "accuracy") == {"majority class": 0.5}
    parts = np.arange(4), np.array([4, 5, 6])
    assert baselines(data, *parts, "balanced_accuracy") == {"majority class": 0.5}


def test_f1_of_two_classes():
    data = sequences([1] * 10, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0], classes=("ham", "spam"))
    scores = baselines(data, np.arange(4), np.arange(4, 10), "f1")
    actual = data.target[4:]
    assert scores == {
        "majority class": 0.0,
        "rarer class": pytest.approx(f1_score(actual, np.ones(6))),
    }
    rare_in_training = np.array([3, 7, 0]), np.arange(4, 10)
    found = baselines(data, *rare_in_training, "f1")
    assert found == {"majority class": pytest.approx(f1_score(actual, np.ones(6)))}


@pytest.mark.parametrize("scored", [[0, 1, 2, 0], [1, 1, 2, 2], [0, 0, 0, 0]])
def test_f1_of_more_classes(scored):
    data = sequences([1] * 8, [0, 0, 1, 2, *scored], classes=("a", "b", "c"))
    found = baselines(data, np.arange(4), np.arange(4, 8), "f1")
    expected = f1_score(scored, [0] * 4, average="macro", zero_division=0)
    assert found == {"majority class": pytest.approx(expected)}


def test_auroc_and_log_loss():
    data = sequences([1] * 8, [0, 0, 1, 1, 0, 0, 1, 2], classes=("a", "b", "c"))
    assert baselines(data, np.arange(4), np.arange(4, 8), "auroc") == {"majority class": 0.5}
    seen = np.arange(4), np.arange(4, 7)
    assert baselines(data, *seen, "log_loss") == {"class shares": pytest.approx(np.log(2))}
    found = baselines(data, np.arange(4), np.arange(4, 8), "log_loss")["class shares"]
    assert found == pytest.approx(-np.log([3 / 7, 3 / 7, 3 / 7, 1 / 7]).mean())


def test_mean_of_a_regression():
    data = sequences([1] * 4, [1.0, 3.0, 2.0, 6.0])
    parts = np.arange(2), np.array([2, 3])
    assert baselines(data, *parts, "mae") == {"mean": 2.0}
    assert baselines(data, *parts, "rmse") == {"mean": pytest.approx(8**0.5)}


def test_last_value_and_mean_of_a_forecast():
    data = forecast([1, 3, 1, 3, 10, 20, 30], window=2, horizon=2)
    scores = baselines(data, np.array([0]), np.array([3]), "mae")
    assert scores == {"last value": (10 + 20) / 2, "mean": (18 + 28) / 2}
    scores = baselines(data, np.array([0]), np.array([3]), "mase")
    assert scores["last value"] == 15 / 2
    scores = baselines(data, np.array([0]), np.array([3]), "smape")
    assert scores["last value"] == pytest.approx((2 * 10 / 30 + 2 * 20 / 40) / 2)


def test_unknown_targets_are_not_scored_and_the_last_value_is_filled_forward():
    data = forecast([1, 3, 1, 3, np.nan, np.nan, 30], window=2, horizon=2)
    assert baselines(data, np.array([0]), np.array([3]), "mae")["last value"] == 27


def test_every_series_has_its_own_mean_and_a_new_one_that_of_all():
    data = forecast([1.0] * 6, [5.0] * 6, [9.0] * 6, window=2, horizon=1)
    train = np.flatnonzero(data.series < 2)
    of = {s: np.flatnonzero(data.series == s)[-1:] for s in (0, 1, 2)}
    scores = {s: baselines(data, train, index, "mae")["mean"] for s, index in of.items()}
    assert scores == {0: 0.0, 1: 0.0, 2: 6.0}


MONTHLY = Calendar("month", 1, 0, "")


def test_the_season_of_the_calendar():
    season = np.random.default_rng(0).normal(size=12)
    data = forecast(np.tile(season, 6), window=5, horizon=15, calendar=MONTHLY)
    scores = baselines(data, np.arange(20), np.array([40]), "rmse")
    assert scores["seasonal naive"] == 0
    assert scores["last value"] > 0.5


def test_a_seasonal_forecast_uses_nothing_from_its_own_future():
    series = np.random.default_rng(0).normal(size=72)
    changed = series.copy()
    changed[45:] = 1e6
    data = [forecast(s, window=5, horizon=15, calendar=MONTHLY) for s in (series, changed)]
    errors = [baselines(d, np.arange(10), np.array([40]), "mae")["seasonal naive"] for d in data]
    expected = np.resize(series[33:45], 15)
    assert errors[0] == pytest.approx(np.abs(series[45:60] - expected).mean())
    assert errors[1] == pytest.approx(np.abs(1e6 - expected).mean())


def test_where_the_past_is_too_short_for_a_season_the_last_value_stands():
    data = forecast(np.arange(30.0), window=3, horizon=2, calendar=MONTHLY)
    scores = baselines(data, np.arange(15, 20), np.array([0]), "mae")
    assert scores["seasonal naive"] == scores["last value"] == 1.5


def test_the_season_found_in_the_training_part():
    time = np.arange(200)
    noise = np.random.default_rng(0).normal(size=200)
    data = forecast(np.sin(time * 2 * np.pi / 11) + 0.1 * noise + 0.05 * time, window=5, horizon=3)
    assert find_season(data, np.arange(150)) in (11, 22)
    scores = baselines(data, np.arange(140), np.arange(150, 190), "rmse")
    assert scores["seasonal naive"] < scores["last value"]


@pytest.mark.parametrize("kind", ["noise", "walk", "line", "constant"])
def test_no_season_where_there_is_none(kind):
    noise = np.random.default_rng(3).normal(size=300)
    series = {
        "noise": noise,
        "walk": noise.cumsum(),
        "line": np.arange(300.0),
        "constant": np.ones(300),
    }[kind]
    data = forecast(series, window=5, horizon=3)
    scores = baselines(data, np.arange(200), np.arange(210, 250), "mase")
    assert scores.keys() == {"last value", "mean"} or kind == "walk"
    assert all(np.isfinite(list(scores.values())))
