"""What is known ahead in batches: read at the steps to be forecast, and nothing else there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.batches import Batch, Examples
from dropsearch.models.fold.learnt import learnt
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lstm.network import DropoutLSTM
from tests.support.known import KNOWN, loads
from tests.support.sequences import read

HORIZON = 3


def batch_of(data: SequenceData, own: Preparation, example: int) -> Batch:
    (batch,) = Examples(data, own, np.array([example])).batches(1)
    return batch


def changed(data: SequenceData, **fields: Any) -> SequenceData:
    return SequenceData(**vars(data) | fields)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> SequenceData:
    return read(tmp_path_factory.mktemp("known"), loads(), **KNOWN, cycles=["hour"])


@pytest.mark.parametrize("scale", ["train", "window", "none"])
def test_they_are_those_of_the_target_rows_scaled_as_in_the_window(
    data: SequenceData, scale: Any
) -> None:
    """A window whose last steps are the first that another one forecasts reads the same there."""
    own = Preparation.fit(data, np.arange(40), scale)
    assert own.known == (1, 3, 4, 5, 6, 7, 8)
    early, later = (batch_of(data, own, example) for example in (10, 10 + HORIZON))
    assert early.ahead is not None
    assert early.ahead.shape == (1, HORIZON, 7)
    seen = later.inputs[:, -HORIZON:, list(own.known)]
    torch.testing.assert_close(early.ahead[..., 1:], seen[..., 1:], rtol=0, atol=0)
    rows = slice(data.start[10] + data.window, data.start[10] + data.window + HORIZON)
    centre, spread = own.centre[1], own.spread[1]
    if scale == "window":
        window = data.values[data.start[10] : data.start[10] + data.window, 1]
        centre, spread = window.mean(), window.std()
    price = (data.values[rows, 1] - centre) / spread
    np.testing.assert_allclose(early.ahead[0, :, 0].numpy(), price, rtol=1e-6)


def test_a_column_that_stands_still_in_a_window_keeps_its_level(tmp_path: Path) -> None:
    """A holiday that comes: 0 in the window, 1 at a step to be forecast."""
    step = pl.int_range(pl.len()).over("place")
    frame = loads().with_columns((step % 20 == 19).cast(pl.Int8).alias("price"))
    data = read(tmp_path, frame, **KNOWN | {"known": ["price"]})
    own = Preparation.fit(data, np.arange(len(data.start)), "window")
    batch = batch_of(data, own, 12)
    level = (np.array([0.0, 1.0]) - own.centre[1]) / own.spread[1]
    assert batch.ahead is not None
    np.testing.assert_allclose(batch.inputs[0, :, 1].numpy(), level[0], rtol=1e-6)
    np.testing.assert_allclose(batch.ahead[0, :, 0].numpy(), level[[0, 1, 0]], rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.sampled_from(["train", "window", "none"]), st.integers(0, 2**32 - 1))
def test_beyond_the_origin_only_they_are_read_and_only_within_the_horizon(
    data: SequenceData, example: int, scale: Any, seed: int
) -> None:
    """Every other value from the origin on is another: the outputs are equal bit for bit. What is
    known of a step to be forecast is read there and by the steps after it, and at no later step."""
    own = Preparation.fit(data, np.arange(40), scale)
    network = DropoutLSTM(
        own.width, HORIZON, task="forecast", hidden_size=8, ahead=len(own.known), seed=1
    ).eval()

    def said(values: np.ndarray, codes: np.ndarray) -> torch.Tensor:
        batch = batch_of(changed(data, values=values, codes=codes), own, example)
        assert batch.centre is not None
        with torch.no_grad():
            return torch.cat([network(*batch.given), batch.centre, batch.spread], dim=1)

    first = said(data.values, data.codes)
    rng = np.random.default_rng(seed)
    origin = int(data.start[example]) + data.window
    values, codes = data.values.copy(), data.codes.copy()
    values[origin:, [0, 2]] = rng.normal(0, 1e3, (len(values) - origin, 2))
    values[origin + HORIZON :, 1] = rng.normal(0, 1e3, len(values) - origin - HORIZON)
    codes[origin + HORIZON :] = rng.integers(0, 3, (len(codes) - origin - HORIZON, 1))
    assert first.equal(said(values, codes))
    for step in range(HORIZON):
        touched, others = values.copy(), codes.copy()
        touched[origin + step, 1] += 1
        moved = first != said(touched, codes)
        assert moved[0, :HORIZON].tolist() == [step <= own for own in range(HORIZON)]
        others[origin + step] = (others[origin + step] + 1) % 3
        moved = first != said(values, others)
        assert moved[0, :HORIZON].tolist() == [step <= own for own in range(HORIZON)]


def test_ridge_on_the_window_sees_them(data: SequenceData) -> None:
    blind = changed(data, known=(), cycles=())
    errors = []
    for one in (data, blind):
        train, rest = np.arange(80), np.arange(80, len(data.start))
        own = Preparation.fit(one, train, "train")
        found = learnt("ridge regression on the window", one, own, train, rest, seed=0)
        rows = data.start[rest][:, None] + data.window + np.arange(HORIZON)
        errors.append(np.abs(found - data.target[rows]).mean())
    assert 5 * errors[0] < errors[1]
