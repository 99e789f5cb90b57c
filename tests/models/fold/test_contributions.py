"""What each example contributes to a score: beside the metric itself, and beside leaving it out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.fold.metrics import make_metric
from dropsearch.models.fold.scores import SCORES, Scored, contributions, metrics_of, step_of

CLASSES = metrics_of("classify")
NUMBERS = metrics_of("forecast")


def scored(metric, n, width, seed=0, rare=0.0, unknown=0.0, unit_of=1.0) -> Scored:
    """Predictions that are worth something, of classes or of numbers of the size `unit_of`."""
    rng = np.random.default_rng(seed)
    if metric in CLASSES:
        chances = np.full(width, (1 - rare) / (width - 1))
        chances[0] = rare or 1 / width
        target = rng.choice(width, n, p=chances / chances.sum())
        return Scored(rng.normal(size=(n, width)) + np.eye(width)[target], target, positive=0)
    actual = rng.normal(size=(n, width)) * unit_of
    known = rng.random((n, width)) >= unknown
    known[0, 0] = True
    guess = actual + rng.gamma(2, size=(n, width)) * unit_of
    unit = rng.uniform(1, 3, n) * unit_of if metric == "mase" else None
    return Scored(guess, np.where(known, actual, 1e9), known if unknown else None, unit)


def score(metric, given) -> float:
    """By the metric of the fits."""
    torchmetric = make_metric(metric, given.outputs.shape[1], given.positive)
    if metric in CLASSES:
        torchmetric.update(torch.from_numpy(given.outputs), torch.from_numpy(given.target))
        return float(torchmetric.compute())
    known = np.ones(given.outputs.shape, bool) if given.known is None else given.known
    parts = [given.outputs, given.target]
    if given.unit is not None:
        parts.append(np.broadcast_to(given.unit[:, None], known.shape))
    torchmetric.update(*(torch.from_numpy(part[known]) for part in parts))
    return float(torchmetric.compute())


def without(given, example) -> Scored:
    def less(part):
        return None if part is None else np.delete(part, example, axis=0)

    return replace(
        given,
        outputs=less(given.outputs),
        target=less(given.target),
        known=less(given.known),
        unit=less(given.unit),
    )


@settings(max_examples=25, deadline=None)
@given(st.data())
@pytest.mark.parametrize("metric", list(SCORES))
def test_their_mean_is_the_score(metric, data) -> None:
    width = data.draw(st.integers(2 if metric in CLASSES else 1, 4), "width")
    given = scored(
        metric,
        data.draw(st.integers(1, 50), "n"),
        width,
        data.draw(st.integers(0, 999), "seed"),
        rare=data.draw(st.sampled_from([0.0, 0.03]), "rare"),
        unknown=data.draw(st.sampled_from([0.0, 0.5]), "unknown"),
        unit_of=data.draw(st.sampled_from([1e-100, 1.0, 1e100]), "unit"),
    )
    found = contributions(metric, given)
    assert found.shape == (len(given.outputs),)
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(score(metric, given), rel=1e-6)


CASES = [(name, 3, 0.0) for name in SCORES] + [(name, 3, 0.4) for name in NUMBERS]


@pytest.mark.parametrize(("metric", "width", "unknown"), [*CASES, ("f1", 2, 0.0)])
def test_an_example_left_out_moves_the_score_by_what_it_contributes(metric, width, unknown) -> None:
    """Score - score without i is (contribution - score) / (n - 1), but for terms in 1 / n²."""
    n, some = 400, range(0, 400, 8)
    given = scored(metric, n, width, unknown=unknown)
    found = contributions(metric, given)
    whole = score(metric, given)
    left_out = np.array([whole - score(metric, without(given, i)) for i in some]) * (n - 1)
    influence = (found - found.mean())[some]
    assert np.corrcoef(left_out, influence)[0, 1] > 0.9999
    assert left_out.std() == pytest.approx(influence.std(), rel=0.01)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "auroc", "mae"])
def test_of_few_examples_it_is_what_leaving_one_out_takes(metric) -> None:
    """Those of rare classes count for more than in the influence curve."""
    given = scored(metric, 24, 2 if metric in CLASSES else 1, seed=1, rare=0.2)
    whole = score(metric, given)
    left_out = [whole - score(metric, without(given, i)) for i in range(24)]
    assert contributions(metric, given) - whole == pytest.approx(23 * np.array(left_out), abs=1e-5)


@pytest.mark.parametrize("metric", CLASSES)
def test_one_class_alone_and_predictions_all_alike_are_scored(metric) -> None:
    for outputs in (np.zeros((5, 2)), np.tile([800.0, -800.0], (5, 1))):
        given = Scored(outputs, np.zeros(5, np.int64), positive=1)
        found = contributions(metric, given)
        assert found.mean() == pytest.approx(score(metric, given))


@pytest.mark.parametrize("metric", NUMBERS)
def test_exact_predictions_contribute_nothing(metric) -> None:
    given = Scored(np.ones((4, 2)), np.ones((4, 2)), unit=np.ones(4))
    assert contributions(metric, given).tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("metric", "placed", "step"),
    [
        ("accuracy", -9.0, 1.0),
        ("balanced_accuracy", -9.0, 2.5),
        ("auroc", 3.5, 2.5),
        ("log_loss", 0, 0),
    ],
)
def test_a_step_is_what_one_example_judged_otherwise_changes(metric, placed, step) -> None:
    """One of the rarer class: for AUROC, one that half of the others are above."""
    target = np.repeat([0, 1], [8, 2])
    assert step_of(metric, SimpleNamespace(target=target)) == step
    if step:
        right = np.where(target == 1, 9.0, np.arange(10.0)) - (8 if metric != "auroc" else 0)
        other = np.where(np.arange(10) == 9, placed, right)
        both = [np.stack([np.zeros(10), one], axis=1) for one in (right, other)]
        first, second = (contributions(metric, Scored(one, target)).mean() for one in both)
        assert first == pytest.approx(1)
        assert first - second == pytest.approx(step / 10)
