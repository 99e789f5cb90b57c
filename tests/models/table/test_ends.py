"""Blank rows at the end: the end of a sequence, or the steps that a forecast is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dropsearch.models.errors import DataError
from tests.support.sequences import notes, read

CLASSIFY: dict[str, Any] = {"task": "classify", "series": "s", "target": "y", "time": "t"}
FORECAST: dict[str, Any] = {
    "task": "forecast",
    "time": "t",
    "target": "y",
    "window": 3,
    "horizon": 2,
}


def padded(inner: bool = False, blank_label: bool = False) -> pl.DataFrame:
    """20 sequences in 6 rows each, of which 3 to 6 hold values."""
    rows = []
    for s in range(20):
        for t in range(6):
            ended = t >= 3 + s % 4
            gap = inner and s == 4 and t == 1
            x = None if ended or gap else (s * 31 + t * 17) % 23
            label = None if ended and blank_label else "ab"[s % 2]
            rows.append({"s": f"n{s}", "t": t, "x": x, "y": label})
    return pl.DataFrame(rows)


@pytest.mark.parametrize("blank_label", [False, True])
def test_tails_are_cut_where_they_are_the_end(tmp_path: Path, blank_label: bool) -> None:
    data = read(tmp_path, padded(blank_label=blank_label), **CLASSIFY, missing="end")
    assert data.length.tolist() == [3, 4, 5, 6] * 5
    assert data.values[:4, 0].tolist() == [0, 17, 11, 8]  # s 0: 0, 17, 34 - 23; s 1: 31 - 23
    assert notes(
        data, "30 rows at the end of 15 of 20 series are blank: taken as the end (data.missing end)"
    )


def test_tails_are_refused_with_both_mends_or_filled_with_a_note(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'x', row 5 \(the first of 30 like it\)") as caught:
        read(tmp_path, padded(), **CLASSIFY)
    assert str(caught.value).endswith(
        "blanks stand only at the end of 15 of 20 sequences: set data.missing to end if that is "
        "where they end, or to forward to fill them."
    )
    filled = read(tmp_path, padded(), **CLASSIFY, missing="forward")
    assert filled.length.tolist() == [6] * 20
    assert notes(filled, "Blanks stand only at the end of 15 of 20 sequences: data.missing: end")


def test_blanks_inside_are_no_end(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'x', row 27: the value is missing"):
        read(tmp_path, padded(inner=True), **CLASSIFY, missing="end")
    with pytest.raises(DataError, match="repeat the value before it"):
        read(tmp_path, padded(inner=True), **CLASSIFY)


def test_the_last_blank_targets_are_no_part_of_a_forecasts_data(tmp_path: Path) -> None:
    y = [1.0, 2.0, None, 4.0, 5.0, 6.0, 9.0, None, None]
    frame = pl.DataFrame({"t": range(9), "y": y, "x": [3, 1, 4, 1, 5, 9, 2, None, None]})
    data = read(tmp_path, frame, **FORECAST, missing="forward")
    assert data.values.tolist() == [[1, 3], [2, 1], [2, 4], [4, 1], [5, 5], [6, 9], [9, 2]]
    assert notes(data, "2 rows at the end without a target: to be forecast, and not trained on.")
    whole = read(tmp_path, frame.with_columns(pl.col("y").fill_null(2.0)).head(7), **FORECAST)
    assert not notes(whole, "at the end")


def test_each_series_has_an_end_of_its_own(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "s": ["a", "b"] * 8,
            "t": [i // 2 for i in range(16)],
            "y": [i % 5 + i / 8 if i % 2 == 0 or i < 11 else None for i in range(16)],
        }
    )
    data = read(tmp_path, frame, **FORECAST, series="s")  # nothing is missing but at the end of b
    assert data.row_series.tolist() == [0] * 8 + [1] * 5
    assert notes(data, "3 rows at the end of 1 of 2 series without a target: to be forecast")


def test_a_series_without_any_target_is_not_cut(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"s": ["a"] * 8 + ["b"] * 8, "t": [*range(8)] * 2, "y": [*range(8), *[None] * 8]}
    )
    with pytest.raises(DataError, match="column 'y', row 10"):
        read(tmp_path, frame, **FORECAST, series="s")
