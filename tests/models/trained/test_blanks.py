"""Codes for missing values, blank ends and steps to be forecast, in a file that is predicted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.trained.bundle import as_json
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.new_examples import NewData
from dropsearch.models.trained.reader import Reader, plain, prepared_from
from tests.support.sequences import read

FORECAST: dict[str, Any] = {
    "task": "forecast",
    "time": "day",
    "target": "load",
    "window": 4,
    "horizon": 2,
}
CLASSIFY: dict[str, Any] = {"task": "classify", "target": "label", "series": "id"}


def read_back(folder: Path, learnt: pl.DataFrame, new: pl.DataFrame, **keys: Any) -> NewData:
    """A new file by what a model folder keeps of its training."""
    data = read(folder, learnt, **keys)
    own = {name: keys.get(name) for name in ("target", "time", "series")}
    blanks = {name: keys[name] for name in ("missing", "missing_codes") if name in keys}
    reader = Reader.of(data, **own, **({"missing": "refuse"} | blanks))
    preparation = Preparation.fit(data, np.arange(len(data.start)), "train")
    content = {"reader": asdict(reader), "preparation": plain(preparation)}
    kept, prepared = prepared_from(as_json(content))
    assert kept == reader
    new.write_csv(folder / "new.csv")
    return read_new(folder / "new.csv", kept, prepared)


def loads(last: list[float | None], series: str = "n") -> pl.DataFrame:
    """Eight days of numbers, then these."""
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0, 5.0, *last]
    days = [f"2024-01-{day + 1:02d}" for day in range(len(values))]
    return pl.DataFrame({"place": [series] * len(values), "day": days, "load": values})


@pytest.mark.parametrize("missing", ["refuse", "forward"])
def test_the_blank_targets_at_the_end_are_what_is_forecast(tmp_path: Path, missing: str) -> None:
    new = read_back(tmp_path, loads([]), loads([None, None, None]), **FORECAST, missing=missing)
    assert new.data.values[new.data.start[0] :, 0].tolist() == [9.0, 2.0, 6.0, 5.0]
    assert new.times == (("2024-01-09", "2024-01-10"),)
    assert new.notes == ("3 rows at the end without a target: forecast, 2 steps from there.",)


def test_series_end_where_their_own_targets_do(tmp_path: Path) -> None:
    both = pl.concat([loads([7.0, 8.0], "n"), loads([7.0, None], "s")])
    learnt = pl.concat([loads([], "n"), loads([], "s")])
    new = read_back(tmp_path, learnt, both, **FORECAST, series="place")
    assert new.times == (("2024-01-11", "2024-01-12"), ("2024-01-10", "2024-01-11"))
    assert "1 row at the end of 1 of 2 series without a target: forecast, 2 st" in new.notes[0]


def test_a_code_for_missing_is_one_in_new_files(tmp_path: Path) -> None:
    keys = FORECAST | {"missing": "forward", "missing_codes": (-200.0,)}
    new = read_back(tmp_path, loads([-200.0, 2.0]), loads([-200.0, 7.0, -200.0]), **keys)
    assert new.data.values[new.data.start[0] :, 0].tolist() == [6.0, 5.0, 5.0, 7.0]
    assert new.times == (("2024-01-11", "2024-01-12"),)
    assert new.notes[0] == "Taken as missing (data.missing_codes): -200 in 2 cells."


def test_blank_tails_end_sequences_of_new_files(tmp_path: Path) -> None:
    def padded(lengths: list[int]) -> pl.DataFrame:
        rows = [
            {"id": f"s{s}", "x": s * 7 % 5 + t * t / 4 if t < own else None, "label": "ab"[s % 2]}
            for s, own in enumerate(lengths)
            for t in range(5)
        ]
        return pl.DataFrame(rows)

    keys = CLASSIFY | {"missing": "end"}
    new = read_back(tmp_path, padded([3, 4, 5, 2, 3, 4]), padded([2, 5, 1]), **keys)
    assert new.data.length.tolist() == [2, 5, 1]
    assert new.notes == ("7 rows at the end of 2 of 3 series are blank: taken as the end, as in "
        "the training.",)  # fmt: skip
    with pytest.raises(DataError, match="column 'x', row 7"):
        read_back(tmp_path, padded([3, 4, 5, 2, 3, 4]), padded([2, 0, 1]), **keys)


def _in_reverse(rows: pl.DataFrame, blank: int) -> pl.DataFrame:
    """The newest row first, without a value in its row `blank`."""
    x = pl.when(pl.int_range(pl.len()) == blank).then(None).otherwise("x").alias("x")
    return rows.reverse().with_columns(x)


@pytest.mark.parametrize("blank", [0, 7, 39])
@pytest.mark.parametrize(
    "keys",
    [
        {"task": "forecast", "target": "x", "window": 4, "horizon": 2},
        {"task": "classify", "target": "label", "window": 4, "stride": 4},
        {"task": "classify", "target": "label", "series": "id"},
    ],
    ids=["forecast", "streams", "sequences"],
)
def test_of_rows_that_run_backwards_the_order_is_told_not_the_blanks(
    tmp_path: Path, keys: dict[str, Any], blank: int
) -> None:
    rows = pl.DataFrame(
        {
            "t": [f"2024-01-01 {hour:02d}:{half}" for hour in range(20) for half in ("00", "30")],
            "id": [f"s{row // 4}" for row in range(40)],
            "x": [row * 7 % 11 + 0.5 for row in range(40)],
            "label": ["ab"[row // 4 % 2] for row in range(40)],
        }
    )
    keys = keys | {"time": "t", "features": None if keys["task"] == "forecast" else ["x"]}
    if "series" not in keys:
        rows = rows.drop("id")
    if keys["task"] == "forecast":
        rows = rows.drop("label")
    with pytest.raises(DataError, match=r"column 't', row .* sort the rows of each series by time"):
        read_back(tmp_path, rows, _in_reverse(rows, blank), **keys)


def test_serial_days_of_a_spreadsheet_go_on_as_hours(tmp_path: Path) -> None:
    def rows(start: int, count: int) -> pl.DataFrame:
        hours = range(start, start + count)
        days = [f"{45292 + hour / 24:.6f}" for hour in hours]
        return pl.DataFrame({"day": days, "load": [hour * 7 % 11 + 0.5 for hour in hours]})

    new = read_back(tmp_path, rows(0, 60), rows(24 * 365, 30), **FORECAST)
    (ahead,) = new.times
    assert [float(time) for time in ahead] == pytest.approx([45658.25, 45658.291667], abs=1.1e-6)
    assert all(len(time) <= len("45658.291667") for time in ahead)
    with pytest.raises(DataError, match="no series has 4 rows without a gap"):
        read_back(tmp_path, rows(0, 60), rows(0, 9).gather([0, 1, 2, 5, 6, 8]), **FORECAST)
