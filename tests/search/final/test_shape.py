"""Predictions for wide files, in the layout that these have."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.trained.folder import as_json
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.new_examples import NewData
from dropsearch.models.trained.reader import Reader, plain, prepared_from
from dropsearch.search.final.shape import in_shape

YEARS = [
    f"{2000 + year}," + ",".join(str(10 * year + q) for q in (1, 2, 3, 4)) for year in range(9)
]


def trained(folder: Path, content: str, **asked: Any) -> tuple[Reader, Preparation]:
    """What a model keeps of how it was read, written and read back."""
    path = folder / "data.csv"
    path.write_text(content)
    known: dict[str, Any] = {"task": "forecast", "window": 2, "horizon": 2} | asked
    data = read_data(path, **known)
    preparation = Preparation.fit(data, np.arange(len(data.start)), "train")
    named = {key: asked.get(key) for key in ("time", "series", "target")}
    reader = Reader.of(data, **named, missing="refuse")  # type: ignore[arg-type]
    text = as_json({"reader": asdict(reader), "preparation": plain(preparation)})
    return prepared_from(text)


def forecast(folder: Path, content: str, new: str, **asked: Any) -> str:
    """The predictions of a new file as CSV: 0.0, 1.0 and so on, series by series."""
    reader, preparation = trained(folder, content, **asked)
    path = folder / "new.csv"
    path.write_text(new)
    found = read_new(path, reader, preparation)
    return in_shape(reader, found, counted(found)).write_csv()


def counted(new: NewData) -> np.ndarray:
    return np.arange(2 * len(new.keys), dtype=float).reshape(-1, 2)


def test_a_row_goes_on_in_columns(tmp_path: Path) -> None:
    content = "site,1/29/21,1/30/21,1/31/21,2/1/21,2/2/21\nA,1,2,3,5,4\nB,2,3,1,5,6\n"
    new = "site,1/29/21,1/30/21,1/31/21\nB,7,8,9\nC,3,2,\nA,1,2,5\n"
    found = forecast(tmp_path, content, new, layout="rows", series="site", target="cases")
    assert found == (
        "site,1/31/21,2/1/21,2/2/21\nB,,0.0,1.0\nC,2.0,3.0,\nA,,4.0,5.0\n"  # C ends a day before
    )


def test_rows_without_a_name_have_their_number(tmp_path: Path) -> None:
    content = "t08,t09,t10,t11,t12\n1,2,3,5,4\n2,3,1,5,6\n"
    new = "t08,t09,t10\n1,2,5\n"
    assert (
        forecast(tmp_path, content, new, layout="rows", target="value")
        == "row,t11,t12\n2,0.0,1.0\n"
    )


def test_a_column_goes_on_in_rows(tmp_path: Path) -> None:
    rows = [f"31.01.2021,{hour:02d}:00" for hour in range(20, 24)]
    content = "Date,Time,A,B\n" + "".join(f"{row},{n},{n * n}\n" for n, row in enumerate(rows))
    asked = {"layout": "columns", "time": ("Date", "Time"), "target": "load"}
    assert forecast(tmp_path, content, content, **asked) == (
        "Date,Time,A,B\n01.02.2021,00:00,0.0,2.0\n01.02.2021,01:00,1.0,3.0\n"
    )


def test_a_year_goes_on_in_its_row(tmp_path: Path) -> None:
    content = "\n".join(["Year,Q1,Q2,Q3,Q4", *YEARS, ""])
    new = content + "2009,91,92,93,\n"
    asked = {"layout": "calendar", "time": "Year", "target": "level"}
    assert forecast(tmp_path, content, new, **asked) == (
        "Year,Q1,Q2,Q3,Q4\n2009,,,,0.0\n2010,1.0,,,\n"
    )


def test_sequences_must_have_the_steps_of_the_training(tmp_path: Path) -> None:
    content = "label,t0,t1,t2\n" + "".join(f"{n % 2},{n},{n * n % 7},{n % 3}\n" for n in range(12))
    asked = {"task": "classify", "layout": "rows", "target": "label", "window": 0, "horizon": 0}
    reader, preparation = trained(tmp_path, content, **asked)
    path = tmp_path / "new.csv"
    path.write_text("t0,t1,t2,t3\n1,2,3,4\n5,6,,\n")
    found = read_new(path, reader, preparation)
    assert found.keys == ("2", "3")
    assert found.data.values[:, 0].tolist() == [1, 2, 3, 5, 6]
    path.write_text("t0,t1\n1,2\n")
    with pytest.raises(DataError, match=r"no column 't2' \(which the model needs"):
        read_new(path, reader, preparation)
