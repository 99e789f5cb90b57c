"""Where two ways of writing a table meet: each does what it does alone, in training and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.read import read_table
from dropsearch.search.config.load import config_from
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.init.guess import guess
from tests.support.sequences import notes

MODEL = {"hidden_size": 4, "layers": 1, "dropout": 0.0, "bidirectional": False, "pooling": "last"}
RNG = np.random.default_rng(5)


def trained(folder: Path, data: dict[str, Any], epochs: int = 2) -> Path:
    asked = {
        "study": "meeting",
        "data": {"path": str(folder / "data.csv"), **data},
        "folds": {"count": 2, "holdout": 0},
        "model": MODEL,
        "training": {"epochs": epochs, "batch_size": 16, "learning_rate": 0.02},
    }
    train(config_from(asked, folder), folder / "model")
    return folder / "model"


def rows(path: Path, count: int = 24, **columns: list[Any]) -> pl.DataFrame:
    """Rows of twelve steps each, with columns beside them."""
    steps = {f"t{k}": RNG.normal(size=count).round(3) for k in range(12)}
    frame = pl.DataFrame({"label": list("ab") * (count // 2), **columns, **steps})
    frame.write_csv(path)
    return frame


@pytest.mark.parametrize("role", ["features", "static"])
def test_codes_count_in_what_a_wide_table_carries(role: str, tmp_path: Path) -> None:
    ages = [-999.0 if row in (3, 9, 15) else 20.0 + row * 7 % 24 for row in range(24)]
    rows(tmp_path / "data.csv", age=ages)
    named = {"features": ["t", "age"]} if role == "features" else {"static": ["age"]}
    asked = {"task": "classify", "target": "label", "layout": "rows", **named}
    with pytest.raises(DataError, match="column 'age', row 5"):
        read_data(tmp_path / "data.csv", **asked, missing_codes=[-999])
    told = guess(read_table(tmp_path / "data.csv")).data["missing_codes"]
    assert told == [-999]


def test_a_header_said_by_hand_holds_for_new_files(tmp_path: Path) -> None:
    body = "".join(
        f"{s},{t},{0.1 * t + s % 2:.2f},{5 - s % 2}.5,{'ab'[s % 2]}\n"
        for s in range(20)
        for t in range(6)
    )
    (tmp_path / "data.csv").write_text("id,t,y,x,label\nid,t,x,y,label\n" + body)
    (tmp_path / "bare.csv").write_text("id,t,x,y,label\n" + body)
    data = {"task": "classify", "target": "label", "series": "id", "time": "t"}
    folder = trained(tmp_path, {**data, "table": {"header": 2}})
    said, _ = predictions(folder, tmp_path / "data.csv")
    bare, _ = predictions(folder, tmp_path / "bare.csv")
    assert said["p_a"].to_list() == bare["p_a"].to_list()


@pytest.mark.parametrize(
    ("head", "table"),
    [("A title\n\nday,y\n", {"header": 3}), ("day,y\nTS,Deg C\n", {"skip": [2]})],
)
def test_lines_that_are_seen_are_looked_for_anew(
    head: str, table: dict[str, Any], tmp_path: Path
) -> None:
    body = "".join(f"2021-01-{d:02d},{np.sin(d):.3f}\n" for d in range(1, 31))
    (tmp_path / "data.csv").write_text(head + body)
    (tmp_path / "bare.csv").write_text("day,y\n" + body)
    data = {"task": "forecast", "target": "y", "time": "day", "window": 4, "horizon": 2}
    folder = trained(tmp_path, {**data, "table": table})  # as init writes it
    titled, _ = predictions(folder, tmp_path / "data.csv")
    assert titled.equals(predictions(folder, tmp_path / "bare.csv")[0])


def test_the_forecast_of_one_family_has_its_names(tmp_path: Path) -> None:
    names = {
        f"{stem}{k}": RNG.normal(level, 1, 8)
        for stem, level in (("temp", 0), ("sales", 100))
        for k in range(1, 31)
    }
    pl.DataFrame({"id": [f"d{i}" for i in range(8)], **names}).write_csv(tmp_path / "data.csv")
    data = {"task": "forecast", "layout": "rows", "series": "id", "target": "sales"}
    folder = trained(tmp_path, {**data, "window": 6, "horizon": 2})
    assert predictions(folder, tmp_path / "data.csv")[0].columns == ["id", "sales31", "sales32"]


def test_rows_without_a_name_are_forecast_alike_wherever_they_stand(tmp_path: Path) -> None:
    steps = {f"d{k}": RNG.normal([0, 5, 50, 500, 5000], [1, 2, 9, 30, 90]) for k in range(40)}
    still = {f"d{k}": [3.0, *steps[f"d{k}"][1:]] for k in range(30, 40)}
    frame = pl.DataFrame(steps | still)
    frame.write_csv(tmp_path / "data.csv")
    data = {"task": "forecast", "layout": "rows", "target": "value", "window": 6, "horizon": 2}
    folder = trained(tmp_path, data)
    ahead, _ = predictions(folder, tmp_path / "data.csv")
    frame.reverse().write_csv(tmp_path / "turned.csv")
    turned, _ = predictions(folder, tmp_path / "turned.csv")
    np.testing.assert_allclose(ahead["d40"].to_numpy(), turned["d40"].to_numpy()[::-1])


def test_steps_that_the_model_does_not_see_need_not_be_there(tmp_path: Path) -> None:
    both = {f"{s}{k}": RNG.normal(size=12).round(3) for s in "xy" for k in range(1, 11)}
    frame = pl.DataFrame({"label": list("ab") * 6, **both})
    frame.write_csv(tmp_path / "data.csv")
    data = {"task": "classify", "layout": "rows", "target": "label", "features": ["x"]}
    folder = trained(tmp_path, data)
    frame.select(pl.col("^x.*$")).write_csv(tmp_path / "new.csv")
    found, told = predictions(folder, tmp_path / "new.csv")
    assert (found.height, told) == (12, [])
    longer = frame.with_columns(x11=pl.lit(1.5), x12=pl.lit(2.5))
    longer.write_csv(tmp_path / "longer.csv")
    assert predictions(folder, tmp_path / "longer.csv")[1] == [
        "Steps that the training had not are not read: 'x11', 'x12'."
    ]


def test_samples_of_a_calendar_say_the_month(tmp_path: Path) -> None:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    pl.DataFrame({"year": range(2001, 2011), **{m: RNG.normal(size=10) for m in months}}).write_csv(
        tmp_path / "data.csv"
    )
    data = {"task": "forecast", "layout": "calendar", "time": "year", "target": "value"}
    folder = trained(tmp_path, {**data, "window": 12, "horizon": 3})
    found, _ = predictions(folder, tmp_path / "data.csv", samples=3)
    assert found.select("year", "month").rows() == [("2011", str(month)) for month in (1, 2, 3)]


def test_columns_whose_time_stands_in_two_have_these_again(tmp_path: Path) -> None:
    days = [f"2021-01-{1 + step // 24:02d}" for step in range(96)]
    hours = [f"{step % 24:02d}:00" for step in range(96)]
    sites = {name: RNG.normal(size=96) for name in ("north", "south")}
    pl.DataFrame({"day": days, "clock": hours, **sites}).write_csv(tmp_path / "data.csv")
    data = {"task": "forecast", "layout": "columns", "time": ["day", "clock"], "target": "value"}
    folder = trained(tmp_path, {**data, "window": 6, "horizon": 2})
    found, _ = predictions(folder, tmp_path / "data.csv")
    assert found.columns == ["day", "clock", "north", "south"]
    assert found.select("day", "clock").rows() == [("2021-01-05", "00:00"), ("2021-01-05", "01:00")]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1,234", "2,345"], "may have a thousands mark"),
        (["12", "x3"] + ["14"] * 9, "is a word among"),
    ],
)
def test_a_doubtful_static_column_is_refused(
    cells: list[str], message: str, tmp_path: Path
) -> None:
    rows(tmp_path / "data.csv", size=(cells * 24)[:24])
    asked = {"task": "classify", "target": "label", "layout": "rows", "static": ["size"]}
    with pytest.raises(DataError, match=message):
        read_data(tmp_path / "data.csv", **asked)


def test_a_static_number_far_from_the_training_is_refused(tmp_path: Path) -> None:
    frame = rows(tmp_path / "data.csv", size=[row % 7 for row in range(24)])
    data = {"task": "classify", "target": "label", "layout": "rows", "static": ["size"]}
    folder = trained(tmp_path, data)
    frame.with_columns(pl.lit(1e60).alias("size")).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match=r"'size', row 2 .* far outside those of the"):
        predictions(folder, tmp_path / "new.csv")


def stream(number: int, days: list[str], **columns: Any) -> pl.DataFrame:
    """Forty rows a day, at rest and at work by turns."""
    times = [f"{day} {m // 60:02d}:{m % 60:02d}" for day in days for m in range(40)]
    state = [("rest", "work")[m // 10 % 2] for _ in days for m in range(40)]
    noise = RNG.normal(size=len(times))
    return pl.DataFrame({"m": f"m{number}", "t": times, "x": noise, "state": state, **columns})


STREAM = {"task": "classify", "target": "state", "series": "m", "time": "t"}
WINDOWS = {"window": 5, "stride": 5}


def test_streams_read_a_new_file_s_times_as_those_of_the_training(tmp_path: Path) -> None:
    frame = pl.concat([stream(n, ["03/01/2021", "04/01/2021", "20/01/2021"]) for n in range(3)])
    frame.write_csv(tmp_path / "data.csv")
    folder = trained(tmp_path, {**STREAM, **WINDOWS})
    stream(0, ["03/01/2021"]).write_csv(tmp_path / "new.csv")
    found, _ = predictions(folder, tmp_path / "new.csv")
    assert found["t"][0] == "03/01/2021 00:04"


def test_a_column_that_is_the_label_of_a_stream_in_other_words_is_told(tmp_path: Path) -> None:
    frame = pl.concat([stream(n, ["2021-01-03"]) for n in range(4)])
    number = (pl.col("state") == "work").cast(pl.Int64).alias("state_id")
    frame.with_columns(number).write_csv(tmp_path / "data.csv")
    found = read_data(tmp_path / "data.csv", **STREAM, **WINDOWS)
    assert notes(found, "'state_id' alone decides the target")
    assert guess(read_table(tmp_path / "data.csv")).data["features"] == ["x"]


def test_a_stream_without_a_window_is_named(tmp_path: Path) -> None:
    frame = pl.concat(
        [stream(0, ["2021-01-03"]), stream(1, ["2021-01-03"]), stream(2, ["2021-01-03"])[:4]]
    )
    frame.write_csv(tmp_path / "data.csv")
    found = read_data(tmp_path / "data.csv", **STREAM, **WINDOWS)
    assert notes(found, "1 of 3 series have no 5 rows without a gap, and so no window: 'm2'")


def test_codes_are_not_looked_for_in_the_labels_of_streams(tmp_path: Path) -> None:
    frame = pl.concat([stream(n, ["2021-01-03"]) for n in range(4)])
    label = (
        pl.when(pl.int_range(160) // 10 % 4 == 3).then(-999).otherwise(pl.int_range(160) // 10 % 3)
    )
    frame.with_columns(label.alias("activity")).drop("state").write_csv(tmp_path / "data.csv")
    assert "missing_codes" not in guess(read_table(tmp_path / "data.csv")).data


def test_a_holdout_without_targets_is_not_said_to_be_absent(tmp_path: Path) -> None:
    days = [f"2021-01-{day:02d}" for day in range(1, 31)]
    loads = [None if day > 24 else float(day * 7 % 11) for day in range(1, 31)]
    parts = ["test" if day > 24 else "train" for day in range(1, 31)]
    frame = pl.DataFrame({"day": days, "load": loads, "part": parts})
    frame.write_csv(tmp_path / "data.csv")
    asked = {"task": "forecast", "target": "load", "time": "day", "window": 4, "horizon": 2}
    held = {"holdout_column": "part", "holdout_value": "test"}
    with pytest.raises(DataError, match=r"holdout \(column 'part'\) is left without 6 rows"):
        read_data(tmp_path / "data.csv", **asked, **held)
