"""The files of what fits have said of each example: whole, damaged, too large, away."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from dropsearch.studies.claims.validated import (
    LARGEST,
    MOST,
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


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def archive(unit: bytes) -> bytes:
    """The file of `some` with another array of units."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(some().packed())) as given,
        zipfile.ZipFile(content, "w") as made,
    ):
        for name in given.namelist():
            made.writestr(name, unit if name == "unit.npy" else given.read(name))
    return content.getvalue()


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


def test_of_outputs_that_are_too_large_those_of_a_part_are_kept(tmp_path: Path) -> None:
    given = some(examples=LARGEST // 8 + 500)
    part = given.sample
    assert part.with_outputs
    assert part.outputs is not None
    assert part.outputs.nbytes == LARGEST
    assert np.array_equal(part.index, given.sample.index)
    places = np.flatnonzero(np.isin(given.index, part.index))
    for name, whole in asdict(given).items():
        assert np.array_equal(getattr(part, name), whole[places])
    found = written(tmp_path, part.packed(), outputs=True)
    assert found is not None
    assert np.array_equal(found.outputs, part.outputs)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        some().packed()[:-40],
        some().packed().replace(b"fold", b"gold"),
        replace(some(), fold=np.arange(2)).packed(),
        replace(some(), contribution=np.full(6, np.nan)).packed(),
        npy(np.arange(6)),
        replace(some(), contribution=np.full(6, "x")).packed(),
        replace(some(), unit=np.full(6, None)).packed(),
        replace(some(), unit=np.zeros((6, 1), np.int64)).packed(),
        replace(some(), index=some().index - 1).packed(),
        replace(some(), fold=some().fold * 2**61).packed(),
        some(examples=0).packed(),
        archive(npy(np.arange(6)).replace(b"(6,)", b"(10000000000000,)")),
        archive(npy(np.arange(6)).replace(b"(6,)", b"(9" + b"0" * 30 + b",)")),
    ],
    ids=[
        "empty",
        "no archive",
        "cut short",
        "another column",
        "other lengths",
        "not a number",
        "an array",
        "words",
        "a pickle",
        "another shape",
        "no example",
        "folds that are none",
        "nothing",
        "more than there is memory",
        "more than there are numbers",
    ],
)
def test_what_is_damaged_counts_as_lost(tmp_path: Path, content: bytes) -> None:
    assert written(tmp_path, content) is None


def test_of_an_archive_that_is_large_only_when_read_nothing_is_read(tmp_path: Path) -> None:
    head = io.BytesIO()
    shape = {"descr": "<i8", "fortran_order": False, "shape": (MOST // 8,)}
    np.lib.format.write_array_header_1_0(head, shape)
    content = io.BytesIO(some().packed().replace(b"unit", b"gone"))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("unit.npy", head.getvalue() + bytes(MOST))
    tracemalloc.start()
    assert written(tmp_path, content.getvalue()) is None
    assert tracemalloc.get_traced_memory()[1] < MOST / 10
    tracemalloc.stop()


def test_outputs_that_are_no_numbers_count_as_damage(tmp_path: Path) -> None:
    for name, odd in (("nan", np.nan), ("inf", np.inf), ("one", 0.0)):
        given = replace(some(), outputs=np.full(6, odd) if name == "one" else np.full((6, 2), odd))
        (tmp_path / name).mkdir()
        assert written(tmp_path / name, given.packed(), outputs=True) is None


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
