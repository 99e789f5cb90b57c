from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    roc_auc_score,
)

from dropsearch.models.errors import DataError
from dropsearch.models.fold.metrics import METRICS, make_metric
from dropsearch.models.fold.scores import ERRORS, SCORES, rarer_class, resolve_metric
from tests.support.examples_of import forecast, sequences


def test_every_score_has_its_metric():
    assert METRICS.keys() == SCORES.keys()
    for name, score in SCORES.items():
        metric = make_metric(name, 3)
        assert metric.higher_is_better == (score.direction == "maximize")


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("accuracy", accuracy_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("f1", partial(f1_score, average="macro")),
    ],
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


@pytest.mark.parametrize("name", METRICS)
def test_a_batch_may_be_overwritten_by_the_next(name):
    """As a CUDA graph does, whose batches come in one place."""
    given = torch.Generator().manual_seed(0)
    kept, plain = make_metric(name, 3), make_metric(name, 3)
    place = None
    for _ in range(3):
        batch = [torch.randn(20, 3, generator=given), torch.randn(20, 3, generator=given)]
        if name not in ERRORS:
            batch[1] = torch.randint(3, (20,), generator=given)
        if name == "mase":
            batch.append(torch.rand(20, 3, generator=given) + 1)
        plain.update(*[part.clone() for part in batch])
        place = place or [torch.empty_like(part) for part in batch]
        for own, part in zip(place, batch, strict=True):
            own.copy_(part)
        kept.update(*place)
    assert kept.compute() == plain.compute()


def in_batches(metric, logits, target):
    for part in (slice(0, 25), slice(25, 26), slice(26, None)):
        metric.update(torch.from_numpy(logits[part]).float(), torch.from_numpy(target[part]))
    return metric.compute().item()


@pytest.mark.parametrize("positive", [0, 1])
def test_two_classes_agree_with_scikit_learn(positive):
    rng = np.random.default_rng(1)
    target = (rng.random(80) < 0.2).astype(int)
    logits = rng.normal(size=(80, 2)) + 0.8 * np.eye(2)[target]
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    theirs = {
        "f1": f1_score(target, logits.argmax(1), pos_label=positive),
        "auroc": roc_auc_score(target, shares[:, 1]),
        "log_loss": log_loss(target, shares),
    }
    for name, expected in theirs.items():
        found = in_batches(make_metric(name, 2, positive), logits, target)
        assert found == pytest.approx(expected, abs=1e-6)


def test_auroc_and_log_loss_of_several_classes():
    rng = np.random.default_rng(2)
    target = rng.integers(0, 3, size=70)
    logits = 3 * rng.normal(size=(70, 3)) + np.eye(3)[target]
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = roc_auc_score(target, shares, multi_class="ovr")
    assert in_batches(make_metric("auroc", 3), logits, target) == pytest.approx(expected)
    expected = log_loss(target, shares)
    assert in_batches(make_metric("log_loss", 3), logits, target) == pytest.approx(expected)


def test_auroc_is_over_the_classes_that_are_there():
    rng = np.random.default_rng(3)
    target = rng.choice([0, 2], size=60)
    logits = rng.normal(size=(60, 3)) + np.eye(3)[target]
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = np.mean([roc_auc_score(target == c, shares[:, c]) for c in (0, 2)])
    assert in_batches(make_metric("auroc", 3), logits, target) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1", "auroc", "log_loss"])
@pytest.mark.parametrize("classes", [2, 3])
def test_one_class_alone_gives_a_number(name, classes):
    for truth in (0, 1):
        logits = np.random.default_rng(0).normal(size=(40, classes)) * 200
        assert np.isfinite(in_batches(make_metric(name, classes), logits, np.full(40, truth)))
    assert in_batches(make_metric("auroc", classes), logits, np.ones(40, int)) == 0.5


def test_the_ranking_of_sure_predictions_is_kept():
    target = np.arange(40) % 2
    logits = np.stack([np.zeros(40), 18.0 + target + np.arange(40) / 100], axis=1)
    assert in_batches(make_metric("auroc", 2), logits, target) == 1.0


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


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_smape_is_a_fraction_whatever_the_unit(scale):
    actual = np.array([1.0, -2.0, 0.0, 0.0, 3.0]) * scale
    predicted = np.array([3.0, 2.0, 0.0, 5.0, 3.0]) * scale
    expected = (2 * 2 / 4 + 2 + 0 + 2 + 0) / 5
    metric = make_metric("smape", 5)
    for part in (slice(0, 2), slice(2, 5)):
        metric.update(torch.from_numpy(predicted[part]), torch.from_numpy(actual[part]))
    assert metric.compute().item() == pytest.approx(expected)
    assert ERRORS["smape"](actual, predicted, np.ones(5)) == pytest.approx(expected)


def test_the_formulas_without_torch_are_those_of_the_metrics():
    rng = np.random.default_rng(0)
    actual, predicted, unit = rng.normal(size=(3, 50))
    unit = np.abs(unit) + 0.1
    for name, formula in ERRORS.items():
        metric = make_metric(name, 50)
        given = [torch.from_numpy(one) for one in (predicted, actual, unit)]
        metric.update(*(given if name == "mase" else given[:2]))
        assert metric.compute().item() == pytest.approx(formula(actual, predicted, unit))


def test_the_rarer_class():
    names = ("a", "b")
    assert rarer_class(sequences([1] * 3, [0, 1, 1], classes=names)) == 0
    assert rarer_class(sequences([1] * 3, [0, 0, 1], classes=names)) == 1
    assert rarer_class(sequences([1] * 4, [0, 1, 0, 1], classes=names)) == 1


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
    with pytest.raises(DataError, match=r"accuracy.*regress.*rmse, mae or smape"):
        resolve_metric("accuracy", sequences([1, 1], [0.5, 1]))
    assert resolve_metric("mae", sequences([1, 1], [0.5, 1])) == "mae"
