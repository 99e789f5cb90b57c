"""What is compiled runs, whatever becomes of the folder that keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numba import config

from dropsearch.models.lstm.kernels import Array, compiled


def _one_more(numbers: Array) -> None:
    for place in range(numbers.shape[0]):
        numbers[place] += 1


def test_on_a_full_disk(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="No space left"):
        (disk / "rest").write_bytes(bytes(2**20))
    monkeypatch.setattr(config, "CACHE_DIR", str(disk))
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
