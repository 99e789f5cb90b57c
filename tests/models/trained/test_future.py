"""What is known of the steps to be forecast: rows at the end of a file, or a file of their own."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.trained.folder import as_json
from dropsearch.models.trained.new_data import read_new
from dropsearch.models.trained.new_examples import NewData
from dropsearch.models.trained.reader import Reader, plain, prepared_from
from tests.support.known import FIRST, KNOWN, blank_load, loads
from tests.support.sequences import read

STEPS, HORIZON = 60, 3
NEXT = FIRST + timedelta(hours=STEPS)


def trained(folder: Path, scale: Any = "train", **keys: Any) -> tuple[Reader, Preparation]:
    """What a model folder keeps of a training on loads of A and B."""
    asked = KNOWN | keys
    data = read(folder, loads(), **asked)
    own = {name: asked.get(name) for name in ("target", "time", "series")}
    reader = Reader.of(data, **own, missing=keys.get("missing", "refuse"))
    preparation = Preparation.fit(data, np.arange(len(data.start)), scale)
    content = {"reader": asdict(reader), "preparation": plain(preparation)}
    kept, prepared = prepared_from(as_json(content))
    assert kept == reader
    assert (prepared.known, prepared.cycles) == (preparation.known, preparation.cycles)
    return kept, prepared


def new(
    folder: Path,
    frame: pl.DataFrame,
    future: pl.DataFrame | None = None,
    scale: Any = "train",
    **keys: Any,
) -> NewData:
    reader, preparation = trained(folder, scale, **keys)
    frame.write_csv(folder / "new.csv")
    if future is None:
        return read_new(folder / "new.csv", reader, preparation)
    future.write_csv(folder / "future.csv")
    return read_new(folder / "new.csv", reader, preparation, folder / "future.csv")


def ahead_of(found: NewData) -> np.ndarray:
    (batch,) = Examples(found.data, found.preparation, np.arange(len(found.keys))).batches(64)
    assert batch.ahead is not None
    return np.concatenate([batch.inputs.flatten(1), batch.ahead.flatten(1)], axis=1)


def parted(steps: int = HORIZON) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Loads up to some steps before the end, and what is known of those, with no load."""
    whole = loads().with_columns(pl.int_range(pl.len()).over("place").alias("step"))
    late = pl.col("step") >= STEPS - steps
    past, future = whole.filter(~late).drop("step"), whole.filter(late).drop("step", "load", "wind")
    return past, future


@pytest.mark.parametrize("scale", ["train", "window"])
@pytest.mark.parametrize("cycles", [(), ("hour", "weekday")])
def test_a_file_of_its_own_is_as_rows_at_the_end(
    scale: Any, cycles: tuple[str, ...], tmp_path: Path
) -> None:
    """And both are as the training's own example that ends there."""
    past, future = parted()
    one = new(tmp_path, blank_load(loads(), HORIZON), scale=scale, cycles=cycles)
    other = new(tmp_path, past, future, scale=scale, cycles=cycles)
    assert one.times == other.times
    assert one.ahead == other.ahead
    assert one.notes == (
        "6 rows at the end of 2 of 2 series without a target: forecast, 3 steps from there.",
    )
    assert other.notes == ()
    np.testing.assert_array_equal(ahead_of(one), ahead_of(other))
    data = read(tmp_path, loads(), **KNOWN, cycles=cycles)
    own = Preparation.fit(data, np.arange(len(data.start)), scale)
    last = np.flatnonzero(np.append(np.diff(data.series) != 0, True))
    (batch,) = Examples(data, own, last).batches(2)
    assert batch.ahead is not None
    expected = np.concatenate([batch.inputs.flatten(1), batch.ahead.flatten(1)], axis=1)
    np.testing.assert_array_equal(ahead_of(one), expected)


def test_other_columns_of_the_steps_are_not_read(tmp_path: Path) -> None:
    late = pl.int_range(pl.len()).over("place") >= STEPS - HORIZON
    frame = blank_load(loads(), HORIZON)
    other = frame.with_columns(pl.when(late).then(9e9).otherwise(pl.col("wind")).alias("wind"))
    blank = frame.with_columns(pl.when(late).then(None).otherwise(pl.col("wind")).alias("wind"))
    expected = ahead_of(new(tmp_path, frame))
    np.testing.assert_array_equal(ahead_of(new(tmp_path, other)), expected)
    np.testing.assert_array_equal(ahead_of(new(tmp_path, blank)), expected)


def test_the_calendar_of_the_steps_needs_no_rows(tmp_path: Path) -> None:
    keys = {"known": [], "cycles": ["hour"]}
    found = new(tmp_path, loads(), **keys)
    assert found.times[0] == tuple(
        f"{NEXT + timedelta(hours=step):%Y-%m-%d %H:%M}" for step in range(HORIZON)
    )
    (batch,) = Examples(found.data, found.preparation, np.arange(2)).batches(2)
    assert batch.ahead is not None
    angle = 2 * np.pi * (np.arange(STEPS, STEPS + HORIZON) % 24) / 24
    np.testing.assert_allclose(batch.ahead[0, :, 0], np.sin(angle), atol=1e-6)
    np.testing.assert_allclose(batch.ahead[1, :, 1], np.cos(angle), atol=1e-6)


def test_more_rows_series_and_columns_than_needed_do_no_harm(tmp_path: Path) -> None:
    past, future = parted(6)
    early = past.drop("load", "wind").tail(4)
    other = future.filter(pl.col("place") == "A").with_columns(pl.lit("C").alias("place"))
    shuffled = pl.concat([early, future, other]).select("tariff", "price", "place", "hour")
    found = new(tmp_path, past, shuffled)
    np.testing.assert_array_equal(ahead_of(found), ahead_of(new(tmp_path, past, future)))
    assert found.notes[0].startswith("4 rows lie before the first step to be forecast in ")
    assert found.notes[1].endswith("new.csv has not are unread: 'C'.")


def test_a_blank_takes_the_value_before_it_where_the_training_had_blanks(tmp_path: Path) -> None:
    past, future = parted()
    keys = {"missing": "forward"}
    blank = future.with_columns(
        pl.when(pl.int_range(pl.len()) % HORIZON < 2).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("price", "tariff")
    )
    last = past.group_by("place", maintain_order=True).last()
    filled = blank.join(last, on="place", suffix="_").with_columns(
        pl.col(name).fill_null(pl.col(f"{name}_")) for name in ("price", "tariff")
    )
    found = new(tmp_path, past, blank, **keys)
    expected = new(tmp_path, past, filled.select(future.columns), **keys)
    np.testing.assert_array_equal(ahead_of(found), ahead_of(expected))


def test_a_word_that_the_training_had_not_is_told(tmp_path: Path) -> None:
    past, future = parted()
    found = new(tmp_path, past, future.with_columns(pl.lit("free").alias("tariff")))
    assert found.notes == (
        "Column 'tariff': 6 values were not seen in training ('free'); they count as unseen.",
    )


def test_series_that_are_too_short_need_no_steps(tmp_path: Path) -> None:
    past, future = parted()
    short = past.filter(pl.col("place") == "B").tail(3).with_columns(pl.lit("S").alias("place"))
    found = new(tmp_path, pl.concat([past, short]), future)
    assert found.keys == ("A", "B")
    np.testing.assert_array_equal(ahead_of(found), ahead_of(new(tmp_path, past, future)))


def at(row: int, column: str, value: Any) -> pl.Expr:
    own = pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value))
    return own.otherwise(pl.col(column)).alias(column)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.filter(pl.int_range(pl.len()) != 4),
            "series 'B' lacks 'price', 'tariff' at 2024-01-03 10:00 (step 2 of 3): add the row.",
        ),
        (
            lambda f: f.filter(pl.col("place") == "A"),
            "series 'B' lacks 'price', 'tariff' at 2024-01-03 09:00 (step 1 of 3) (the first of "
            "3 steps like it): add the row.",
        ),
        (
            lambda f: f.with_columns(at(5, "price", None)),
            "column 'price', row 7: the value is missing: series 'B' lacks 'price' at 2024-01-03 "
            "11:00 (step 3 of 3), and the training had none missing: fill it in.",
        ),
        (
            lambda f: f.with_columns(at(1, "tariff", None)),
            "column 'tariff', row 3: the value is missing: series 'A' lacks 'tariff' at 2024-01-03 "
            "10:00 (step 2 of 3)",
        ),
        (
            lambda f: f.with_columns(at(4, "hour", "2024-01-03 10:30")),
            "series 'B' lacks 'price', 'tariff' at 2024-01-03 10:00 (step 2 of 3)",
        ),
        (
            lambda f: f.with_columns(at(4, "hour", "2024-01-03 09:00")),
            "column 'hour', row 6: '2024-01-03 09:00' repeats the time of row 5",
        ),
        (lambda f: f.with_columns(at(2, "hour", "soon")), "column 'hour', row 4: 'soon' is no"),
        (
            lambda f: f.with_columns(pl.int_range(pl.len()).over("place").alias("hour")),
            "column 'hour', row 2: it holds numbers, and the model was trained on dates",
        ),
        (lambda f: f.drop("price"), "no column 'price' (which the model needs)"),
        (lambda f: f.drop("price", "place"), "it lacks 2 of the 4 columns that the model needs"),
        (lambda f: f.with_columns(pl.lit("much").alias("price")), "holds 'much', a word, where"),
        (lambda f: f.with_columns(at(3, "price", 1e60)), "row 5: the number is far outside those"),
        (lambda f: f.clear(), "future.csv"),
    ],
)
def test_what_a_file_of_the_steps_lacks_is_refused(
    change: Any, message: str, tmp_path: Path
) -> None:
    past, future = parted()
    with pytest.raises(DataError) as error:
        new(tmp_path, past, change(future))
    assert message in str(error.value)


def test_steps_that_nothing_is_known_of_are_refused(tmp_path: Path) -> None:
    past, _ = parted()
    with pytest.raises(DataError) as error:
        new(tmp_path, past)
    assert str(error.value) == (
        f"{tmp_path / 'new.csv'}: the model needs 'price', 'tariff' at the 3 steps that are to "
        "be forecast: add rows with a blank 'load', or name a file of them (--future)."
    )
    with pytest.raises(DataError) as error:
        new(tmp_path, blank_load(loads(), 2))
    assert "series 'A' lacks 'price', 'tariff' at 2024-01-03 12:00 (step 3 of 3)" in str(
        error.value
    )
    assert "add the row, its 'load' blank." in str(error.value)


def test_a_model_that_knows_nothing_ahead_reads_no_such_file(tmp_path: Path) -> None:
    past, future = parted()
    with pytest.raises(DataError, match="leave --future out"):
        new(tmp_path, past, future, known=[])


def test_one_series_needs_no_name(tmp_path: Path) -> None:
    data = read(tmp_path, loads(places="A"), **KNOWN | {"series": None})
    reader = Reader.of(data, target="load", time="hour", series=None, missing="refuse")
    own = Preparation.fit(data, np.arange(len(data.start)), "train")
    past, future = parted()
    for name, frame in {"new": past, "future": future, "less": future.head(2)}.items():
        frame.filter(pl.col("place") == "A").drop("place").write_csv(tmp_path / f"{name}.csv")
    found = read_new(tmp_path / "new.csv", reader, own, tmp_path / "future.csv")
    assert found.keys == ("load",)
    with pytest.raises(DataError, match="it lacks 'price', 'tariff' at 2024-01-03 11"):
        read_new(tmp_path / "new.csv", reader, own, tmp_path / "less.csv")


def test_times_over_several_columns(tmp_path: Path) -> None:
    def split(frame: pl.DataFrame) -> pl.DataFrame:
        parts = pl.col("hour").str.split(" ")
        named = frame.with_columns(parts.list.get(0).alias("date"), parts.list.get(1).alias("at"))
        return named.drop("hour")

    data = read(tmp_path, split(loads()), **KNOWN | {"time": ["date", "at"]})
    reader = Reader.of(data, target="load", time=("date", "at"), series="place", missing="refuse")
    own = Preparation.fit(data, np.arange(len(data.start)), "train")
    past, future = (split(frame) for frame in parted())
    past.write_csv(tmp_path / "new.csv")
    future.write_csv(tmp_path / "future.csv")
    one = read_new(tmp_path / "new.csv", reader, own, tmp_path / "future.csv")
    split(blank_load(loads(), HORIZON)).write_csv(tmp_path / "new.csv")
    other = read_new(tmp_path / "new.csv", reader, own)
    np.testing.assert_array_equal(ahead_of(one), ahead_of(other))
    assert one.times == other.times


def test_steps_by_a_number(tmp_path: Path) -> None:
    def counted(frame: pl.DataFrame, first: int) -> pl.DataFrame:
        return frame.with_columns((pl.int_range(pl.len()).over("place") + first).alias("hour"))

    data = read(tmp_path, counted(loads(), 0), **KNOWN)
    reader = Reader.of(data, target="load", time="hour", series="place", missing="refuse")
    own = Preparation.fit(data, np.arange(len(data.start)), "train")
    past, future = parted()
    counted(past, 0).write_csv(tmp_path / "new.csv")
    counted(future, STEPS - HORIZON).write_csv(tmp_path / "future.csv")
    found = read_new(tmp_path / "new.csv", reader, own, tmp_path / "future.csv")
    assert found.times[0] == ("57", "58", "59")
    counted(future, STEPS - HORIZON + 1).write_csv(tmp_path / "future.csv")
    with pytest.raises(DataError, match=r"at 57 \(step 1 of 3\) \(the first of 2 steps"):
        read_new(tmp_path / "new.csv", reader, own, tmp_path / "future.csv")


def test_clocks_that_change_in_the_steps_to_come(tmp_path: Path) -> None:
    """Days on the local clock: only the file of the steps tells that one has 23 hours."""
    days = [f"2024-03-{day:02d}T00:00:00+01:00" for day in range(1, 32)]
    later = [f"2024-04-{day:02d}T00:00:00+02:00" for day in range(1, 11)]
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"hour": days + later, "load": rng.normal(size=41), "price": rng.normal(size=41)}
    )
    keys = KNOWN | {"series": None, "categories": [], "known": ["price"]}
    data = read(tmp_path, frame, **keys)
    reader = Reader.of(data, target="load", time="hour", series=None, missing="refuse")
    own = Preparation.fit(data, np.arange(len(data.start)), "train")
    frame.head(30).write_csv(tmp_path / "new.csv")
    frame.slice(30, 3).drop("load").write_csv(tmp_path / "future.csv")
    found = read_new(tmp_path / "new.csv", reader, own, tmp_path / "future.csv")
    assert found.times == (tuple(frame["hour"][30:33]),)


@pytest.mark.parametrize("which", ["past", "future"])
@pytest.mark.parametrize("zone", ["Z", "+02:00"])
def test_times_with_offsets_and_such_without_do_not_go_together(
    which: str, zone: str, tmp_path: Path
) -> None:
    parts = dict(zip(("past", "future"), parted(), strict=True))
    zoned = {name: one.with_columns(pl.col("hour") + zone) for name, one in parts.items()}
    found = new(tmp_path, zoned["past"], zoned["future"])
    np.testing.assert_array_equal(
        ahead_of(found), ahead_of(new(tmp_path, parts["past"], parts["future"]))
    )
    mixed = parts | {which: zoned[which]}
    with pytest.raises(DataError) as error:
        new(tmp_path, mixed["past"], mixed["future"])
    said = ("tell", "do not") if which == "future" else ("do not tell", "do")
    assert (
        f"future.csv: column 'hour', row 2: the times {said[0]} their offset from UTC, and those "
        f"of {tmp_path / 'new.csv'} {said[1]}: write both alike." in str(error.value)
    )


@pytest.mark.parametrize(
    ("zone", "note"),
    [
        ("+01:00", ()),
        ("", ()),
        (
            "Z",
            (
                "Times are at +00:00 from UTC, and were at +01:00 in the training: "
                "data.calendar (hour) goes by the clock of the file.",
            ),
        ),
    ],
)
def test_a_calendar_by_another_clock_is_told(
    zone: str, note: tuple[str, ...], tmp_path: Path
) -> None:
    keys = KNOWN | {"known": [], "cycles": ["hour"]}
    local = loads().with_columns(pl.col("hour") + "+01:00")
    data = read(tmp_path, local, **keys)
    own = Preparation.fit(data, np.arange(len(data.start)), "train")
    reader = Reader.of(data, target="load", time="hour", series="place", missing="refuse")
    loads().with_columns(pl.col("hour") + zone).write_csv(tmp_path / "new.csv")
    assert read_new(tmp_path / "new.csv", reader, own).notes == note


def test_a_reader_that_knows_what_it_has_not_is_refused(tmp_path: Path) -> None:
    reader, preparation = trained(tmp_path)
    for wrong in (
        {"known": ("load",)},
        {"known": ("price", "other")},
        {"cycles": ("century",)},
    ):
        changed = asdict(replace(reader, **wrong))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=next(iter(wrong))):
            prepared_from(as_json({"reader": changed, "preparation": plain(preparation)}))
