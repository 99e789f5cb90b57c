"""How far intervals go by errors out of fold: by hand, and where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from dropsearch.studies.intervals.conformal import LEVELS, needed, reaches, units, weights

NINE = np.arange(1.0, 10.0)[None, :, None] * np.tile([1, -1], 5)[:9, None]  # (1, 9, 1)


def test_the_quantile_counts_the_new_example() -> None:
    """Of nine errors and one more, 0.9 takes all nine, 0.5 takes five, and 0.95 needs more."""
    found = reaches(NINE, np.ones(9), [0.5, 0.6, 0.8, 0.9, 0.95])
    assert found.tolist() == [[5], [6], [8], [9], [np.inf]]


@pytest.mark.parametrize(
    ("level", "number"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.98, 49), (0.99, 99)]
)
def test_how_many_examples_a_level_needs(level: float, number: int) -> None:
    assert needed(level) == number
    for size, finite in ((number, True), (number - 1, False)):
        found = reaches(np.ones((1, size, 1)), np.ones(size), [level])
        assert np.isfinite(found).all() == finite


def test_weights_by_hand() -> None:
    """Weights 1, 1/2, 1/4 of the sizes 1, 2, 3, and 1 of the new one: the whole is 2.75."""
    errors, weights = np.array([1.0, 2.0, 3.0])[None, :, None], [1, 0.5, 0.25]
    shares = np.array([1, 1.5, 1.75]) / 2.75
    for size, share in zip((1, 2, 3), shares, strict=True):
        assert reaches(errors, weights, [share - 1e-6, share + 1e-6])[0] == size
    assert reaches(errors, weights, [shares[-1] + 1e-6]) == np.inf


def test_each_step_has_its_own_and_what_is_not_known_does_not_count() -> None:
    errors = np.stack([NINE[0, :, 0], 10 * NINE[0, :, 0]], axis=1)[None]
    errors[0, 8, 1] = np.nan
    found = reaches(errors, np.ones(9), [0.8, 0.9])
    assert found.tolist() == [[8, 80], [9, np.inf]]


def test_repeats_count_as_one_example() -> None:
    errors = np.concatenate([NINE, NINE + 0.0, NINE * 1.0])
    assert (reaches(errors, np.ones(9), LEVELS) == reaches(NINE, np.ones(9), LEVELS)).all()


def test_it_covers_what_it_promises() -> None:
    """Skewed errors: 400 draws of 50 examples and a new one, within the binomial bounds."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        *old, new = rng.exponential(size=51) - 1
        reach = reaches(np.array(old)[None, :, None], np.ones(50), [0.9])[0, 0]
        inside += abs(new) <= reach
    expected = np.ceil(0.9 * 51) / 51
    low, high = binom.interval(0.99, 400, expected)
    assert low <= inside <= high


def test_older_errors_count_less_as_far_as_a_hundred_are_left() -> None:
    """2,001 steps: half after a hundred of them. 201: ten would leave 14, and 160 do 133."""
    long, short = np.arange(2001), np.arange(201)
    of = weights(long, np.zeros(2001))
    assert of[-1] == 1
    assert of[-101] == pytest.approx(0.5)
    assert of[0] == pytest.approx(2**-20)
    assert weights(short, np.zeros(201))[40] == pytest.approx(0.5)
    assert (weights(np.arange(99), np.zeros(99)) == 1).all()
    assert (weights([5], [0]) == 1).all()


def test_the_age_of_an_error_is_counted_from_the_end_of_its_own_series() -> None:
    time = np.concatenate([np.arange(1001), 5000 + np.arange(501)])
    found = weights(time, np.repeat([7, 3], [1001, 501]))
    assert found[1000] == found[-1] == 1
    assert found[950] == found[-51] == pytest.approx(0.5)


def test_units_by_hand() -> None:
    """The window moves by 1, its series by 4; where that is not known, as the window does."""
    moving, still, zero = [3.0, 5.0], [-7.0, -7.0], [0.0, 0.0]
    windows = [moving, moving, still, still, zero]
    assert units(windows, [4, 0, 4, 0, 0]).ravel().tolist() == [2, 1.25, 1, 7, 1]
