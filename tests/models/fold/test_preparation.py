from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import Preparation, covered_rows, naive_units
from tests.support.examples_of import forecast, sequences

NUMBER = st.floats(-1e9, 1e9)


def learnt(preparation: Preparation) -> list[np.ndarray]:
    flat = []
    for value in vars(preparation).values():
        flat += list(value) if isinstance(value, tuple) else [np.asarray(value)]
    return flat


@settings(max_examples=60, deadline=None)
@given(
    cut=st.integers(6, 30),
    scale=st.sampled_from(["auto", "train", "window", "none"]),
    changed=st.lists(NUMBER, min_size=1, max_size=20),
)
def test_nothing_is_learnt_from_rows_outside_a_forecasts_training_part(cut, scale, changed):
    rng = np.random.default_rng(1)
    series, more = rng.normal(size=(2, 40))
    before = forecast(series, window=4, horizon=3, more=more)
    train = np.arange(cut - 6)  # the last target step of the last one is row cut - 1
    train = train if len(train) else np.arange(1)
    after_cut = max(cut, 7)
    replaced, replaced_more = series.copy(), more.copy()
    replaced[after_cut:] = np.resize(changed, 40 - after_cut)
    replaced_more[after_cut:] = np.resize(changed[::-1], 40 - after_cut)
    after = forecast(replaced, window=4, horizon=3, more=replaced_more)
    for one, two in zip(
        learnt(Preparation.fit(before, train, scale)),
        learnt(Preparation.fit(after, train, scale)),
        strict=True,
    ):
        assert np.array_equal(one, two)


@settings(max_examples=60, deadline=None)
@given(
    train=st.sets(st.integers(0, 7), min_size=2, max_size=7), changed=st.lists(NUMBER, min_size=1)
)
def test_nothing_is_learnt_from_sequences_outside_the_training_part(train, changed):
    lengths = np.array([2, 5, 3, 4, 1, 6, 2, 3])
    before = sequences(lengths, np.arange(8.0))
    outside = ~np.isin(np.arange(8), list(train))
    values = before.values.copy()
    rows = outside[before.row_series]
    values[rows] = np.resize(changed, (rows.sum(), 3))
    target = np.where(outside, np.resize(changed, 8), before.target)
    after = dataclasses.replace(before, values=values, target=target)
    index = np.array(sorted(train))
    for one, two in zip(
        learnt(Preparation.fit(before, index, "train")),
        learnt(Preparation.fit(after, index, "train")),
        strict=True,
    ):
        assert np.array_equal(one, two)


def test_the_training_part_has_mean_0_and_spread_1():
    data = sequences([3, 4, 5], [1.0, 2.0, 9.0])
    inputs = Preparation.fit(data, np.array([0, 2]), "auto").inputs(data)
    own = inputs[data.row_series != 1]
    assert inputs.dtype == np.float32
    np.testing.assert_allclose(own.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(own.std(0), 1, rtol=1e-5)


def test_a_large_offset_loses_nothing():
    values = 1e9 + np.random.default_rng(0).normal(size=(40, 1))
    data = sequences([10] * 4, np.arange(4.0), values=values)
    inputs = Preparation.fit(data, np.arange(4), "train").inputs(data)
    expected = (values - values.mean()) / values.std()
    np.testing.assert_allclose(inputs, expected, atol=1e-5)


def test_a_constant_column_becomes_0():
    values = np.column_stack([np.full(6, 0.1), np.arange(6)])
    data = sequences([2, 2, 2], [1.0, 2.0, 3.0], values=values)
    assert (Preparation.fit(data, np.arange(2), "train").inputs(data)[:4, 0] == 0).all()


def test_words_are_one_hot_with_a_slot_for_what_training_has_not_seen():
    codes = np.array([[0], [0], [2], [2], [1], [2]], dtype=np.int32)
    data = sequences([2, 2, 2], [1.0, 2.0, 3.0], codes=codes, levels=(("a", "b", "c"),))
    preparation = Preparation.fit(data, np.array([0, 1]), "train")
    assert preparation.width == 3 + 4
    assert Preparation.fit(data, np.array([0, 2]), "train").width == 3 + 4
    one_hot = preparation.inputs(data)[:, 3:]
    assert one_hot.argmax(1).tolist() == [0, 0, 2, 2, 3, 2]
    assert (one_hot.sum(1) == 1).all()


def test_auto_scales_many_series_by_window_and_one_by_its_training_part():
    one = forecast(np.arange(20.0), window=4, horizon=2)
    many = forecast(np.arange(20.0), np.arange(20.0), window=4, horizon=2)
    index = np.arange(5)
    assert Preparation.fit(one, index, "auto").scale == "train"
    assert Preparation.fit(many, index, "auto").scale == "window"


def test_window_needs_a_forecast():
    with pytest.raises(DataError, match=r"data\.scale"):
        Preparation.fit(sequences([2, 2], [0.0, 1.0]), np.arange(2), "window")


def test_covered_rows_are_inputs_and_known_targets_of_the_own_series():
    data = forecast([0, 1, 2, np.nan, 4], np.arange(5.0), window=2, horizon=2)
    assert covered_rows(data, np.array([1])).tolist() == [1, 2, 4]
    assert covered_rows(data, np.array([2])).tolist() == [2, 3, 4]
    assert covered_rows(data, np.array([3])).tolist() == [5, 6, 7, 8]


def test_mases_units_are_the_mean_steps_of_training():
    data = forecast([0, 1, 3, 6, 100], [0, 10, 20, 30, 0], window=2, horizon=1)
    rows = np.array([0, 1, 2, 3, 5, 6, 7])
    assert naive_units(data, rows).tolist() == [2.0, 10.0]


def test_units_leave_out_steps_over_unknown_values_and_gaps():
    data = forecast([0, 1, np.nan, 6, 7, 20, 22], window=2, horizon=1)
    data = dataclasses.replace(data, time=np.array([0, 1, 2, 3, 4, 9, 10]))
    assert naive_units(data, np.arange(7)).tolist() == [(1 + 1 + 2) / 3]


def test_units_are_never_0():
    data = forecast([1, 1, 1, 1], [0, 4, 8, 12], [5, 6, 7, 8], window=2, horizon=1)
    assert naive_units(data, np.arange(8)).tolist() == [4.0, 4.0, 4.0]
    assert naive_units(data, np.arange(4)).tolist() == [1.0, 1.0, 1.0]


def test_a_window_of_one_step_is_not_scaled_by_itself():
    many = [np.arange(20.0), np.arange(20.0)]
    one_step, two_steps = (forecast(*many, window=steps, horizon=1) for steps in (1, 2))
    for asked in ("auto", "window"):
        assert Preparation.fit(one_step, np.arange(9), asked).scale == "train"
        assert Preparation.fit(two_steps, np.arange(9), asked).scale == "window"
