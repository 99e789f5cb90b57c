"""SequenceData on disk: what the fingerprint covers, and damage that is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.stored import content_hash, load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.spread import Spread
from tests.support.sequences import labelled, read, sunspots, vowels

FORMS = ["parquet", "semicolon", "comma", "windows", "wide"]


@pytest.mark.parametrize("form", FORMS)
def test_the_fingerprint_is_of_the_content(tmp_path: Path, form: str) -> None:
    frame = labelled(k=[1.5, 2.25] * 10).with_columns(w=pl.Series(["a", "b", "c"] * 20))
    keys: dict[str, Any] = {
        "task": "classify", "target": "y", "series": "s", "features": ["x", "k"],
        "categories": ["w"],
    }  # fmt: skip
    known = read(tmp_path, frame, **keys).fingerprint
    path = tmp_path / "other"
    text = frame.write_csv()
    if form == "parquet":
        frame.write_parquet(path)
    elif form == "wide":
        frame.select(pl.lit(1).alias("unused"), *reversed(frame.columns)).write_csv(path)
    else:
        forms = {
            "semicolon": text.replace(",", ";"),
            "comma": text.replace(",", ";").replace(".", ","),
            "windows": "\ufeff" + text.replace("\n", "\r\n"),
        }
        path.write_text(forms[form], newline="")
    assert read_data(path, **keys).fingerprint == known


@pytest.mark.parametrize("column", ["x", "y", "s", "w"])
def test_the_fingerprint_changes_with_the_content(tmp_path: Path, column: str) -> None:
    frame = labelled().with_columns(w=pl.Series(["a", "b", "c"] * 20))
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s", "categories": ["w"]}
    known = read(tmp_path, frame, **keys).fingerprint
    change = {
        "x": pl.col("x") + 1e-12,
        "y": pl.col("y").replace("a", "c"),
        "s": pl.col("s").replace("n3", "m3"),
        "w": pl.col("w").replace("a", "d"),
    }[column]
    assert read(tmp_path, frame.with_columns(change), **keys).fingerprint != known


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize("make", [sunspots, vowels])
def test_the_fingerprint_is_that_of_whole_arrays_of_64_bits(
    monkeypatch: pytest.MonkeyPatch, make: Any, piece: int
) -> None:
    data = make()
    wide = {
        name: np.asarray(value, np.int64)
        for name, value in vars(data).items()
        if isinstance(value, np.ndarray | Spread) and value.dtype.kind == "i" and name != "codes"
    }
    kept = {name: Spread(wide[name]) for name in ("time", "stamps") if name in wide}
    monkeypatch.setattr("dropsearch.models.data.stored._PIECE", piece)
    assert content_hash(replace(data, **(wide | kept))) == content_hash(data) == data.fingerprint


@pytest.mark.parametrize("holes", [(), (0, 1), (40, 41, 62), (21,)])
def test_series_in_columns_have_the_fingerprint_of_long_ones(
    tmp_path: Path, holes: tuple[int, ...]
) -> None:
    steps = np.random.default_rng(0).normal(size=(3, 21)).round(1)
    steps[steps == 0] = -0.0
    steps.flat[list(holes)] = np.nan
    days = [f"2024-01-{day + 1:02d}" for day in range(21)]
    frame = pl.DataFrame({"day": days} | dict(zip("abc", steps, strict=True)), nan_to_null=True)
    long = frame.unpivot(index="day", variable_name="series").sort("series", "day")
    keys: dict[str, Any] = {"task": "forecast", "time": "day", "target": "value", "window": 4}
    keys |= {"horizon": 2, "missing": "forward", "features": []}
    frame.write_csv(tmp_path / "columns.csv")
    columns = read_data(tmp_path / "columns.csv", layout="columns", **keys)
    assert columns.fingerprint == read(tmp_path, long, series="series", **keys).fingerprint
    assert not np.signbit(columns.values[columns.values == 0]).any()
    save_data(columns, tmp_path)
    back = load_data(tmp_path, columns.fingerprint)
    for data in (columns, back) if not holes else ():
        assert data.time is not None
        assert data.stamps is not None
        assert len(data.time.cells) == len(data.stamps.cells) == 21  # of 63 rows


@pytest.mark.parametrize("make", [sunspots, vowels])
def test_saved_data_comes_back(tmp_path: Path, make: Any) -> None:
    data = make()
    path = save_data(data, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / f"{data.fingerprint}.safetensors"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    back = load_data(path.parent, data.fingerprint)
    for name, value in vars(data).items():
        other = getattr(back, name)
        if isinstance(value, np.ndarray | Spread):
            assert value.dtype == other.dtype
            np.testing.assert_array_equal(value, other)
        else:
            assert value == other
            assert type(value) is type(other)
    assert save_data(back, path.parent) == path


@pytest.mark.parametrize("place", [0.02, 0.5, 0.99])
def test_damaged_data_is_noticed(tmp_path: Path, place: float) -> None:
    data = sunspots()
    path = save_data(data, tmp_path)
    raw = bytearray(path.read_bytes())
    raw[int(len(raw) * place)] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"is damaged \(.*\): delete this file"):
        load_data(tmp_path, data.fingerprint)
    path.write_bytes(raw[:100])
    with pytest.raises(DataError, match="is damaged"):
        load_data(tmp_path, data.fingerprint)
    path.unlink()
    with pytest.raises(DataError, match="is missing: set DROPSEARCH_ARTIFACTS"):
        load_data(tmp_path, data.fingerprint)


def test_other_content_under_a_name_is_noticed(tmp_path: Path) -> None:
    data = sunspots()
    save_data(data, tmp_path).rename(tmp_path / "0.safetensors")
    with pytest.raises(DataError, match="its content does not match its name"):
        load_data(tmp_path, "0")


def test_the_summary_is_json() -> None:
    found = json.loads(json.dumps(sunspots().summary()))
    assert (found["rows"], found["series"], found["examples"]) == (2820, 1, 2761)
    assert found["lengths"] == {"min": 2820, "median": 2820.0, "max": 2820}
    assert (found["calendar"], found["first"], found["last"]) == ("monthly", "1749-01", "1983-12")
    found = json.loads(json.dumps(vowels().summary()))
    assert found["lengths"] == {"min": 7, "median": 15.0, "max": 29}
    assert found["classes"]["speaker3"] == 118
    assert found["left_out"] == {
        "part": "names parts of the data (hold one out by naming it in folds.holdout)"
    }
