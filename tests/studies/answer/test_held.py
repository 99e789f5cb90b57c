"""How sure the holdout's scores are: which interval, where there is none, and whether it covers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import binomtest

from dropsearch.studies.answer.held import Interval, Units, difference, interval, units_held
from dropsearch.studies.intervals.statistics import Array

ROWS = Units(np.arange(20))
PAIRS = Units(np.arange(20) // 2)
ONE = Units(np.zeros(20, np.int64))
HITS = (np.arange(20) % 5 > 0) * 1.0
ERRORS = np.arange(20.0)


def wilson(hits: int, count: int) -> Interval:
    found = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    return Interval(found.low, found.high)


def student(values: Array, count: int) -> Interval:
    means = values.reshape(count, -1).mean(1)
    half = stdtrit(count - 1, 0.975) * means.std(ddof=1) / np.sqrt(count)
    return Interval(max(means.mean() - half, 0.0), means.mean() + half)


@pytest.mark.parametrize(
    ("values", "units", "hits", "bounded", "expected"),
    [
        (HITS, ROWS, True, True, wilson(16, 20)),
        (np.ones(20), ROWS, True, True, wilson(20, 20)),
        (np.zeros(20), ROWS, True, True, wilson(0, 20)),
        (HITS, PAIRS, True, True, student(HITS, 10)),
        (np.ones(20), PAIRS, True, True, wilson(10, 10)),
        (np.ones(20), PAIRS, False, True, None),
        (np.full(20, 0.3), ROWS, False, False, None),
        (ERRORS, ROWS, False, False, student(ERRORS, 20)),
        (ERRORS, PAIRS, False, False, student(ERRORS, 10)),
        (ERRORS**6, PAIRS, False, False, student(ERRORS**6, 10)),
        (HITS, ONE, True, True, None),
        (ERRORS, ONE, False, False, None),
    ],
    ids=[
        *("shares of rows", "all right", "none right", "shares of groups", "all right, groups"),
        *("a linearised metric at its end", "all alike", "means", "means of groups"),
        *("losses are never below 0", "one unit", "one unit of means"),
    ],
)
def test_the_interval_of_a_score(
    values: Array, units: Units, hits: bool, bounded: bool, expected: Interval | None
) -> None:
    found = interval(values.mean(), values, units, hits=hits, bounded=bounded)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_bounded_score_has_a_bounded_interval() -> None:
    values = np.repeat([1.0, 1.0, 1.0, 0.6], 5) + np.tile([0.1, -0.1, 0.1, -0.1, 0.0], 4)
    found = interval(values.mean(), values, Units(np.repeat(range(4), 5)), hits=False, bounded=True)
    assert found is not None
    assert found.high == 1.0


@pytest.mark.parametrize(
    ("kind", "unit", "horizon", "persistence", "count"),
    [
        ("kfold", np.arange(20), 1, None, 20),
        ("stratified", np.arange(20), 1, None, 20),
        ("group", np.arange(20) // 4, 1, None, 5),
        ("column", np.full(20, -1), 1, None, 1),
        ("expanding", np.arange(200), 1, 0.5, 10),
        ("expanding", np.arange(200), 24, 0.5, 8),
        ("blocked", np.arange(200) // 8, 4, 0.5, 6),
        ("blocked", np.arange(20), 12, 0.5, 1),
        ("expanding", np.arange(200), 1, 0.97, 1),
        ("blocked", np.arange(200), 1, 0.97, 1),
        ("kfold", np.arange(20), 1, 0.97, 20),
    ],
)
def test_the_units_of_a_holdout(
    kind: str, unit: Array, horizon: int, persistence: float | None, count: int
) -> None:
    found = units_held(kind, unit, horizon, persistence)
    assert found.count == count
    assert (np.diff(found.code) >= 0).all()  # contiguous
    assert (found.widening > 1) == (horizon > 1 and count > 1)
    if count > 1 and kind in ("expanding", "blocked"):
        sizes = [len(np.unique(unit[found.code == code])) for code in range(count)]
        assert min(sizes) >= horizon


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_a_difference_is_positive_where_the_first_is_better(direction: str) -> None:
    rng = np.random.default_rng(0)
    worse, gain = rng.normal(size=20), 1 + 0.1 * rng.normal(size=20)
    first = worse + gain if direction == "maximize" else worse - gain
    found = difference(first, worse, PAIRS, direction)
    assert found is not None
    assert found.mean == pytest.approx(gain.mean())
    assert 0 < found.low < found.mean < found.high
    assert difference(first, worse, ONE, direction) is None
    same = difference(worse, worse, PAIRS, direction)
    assert same is not None
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    steps = difference(worse, worse, PAIRS, direction, 1.0)
    assert steps is not None
    assert steps.high == -steps.low == pytest.approx(PAIRS.quantile**2 / 20)
    flat = difference(worse + 1, worse, Units(np.arange(20) // 10), "maximize")
    assert flat is not None
    assert flat.low < 0 < 1 < flat.high  # two units that agree prove nothing


def hits(rng: np.random.Generator) -> tuple[float, Array, Units]:
    return 0.9, (rng.random(60) < 0.9) * 1.0, Units(np.arange(60))


def groups(rng: np.random.Generator) -> tuple[float, Array, Units]:
    own = np.repeat(rng.normal(size=12), 5)
    return 3.0, 3 + own + rng.normal(size=60), Units(np.repeat(range(12), 5))


def windows(rng: np.random.Generator) -> tuple[float, Array, Units]:
    """Of a horizon of 12 over 60 steps."""
    errors = np.abs(rng.normal(size=71))
    moving = np.convolve(errors, np.ones(12) / 12, "valid")
    units = units_held("expanding", np.arange(60), 12, 0.5)
    return float(np.sqrt(2 / np.pi)), moving, units


@pytest.mark.parametrize("world", [hits, groups, windows])
def test_the_interval_covers(
    world: Callable[[np.random.Generator], tuple[float, Array, Units]],
) -> None:
    rng, covered = np.random.default_rng(0), 0
    for _ in range(1000):
        truth, values, units = world(rng)
        found = interval(values.mean(), values, units, hits=world is hits, bounded=False)
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / 1000 <= 0.98
