"""Static features: read series by series, kept, refused where a series has not one value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import content_hash, load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.fold.preparation import Preparation
from tests.support.sequences import FORECAST, labelled, read

SEQUENCES: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
SIZES, PLACES = [3, 1, 2, 1], ["sea", "hill", "sea", "town"]


def shops(steps: tuple[int, ...] = (9, 9, 9, 9)) -> pl.DataFrame:
    """Four series of so many steps, each with its size and place."""
    rows = [
        {"s": f"n{i}", "t": t, "y": float((t * 7 + i) % 5), "size": size, "place": place}
        for i, (size, place, own) in enumerate(zip(SIZES, PLACES, steps, strict=True))
        for t in range(own)
    ]
    return pl.DataFrame(rows)


def forecast(folder: Path, frame: pl.DataFrame, **keys: Any) -> SequenceData:
    asked = {"series": "s", "window": 4, "horizon": 2, "static": ["size", "place"]} | keys
    return read(folder, frame, **FORECAST, **asked)


def test_each_series_has_its_values_and_they_are_no_features(tmp_path: Path) -> None:
    found = forecast(tmp_path, shops())
    assert found.statics is not None
    assert (found.statics.features, found.statics.categories) == (("size",), ("place",))
    assert found.statics.values.tolist() == [[3], [1], [2], [1]]
    assert found.statics.levels == (("hill", "sea", "town"),)
    assert found.statics.codes.tolist() == [[1], [0], [1], [2]]
    assert (found.features, found.categories) == (("y",), ())
    assert found.summary()["static"] == ["size", "place"]


def test_a_series_that_is_cut_takes_its_values_with_it(tmp_path: Path) -> None:
    found = forecast(tmp_path, shops((9, 3, 9, 9)))
    assert found.series_names == ("n0", "n2", "n3")
    assert found.statics is not None
    assert found.statics.values.tolist() == [[3], [2], [1]]
    assert found.statics.codes.tolist() == [[1], [1], [2]]


def test_they_are_kept_and_count_for_the_fingerprint(tmp_path: Path) -> None:
    found = forecast(tmp_path, shops())
    save_data(found, tmp_path)
    again = load_data(tmp_path, found.fingerprint)
    assert found.statics is not None
    assert again.statics is not None
    for name in ("features", "categories", "levels"):
        assert getattr(again.statics, name) == getattr(found.statics, name)
    np.testing.assert_array_equal(again.statics.values, found.statics.values)
    np.testing.assert_array_equal(again.statics.codes, found.statics.codes)
    larger = shops().with_columns(pl.col("size") + 1)
    assert content_hash(forecast(tmp_path, larger)) != found.fingerprint


def test_they_are_scaled_by_the_series_that_training_has(tmp_path: Path) -> None:
    found = forecast(tmp_path, shops())
    train = np.flatnonzero(found.series < 3)  # sizes 3, 1 and 2; sea and hill
    own = Preparation.fit(found, train, "auto")
    given = own.statics(found)
    deviation = np.std([3, 1, 2])
    expected = np.array([1, -1, 0, -1]) / deviation
    np.testing.assert_allclose(given[:, 0].astype(float), expected, rtol=1e-6)
    hill, sea, town, unseen = range(1, 5)
    assert [int(row[1:].argmax()) + 1 for row in given] == [sea, hill, sea, unseen]
    assert not given[:, town].any()
    assert own.static_width == 5


@pytest.mark.parametrize(
    ("change", "keys", "message"),
    [
        (
            pl.when(pl.col("t") == 5).then(4).otherwise(pl.col("size")).alias("size"),
            {},
            "column 'size', row 7 (the first of 4 like it): the static feature of series 'n0' is "
            "'4' here and '3' in row 2: give each series one static feature",
        ),
        (
            pl.when((pl.col("s") == "n1") & (pl.col("t") == 0))
            .then(None)
            .otherwise(pl.col("place"))
            .alias("place"),
            {},
            "column 'place', row 11: the value is missing: every series needs one",
        ),
        (pl.col("size"), {"series": None}, "of data.static needs data.series"),
        (pl.col("size"), {"static": ["sise"]}, "no column 'sise' (data.static): did you mean"),
        (pl.col("size"), {"static": ["y"]}, "column 'y' of data.static is the target column"),
        (
            pl.col("size"),
            {"features": ["size"]},
            "column 'size' of data.features is the static column",
        ),
        (pl.col("t").cast(pl.String).str.to_date("%d", strict=False), {"static": ["t"]}, "time"),
    ],
)
def test_what_has_not_one_value_for_each_series_is_refused(
    change: pl.Expr, keys: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as error:
        forecast(tmp_path, shops().with_columns(change), **keys)
    assert message in str(error.value)


def test_without_them_the_fingerprint_is_that_of_before(tmp_path: Path) -> None:
    rows = labelled(size=list(range(1, 21)))
    path = tmp_path / "data.csv"
    rows.write_csv(path)
    asked = {"features": ["x"], **SEQUENCES}
    assert (
        read_data(path, **asked).fingerprint
        == "6d16195326b29cf886f95c4d2dc6d237bdbedbdc77efa46afaf81dd0562187be"
    )


def test_one_that_gives_the_target_away_is_told(tmp_path: Path) -> None:
    rows = labelled(count=20, code=[5, 7] * 10)
    found = read(tmp_path, rows, **SEQUENCES, static=["code"])
    assert any("'code' alone decides the target" in note for note in found.notes)
