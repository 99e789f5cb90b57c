"""What init guesses from a file: against the README of the real ones, and on tables made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.fold.periods import autocorrelation, memory, period
from dropsearch.models.table.read import read_table
from dropsearch.search.config.load import config_from
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.init.features import Guess
from dropsearch.search.init.guess import guess
from dropsearch.search.init.write import init
from tests.support.paths import ROOT
from tests.support.tables_of import Frame, Label, daily, rng, sequences

pytestmark = pytest.mark.usefixtures("briefly")

SHARED = ROOT.parent / "shared" / "data"

HELD = {"column": "part", "value": "test"}
SEQUENCES = {"task": "classify", "time": "step", "series": "series", "target": "label"}
FACTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # as ../shared/data/README.md has them
    "sunspots": (
        {"task": "forecast", "time": "month", "target": "sunspots", "window": 132, "horizon": 12},
        {},
    ),
    "japanese-vowels": (SEQUENCES, {"holdout": HELD}),
    "covid-3-month": ({**SEQUENCES, "task": "regress", "target": "death_rate"}, {"holdout": HELD}),
    "basic-motions": (SEQUENCES, {"holdout": HELD}),
    "spoken-digits": ({**SEQUENCES, "group": "speaker"}, {}),
    "beijing-pm25": (
        {
            "task": "forecast",
            "time": "time",
            "target": "pm25",
            "categories": ["wind_direction"],
            "missing": "forward",
            "window": 48,
            "horizon": 24,
        },
        {},
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_the_guesses_for_real_files_are_those_of_their_readme(name: str) -> None:
    file = ROOT / "examples" / f"{name}.csv"
    if not file.exists():
        file = SHARED / f"{name}.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    found = guess(read_table(file))
    assert (found.data, found.folds) == FACTS[name]
    asked = {f"data.{key}" for key in found.data}
    assert asked <= found.why.keys()


def guessed(frame: Frame, folder: Path) -> Guess:
    frame.write_csv(folder / "data.csv")
    return guess(read_table(folder / "data.csv"))


PLAIN = sequences().rename({"series": "a", "step": "b", "x": "c", "label": "d"})


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (PLAIN, {"task": "classify", "series": "a", "time": "b", "target": "d"}),
        (PLAIN.with_row_index("nr"), {"series": "a", "time": "b", "target": "d"}),
        (PLAIN.with_row_index(" "), {"series": "a", "time": "b", "target": "d"}),
        (PLAIN.drop("d"), {"task": "forecast", "series": "a", "time": "b", "target": "c"}),
        (sequences().drop("step"), {"task": "classify", "series": "series", "target": "label"}),
        (sequences().with_columns(pl.lit(3).alias("k"), pl.lit("w").alias("kw")), SEQUENCES),
        (sequences(lambda i: i % 3), SEQUENCES),
        (sequences(lambda i: f"{i % 3 == 0}".lower()), SEQUENCES),
        (sequences(lambda i: 0.37 * i + 0.1), {**SEQUENCES, "task": "regress"}),
        (sequences(lambda i: i % 39), {**SEQUENCES, "task": "regress"}),
        (sequences(answer=lambda i: i / 7).drop("label"), {"task": "regress", "target": "answer"}),
        (sequences(code=lambda i: (7, 9)[i % 2]), {**SEQUENCES, "features": ["x"]}),
        (sequences(named=lambda i: ("s", "f")[i % 2]), SEQUENCES),
        (sequences(patient=lambda i: i // 4), {**SEQUENCES, "group": "patient"}),
        (sequences(place=lambda i: f"p{i // 4}"), {**SEQUENCES, "group": "place"}),
        (sequences(sex=lambda i: "mf"[i // 2 % 2]), {**SEQUENCES, "static": ["sex"]}),
        (sequences(lambda i: i % 2, age=lambda i: i * 7 % 9 / 2), {**SEQUENCES, "static": ["age"]}),
    ],
)
def test_sequences_are_told_by_their_columns(
    frame: Frame, expected: dict[str, Any], tmp_path: Path
) -> None:
    found = guessed(frame, tmp_path).data
    given = {key: found.get(key) for key in expected}
    assert given == expected
    if expected.get("target") == "label" and "task" in expected:
        assert found == expected


@pytest.mark.parametrize("series", [[], ["shop"]])
def test_a_count_of_the_rows_does_not_stand_for_dates_that_run_backwards(
    tmp_path: Path, series: list[str]
) -> None:
    shops = ["a", "b"] if series else ["a"]
    frame = pl.concat(
        pl.DataFrame(
            {
                "shop": [shop] * 60,
                "id": range(60 * number, 60 * number + 60),
                "day": [date(2024, 1, 1) + timedelta(days=60 - n) for n in range(60)],
                "sold": np.random.default_rng(number).normal(size=60),
            }
        )
        for number, shop in enumerate(shops)
    ).select(*series, "id", "day", "sold")
    assert guessed(frame, tmp_path).data["time"] == "day"
    with pytest.raises(DataError, match=r"'day', row 3 .*: sort the rows of each series by time"):
        init(tmp_path / "data.csv", tmp_path / "study.yaml", 0.2)
    right = frame.sort(*series, "day").with_columns(id=pl.int_range(pl.len()))
    assert guessed(right, tmp_path).data["time"] == "day"


@pytest.mark.parametrize(
    ("column", "folds"),
    [
        ({"split": lambda i: ("Train", "Test")[i % 2]}, {"column": "split", "value": "Test"}),
        ({"is_test": lambda i: int(i % 4 == 0)}, {"column": "is_test", "value": "1"}),
        ({"part": lambda i: ("train", "val", "test")[i % 3]}, {"column": "part", "value": "test"}),
        ({"road": lambda i: ("north", "south")[i % 2]}, None),
    ],
)
def test_the_files_own_split_is_the_holdout(
    column: dict[str, Label], folds: dict[str, Any] | None, tmp_path: Path
) -> None:
    found = guessed(sequences(lambda i: i // 10, **column), tmp_path)
    assert found.folds.get("holdout") == folds


def test_a_split_through_groups_is_no_holdout(tmp_path: Path) -> None:
    columns: dict[str, Label] = {"user": lambda i: i // 4, "is_test": lambda i: int(i % 4 == 0)}
    found = guessed(sequences(**columns), tmp_path)
    assert found.data["group"] == "user"
    assert found.data["features"] == ["x"]
    assert found.folds == {}
    assert "'is_test'" in found.why["folds.holdout"]


def test_a_column_of_folds_is_used(tmp_path: Path) -> None:
    found = guessed(sequences(fold=lambda i: i // 2 % 4), tmp_path)
    assert found.folds == {"kind": "column", "column": "fold"}


FORECAST = {"task": "forecast", "time": "date", "target": "sales", "horizon": 7, "window": 14}
SHOPS = pl.concat(
    daily().with_columns(pl.lit(shop).alias("zz"), pl.lit(region).alias("region"))
    for shop, region in (("A", "n"), ("B", "s"), ("C", "n"))
)
HOLES = daily().with_columns(
    pl.when(pl.col("date") == date(2020, 3, 4)).then(None).otherwise(pl.col("sales")).alias("sales")
)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (daily(), {**FORECAST, "categories": ["weather"]}),
        (daily().drop("date").with_row_index("nr"), {**FORECAST, "time": "nr"}),
        (daily().with_columns(pl.col("promo").alias("target")), {"target": "target"}),
        (daily().with_columns(pl.lit("x").alias("weather")), FORECAST),
        (HOLES, {**FORECAST, "missing": "forward"}),
        (daily().with_columns(sensor_1=pl.col("promo")), {**FORECAST, "series": None}),
        (SHOPS, {**FORECAST, "series": "zz", "categories": ["weather"], "static": ["region"]}),
        (SHOPS.sort("date"), {**FORECAST, "series": "zz"}),
        (pl.DataFrame({"year": range(300), "y": rng.normal(size=300)}), {"time": "year"}),
    ],
)
def test_series_are_told_by_their_columns(
    frame: Frame, expected: dict[str, Any], tmp_path: Path
) -> None:
    found = guessed(frame, tmp_path).data
    assert {key: found.get(key) for key in expected} == expected
    assert found["task"] == "forecast"


@pytest.mark.parametrize(
    ("steps", "alone", "several"),
    [(12, (1, 1), (1, 1)), (25, (2, 1), (3, 2)), (40, (3, 2), (4, 4)), (80, (5, 5), (9, 7))],
)
def test_each_of_several_short_series_sees_and_forecasts_more_than_one_alone(
    steps: int, alone: tuple[int, int], several: tuple[int, int], tmp_path: Path
) -> None:
    many = pl.concat(daily(steps).with_columns(shop=pl.lit(name)) for name in "abcd")
    for frame, expected in ((daily(steps), alone), (many, several)):
        found = guessed(frame.drop("promo", "weather"), tmp_path).data
        assert (found["window"], found["horizon"]) == expected
        assert ("series" in found) == (frame is many)
        config = config_from({"study": "s", "data": found | {"path": "data.csv"}}, tmp_path)
        assert len(Inputs.of(config).split.folds) == 5


def test_words_that_are_known_ahead_stay_categories(tmp_path: Path) -> None:
    SHOPS.write_csv(tmp_path / "data.csv")
    ahead = {"known": ["promo", "weather"]}
    found = guess(read_table(tmp_path / "data.csv"), ahead).data
    assert found.items() >= {**ahead, "categories": ["weather"], "static": ["region"]}.items()


TO_COME = pl.col("date") > date(2021, 1, 20)


@pytest.mark.parametrize(
    ("frame", "target"),
    [
        (daily().rename({"sales": "price", "promo": "demand"}), "demand"),
        (daily().rename({"sales": "x", "promo": "price"}), "price"),
        (daily().rename({"sales": "season", "promo": "cnt"}), "cnt"),  # as bikes are shared
        (daily().rename({"sales": "s1", "promo": "RUL"}), "RUL"),  # as turbofans wear out
        (daily().rename({"sales": "room_count", "promo": "price"}), "price"),
        (daily().rename({"sales": "x", "promo": "y2"}), "x"),
        (daily().select("date", "promo", pl.when(~TO_COME).then(pl.col("sales"))), "sales"),
        (daily().select("date", price="promo", b=pl.when(~TO_COME).then(pl.col("sales"))), "b"),
        (daily().select("date", price="promo", b=pl.when(TO_COME).then(pl.col("sales"))), "price"),
        (SHOPS.select("zz", "date", "promo", b=pl.when(~TO_COME).then(pl.col("sales"))), "b"),
    ],
)
def test_the_target_of_a_forecast_is_blank_where_it_is_to_be_forecast_or_called_so(
    frame: Frame, target: str, tmp_path: Path
) -> None:
    found = guessed(frame, tmp_path)
    assert found.data["target"] == target
    assert "missing" not in found.data or target == "price"


def test_blanks_that_begin_sequences_are_filled_by_what_comes_after(tmp_path: Path) -> None:
    def blank(row: pl.Expr) -> Frame:
        return sequences().with_columns(x=pl.when(~row).then(pl.col("x")))

    inside, first = pl.col("step") == 2, (pl.col("step") == 0) & (pl.col("series") == 3)
    for rows, expected in ((inside, "forward"), (first, "linear"), (first | inside, "linear")):
        found = guessed(blank(rows), tmp_path)
        assert found.data["missing"] == expected
        read_data(
            tmp_path / "data.csv",
            **{key: found.data[key] for key in ("task", "series", "target", "missing")},
        )


def test_so_many_steps_are_forecast_as_every_series_lacks_at_its_end(tmp_path: Path) -> None:
    def lacking(rows: int, *shops: str) -> Frame:
        gone = pl.col("zz").is_in(shops) & (pl.col("date").rank("dense", descending=True) <= rows)
        return SHOPS.with_columns(pl.when(~gone).then(pl.col("sales")).alias("sales"))

    horizons = [
        guessed(frame, tmp_path).data["horizon"]
        for frame in (
            lacking(4, "A", "B", "C"),
            lacking(40, "A", "B", "C"),
            lacking(1, "A", "B", "C"),
            lacking(4, "A", "C"),
            lacking(9, "A", "B", "C").sort("date"),
        )
    ]
    assert horizons == [4, 36, 7, 7, 9]


COUNTED = PLAIN.filter(pl.col("b") < 5)  # 40 sequences of 5 steps, none called so
NAMED = sequences().with_columns(day=pl.date(2024, 1, 1) + pl.duration(days="step")).drop("step")


def twice(frame: Frame, row: int) -> Frame:
    return pl.concat([frame[: row + 1], frame[row:]])


@pytest.mark.parametrize(
    ("frame", "series", "time", "says"),
    [
        (twice(COUNTED, 2), "a", None, "column 'b', row 5: '2' repeats the time of row 4"),
        (COUNTED.filter(pl.int_range(pl.len()) != 2), "a", "b", "counts the steps in each 'a'"),
        (twice(sequences(), 2), "series", None, "column 'step', row 5: '2' repeats"),
        (twice(NAMED, 2), "series", None, "column 'day', row 5: '2024-01-03' repeats"),
        (NAMED.reverse(), "series", None, "column 'day', row 3"),
        (sequences().sort("x"), "series", "step", "counts the steps"),
        (NAMED.sort("x"), "series", "day", "dates rise"),
    ],
)
def test_a_fault_in_the_order_of_sequences_is_told(
    frame: Frame, series: str, time: str | None, says: str, tmp_path: Path
) -> None:
    found = guessed(frame, tmp_path)
    assert (found.data["series"], found.data.get("time")) == (series, time)
    assert says in found.why["data.time"]


def test_a_forecast_whose_times_repeat_names_the_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'day', row 5: '2024-01-03' repeats the time of row 4"):
        guessed(twice(NAMED.drop("label"), 2), tmp_path)


def test_the_period_and_the_memory_of_a_series() -> None:
    steps = np.arange(600)
    wave = np.sin(steps * 2 * np.pi / 30)
    noise = np.random.default_rng(1).normal(size=600)
    assert period(autocorrelation(wave + 0.02 * steps + 0.3 * noise)) == pytest.approx(30, abs=1)
    holes = np.where(steps % 11 == 0, np.nan, wave)
    assert period(autocorrelation(holes)) == 30
    assert period(autocorrelation(noise)) is None
    assert memory(autocorrelation(noise)) == 1
    slow = np.zeros(600)
    for t in steps[1:]:
        slow[t] = 0.9 * slow[t - 1] + noise[t]
    assert 8 <= memory(autocorrelation(slow)) <= 30
    assert len(autocorrelation(0.5 * steps)) == 0


def test_columns_that_count_are_neither_named_nor_predicted(tmp_path: Path) -> None:
    steps = range(5)
    frame = pl.DataFrame(
        [
            {"series": s, "step": t, "x": float(rng.normal()), "n": 20 * s + 3 * t, "no": 100 + s}
            | {"who": f"p{s}", "speaker": s % 4, "label": "ab"[s >= 20]}
            for s in range(40)
            for t in steps
        ]
    )
    found = guessed(frame, tmp_path)
    assert found.data.get("features") in (None, ["x"])
    assert "categories" not in found.data  # `who` is one word for each sequence
    unnamed = guessed(
        frame.rename({"label": "kind"}).select("series", "step", "x", "no", "kind"), tmp_path
    )
    assert (unnamed.data["task"], unnamed.data["target"]) == ("classify", "kind")
    series = pl.DataFrame(
        {"date": [str(date(2024, 1, 1) + timedelta(i)) for i in range(200)], "n": range(0, 600, 3)}
    ).with_columns(load=pl.Series(rng.normal(size=200)))
    assert guessed(series, tmp_path).data["target"] == "load"


def streams(column: str, label: Label) -> pl.DataFrame:
    """Four streams of 120 steps, with a label in each row."""
    noise = np.random.default_rng(3).normal(size=480)
    names = [f"p{row // 120}" for row in range(480)]
    steps = [row % 120 for row in range(480)]
    labels = [label(step) for step in steps]
    return pl.DataFrame({"person": names, "step": steps, "x": noise, column: labels})


@pytest.mark.parametrize("column", ["activity", "label", "sleep_stage"])
@pytest.mark.parametrize("label", [lambda t: "ab"[t // 30 % 2], lambda t: t // 30 % 2])
def test_labels_that_change_within_streams_are_cut_into_windows(
    column: str, label: Label, tmp_path: Path
) -> None:
    found = guessed(streams(column, label), tmp_path)
    assert found.data == {
        "task": "classify",
        "time": "step",
        "series": "person",
        "target": column,
        "window": 15,
        "stride": 7,
    }


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("weather", lambda t: "ab"[t // 30 % 2]),  # no name of a label
        ("activity", lambda t: "ab"[t % 2]),  # no stretches
    ],
)
def test_other_words_in_series_are_no_labels_of_streams(
    column: str, label: Label, tmp_path: Path
) -> None:
    found = guessed(streams(column, label), tmp_path)
    assert found.data["task"] == "forecast"


@pytest.mark.parametrize(
    ("start", "series", "why"),
    [
        (lambda run: run * 72, "run", "as its values follow one another with gaps in time"),
        (lambda run: run * 24, None, "name 'run' in data.series if each value of it is one"),
    ],
)
def test_series_that_follow_one_another_are_told_by_their_gaps(
    tmp_path: Path, start: Callable[[int], int], series: str | None, why: str
) -> None:
    rows = [
        {"run": run + 1, "time": str(begin + timedelta(hours=start(run) + hour)), "y": value}
        for begin in [datetime(2024, 1, 1)]
        for run in range(6)
        for hour, value in enumerate(rng.normal(size=24))
    ]
    found = guessed(pl.DataFrame(rows), tmp_path)
    assert found.data.get("series") == series
    assert why in found.why["data.series" if series else "data.time"]


def test_a_target_by_name_is_not_passed_over_for_marks_in_its_numbers(tmp_path: Path) -> None:
    """Reading it asks what they are; another column was forecast in its place."""
    days = [f"2021-{1 + k // 28:02d}-{1 + k % 28:02d}" for k in range(140)]
    marked = [f"{1_000 + k * 7 % 11}" for k in range(140)]
    frame = pl.DataFrame(
        {
            "Date": days,
            "Vol": [k * 5 % 13 for k in range(140)],
            "Price": [f"{number[0]},{number[1:]}.50" for number in marked],
        }
    )
    assert guessed(frame, tmp_path).data["target"] == "Price"
    assert guessed(frame.rename({"Price": "Open"}), tmp_path).data["target"] == "Vol"


def test_times_that_cannot_be_read_are_told_whatever_their_column_is_called(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Month": ["Jan-49", "Feb-49"] * 20, "x": [k * 7 % 11 for k in range(40)]})
    found = guessed(frame, tmp_path)
    assert found.data["time"] == "Month", "which reading refuses"
