"""Sequences: features chosen, words, filling, repeats and columns that tell too much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from tests.support.paths import EXAMPLES
from tests.support.sequences import labelled, notes, read, vowels


def test_vowels() -> None:
    data = vowels(holdout_column="part", holdout_value="test")
    assert data.features == tuple(f"c{i}" for i in range(1, 13))
    assert (len(data.start), data.length.min(), data.length.max()) == (640, 7, 29)
    assert data.classes == tuple(f"speaker{i}" for i in range(1, 10))
    assert data.held is not None
    assert data.held.sum() == 370
    assert data.series_names[:2] == ("0", "1")
    frame = pl.read_csv(EXAMPLES / "japanese-vowels.csv").filter(pl.col("series") == 17)
    rows = slice(data.start[17], data.start[17] + data.length[17])
    np.testing.assert_array_equal(data.values[rows], frame.select(data.features).to_numpy())
    assert data.classes[data.target[17]] == frame["label"][0]


def test_covid() -> None:
    data = read_data(
        EXAMPLES / "covid-3-month.csv", task="regress", target="death_rate", series="series",
        time="step", fold_column="part",
    )  # fmt: skip
    assert data.features == ("cases",)
    assert data.target.dtype == np.float64
    assert len(data.target) == 201
    assert data.part is not None
    assert data.part_names == ("test", "train")
    assert np.bincount(data.part).tolist() == [61, 140]
    assert notes(data, "3 of 201 sequences repeat")


def test_filling_stays_inside_a_series(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"s": list("abababab"), "y": list("01010101"), "x": [1, 10, None, None, 4, None, None, 50]}
    )
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
    forward = read(tmp_path, frame, **keys, missing="forward")
    assert forward.values[:, 0].tolist() == [1, 1, 4, 4, 10, 10, 10, 50]
    linear = read(tmp_path, frame, **keys, missing="linear")
    np.testing.assert_allclose(linear.values[:, 0], [1, 2.5, 4, 4, 10, 70 / 3, 110 / 3, 50])


def test_a_line_begins_with_the_first_known_value_of_a_series(tmp_path: Path) -> None:
    blank = pl.Series([None, 10, 3, None, 4, 20, None, None])
    words = pl.Series([None, "u", "v", "u", None, "v", "v", None])
    frame = pl.DataFrame({"s": list("aaaabbbb"), "y": list("00001111"), "x": blank, "w": words})
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s", "missing": "linear"}
    data = read(tmp_path, frame, **keys, features=("x",), categories=("w",))
    assert data.values[:, 0].tolist() == [10, 10, 3, 3, 4, 20, 20, 20]
    assert "".join(data.levels[0][code] for code in data.codes[:, 0]) == "uuvuvvvv"
    bare = frame.with_columns(pl.when(pl.col("s") == "a").then(pl.col("x")).alias("x"))
    with pytest.raises(DataError, match=r"row 6 .*its series has no value of it: take"):
        read(tmp_path, bare, **keys, features=("x",))


def test_default_features_leave_out_what_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    rows = [f"{i},{i},{i // 4},{i % 4},a,7,{i * i % 5},{i % 3 == 0}" for i in range(40)]
    path.write_text("\n".join([",row,s,step,w,same,x,yes", *rows]))
    labels = path.read_text().replace("yes", "yes,y").splitlines()
    path.write_text(
        "\n".join([labels[0], *(f"{r},{int(r.split(',')[2]) % 2}" for r in labels[1:])])
    )
    data = read_data(path, task="classify", target="y", series="s")
    assert data.features == ("x", "yes")
    assert set(data.values[:, 1]) == {0.0, 1.0}
    assert data.left_out == {
        "(column 1)": "no name",
        "row": "only counts the rows",
        "step": "only counts the rows",
        "w": "words (name it in data.categories to use it)",
        "same": "the same value in every row",
    }
    assert notes(data, "Left out as a feature: 'row', 'step': only counts the rows.")


def test_words_become_codes(tmp_path: Path) -> None:
    frame = labelled().with_columns(w=pl.Series(["south", "north", "east"] * 20))
    data = read(tmp_path, frame, task="classify", target="y", series="s", categories=["w"])
    assert data.features == ("x",)
    assert data.categories == ("w",)
    assert data.levels == (("east", "north", "south"),)
    assert data.codes[:3, 0].tolist() == [2, 1, 0]


def test_classes_keep_their_spelling_and_order(tmp_path: Path) -> None:
    frame = labelled(y=["10", "9", "Yes ", "yes", "NA"] * 4)
    data = read(tmp_path, frame, task="classify", target="y", series="s")
    assert sorted(data.classes) == sorted(["10", "9", "Yes ", "yes", "NA"])
    assert notes(data, "'Yes ' and 'yes', which differ only by case or blanks")
    assert notes(data, "holds a word like 'NA' or 'None' in 12 rows")
    numeric = read(tmp_path, labelled(y=["10", "9"] * 10), task="classify", target="y", series="s")
    assert numeric.classes == ("9", "10")


def test_repeated_sequences_are_noted_or_kept_together(tmp_path: Path) -> None:
    frame = labelled(g=[f"g{i}" for i in range(20)])
    copy = frame.filter(pl.col("s").is_in(["n0", "n1"])).with_columns(
        s=pl.col("s").replace({"n0": "m0", "n1": "m1"}),
        g=pl.col("s").replace({"n0": "g5", "n1": "g5"}),
    )
    frame = pl.concat([frame, copy])
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
    kept = read(tmp_path, frame, **keys)
    assert notes(kept, "2 of 22 sequences repeat an earlier one: set data.repeated to group")
    assert kept.group is None
    alone = read(tmp_path, frame, **keys, repeated="group")
    assert alone.group is not None
    assert alone.group[0] == alone.group[20] != alone.group[1] == alone.group[21]
    assert len(np.unique(alone.group)) == 20
    joined = read(tmp_path, frame, **keys, repeated="group", group="g")
    assert joined.group is not None  # g0, g1 and g5 are tied together by the repeats
    assert len({joined.group[i] for i in (0, 1, 5, 20, 21)}) == 1
    assert len(np.unique(joined.group)) == 18


def test_repeats_with_another_label_are_counted(tmp_path: Path) -> None:
    frame = labelled()
    copy = frame.filter(pl.col("s") == "n0").with_columns(s=pl.lit("m"), y=pl.lit("b"))
    data = read(tmp_path, pl.concat([frame, copy]), task="classify", target="y", series="s")
    assert notes(data, "1 of the repeated ones with different targets")


def test_columns_that_tell_the_target_are_named(tmp_path: Path) -> None:
    frame = labelled(leak=[5, 3] * 10, patient=[f"p{i // 4}{i % 2}" for i in range(20)])
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
    data = read(tmp_path, frame, **keys)
    assert notes(data, "Column 'leak' alone decides the target")
    assert notes(data, "Column 'patient' looks like a group: 10 values over 20 sequences")
    assert not notes(data, "'x'")
    assert not notes(read(tmp_path, frame, **keys, group="patient"), "looks like a group")
    numbers = [float(i * i) for i in range(20)]
    frame = labelled(y=numbers, z=[3 * n + 1 for n in numbers])
    regress = read(tmp_path, frame, **keys | {"task": "regress"}, features=["x", "z"])
    assert notes(regress, "Column 'z' alone decides the target")


@pytest.mark.parametrize("said", [None, "dirty_decay_ms:9"])
def test_polars_gives_back_what_it_frees_unless_somebody_says_otherwise(said: str | None) -> None:
    code = "import os, dropsearch.models.data.reading; print(os.environ['_RJEM_MALLOC_CONF'])"
    rest = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    known = {} if said is None else {"_RJEM_MALLOC_CONF": said}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env=rest | known, text=True
    )
    assert done.stdout.strip().endswith(said or "dirty_decay_ms:0,muzzy_decay_ms:0")
