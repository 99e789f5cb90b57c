"""The crossed variance against its definition, and what must not change it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from dropsearch.studies.intervals.crossed import (
    LEARNING,
    Crossed,
    crossed,
    each,
    simultaneous,
)
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.intervals.units import basis_of, blocks, memory, units_of, widening_of


def drawn(repeats: int = 3, seed: int = 0, rates: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Contributions (rates, repeats, 60) and folds (repeats, 60) of 5 folds of 12."""
    rng = np.random.default_rng(seed)
    fold = np.stack([rng.permutation(60) % 5 for _ in range(repeats)])
    fits = rng.standard_normal((rates, repeats, 5))
    own = np.take_along_axis(fits, np.broadcast_to(fold, (rates, *fold.shape)), axis=2)
    return own + rng.standard_normal((rates, 1, 60)), fold


def pairs_of(found: Crossed, count: int) -> Crossed:
    return found.differences([(rate, 0) for rate in range(1, count)], "maximize")


def same(first: Crossed, second: Crossed) -> bool:
    return all(
        np.allclose(getattr(first, part), getattr(second, part), atol=1e-12)
        for part in ("mean", "examples", "fits", "units")
    )


# The variance


def test_examples_and_fits_are_as_defined() -> None:
    values, fold = drawn()
    found = crossed(values, fold, np.arange(60))
    usual = values.mean(1)
    assert found.mean == pytest.approx(values.mean((1, 2)))
    assert found.examples == pytest.approx(np.cov(usual) / 60)
    off = [(values[:, r] - usual)[:, fold[r] == k].mean(1) for r in range(3) for k in range(5)]
    assert found.fits == pytest.approx(np.transpose(off) @ off / 15 / 15 * 3 / 2)
    assert (found.units, found.folds, found.repeats) == (60, 5, 3)


def test_one_repeat_takes_the_spread_of_its_folds() -> None:
    values, fold = drawn(repeats=1)
    scores = [values[:, 0][:, fold[0] == k].mean(1) for k in range(5)]
    found = crossed(values, fold, np.arange(60))
    assert found.fits == pytest.approx(np.cov(np.transpose(scores)) / 5)
    examples, fits = np.diag(found.examples), np.diag(found.fits)
    degrees = (examples + fits) ** 2 / (examples**2 / 59 + fits**2 / 4)
    assert found.degrees == pytest.approx(degrees)
    assert crossed(values, fold, np.arange(60) // 12).degrees.max() <= 4


def test_units_are_summed_over() -> None:
    values, fold = drawn()
    unit = np.arange(60) // 6
    found = crossed(values, fold, unit)
    sums = values.mean(1).reshape(4, 10, 6).sum(-1)
    assert found.examples == pytest.approx(np.cov(sums) * 10 / 60**2)
    assert found.units == 10


def test_mean_is_that_of_the_folds_whatever_their_sizes() -> None:
    values = np.random.default_rng(0).standard_normal((2, 2, 30))
    fold = np.tile(np.repeat([0, 1, 2], [4, 10, 16]), (2, 1))
    scores = np.stack([values[..., fold[0] == k].mean(-1) for k in range(3)])
    found = crossed(values, fold, np.arange(30))
    assert found.mean == pytest.approx(scores.mean((0, 2)))


def test_examples_never_validated_are_left_out() -> None:
    values, fold = drawn()
    more = np.concatenate([np.full((4, 3, 7), np.nan), values], axis=2)
    kept = np.concatenate([np.full((3, 7), -1), fold], axis=1)
    assert same(crossed(more, kept, np.arange(67)), crossed(values, fold, np.arange(60)))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_names_and_order_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, fold = drawn(seed=seed)
    unit = rng.integers(0, 9, 60)
    order, named = rng.permutation(60), rng.permutation(5)
    again = crossed(values[:, ::-1, order], named[fold][::-1, order], 7 - 3 * unit[order])
    assert same(again, crossed(values, fold, unit))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_the_variance_of_a_difference_is_that_of_the_differences(seed: int, repeats: int) -> None:
    values, fold = drawn(repeats, seed)
    unit = np.arange(60) // 3
    apart = pairs_of(crossed(values, fold, unit), 4)
    assert same(apart, crossed(values[1:] - values[0], fold, unit))
    turned = crossed(values, fold, unit).differences([(1, 0)], "minimize")
    assert turned.mean[0] == pytest.approx(-apart.mean[0])


def test_blocks_are_contiguous_and_even() -> None:
    step = np.repeat(np.arange(25), 3)
    found = blocks(step, 10)
    assert (np.diff(found) >= 0).all()
    assert set(np.bincount(found)) == {6, 9}
    assert (found.reshape(25, 3) == found.reshape(25, 3)[:, :1]).all()
    order = np.random.default_rng(0).permutation(75)
    assert (blocks(step[order] * 1000 - 5, 10) == found[order]).all()
    assert blocks([3, 1, 2], 10).tolist() == [2, 0, 1]


def test_units_are_those_given_and_in_time_blocks_of_them() -> None:
    """What is given for each kind of folds: see tests/search/folds/test_draw.py."""
    group = np.arange(60) // 4
    for kind in ("kfold", "stratified", "group", "column"):
        assert (units_of(kind, group + 7) == group).all()
        assert len(set(units_of(kind, np.arange(60)))) == 60
    for kind in ("expanding", "blocked"):
        assert (units_of(kind, np.arange(60)) == blocks(np.arange(60), 10)).all()
        assert widening_of(kind, np.arange(60)) == 1


def test_blocks_of_time_are_no_shorter_than_the_horizon() -> None:
    for kind, horizon, count in (("blocked", 6, 10), ("expanding", 8, 7), ("expanding", 40, 2)):
        assert (units_of(kind, np.arange(60), horizon) == blocks(np.arange(60), count)).all()
    assert widening_of("expanding", np.arange(60), 8) > widening_of("expanding", np.arange(600), 8)
    assert widening_of("group", np.arange(60), 8) == 1


def test_what_neighbouring_forecasts_share_widens() -> None:
    """Means of the next 12 of independent values, each block of which knows some of the next."""
    rng = np.random.default_rng(0)
    over = "expanding", np.arange(240), 12
    told, seen = [], []
    for _ in range(600):
        mean = np.convolve(rng.standard_normal(251), np.ones(12) / 12, "valid")
        fold = np.arange(240)[None] // 48
        found = crossed(mean[None, None], fold, units_of(*over), widening=widening_of(*over))
        told.append(found.examples[0, 0])
        seen.append(found.mean[0])
    assert np.mean(told) == pytest.approx(np.var(seen), rel=0.15)


@pytest.mark.parametrize("slope", [0.0, 0.5, 0.9, -0.5])
def test_memory_is_that_of_an_autoregression(slope: float) -> None:
    assert memory(slope ** np.arange(9.0)) == pytest.approx((1 + slope) / (1 - slope))


def test_memory_of_a_series_that_swings_is_short() -> None:
    first, second = 1.3, -0.5
    lags = [1.0, first / (1 - second)]
    while len(lags) < 6:
        lags.append(first * lags[-1] + second * lags[-2])
    shock = 1 - first * lags[1] - second * lags[2]
    assert memory(lags) == pytest.approx(shock / (1 - first - second) ** 2)
    assert memory(lags) < memory(lags[1] ** np.arange(6)) / 2
    assert memory(np.ones(5) - 1e-12 * np.arange(5)) > 1e6


@pytest.mark.parametrize(
    ("slope", "steps", "basis"),
    [
        (0.8, 350, "fold scores"),  # a memory of 9 steps
        (0.8, 370, "contributions"),
        (0.92, 950, "nothing"),  # of 24 steps
        (0.92, 970, "fold scores"),
        (0.96, 10**6, "nothing"),
        (1.0, 10**6, "nothing"),
    ],
)
def test_what_verdicts_rest_on_over_expanding_folds(slope: float, steps: int, basis: str) -> None:
    lags = slope ** np.arange(5)
    assert basis_of("expanding", steps, lags) == basis
    assert basis_of("expanding", steps, []) == basis_of("blocked", steps, lags) == "contributions"


def test_a_series_that_is_short_for_the_horizon_rests_on_fold_scores() -> None:
    lags = 0.5 ** np.arange(5)
    for steps, basis in ((359, "fold scores"), (360, "contributions")):
        assert basis_of("expanding", steps, lags, 24) == basis
        assert basis_of("blocked", steps, lags, 24) == "contributions"


def test_folds_that_stay_make_the_examples_part_larger() -> None:
    values, fold = drawn()
    drawn_anew, stay = (crossed(values, fold, np.arange(60), ratio) for ratio in (0.0, 0.25))
    assert stay.examples == pytest.approx(1.25 * drawn_anew.examples)
    assert stay.fits == pytest.approx(drawn_anew.fits)


# What is foreseen


def test_more_repeats_and_examples_are_foreseen_as_they_come() -> None:
    rng = np.random.default_rng(0)
    fold = np.stack([rng.permutation(6000) % 5 for _ in range(12)])
    fits = np.take_along_axis(0.05 * rng.standard_normal((12, 5)), fold, axis=1)
    values = rng.standard_normal(6000) + fits + 2 * rng.standard_normal((12, 6000))
    few = crossed(values[None, :3, :3000], fold[:3, :3000], np.arange(3000))
    many = crossed(values[None], fold, np.arange(6000))
    assert few.residual[0, 0] == pytest.approx(4 / 3 / 3000, rel=0.05)
    foreseen = few.foreseen(12, more=2)
    assert foreseen.examples[0, 0] == pytest.approx(many.examples[0, 0], rel=0.1)
    assert foreseen.fits[0, 0] == pytest.approx(many.fits[0, 0], rel=0.4)
    assert foreseen.residual[0, 0] == pytest.approx(many.residual[0, 0], rel=0.1)
    assert (foreseen.units, foreseen.repeats) == (6000, 12)


def test_what_all_share_hides_no_residual_of_a_difference() -> None:
    """Examples are hard or easy for all alike, and nothing else but the fits differs."""
    rng = np.random.default_rng(0)
    fold = np.stack([rng.permutation(3000) % 5 for _ in range(12)])
    values = 9 * rng.standard_normal(3000) + rng.standard_normal((3, 12, 3000))
    few = pairs_of(crossed(values[:, :3], fold[:3], np.arange(3000)).foreseen(12), 3)
    many = pairs_of(crossed(values, fold, np.arange(3000)), 3)
    assert np.diag(few.examples) == pytest.approx(np.diag(many.examples), rel=0.3)


def test_nothing_more_foresees_the_same() -> None:
    values, fold = drawn()
    found = crossed(values, fold, np.arange(60))
    assert same(found.foreseen(), found)


# Intervals


def test_one_difference_has_its_t_interval() -> None:
    values, fold = drawn()
    found = crossed(values, fold, np.arange(60)).differences([(1, 0)], "maximize")
    (one,) = simultaneous(found, 0.9)
    assert one == each(found, 0.9)[0]
    half = t.ppf(0.95, found.degrees[0]) * found.standard_error[0]
    assert (one.low, one.high) == pytest.approx((one.mean - half, one.mean + half))


@pytest.mark.parametrize("gain", [-40.0, 0.2, 3.0, 40.0])
def test_what_is_surely_there_varies_by_a_share_of_its_size(gain: float) -> None:
    """New folds of the same examples do not show it, where the folds stay the examples' part has
    it; whether an interval keeps clear of 0 does not hang on it."""
    values, fold = drawn()
    moved = values + gain * np.arange(4)[:, None, None]
    found = pairs_of(crossed(moved, fold, np.arange(60)), 4)
    stay = pairs_of(crossed(moved, fold, np.arange(60), 0.25), 4)
    assert (found.learning, stay.learning) == (LEARNING / 60, 0.0)
    without = each(replace(found, learning=0.0))
    for one, plain in zip(each(found), without, strict=True):
        half = (plain.high - plain.low) / 2
        sure = max(abs(plain.mean) - half, 0.0)
        share = min(LEARNING / 60, (plain.standard_error / half) ** 2)
        assert one.standard_error**2 == pytest.approx(plain.standard_error**2 + share * sure**2)
        assert (one.low > 0, one.high < 0) == (plain.low > 0, plain.high < 0)
    means = crossed(moved, fold, np.arange(60))
    assert each(means) == each(replace(means, redrawn=False))


def test_simultaneous_intervals_lie_between_single_ones_and_bonferronis() -> None:
    values, fold = drawn(rates=7)
    found = pairs_of(crossed(values, fold, np.arange(60)), 7)
    alone, together, dear = each(found), simultaneous(found), each(found, 1 - 0.05 / 6)
    for narrow, middle, wide in zip(alone, together, dear, strict=True):
        assert narrow.high < middle.high < wide.high
        assert narrow.low > middle.low > wide.low


@pytest.mark.parametrize("number", [2, 6, 12])
def test_uncorrelated_differences_have_sidaks_level(number: int) -> None:
    found = Crossed(
        np.zeros(number), np.eye(number), *np.zeros((3, number, number)), np.ones(number), 30, 5, 3
    )
    exact = t.ppf((1 + 0.95 ** (1 / number)) / 2, 29)
    assert simultaneous(found)[0].high == pytest.approx(exact, rel=0.01)


def test_a_difference_given_twice_or_turned_changes_nothing() -> None:
    values, fold = drawn()
    means = crossed(values, fold, np.arange(60))
    once = simultaneous(means.differences([(1, 0), (2, 0)], "maximize"))
    again = simultaneous(means.differences([(1, 0), (2, 0), (1, 0), (0, 2)], "maximize"))
    assert again[0].high == pytest.approx(once[0].high, rel=0.01)
    assert again[3].low == pytest.approx(-again[1].high)


def test_identical_configurations_have_no_width_and_change_no_other() -> None:
    values, fold = drawn()
    twice = np.concatenate([values, values[:1]])
    found = crossed(twice, fold, np.arange(60))
    with_zero = simultaneous(found.differences([(1, 0), (4, 0), (2, 0)], "maximize"))
    assert with_zero[1] == Difference(0.0, 0.0, 0.0, 0.0)
    without = simultaneous(found.differences([(1, 0), (2, 0)], "maximize"))
    assert [with_zero[0], with_zero[2]] == without


@pytest.mark.parametrize(("units", "proves"), [(3, False), (60, True)])
def test_equal_differences_of_few_units_prove_nothing(units: int, proves: bool) -> None:
    fold = np.tile(np.arange(60) % 5, (3, 1))
    values = np.stack([np.zeros((3, 60)), np.full((3, 60), 0.1)])
    found = pairs_of(crossed(values, fold, np.arange(60) % units), 2)
    assert (simultaneous(found)[0].low > 0) == proves


def judged(
    rng: np.random.Generator, size: int, seldom: float, often: float, repeats: int = 3
) -> tuple[np.ndarray, np.ndarray, float]:
    """Hits (2, repeats, size) of classifiers of which the second errs more often, folds, and by how
    much: examples are hard or easy for both."""
    fold = np.stack([rng.permutation(size) % 5 for _ in range(repeats)])
    easy = 2.1 + rng.standard_normal(size)
    fits = np.take_along_axis(0.1 * rng.standard_normal((2, repeats, 5)), fold[None], axis=2)
    shift = np.array([0.0, rng.uniform(seldom, often)])
    hits = easy - shift[:, None, None] + fits + 0.1 * rng.standard_normal(fits.shape) > 0
    right = norm.cdf((2.1 - shift) / np.sqrt(1.02))
    return hits.astype(float), fold, float(right[1] - right[0])


def test_few_that_are_judged_otherwise_prove_little() -> None:
    """Of 68 examples most draws have at most two that one of the two alone is right about."""
    rng = np.random.default_rng(0)
    draws, covered, narrow = 400, 0, 0
    for _ in range(draws):
        hits, fold, true = judged(rng, 68, 0.0, 0.5)
        without, found = (
            simultaneous(pairs_of(crossed(hits, fold, np.arange(68), step=step), 2))[0]
            for step in (0.0, 1.0)
        )
        covered += found.low <= true <= found.high
        narrow += without.low <= true <= without.high
    assert covered >= 0.97 * draws
    assert narrow <= 0.9 * draws


def test_of_equal_hits_an_interval_ends_where_a_score_interval_does() -> None:
    hits, fold, _ = judged(np.random.default_rng(0), 68, 0.0, 0.0)
    same = np.concatenate([hits[:1], hits[:1]])
    found = crossed(same, fold, np.arange(68), step=1.0)
    (one,) = each(pairs_of(found, 2))
    assert one.high == -one.low == pytest.approx(t.ppf(0.975, 67) ** 2 / 68)
    (more,) = each(pairs_of(found.foreseen(more=10), 2))
    assert more.high == pytest.approx(t.ppf(0.975, 679) ** 2 / 680)


def test_many_that_are_judged_otherwise_are_as_without_steps() -> None:
    rng = np.random.default_rng(0)
    _, fold, _ = judged(rng, 600, 0.0, 0.0)
    hits = np.tile(rng.integers(0, 2, 600) * 1.0, (2, 3, 1))
    hits[1] = np.where(rng.random((3, 600)) < 0.1, 1 - hits[1], hits[1])
    plain, stepped = (
        pairs_of(crossed(hits, fold, np.arange(600), step=step), 2) for step in (0.0, 1.0)
    )
    assert simultaneous(stepped) == simultaneous(plain)


def test_no_differences_no_intervals() -> None:
    values, fold = drawn()
    found = crossed(values, fold, np.arange(60))
    assert simultaneous(found.differences([], "maximize")) == []
    assert replace(found, units=2).degrees.shape == (4,)
