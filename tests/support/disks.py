"""Disks of their own, so small that they are soon full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A new folder with a file system of that size (`16k`). Raises OSError where this user may not
    mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        if subprocess.run(mount, capture_output=True).returncode:
            raise OSError("mounting a small file system needs more rights")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        folder.rmdir()


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk of 16 KB, or of the size that the test is parametrised with."""
    size = getattr(request, "param", "16k")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(small_disk(tmp_path / "small", size))
        except OSError as error:
            pytest.skip(str(error))
        yield found
