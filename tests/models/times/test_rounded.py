"""Times as numbers that are rounded: serial days of spreadsheets, years in decimals."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropsearch.models.times.steps import IrregularError, find_calendar, follows

STEPS = (*(Fraction(1, n) for n in (24, 96, 288, 1440, 12, 3, 7)), Fraction(5, 24), Fraction(1, 4))


def first_of(lengths: list[int]) -> np.ndarray:
    first = np.zeros(sum(lengths), bool)
    first[np.cumsum([0, *lengths[:-1]])] = True
    return first


@given(
    st.sampled_from(STEPS),
    st.integers(0, 4),
    st.sampled_from([0, 1749, 45292]),
    st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=30), min_size=1, max_size=3),
)
def test_rounded_numbers_are_as_regular_as_what_they_are_of(
    step: Fraction, more: int, origin: int, gaps: list[list[int]]
) -> None:
    decimals = more + math.ceil(math.log10(8 / step))
    gaps = [[*own, *(1 for _ in own), 1] for own in gaps]
    places = np.concatenate([np.cumsum([0, *own]) for own in gaps])
    stamps = np.array([float(f"{float(origin + place * step):.{decimals}f}") for place in places])
    first = first_of([len(own) + 1 for own in gaps])
    calendar = find_calendar(stamps, first, "")
    assert calendar.position(stamps).tolist() == places.tolist()
    one = np.diff(places, prepend=places[0]) == 1
    assert follows(stamps, calendar)[~first].tolist() == one[~first].tolist()
    after = float(calendar.label(calendar.after(stamps[-1], 1)))
    assert abs(after - float(origin + (places[-1] + 1) * step)) <= 2 * 10.0**-decimals


def test_the_next_time_is_written_with_as_many_decimals() -> None:
    stamps = np.array([float(f"{45292 + hour / 24:.6f}") for hour in range(100)])
    calendar = find_calendar(stamps, first_of([100]), "")
    assert calendar.describe() == "in steps of 0.0416667"
    assert [calendar.label(calendar.after(stamps[24], n)) for n in (1, 2, 3)] == [
        "45293.041667",
        "45293.083333",
        "45293.125",
    ]


@given(st.integers(0, 2**32), st.integers(2, 6))
def test_numbers_that_come_as_it_happens_stay_irregular(seed: int, decimals: int) -> None:
    places = np.arange(40) + np.random.default_rng(seed).uniform(-0.4, 0.4, 40)
    stamps = np.round(45292 + np.sort(places), decimals)
    with pytest.raises(IrregularError):
        find_calendar(stamps, first_of([40]), "")
