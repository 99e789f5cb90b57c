"""The file of what a study's examples are: the targets that folds score, and their times."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import runs, target_rows
from dropsearch.models.fold.scored import targets
from dropsearch.search.fit.outputs import examples_of
from dropsearch.studies.claims.examples import Examples, examples_file, read_examples
from dropsearch.studies.claims.validated import packed
from dropsearch.studies.store.store import open_store

HORIZON = 3


def gappy(folder: Path) -> SequenceData:
    """Two series of months, one with a gap, targets missing here and there."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "shop": name,
            "month": f"{2000 + step // 12}-{step % 12 + 1:02d}",
            "sales": None if step % 17 == 11 else round(float(rng.normal()), 3),
        }
        for name, count in (("a \N{LATIN SMALL LETTER E WITH ACUTE}", 40), ("b", 30))
        for step in range(count)
        if name == "b" or not 20 <= step < 23
    ]
    pl.DataFrame(rows).write_csv(folder / "gappy.csv")
    return read_data(
        str(folder / "gappy.csv"), task="forecast", target="sales", time="month", series="shop",
        missing="forward", window=4, horizon=HORIZON,
    )  # fmt: skip


def stored(folder: Path, found: Examples, content: bytes | None = None) -> Examples | None:
    store = open_store(str(folder / "s.db"), create=True)
    path = examples_file(store, "uuid")
    path.parent.mkdir(parents=True)
    path.write_bytes(found.packed() if content is None else content)
    read = read_examples(store, "uuid")
    store.close()
    return read


def test_targets_are_those_that_folds_score(tmp_path: Path) -> None:
    data = gappy(tmp_path)
    found = stored(tmp_path, examples_of(data))
    assert found is not None
    index = np.arange(len(data.start))
    actual, rows = found.targets(index, HORIZON)
    expected, known = targets(data, index)
    assert np.array_equal(np.isfinite(actual), known)
    assert np.array_equal(actual[known], expected[known])
    of_models, _ = target_rows(data, runs(data), index[:, None], np.arange(HORIZON))
    assert np.array_equal(rows[known], of_models[known])
    assert known.sum() < known.size


def test_times_are_as_the_user_writes_them(tmp_path: Path) -> None:
    data = gappy(tmp_path)
    found = stored(tmp_path, examples_of(data))
    assert found is not None
    assert found.names == ("a \N{LATIN SMALL LETTER E WITH ACUTE}", "b")
    first = np.flatnonzero(data.row_series == 0)
    kept = found.labels(first)
    assert kept[0] == "2000-01"
    assert kept[-1] == "2003-04"
    assert "2001-09" not in kept  # in the gap
    assert found.labels(np.array([0, -1])) == ["2000-01", None]


def test_equal_data_has_equal_bytes_and_damage_counts_as_lost(tmp_path: Path) -> None:
    given = examples_of(gappy(tmp_path))
    assert given.packed() == examples_of(gappy(tmp_path)).packed()
    assert stored(tmp_path, given, given.packed()[:-30]) is None


def as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


# What stands in the file instead, of what stands there.
DAMAGES: dict[str, Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    "a series without a name": lambda _: {"names": as_bytes('["a"]')},
    "a name that is none": lambda _: {"names": as_bytes('["a", 1]')},
    "no list of names": lambda _: {"names": as_bytes("7")},
    "half a character": lambda _: {"names": as_bytes(r'["a", "\ud800"]')},
    "lists without end": lambda _: {"names": as_bytes("[" * 100_000)},
    "names of numbers": lambda _: {"names": np.arange(9.0)},
    "no series": lambda of: {"series": of["series"] - 1},
    "a row behind the last": lambda of: {"last": of["last"] + len(of["actual"])},
    "fewer rows": lambda of: {"actual": of["actual"][:-1]},
    "fewer times": lambda _: {"times": as_bytes('["2000-01"]')},
    "no rows": lambda of: {"row_series": of["row_series"][:0], "position": of["position"][:0]},
    "without an end": lambda of: {"actual": of["actual"] * np.inf},
    "words": lambda of: {"actual": np.full(of["actual"].shape, "x")},
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_what_cannot_be_the_examples_of_a_study_counts_as_lost(kind: str, tmp_path: Path) -> None:
    given = examples_of(gappy(tmp_path))
    with np.load(io.BytesIO(given.packed())) as arrays:
        whole = {name: arrays[name] for name in arrays.files}
    assert stored(tmp_path, given, packed(whole | DAMAGES[kind](whole))) is None
