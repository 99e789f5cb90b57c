"""Codes for missing values: which numbers are told, which are sure, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.table.missing_codes import sure_codes, suspects, without_codes
from dropsearch.models.table.read import Table, read_table
from tests.support.sequences import notes, read

FORECAST = {"task": "forecast", "time": "t", "target": "y", "window": 5, "horizon": 2}
WAVE = [round(2 + float(np.sin(i / 5)), 2) for i in range(60)]


def table_of(folder: Path, **columns: list[Any]) -> Table:
    path = folder / "data.csv"
    pl.DataFrame(columns, strict=False).write_csv(path)
    return read_table(path)


def with_code(code: Any, values: list[Any] = WAVE, every: int = 15) -> list[Any]:
    return [code if i % every == 7 else value for i, value in enumerate(values)]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (with_code(-200), [(-200.0, True)]),
        (with_code(-999), [(-999.0, True)]),
        (with_code(9999), [(9999.0, True)]),
        (with_code(99999), [(99999.0, True)]),
        (with_code(-99.99), [(-99.99, True)]),
        (
            with_code(with_code(-9999)[7], with_code(-999, every=13)),
            [(-9999.0, True), (-999.0, True)],
        ),
        (with_code(1e20), [(1e20, False)]),  # no usual code, though no measure either
        (with_code(0, [1000 + i % 7 for i in range(60)]), [(0.0, False)]),
        (with_code(-200, [i * 23 % 1200 for i in range(60)]), [(-200.0, False)]),  # within a range
        (with_code(4), []),  # a little beyond the rest
        (with_code(999, [950 + i for i in range(60)]), []),  # one of them
        (with_code(-999, every=50), []),  # once alone
        ([0, 100] * 30, []),  # two values
        ([i * i for i in range(60)], []),
        (["a", "b"] * 30, []),
    ],
)
def test_what_stands_apart_and_is_repeated_is_told(
    tmp_path: Path, cells: list[Any], told: list[tuple[float, bool]]
) -> None:
    table = table_of(tmp_path, y=cells, t=list(range(60)))
    assert [(one.code, one.sure) for one in suspects(table, "y")] == told


def test_a_code_that_another_column_measures_is_not_sure(tmp_path: Path) -> None:
    table = table_of(tmp_path, y=with_code(-999), z=[-1010 + i for i in range(60)])
    assert sure_codes(table, ["y"]).keys() == {-999.0}
    assert sure_codes(table, ["y", "z"]) == {}


def test_codes_become_blanks_but_in_spared_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, y=with_code(-200), id=[-200, *range(59)], w=["a -200"] * 60)
    kept, said = without_codes(table, [-200, 7777], {"id"})
    assert np.flatnonzero(np.isnan(kept.numbers("y"))).tolist() == [7, 22, 37, 52]
    assert kept.text("y").null_count() == 4
    assert kept.numbers("id")[0] == -200
    assert kept.text("w").null_count() == 0
    assert said == ["Taken as missing (data.missing_codes): -200 in 4 cells, 7777 in 0 cells."]
    assert table.text("y").null_count() == 0


def test_a_forecast_tells_codes_and_takes_those_named_as_missing(tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": range(60), "y": with_code(-200), "x": WAVE[::-1]})
    told = read(tmp_path, frame, **FORECAST)
    assert notes(
        told,
        "-200 stands in 4 rows of 'y', far from the rest (1 to 3): write data.missing_codes: "
        "[-200] if that stands for a missing value.",
    )
    data = read(tmp_path, frame, **FORECAST, missing="forward", missing_codes=[-200])
    assert np.isnan(data.target).sum() == 4
    assert data.values[7, 0] == WAVE[6]
    assert not notes(data, "far from the rest")


def test_a_series_named_like_a_code_keeps_its_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame({"s": [999] * 30 + [5] * 30, "t": [*range(30)] * 2, "y": with_code(999)})
    data = read(tmp_path, frame, **FORECAST, series="s", missing="forward", missing_codes=[999])
    assert data.series_names == ("999", "5")
    assert np.isnan(data.target).sum() == 4
