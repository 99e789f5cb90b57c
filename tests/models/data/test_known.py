"""What is known ahead: which columns, and what of them is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import content_hash, load_data, save_data
from dropsearch.models.errors import DataError
from tests.support.known import KNOWN, blank_load, loads
from tests.support.sequences import notes, read


def known(folder: Path, frame: pl.DataFrame, **keys: Any) -> SequenceData:
    return read(folder, frame, **KNOWN | keys)


def test_naming_them_makes_them_features(tmp_path: Path) -> None:
    every = known(tmp_path, loads())
    assert every.features == ("load", "price", "wind")
    assert (every.categories, every.known) == (("tariff",), ("price", "tariff"))
    few = known(tmp_path, loads(), features=[], cycles=["hour", "weekday"])
    assert few.features == ("load", "price")
    assert few.cycles == ("hour", "weekday")
    assert few.summary()["known"] == ["price", "tariff"]
    assert few.summary()["cycles"] == ["hour", "weekday"]


def test_true_and_false_are_numbers(tmp_path: Path) -> None:
    frame = loads().with_columns((pl.col("price") > 5).alias("price"))
    found = known(tmp_path, frame, known=["price"])
    assert set(found.values[:, 1]) == {0.0, 1.0}


def test_one_that_never_changes_is_left_out(tmp_path: Path) -> None:
    found = known(tmp_path, loads().with_columns(pl.lit(3.0).alias("price")))
    assert found.known == ("tariff",)
    assert notes(found, "Left out as a feature: 'price': the same value in every row")


def test_one_that_only_counts_is_kept_and_doubted(tmp_path: Path) -> None:
    counted = loads().with_columns(pl.int_range(pl.len()).over("place").alias("price"))
    assert known(tmp_path, counted, known=[]).features == ("load", "wind")
    found = known(tmp_path, counted)
    assert "price" in found.known
    assert "price" in found.doubtful


def test_they_are_kept_and_count_for_the_fingerprint(tmp_path: Path) -> None:
    found = known(tmp_path, loads(), cycles=["hour"])
    save_data(found, tmp_path)
    again = load_data(tmp_path, found.fingerprint)
    assert (again.known, again.cycles) == (found.known, found.cycles)
    assert content_hash(again) == found.fingerprint
    others = [known(tmp_path, loads(), known=["price"], cycles=["hour"]), known(tmp_path, loads())]
    assert len({found.fingerprint, *(other.fingerprint for other in others)}) == 3


def test_a_blank_at_a_step_to_be_forecast_is_refused_or_takes_the_value_before(
    tmp_path: Path,
) -> None:
    blank = pl.when(pl.int_range(pl.len()) == 59).then(None).otherwise(pl.col("price"))
    frame = loads(places="A").with_columns(blank.alias("price"))
    with pytest.raises(DataError, match="column 'price', row 61: the value is missing"):
        known(tmp_path, frame)
    found = known(tmp_path, frame, missing="forward")
    assert found.values[59, 1] == found.values[58, 1]


def test_rows_without_a_target_at_the_end_are_no_examples(tmp_path: Path) -> None:
    whole, cut = known(tmp_path, loads()), known(tmp_path, blank_load(loads(), 5))
    assert len(whole.start) - len(cut.start) == 2 * 5


def test_one_that_is_the_target_is_told(tmp_path: Path) -> None:
    frame = loads().with_columns(pl.col("load").alias("price"))
    assert notes(known(tmp_path, frame), "'price' is the target itself, which is not known ahead")
    assert not notes(known(tmp_path, frame, known=[]), "is the target")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"known": ["prize"]}, "no column 'prize' (data.known): did you mean 'price'?"),
        ({"known": ["load"]}, "column 'load' of data.known is the target column: take it out"),
        ({"known": ["hour"]}, "column 'hour' of data.known is the time column"),
        ({"categories": [], "known": ["tariff"]}, "name the column in data.categories"),
        ({"static": ["price"], "series": "place"}, "column 'price' of data.known is the static"),
        ({"cycles": ["minute"]}, "the minute is the same in every row (they come hourly)"),
        ({"cycles": ["hour", "month"]}, "data.calendar: the month is the same in every row"),
        ({"time": "number", "cycles": ["hour"]}, "of dates, and column 'number' holds numbers"),
    ],
)
def test_what_cannot_be_known_ahead_is_refused(
    keys: dict[str, Any], message: str, tmp_path: Path
) -> None:
    counted = loads().with_columns(pl.int_range(pl.len()).over("place").alias("number"))
    with pytest.raises(DataError) as error:
        known(tmp_path, counted, **keys)
    assert message in str(error.value)
