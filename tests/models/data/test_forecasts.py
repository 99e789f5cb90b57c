"""Forecast data: windows, gaps, filling, folds and holdout by column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.errors import DataError
from tests.support.sequences import FORECAST, notes, read, sunspots


def test_sunspots() -> None:
    data = sunspots()
    assert data.features == ("sunspots",)
    assert data.values.shape == (2820, 1)
    assert len(data.start) == 2820 - 60 + 1
    assert data.calendar is not None
    assert data.stamps is not None
    assert data.calendar.describe() == "monthly"
    assert data.calendar.label(data.calendar.after(int(data.stamps[-1]), 1)) == "1984-01"
    np.testing.assert_array_equal(data.values[:, 0], data.target)
    np.testing.assert_array_equal(data.time, np.arange(2820))
    assert data.notes == ()
    assert data.left_out == {}


@settings(max_examples=80, deadline=None)
@given(
    times=st.lists(
        st.lists(st.integers(0, 40), min_size=1, max_size=25, unique=True).map(sorted),
        min_size=1,
        max_size=3,
    ),
    window=st.integers(1, 4),
    horizon=st.integers(1, 3),
    shuffle=st.randoms(use_true_random=False),
)
def test_windows_are_those_without_a_gap(
    tmp_path_factory: pytest.TempPathFactory,
    times: list[list[int]],
    window: int,
    horizon: int,
    shuffle: Any,
) -> None:
    """Against a loop over every row; series lie scattered in the file. Most steps are 1."""
    rows = [("abc"[s], t, 100 * s + t) for s, ts in enumerate(times) for t in [*ts, *range(50, 80)]]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][1], shuffle.random()))
    frame = pl.DataFrame([rows[i] for i in order], schema=["s", "t", "y"], orient="row")
    expected = {
        (name, t)
        for name, t, _ in rows
        if all((name, t + k) in {r[:2] for r in rows} for k in range(window + horizon))
    }
    keys = FORECAST | {"series": "s", "window": window, "horizon": horizon}
    folder = tmp_path_factory.mktemp("windows")
    if not expected:
        with pytest.raises(DataError, match="no series is long enough"):
            read(folder, frame, **keys)
        return
    data = read(folder, frame, **keys)
    assert data.stamps is not None
    assert data.time is not None
    found = {
        (data.series_names[s], int(data.stamps[i]))
        for s, i in zip(data.series, data.start, strict=True)
    }
    assert found == expected
    for i in data.start:
        rows_of = slice(i, i + window + horizon)
        assert (np.diff(data.time[rows_of]) == 1).all()
        assert len(set(data.row_series[rows_of])) == 1
        name = data.series_names[data.row_series[i]]
        assert data.values[i, 0] == 100 * "abc".index(name) + data.stamps[i]
    assert set(data.row_series) == set(range(len(data.series_names))) == set(data.series)


def test_short_series_are_skipped_and_counted(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"s": list("aaaabbcccc"), "t": [*range(4), 0, 1, *range(4)], "y": range(10)}
    )
    data = read(tmp_path, frame, **FORECAST, series="s", window=2, horizon=1)
    assert data.series_names == ("a", "c")
    assert data.values[:, 0].tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert data.start.tolist() == [0, 1, 4, 5]
    assert data.row_series.tolist() == [0] * 4 + [1] * 4
    assert notes(data, "1 of 3 series are too short for a window of 2 steps and 1 to predict")
    assert notes(data, "(3 rows) and are skipped: 'b'.")


def test_gaps_are_counted_and_a_clock_change_is_named(tmp_path: Path) -> None:
    hours = [f"2013-03-31 {hour:02d}:00" for hour in (0, 1, 3, 4, 5, 9, 10, 11)]
    frame = pl.DataFrame({"t": hours, "y": range(8)})
    data = read(tmp_path, frame, **FORECAST, window=2, horizon=1)
    (note,) = notes(data, "gap")
    assert note == (
        "The times (hourly) have 2 gaps, 4 steps in all, the first before 2013-03-31 03:00 "
        "(row 4); no window crosses a gap."
    )
    assert notes(data, "One hour is missing before 2013-03-31 03:00: it looks like a clock change")
    assert data.start.tolist() == [2, 5]


def test_filled_targets_are_inputs_only(tmp_path: Path) -> None:
    target = [None, 1.0, None, 3.0, None, 5.0, 6.0]
    frame = pl.DataFrame({"t": range(7), "y": target, "x": [9, 8, None, 7, 3, 2, 1]})
    data = read(tmp_path, frame, **FORECAST, window=2, horizon=1, missing="forward")
    assert data.values.tolist() == [[1, 8], [1, 8], [3, 7], [3, 3], [5, 2], [6, 1]]
    np.testing.assert_array_equal(data.target, [1, np.nan, 3, np.nan, 5, 6])
    assert data.start.tolist() == [0, 2, 3]  # the window that predicts the unknown step is gone
    assert notes(data, "1 leading rows of 1 series are cut")
    assert notes(data, "3 of 'y', 1 of 'x'. A missing target is neither trained on nor scored")


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=8, max_size=20),
    cut=st.integers(1, 7),
)
def test_filling_forward_never_looks_ahead(
    tmp_path_factory: pytest.TempPathFactory, cells: list[int | None], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("filling")
    cells = [1, *cells, 2]

    def values(column: list[int | None]) -> list[float]:
        size = len(column)
        frame = pl.DataFrame({"t": range(size), "y": [i % 3 for i in range(size)], "x": column})
        keys = FORECAST | {"window": 1, "horizon": 1, "features": ["x"], "missing": "forward"}
        return read(folder, frame, **keys).values[:, 1].tolist()

    changed = cells[:cut] + [None if c is None else c + 100 for c in cells[cut:]]
    assert values(cells)[:cut] == values(changed)[:cut]


def test_a_feature_that_knows_the_future_is_named(tmp_path: Path) -> None:
    y = np.random.default_rng(0).normal(size=60)
    frame = pl.DataFrame({"t": range(60), "y": y, "x": np.roll(y, -2), "z": np.roll(y, 2)})
    frame = frame.head(58)
    data = read(tmp_path, frame, **FORECAST, window=4, horizon=3)
    assert [note.split()[1] for note in notes(data, "steps ahead")] == ["'x'"]


def test_folds_groups_and_holdout_of_a_forecast(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "s": ["a"] * 6 + ["b"] * 6,
            "t": [*range(6)] * 2,
            "y": range(12),
            "g": ["g"] * 12,
            "fold": ["1"] * 3 + ["2"] * 2 + [None] + ["1"] * 3 + ["2"] * 2 + [None],
            "part": (["train"] * 5 + ["test"]) * 2,
        }
    )
    data = read(
        tmp_path, frame, **FORECAST, series="s", window=2, horizon=1, group="g", features=[],
        fold_column="fold", holdout_column="part", holdout_value="test",
    )  # fmt: skip
    assert data.part is not None
    assert data.held is not None
    assert data.group is not None
    assert data.part_names == ("1", "2")
    assert data.part.tolist() == [0, 1, 1, -1] * 2
    assert np.flatnonzero(data.held).tolist() == [5, 11]
    assert data.group.tolist() == [0] * 8


def test_without_a_time_column_rows_count(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": [3, 1, 2, 5]})
    data = read(tmp_path, frame, task="forecast", target="y", window=2, horizon=1)
    assert data.calendar is None
    assert data.stamps is None
    np.testing.assert_array_equal(data.time, range(4))
    assert notes(data, "No data.time is named")
