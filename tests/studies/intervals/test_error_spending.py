"""The levels of looks against what they promise."""

import numpy as np
import pytest
from scipy.special import ndtri

from dropsearch.studies.intervals.error_spending import LOOKS, level_at


def levels(share: float) -> list[float]:
    """At each look, where the fits make this share of the variance at the first."""
    parts = [share * LOOKS[0] / look for look in LOOKS]
    shares = [part / (1 - share + part) for part in parts]
    return [level_at(look, found) for look, found in zip(LOOKS, shares, strict=True)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_all_looks_err_in_five_percent(share: float) -> None:
    """Running means of examples that stay and fits that come: some look is off by chance."""
    rng = np.random.default_rng(0)
    examples = np.sqrt(1 - share) * rng.standard_normal((40_000, 1))
    fits = np.sqrt(share * LOOKS[0]) * rng.standard_normal((40_000, LOOKS[-1]))
    mean = examples + fits.cumsum(1) / np.arange(1, LOOKS[-1] + 1)
    seen = np.abs(mean[:, np.array(LOOKS) - 1])
    error = np.sqrt(1 - share + share * LOOKS[0] / np.array(LOOKS))
    bound = -ndtri((1 - np.array(levels(share))) / 2) * error
    assert (seen > bound).any(1).mean() == pytest.approx(0.05, abs=0.004)


def test_looks_at_the_same_examples_cost_nothing_and_all_new_ones_most() -> None:
    first = [levels(share)[0] for share in (0.0, 0.3, 0.7, 1.0)]
    assert first == sorted(first)
    assert first[0] == pytest.approx(0.95, abs=0.001)
    assert first[-1] == pytest.approx(1 - 0.05 * 0.3, abs=0.001)


def test_later_looks_cost_less_than_half_the_error_of_the_last() -> None:
    for share in (0.2, 0.5, 1.0):
        halves = [1 - 0.05 / 2**look for look in range(1, 9)]
        assert all(np.array(levels(share))[2:] < np.array(halves)[2:])


def test_one_look_has_the_whole_level() -> None:
    assert level_at(3, 0.7, looks=[3]) == pytest.approx(0.95, abs=0.001)
