"""What stands in a data file's place: plain files, pipes, devices, sockets, folders."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from dropsearch.models.cells import plain as files
from dropsearch.models.errors import DataError
from dropsearch.models.table.read import read_table

TABLE = b"a,b\n" + b"1,x\n" * 100_000


def write_to(pipe: Path, content: bytes, pause: float = 0) -> threading.Thread:
    """Writes to a pipe once it has a reader, the second half after a pause."""

    def write() -> None:
        half = len(content) // 2
        with pipe.open("wb", buffering=0) as file:
            for part in (content[:half], content[half:]):
                while part:
                    part = part[file.write(part) :]
                time.sleep(pause)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.parametrize("pause", [0, 0.3])
def test_a_pipe_is_read_once_and_whole(
    tmp_path: Path, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.2)  # a writer that is slow is waited for
    os.mkfifo(tmp_path / "pipe")
    writer = write_to(tmp_path / "pipe", TABLE, pause)
    table = read_table(tmp_path / "pipe", pipe=True)
    writer.join()
    assert table.height == 100_000


def test_the_standard_input_of_a_process_is_a_pipe_too() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a,b\n1,2\n")
    os.close(writing)
    assert read_table(f"/dev/fd/{reading}", pipe=True).names == ("a", "b")
    os.close(reading)


def test_a_pipe_that_nobody_writes_to_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"pipe is a pipe through which nothing came"):
        read_table(tmp_path / "pipe", pipe=True)


def test_a_pipe_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_PIPE", 200_000)
    reading, writing = os.pipe()

    def write() -> None:
        try:
            while True:
                os.write(writing, TABLE)
        except BrokenPipeError:
            os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    with pytest.raises(DataError, match="more than 0 MB came: save them as a file"):
        read_table(f"/dev/fd/{reading}", pipe=True)
    os.close(reading)
    thread.join()


@pytest.mark.parametrize("pipe", [False, True])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, pipe: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        refused = {
            tmp_path: "is a folder",
            tmp_path / "socket": "is a socket",
            tmp_path / "loop": "cannot be opened",
            Path("/dev/zero"): "is a device",
            Path("/dev/null"): "is a device",
            Path("/proc/self/maps"): "is empty",
        } | ({} if pipe else {tmp_path / "pipe": "is a pipe, which can be read only once"})
        for path, words in refused.items():
            with pytest.raises(DataError, match=words):
                read_table(path, pipe=pipe)


def test_a_file_that_grows_is_read_as_long_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")

    def grow(head: bytes, size: int) -> None:
        with path.open("ab") as file:
            file.write(b"3,4\n")

    assert files.read_bytes(path, grow) == b"a,b\n1,2\n"
