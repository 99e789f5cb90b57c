from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from dropsearch.models.errors import DataError
from dropsearch.models.metrics import METRICS, make_metric
from dropsearch.models.scores import SCORES, resolve_metric

from .examples_of import forecast, sequences


def test_every_score_has_its_metric():
    assert METRICS.keys() == SCORES.keys()
    for name, score in SCORES.items():
        metric = make_metric(name, 3)
        assert metric.higher_is_better == (score.direction == "maximize")


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("accuracy", accuracy_score), ("balanced_accuracy", balanced_accuracy_score)],
)
def test_classification_agrees_with_scikit_learn(name, theirs):
    rng = np.random.default_rng(0)
    target = rng.choice([0, 1, 3], p=[0.7, 0.2, 0.1], size=60)  # class 2 is absent
    logits = rng.normal(size=(60, 4))
    metric = make_metric(name, 4)
    for part in (slice(0, 25), slice(25, 60)):
        metric.update(torch.from_numpy(logits[part]), torch.from_numpy(target[part]))
    expected = theirs(target, np.where(True, logits.argmax(1), 0))
    assert metric.compute().item() == pytest.approx(expected)


def test_errors_are_taken_over_all_batches():
    predicted, target = torch.tensor([1.0, 2, 3, 8]), torch.tensor([1.0, 1, 1, 1])
    for name, expected in (("rmse", (54 / 4) ** 0.5), ("mae", 2.5)):
        metric = make_metric(name, 1)
        metric.update(predicted[:1], target[:1])
        metric.update(predicted[1:], target[1:])
        assert metric.compute().item() == pytest.approx(expected)


def test_mase_is_the_mean_of_errors_over_units():
    metric = make_metric("mase", 2)
    predicted = torch.tensor([1.0, 2.0, 30.0]).double()
    metric.update(predicted, torch.zeros(3).double(), torch.tensor([1.0, 2.0, 10.0]).double())
    metric.update(torch.zeros(1), torch.zeros(1), torch.ones(1))
    assert metric.compute().item() == pytest.approx(5 / 4)
    metric.reset()
    metric.update(torch.ones(2), torch.zeros(2), torch.full((2,), 2.0))
    assert metric.compute().item() == 0.5


def test_auto_metric():
    names = ("a", "b", "c")
    even = sequences([1] * 6, [0, 1, 2, 0, 1, 2], classes=names)
    skewed = sequences([1] * 6, [0, 0, 0, 0, 0, 2], classes=names)
    border = sequences([1] * 6, [0, 0, 0, 0, 1, 2], classes=names)
    assert resolve_metric("auto", even) == resolve_metric("auto", border) == "accuracy"
    assert resolve_metric("auto", skewed) == "balanced_accuracy"
    assert resolve_metric("auto", sequences([1, 1], [0.5, 1])) == "rmse"
    series = np.arange(9.0)
    assert resolve_metric("auto", forecast(series, window=3, horizon=1)) == "rmse"
    assert resolve_metric("auto", forecast(series, series, window=3, horizon=1)) == "mase"


def test_a_metric_of_another_task_is_refused():
    with pytest.raises(DataError, match=r"accuracy.*regress.*rmse or mae"):
        resolve_metric("accuracy", sequences([1, 1], [0.5, 1]))
    assert resolve_metric("mae", sequences([1, 1], [0.5, 1])) == "mae"
