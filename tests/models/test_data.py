"""Tables to SequenceData: windows, sequences, filling, notes, fingerprint and storage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.data import SequenceData, load_data, read_data, save_data
from dropsearch.models.errors import DataError

EXAMPLES = Path(__file__).parents[2] / "examples"
FORECAST: dict[str, Any] = {"task": "forecast", "target": "y", "time": "t"}


def read(folder: Path, frame: pl.DataFrame, **keys: Any) -> SequenceData:
    path = folder / "data.csv"
    frame.write_csv(path)
    return read_data(path, **keys)


def vowels(path: Path | None = None, **keys: Any) -> SequenceData:
    return read_data(
        path or EXAMPLES / "japanese-vowels.csv",
        **{"task": "classify", "target": "label", "series": "series", "time": "step"} | keys,
    )


def sunspots(path: Path | None = None, **keys: Any) -> SequenceData:
    path = path or EXAMPLES / "sunspots.csv"
    return read_data(
        path,
        **FORECAST | {"target": "sunspots", "time": "month", "window": 48, "horizon": 12} | keys,
    )


def labelled(count: int = 20, steps: int = 3, **columns: list[Any]) -> pl.DataFrame:
    """Sequences of random numbers, labels a and b by turns; columns have a value per sequence."""
    rng = np.random.default_rng(0)
    per = {"s": [f"n{i}" for i in range(count)], "y": list("ab") * (count // 2)} | columns
    frame = pl.DataFrame({name: np.repeat(values, steps) for name, values in per.items()})
    return frame.with_columns(pl.Series("x", rng.normal(size=count * steps)))


def notes(data: SequenceData, text: str) -> list[str]:
    return [note for note in data.notes if text in note]


def test_sunspots() -> None:
    data = sunspots()
    assert data.features == ("sunspots",)
    assert data.values.shape == (2820, 1)
    assert len(data.start) == 2820 - 60 + 1
    assert data.calendar is not None
    assert data.stamps is not None
    assert data.calendar.describe() == "monthly"
    assert data.calendar.label(data.calendar.after(int(data.stamps[-1]), 1)) == "1984-01"
    np.testing.assert_array_equal(data.values[:, 0], data.target)
    np.testing.assert_array_equal(data.time, np.arange(2820))
    assert data.notes == ()
    assert data.left_out == {}


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


@settings(max_examples=80, deadline=None)
@given(
    times=st.lists(
        st.lists(st.integers(0, 40), min_size=1, max_size=25, unique=True).map(sorted),
        min_size=1,
        max_size=3,
    ),
    window=st.integers(1, 4),
    horizon=st.integers(1, 3),
    shuffle=st.randoms(use_true_random=False),
)
def test_windows_are_those_without_a_gap(
    tmp_path_factory: pytest.TempPathFactory,
    times: list[list[int]],
    window: int,
    horizon: int,
    shuffle: Any,
) -> None:
    """Against a loop over every row; series lie scattered in the file. Most steps are 1."""
    rows = [("abc"[s], t, 100 * s + t) for s, ts in enumerate(times) for t in [*ts, *range(50, 80)]]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][1], shuffle.random()))
    frame = pl.DataFrame([rows[i] for i in order], schema=["s", "t", "y"], orient="row")
    expected = {
        (name, t)
        for name, t, _ in rows
        if all((name, t + k) in {r[:2] for r in rows} for k in range(window + horizon))
    }
    keys = FORECAST | {"series": "s", "window": window, "horizon": horizon}
    folder = tmp_path_factory.mktemp("windows")
    if not expected:
        with pytest.raises(DataError, match="no series is long enough"):
            read(folder, frame, **keys)
        return
    data = read(folder, frame, **keys)
    assert data.stamps is not None
    assert data.time is not None
    found = {
        (data.series_names[s], int(data.stamps[i]))
        for s, i in zip(data.series, data.start, strict=True)
    }
    assert found == expected
    for i in data.start:
        rows_of = slice(i, i + window + horizon)
        assert (np.diff(data.time[rows_of]) == 1).all()
        assert len(set(data.row_series[rows_of])) == 1
        name = data.series_names[data.row_series[i]]
        assert data.values[i, 0] == 100 * "abc".index(name) + data.stamps[i]
    assert set(data.row_series) == set(range(len(data.series_names))) == set(data.series)


def test_short_series_are_skipped_and_counted(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"s": list("aaaabbcccc"), "t": [*range(4), 0, 1, *range(4)], "y": range(10)}
    )
    data = read(tmp_path, frame, **FORECAST, series="s", window=2, horizon=1)
    assert data.series_names == ("a", "c")
    assert data.values[:, 0].tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert data.start.tolist() == [0, 1, 4, 5]
    assert data.row_series.tolist() == [0] * 4 + [1] * 4
    assert notes(data, "1 of 3 series are too short for a window of 2 steps and 1 to predict")


def test_gaps_are_counted_and_a_clock_change_is_named(tmp_path: Path) -> None:
    hours = [f"2013-03-31 {hour:02d}:00" for hour in (0, 1, 3, 4, 5, 9, 10, 11)]
    frame = pl.DataFrame({"t": hours, "y": range(8)})
    data = read(tmp_path, frame, **FORECAST, window=2, horizon=1)
    (note,) = notes(data, "gap")
    assert note == (
        "The times (hourly) have 2 gaps, 4 steps in all, the first before 2013-03-31 03:00 "
        "(row 4); no window crosses a gap."
    )
    assert notes(data, "One hour is missing before 2013-03-31 03:00: it looks like a clock change")
    assert data.start.tolist() == [2, 5]


def test_filled_targets_are_inputs_only(tmp_path: Path) -> None:
    target = [None, 1.0, None, 3.0, None, 5.0, 6.0]
    frame = pl.DataFrame({"t": range(7), "y": target, "x": [9, 8, None, 7, 3, 2, 1]})
    data = read(tmp_path, frame, **FORECAST, window=2, horizon=1, missing="forward")
    assert data.values.tolist() == [[1, 8], [1, 8], [3, 7], [3, 3], [5, 2], [6, 1]]
    np.testing.assert_array_equal(data.target, [1, np.nan, 3, np.nan, 5, 6])
    assert data.start.tolist() == [0, 2, 3]  # the window that predicts the unknown step is gone
    assert notes(data, "1 leading rows of 1 series are cut")
    assert notes(data, "3 of 'y', 1 of 'x'. A missing target is neither trained on nor scored")


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=8, max_size=20),
    cut=st.integers(1, 7),
)
def test_filling_forward_never_looks_ahead(
    tmp_path_factory: pytest.TempPathFactory, cells: list[int | None], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("filling")
    cells = [1, *cells, 2]

    def values(column: list[int | None]) -> list[float]:
        size = len(column)
        frame = pl.DataFrame({"t": range(size), "y": [i % 3 for i in range(size)], "x": column})
        keys = FORECAST | {"window": 1, "horizon": 1, "features": ["x"], "missing": "forward"}
        return read(folder, frame, **keys).values[:, 1].tolist()

    changed = cells[:cut] + [None if c is None else c + 100 for c in cells[cut:]]
    assert values(cells)[:cut] == values(changed)[:cut]


def test_filling_stays_inside_a_series(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"s": list("abababab"), "y": list("01010101"), "x": [1, 10, None, None, 4, None, None, 50]}
    )
    keys: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
    forward = read(tmp_path, frame, **keys, missing="forward")
    assert forward.values[:, 0].tolist() == [1, 1, 4, 4, 10, 10, 10, 50]
    linear = read(tmp_path, frame, **keys, missing="linear")
    np.testing.assert_allclose(linear.values[:, 0], [1, 2.5, 4, 4, 10, 70 / 3, 110 / 3, 50])


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
    regress = read(tmp_path, frame, **keys | {"task": "regress"})
    assert notes(regress, "Column 'z' alone decides the target")


def test_a_feature_that_knows_the_future_is_named(tmp_path: Path) -> None:
    y = np.random.default_rng(0).normal(size=60)
    frame = pl.DataFrame({"t": range(60), "y": y, "x": np.roll(y, -2), "z": np.roll(y, 2)})
    frame = frame.head(58)
    data = read(tmp_path, frame, **FORECAST, window=4, horizon=3)
    assert [note.split()[1] for note in notes(data, "steps ahead")] == ["'x'"]


def test_folds_groups_and_holdout_of_a_forecast(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "s": ["a"] * 6 + ["b"] * 6,
            "t": [*range(6)] * 2,
            "y": range(12),
            "g": ["g"] * 12,
            "fold": ["1"] * 3 + ["2"] * 2 + [None] + ["1"] * 3 + ["2"] * 2 + [None],
            "part": (["train"] * 5 + ["test"]) * 2,
        }
    )
    data = read(
        tmp_path, frame, **FORECAST, series="s", window=2, horizon=1, group="g", features=[],
        fold_column="fold", holdout_column="part", holdout_value="test",
    )  # fmt: skip
    assert data.part is not None
    assert data.held is not None
    assert data.group is not None
    assert data.part_names == ("1", "2")
    assert data.part.tolist() == [0, 1, 1, -1] * 2
    assert np.flatnonzero(data.held).tolist() == [5, 11]
    assert data.group.tolist() == [0] * 8


def test_without_a_time_column_rows_count(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": [3, 1, 2, 5]})
    data = read(tmp_path, frame, task="forecast", target="y", window=2, horizon=1)
    assert data.calendar is None
    assert data.stamps is None
    np.testing.assert_array_equal(data.time, range(4))
    assert notes(data, "No data.time is named")


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


@pytest.mark.parametrize("make", [sunspots, vowels])
def test_saved_data_comes_back(tmp_path: Path, make: Any) -> None:
    data = make()
    path = save_data(data, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / f"{data.fingerprint}.safetensors"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    back = load_data(path.parent, data.fingerprint)
    for name, value in vars(data).items():
        other = getattr(back, name)
        if isinstance(value, np.ndarray):
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
    assert found["left_out"] == {"part": "words (name it in data.categories to use it)"}


def test_reading_data_imports_no_torch() -> None:
    code = "import sys, dropsearch.models.data; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
