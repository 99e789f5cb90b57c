"""Spread against the array that it stands for, and whole numbers in few bytes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from dropsearch.models.spread import Spread, gathered, repeated, short, whole


@pytest.mark.parametrize(("each", "again"), product((1, 3), (1, 4)))
@pytest.mark.parametrize("masked", [False, True])
def test_a_spread_is_as_its_array(each: int, again: int, masked: bool) -> None:
    rng = np.random.default_rng(0)
    cells = rng.normal(size=5)
    array = np.tile(np.repeat(cells, each), again)
    spread = Spread(cells, each=each, again=again)
    if masked:
        kept = rng.random(len(array)) < 0.6
        array, spread = array[kept], spread.keep(kept)
    few, mask = rng.integers(0, len(array), 7), rng.random(len(array)) < 0.5
    for at in (0, len(array) - 1, slice(None), slice(1, None), slice(None, None, -2), few, mask):
        np.testing.assert_array_equal(spread[at], array[at])
    np.testing.assert_array_equal(np.asarray(spread), array)
    np.testing.assert_array_equal(np.asarray(spread.keep(mask)), array[mask])
    assert (len(spread), spread.shape, spread.dtype) == (len(array), array.shape, array.dtype)


@pytest.mark.parametrize(("each", "again"), product((1, 3), (1, 4)))
def test_cells_are_gathered_alike_by_places_and_by_a_spread_of_them(each: int, again: int) -> None:
    cells, places = np.array([2.5, -1.0, 0.5]), Spread(np.arange(3), each=each, again=again)
    for rows in (places, places.keep(np.arange(len(places)) % 3 > 0)):
        np.testing.assert_array_equal(gathered(cells, rows), gathered(cells, np.asarray(rows)))


@pytest.mark.parametrize(
    ("cells", "again", "kept"),
    [
        ([1, 2, 1, 2, 1, 2], 3, 2),
        ([1, 2, 1, 2, 1, 3], 3, 6),
        ([1, 2, 1, 2, 1], 2, 5),
        ([1, 1], 2, 1),
        ([1, 2], 3, 2),
    ],
)
def test_what_is_repeated_is_kept_once(cells: list[int], again: int, kept: int) -> None:
    found = repeated(np.array(cells), again)
    assert np.asarray(found).tolist() == cells
    assert len(found.cells) == kept


@pytest.mark.parametrize("most", [0, 127, 128, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**40])
def test_whole_numbers_stay_what_they_are(most: int) -> None:
    numbers = np.array([-1, 0, most])
    for kept in (short(numbers, most), whole(numbers, most)):
        assert kept.tolist() == numbers.tolist()
    assert int((whole(numbers, most) + most)[-1]) == 2 * most
