"""Long tables: a row for each time and each quantity that was measured, or each series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.read import read_table
from dropsearch.search.init.guess import guess

FORECAST: dict[str, Any] = {"task": "forecast", "time": "time", "window": 3, "horizon": 1}


def long(stations: Sequence[str], key: str, value: str, *, sort: Sequence[str]) -> pl.DataFrame:
    """A row for each station, day and quantity, each quantity with its unit."""
    rng = np.random.default_rng(0)
    units = {"temperature": "C", "humidity": "%", "pressure": "hPa"}
    rows = [
        {"station": s, "time": f"2024-01-{day:02d}", key: name, "unit": unit, value: rng.normal()}
        for s in stations
        for day in range(1, 31)
        for name, unit in units.items()
    ]
    frame = pl.DataFrame(rows).sort(sort, maintain_order=True)
    return frame if len(stations) > 1 else frame.drop("station")


def pivoted(told: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The mend of an error, done."""
    (code,) = re.findall(r"in polars (df\.pivot\(.*?\)\.sort\(\[.*?\]\))", told)
    found = eval(code, {"df": frame})
    assert isinstance(found, pl.DataFrame)
    return found


@pytest.mark.parametrize("sort", [["station"], ["time"], ["station", "quantity"]])
@pytest.mark.parametrize("value", ["value", "reading"])
def test_a_row_for_each_quantity_of_a_station_is_told_with_a_mend_that_works(
    sort: list[str], value: str, tmp_path: Path
) -> None:
    frame = long(["north", "south"], "quantity", value, sort=sort)
    file = tmp_path / "long.csv"
    frame.write_csv(file)
    says = r"each time comes once for each 'station', 'quantity', a row for each"
    with pytest.raises(DataError, match=says) as error:
        read_data(file, series="station", target=value, **FORECAST)
    with pytest.raises(DataError, match=says):
        guess(read_table(file), {"series": "station"})
    if sort != ["time"]:
        with pytest.raises(DataError, match=says):
            guess(read_table(file))
    assert "join the cells of 'station', 'quantity' in one column" in str(error.value)
    wide = pivoted(str(error.value), frame)
    assert {*wide.columns} == {"station", "time", "temperature", "humidity", "pressure"}
    wide.write_csv(tmp_path / "wide.csv")
    data = read_data(tmp_path / "wide.csv", series="station", target="temperature", **FORECAST)
    assert {*data.features} == {"temperature", "humidity", "pressure"}
    assert len(data.values) == 60


def test_sequences_with_a_row_for_each_quantity_are_refused(tmp_path: Path) -> None:
    """They were taken for sequences of rows without a time."""
    names = [f"s{number}" for number in range(20)]
    frame = long(names, "quantity", "value", sort=["station"]).rename({"station": "id"})
    labels = {name: "ab"[number % 2] for number, name in enumerate(names)}
    frame = frame.with_columns(label=pl.col("id").replace_strict(labels))
    frame.write_csv(tmp_path / "long.csv")
    with pytest.raises(DataError, match="for each 'id', 'quantity'") as error:
        guess(read_table(tmp_path / "long.csv"))
    wide = pivoted(str(error.value), frame)
    wide.write_csv(tmp_path / "wide.csv")
    found = guess(read_table(tmp_path / "wide.csv")).data
    assert (found["series"], found["time"], found["target"]) == ("id", "time", "label")
    frame.with_row_index("row").write_csv(tmp_path / "numbered.csv")
    found = guess(read_table(tmp_path / "numbered.csv")).data
    assert (found["series"], found["time"]) == ("id", "time"), "which reading refuses"


def test_quantities_without_a_station_are_series_and_the_mend_is_told(tmp_path: Path) -> None:
    frame = long(["north"], "variable", "value", sort=["time"])
    frame.write_csv(tmp_path / "long.csv")
    found = guess(read_table(tmp_path / "long.csv"))
    assert found.data["series"] == "variable"
    wide = pivoted(found.why["data.series"], frame)
    with pytest.raises(
        DataError, match=r"write data.series: variable; if 'variable' says"
    ) as error:
        read_data(tmp_path / "long.csv", target="value", **FORECAST)
    assert pivoted(str(error.value), frame).equals(wide)
    assert wide.columns == ["time", "temperature", "humidity", "pressure"]


def test_two_columns_that_name_series_are_told_together(tmp_path: Path) -> None:
    frame = long(["north", "south"], "item", "sales", sort=["time"])
    frame.write_csv(tmp_path / "long.csv")
    with pytest.raises(DataError, match="once for each 'station', 'item'") as error:
        read_data(tmp_path / "long.csv", target="sales", **FORECAST)
    assert "name that in data.series" in str(error.value)
    both = pl.concat_str("station", "item", separator=" ").alias("both")
    frame.with_columns(both).write_csv(tmp_path / "joined.csv")
    data = read_data(tmp_path / "joined.csv", series="both", target="sales", **FORECAST)
    assert len(data.series_names) == 6


@pytest.mark.parametrize("sort", [["station", "time"], ["time"], ["indicator", "station"]])
def test_names_that_nobody_knows_are_found_in_pairs(sort: list[str], tmp_path: Path) -> None:
    """`land` is not known as a name of series; the refusal was general."""
    frame = long(["north", "south"], "indicator", "value", sort=sort).rename({"station": "land"})
    frame.write_csv(tmp_path / "long.csv")

    def refused() -> None:
        guess(read_table(tmp_path / "long.csv"))
        read_data(tmp_path / "long.csv", target="value", **FORECAST)

    with pytest.raises(DataError, match="once for each 'land', 'indicator'") as error:
        refused()
    wide = pivoted(str(error.value), frame)
    assert {*wide.columns} == {"land", "time", "temperature", "humidity", "pressure"}


def test_a_row_twice_is_no_long_table(tmp_path: Path) -> None:
    frame = long(["north", "south"], "variable", "value", sort=["time"])
    one = frame.filter(pl.col("variable") == "humidity")
    pl.concat([one[:9], one[8:]]).write_csv(tmp_path / "twice.csv")
    with pytest.raises(DataError, match="keep one row for each time of a series"):
        read_data(tmp_path / "twice.csv", series="station", target="value", **FORECAST)
