from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dropsearch.models.fold.batches import Batch, Examples, FoldBatches
from dropsearch.models.fold.preparation import Preparation
from tests.support.examples_of import forecast, sequences


def examples(data, index=None, scale="none") -> Examples:
    index = np.arange(len(data.start)) if index is None else np.asarray(index)
    return Examples(data, Preparation.fit(data, index, scale), index)


def test_sequences_are_right_padded_with_zeros_to_the_longest_of_the_batch():
    data = sequences([2, 5, 3], [0, 1, 1], classes=("a", "b"))
    batch = next(examples(data).batches(3, np.array([2, 0, 1])))
    assert batch.inputs.shape == (3, 5, 3)
    assert batch.lengths.tolist() == [3, 2, 5]
    assert batch.target.tolist() == [1, 0, 1]
    np.testing.assert_allclose(batch.inputs[0, :3], data.values[7:10], rtol=1e-6)
    assert (batch.inputs[1, 2:] == 0).all()
    assert next(examples(data).batches(1)).inputs.shape == (1, 2, 3)


def test_equal_lengths_need_no_lengths():
    data = sequences([4, 4], [0, 1], classes=("a", "b"))
    assert next(examples(data).batches(2)).lengths is None


def test_batches_hold_every_example_once_in_the_order_given():
    data = sequences([1] * 10, np.arange(10.0))
    part = examples(data, [1, 3, 5, 7, 9])
    order = np.array([4, 2, 0, 1, 3])
    batches = list(part.batches(2, order))
    assert [len(b.target) for b in batches] == [2, 2, 1]
    assert torch.cat([b.target for b in batches]).tolist() == [9, 5, 1, 3, 7]
    assert torch.cat([b.target for b in part.batches(2)]).tolist() == [1, 3, 5, 7, 9]


def test_a_regression_is_scaled_and_restored():
    data = sequences([2, 3, 4], [10.0, 20.0, 60.0])
    batch = next(examples(data, scale="train").batches(3))
    assert batch.target.mean().item() == pytest.approx(0, abs=1e-6)
    assert batch.target.std(correction=0).item() == pytest.approx(1)
    torch.testing.assert_close(
        batch.restore(batch.target[:, None]).squeeze(1), torch.tensor([10.0, 20, 60]).double()
    )


def test_forecast_windows_and_targets():
    data = forecast(np.arange(10.0), window=4, horizon=2)
    batch = next(examples(data, [0, 3]).batches(2))
    assert batch.inputs[..., 0].tolist() == [[0, 1, 2, 3], [3, 4, 5, 6]]
    assert batch.target.tolist() == [[4, 5], [7, 8]]
    assert batch.lengths is None
    assert batch.observed is None


def test_targets_that_are_unknown_or_past_the_series_are_not_observed():
    data = forecast([0, 1, 2, 3, np.nan, 5, 6], [10, 11, 12, 13], window=3, horizon=2)
    batch = next(examples(data).batches(9))
    rows = dict(zip(data.start.tolist(), batch.observed.tolist(), strict=True))
    assert rows == {
        0: [True, False],
        1: [False, True],
        2: [True, True],
        3: [True, False],  # the step after it belongs to the next series
        7: [True, False],  # the step after it is past the last row
    }
    assert batch.target.isfinite().all()
    assert batch.weight == 6


def test_a_window_is_scaled_by_itself_and_restored():
    series = np.cumsum(np.random.default_rng(0).normal(size=60)) + 1e8
    data = forecast(series, series * 1e-3, window=8, horizon=3)
    part = examples(data, scale="window")
    batch = next(part.batches(len(part)))
    inputs = batch.inputs[..., 0]
    assert inputs.mean(1).abs().max() < 1e-5
    torch.testing.assert_close(inputs.std(1, correction=0), torch.ones(len(part)))
    observed = torch.ones_like(batch.target, dtype=bool)
    observed = observed if batch.observed is None else batch.observed
    rows = data.start[:, None] + 8 + np.arange(3)
    expected = data.target[np.minimum(rows, len(data.target) - 1)]
    restored = batch.restore(batch.target).numpy()
    np.testing.assert_allclose(restored[observed], expected[observed], rtol=1e-12, atol=1e-5)


def test_a_window_depends_on_its_own_inputs_alone():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 40))
    other = np.concatenate([one[:10], two[10:]])
    batches = []
    for second in (one, other):
        data = forecast(one, second, window=10, horizon=1)
        preparation = Preparation.fit(data, np.arange(30), "window")
        batches.append(next(Examples(data, preparation, np.array([30])).batches(1)))
    assert torch.equal(batches[0].inputs, batches[1].inputs)


def test_still_windows_stay_finite():
    moving = np.random.default_rng(0).normal(size=30)
    moving[:12] = 3.0
    data = forecast(moving, np.zeros(30), np.full(30, 7.0), window=10, horizon=2)
    preparation = Preparation.fit(data, np.flatnonzero(data.series < 2), "window")
    for part in (np.flatnonzero(data.series < 2), np.flatnonzero(data.series == 2)):
        batch = next(Examples(data, preparation, part).batches(99))
        assert batch.inputs.abs().max() < 20
        assert batch.target.abs().max() < 20


def test_memory_grows_with_the_series_and_not_with_the_window():
    series = np.arange(20_000.0)
    sizes = []
    for window in (10, 1_000):
        data = forecast(series, window=window, horizon=5)
        part = examples(data, scale="train")
        held = [v for v in vars(part).values() if isinstance(v, torch.Tensor)]
        sizes.append(sum(v.untyped_storage().nbytes() for v in held))
        assert next(part.batches(8)).inputs.shape == (8, window, 1)
    assert sizes[1] <= sizes[0]


def test_the_parts_of_a_fold_share_their_rows():
    data = forecast(np.arange(50.0), window=4, horizon=2)
    preparation = Preparation.fit(data, np.arange(20), "train")
    parts = [Examples(data, preparation, np.arange(a, a + 20)) for a in (0, 20)]
    assert parts[0]._rows.data_ptr() == parts[1]._rows.data_ptr()


def test_fold_batches_of_unequal_folds():
    data = sequences([1] * 10, np.arange(10.0))
    folds = FoldBatches([examples(data, np.arange(n)) for n in (10, 3, 6)], 3)
    sizes = [[None if b is None else len(b.target) for b in step] for step in folds]
    assert sizes == [[3, 3, 3], [3, None, 3], [3, None, None], [1, None, None]]
    assert len(folds) == 4


def test_the_order_is_new_each_epoch_and_comes_from_seed_fold_and_epoch_alone():
    data = sequences([1] * 12, np.arange(12.0))

    def orders(seed, epoch):
        folds = FoldBatches([examples(data)] * 2, 12, seed=seed)
        folds.sampler.set_epoch(epoch)
        return [tuple(batch.target.tolist()) for batch in next(iter(folds))]

    drawn = [order for seed in (0, 1) for epoch in (0, 1) for order in orders(seed, epoch)]
    assert len(set(drawn)) == 8
    assert all(sorted(order) == list(range(12)) for order in drawn)
    assert orders(0, 1) == drawn[2:4]
    assert orders(None, 0) == orders(None, 1) == [tuple(range(12))] * 2


def test_a_batch_of_anything_from_a_dataloader():
    inputs, target, lengths = torch.zeros(2, 3, 1), torch.zeros(2), torch.tensor([3, 1])
    assert Batch(*[inputs, target]).lengths is None
    batch = Batch(*(inputs, target, lengths))
    assert batch.lengths is lengths
    assert batch.weight == 2
    assert batch.restore(target) is target


@settings(max_examples=60, deadline=None)
@given(
    levels=st.lists(st.floats(-1e9, 1e9).map(np.float32).map(float), min_size=2, unique=True),
    window=st.integers(1, 6),
    asked=st.sampled_from(["auto", "train", "window"]),
)
def test_a_feature_that_stands_still_tells_series_apart(levels, window, asked):
    assume(np.diff(np.sort(levels)).min() > 1e-5 * np.ptp(levels))
    moving = np.random.default_rng(0).normal(size=(len(levels), 12))
    still = np.repeat(levels, 12)
    data = forecast(*moving, window=window, horizon=1, more=still)
    trained = np.flatnonzero(data.series < max(2, len(levels) - 1))  # the last may be a new one
    part = Examples(data, Preparation.fit(data, trained, asked), np.arange(len(data.start)))
    inputs = next(part.batches(len(part))).inputs[..., 1]
    found = [inputs[data.series == number].unique().tolist() for number in range(len(levels))]
    assert [len(one) for one in found] == [1] * len(levels)
    assert np.array_equal(np.argsort([one[0] for one in found]), np.argsort(levels))


def test_a_feature_that_moves_now_and_then_keeps_its_level_where_it_stands():
    price = np.repeat([10.0, 12.0, 11.0], 10)
    data = forecast(np.arange(30.0), window=4, horizon=1, more=price)
    preparation = Preparation.fit(data, np.arange(26), "window")
    inputs = next(Examples(data, preparation, np.arange(26)).batches(26)).inputs[..., 1]
    first, moves, second, third = inputs[0], inputs[8], inputs[10], inputs[20]
    assert first[0] < third[0] < second[0]
    assert (first == first[0]).all()
    assert moves.mean().abs() < 1e-6
