"""What is compiled runs, whatever becomes of the folder that keeps it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numba import config

from dropsearch.models.lstm.kernels import Array, compiled


def _one_more(numbers: Array) -> None:
    for place in range(numbers.shape[0]):
        numbers[place] += 1


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a full disk."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs more rights")
    try:
        with pytest.raises(OSError, match="No space left"):
            (small / "rest").write_bytes(bytes(2**20))
        yield small
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_on_a_full_disk(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(full))
    kernel, numbers = compiled(_one_more), np.zeros(3)
    for _ in range(2):
        kernel(numbers)
    assert numbers.tolist() == [2, 2, 2]


def test_where_the_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    kernel, numbers = compiled(_one_more), np.zeros(3)
    for path in (tmp_path / "cache").iterdir():
        path.rmdir()
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("a file")
    kernel(numbers)
    assert numbers.tolist() == [1, 1, 1]
