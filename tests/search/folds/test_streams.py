"""Folds of windows of streams: no row of a validation window is trained on, whatever the kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.streams import window_starts
from dropsearch.models.errors import DataError
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.draw import Split, split

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def streams(lengths: list[int], window: int, stride: int, **changes: Any) -> SequenceData:
    """Streams of so many rows, whose windows have classes by turns."""
    row_series = np.repeat(np.arange(len(lengths)), lengths)
    position = np.concatenate([np.arange(length) for length in lengths])
    start = window_starts(position, row_series, window, stride)
    number = len(start)
    known: dict[str, Any] = {
        "task": "classify",
        "features": ("x",),
        "values": np.zeros((len(position), 1)),
        "categories": (),
        "levels": (),
        "codes": np.zeros((len(position), 0), np.int32),
        "start": start,
        "length": np.full(number, window),
        "target": np.arange(number) % 2,
        "series": row_series[start],
        "series_names": tuple(f"s{i}" for i in range(len(lengths))),
        "classes": ("a", "b"),
        "window": window,
        "stride": stride,
        "row_series": row_series,
        "time": position,
        "left_out": {},
    }
    return SequenceData(**{**known, **changes})


def cut(data: SequenceData, kind: str = "auto", **keys: Any) -> Split:
    asked: dict[str, Any] = {"count": 3, "across": "auto", "gap": 0, "holdout": "auto", "seed": 0}
    return split(data, kind=kind, **asked | keys)


def rows(data: SequenceData, windows: np.ndarray) -> set[int]:
    return {row for first in data.start[windows] for row in range(first, first + data.window)}


@FEW
@given(
    lengths=st.lists(st.integers(20, 60), min_size=1, max_size=9),
    window=st.integers(1, 9),
    stride=st.integers(1, 9),
    kind=st.sampled_from(["auto", "group", "blocked", "expanding"]),
    holdout=st.sampled_from(["auto", 0, 0.3]),
)
def test_no_row_is_trained_on_and_validated(
    lengths: list[int], window: int, stride: int, kind: str, holdout: Any
) -> None:
    data = streams(lengths, window, stride)
    try:
        found = cut(data, kind, holdout=holdout)
    except (DataError, ConfigError):
        assume(False)
    held = rows(data, found.holdout)
    assert not held & rows(data, found.rest)
    seen: set[int] = set()
    for fold in found.folds:
        train, validate = rows(data, fold.train), rows(data, fold.validate)
        assert not train & validate
        assert not held & (train | validate)
        assert not seen & set(fold.validate.tolist())
        seen |= set(fold.validate.tolist())
        if found.kind == "group":
            assert not set(data.series[fold.train]) & set(data.series[fold.validate])


@pytest.mark.parametrize(
    ("lengths", "kind", "across"),
    [([400], "blocked", None), ([60] * 4, "group", "series"), ([60] * 12, "group", "series")],
)
def test_auto_keeps_streams_whole_where_there_are_several(
    lengths: list[int], kind: str, across: str | None
) -> None:
    found = cut(streams(lengths, 10, 5))
    assert (found.kind, found.across) == (kind, across)


def test_the_holdout_of_one_stream_is_its_end() -> None:
    data = streams([400], 10, 5)
    found = cut(data)
    assert min(rows(data, found.holdout)) > max(rows(data, found.rest))


def test_the_holdout_of_many_streams_is_whole_ones() -> None:
    data = streams([60] * 12, 10, 5)
    found = cut(data)
    assert len(found.holdout) > 0
    assert not set(data.series[found.holdout]) & set(data.series[found.rest])


@pytest.mark.parametrize(
    ("lengths", "kind", "message"),
    [
        ([60] * 4, "stratified", "would deal windows that overlap"),
        ([60] * 4, "kfold", "would deal windows that overlap"),
        ([400], "group", "keeps whole streams together, and the data has one"),
    ],
)
def test_kinds_that_would_flatter_are_refused(lengths: list[int], kind: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cut(streams(lengths, 10, 5), kind)
