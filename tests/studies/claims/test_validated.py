"""The files of what fits have said of each example: whole, damaged, too large, away."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from dropsearch.studies.claims.validated import (
    LARGEST,
    Validated,
    read_validated,
    validated_file,
    validated_folder,
)
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.store import open_store


def some(examples: int = 6, outputs: int = 2) -> Validated:
    rng = np.random.default_rng(0)
    return Validated(
        index=rng.permutation(examples),
        fold=np.arange(examples) % 3,
        unit=np.arange(examples) // 2,
        contribution=rng.normal(size=examples),
        outputs=rng.normal(size=(examples, outputs)).astype(np.float32),
    )


def written(folder: Path, content: bytes, outputs: bool = False) -> Validated | None:
    store = open_store(str(folder / "s.db"), create=True)
    path = validated_file(store, "uuid", 7)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    found = read_validated(store, "uuid", 7, outputs=outputs)
    store.close()
    return found


def test_it_comes_back_as_it_was_and_equal_ones_have_equal_bytes(tmp_path: Path) -> None:
    given = some()
    found = written(tmp_path, given.packed())
    assert found is not None
    for name, value in asdict(replace(given, outputs=None)).items():
        assert np.array_equal(getattr(found, name), value)
    with np.load(io.BytesIO(given.packed())) as arrays:
        assert np.array_equal(arrays["outputs"], given.outputs)
    assert given.packed() == some().packed()


def test_outputs_are_read_where_they_are_asked_for(tmp_path: Path) -> None:
    given = some()
    found = written(tmp_path, given.packed(), outputs=True)
    assert found is not None
    assert np.array_equal(found.outputs, given.outputs)
    (tmp_path / "without").mkdir()
    without = written(tmp_path / "without", replace(given, outputs=None).packed(), outputs=True)
    assert without is not None
    assert without.outputs is None
    (tmp_path / "short").mkdir()
    short = replace(given, outputs=given.outputs[:-1])
    assert written(tmp_path / "short", short.packed(), outputs=True) is None


def test_outputs_that_are_too_large_are_left_out(tmp_path: Path) -> None:
    given = some(examples=LARGEST // 8 + 1)
    found = written(tmp_path, given.packed())
    assert found is not None
    with np.load(io.BytesIO(given.packed())) as arrays:
        assert "outputs" not in arrays
    assert np.array_equal(found.contribution, given.contribution)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        some().packed()[:-40],
        some().packed().replace(b"fold", b"gold"),
        replace(some(), fold=np.arange(2)).packed(),
        replace(some(), contribution=np.full(6, np.nan)).packed(),
    ],
    ids=["empty", "no archive", "cut short", "another column", "other lengths", "not a number"],
)
def test_what_is_damaged_counts_as_lost(tmp_path: Path, content: bytes) -> None:
    assert written(tmp_path, content) is None


def test_where_there_can_be_no_folder_it_counts_as_lost(tmp_path: Path) -> None:
    (tmp_path / "s.db.artifacts").write_text("a file")
    store = open_store(str(tmp_path / "s.db"), create=True)
    with pytest.raises(StudiesError):
        validated_file(store, "uuid", 7)
    assert read_validated(store, "uuid", 7) is None
    store.close()


def test_what_is_away_counts_as_lost(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    assert read_validated(store, "uuid", 7) is None
    assert not validated_folder(store, "uuid").exists()
    store.close()
