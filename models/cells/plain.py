"""The bytes of a data file: a plain file's as long as it was, a pipe's once; no device's."""

from __future__ import annotations

import difflib
import os
import select
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dropsearch.models.cells.encoding import decoded
from dropsearch.models.errors import DataError

HEAD = 16  # bytes that tell what a file is
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    GZIP: "compressed by gzip",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstandard",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow file",
}
LARGEST_PIPE = 100_000_000  # bytes
_PATIENCE = 3.0  # seconds without a writer
_CHUNK = 1 << 20
_OTHERS = (
    (stat.S_ISDIR, "a folder: name the CSV or Parquet file in it"),
    (stat.S_ISFIFO, "a pipe, which can be read only once: save what comes out of it as a file"),
    (stat.S_ISSOCK, "a socket: name a CSV or Parquet file"),
    (stat.S_ISCHR, "a device: name a CSV or Parquet file"),
    (stat.S_ISBLK, "a device: name a CSV or Parquet file"),
)


def read_bytes(path: Path, refuse: Callable[[bytes, int], None], *, pipe: bool = False) -> bytes:
    """A file's content; refuse: gets its head and its size, ahead of the rest, to raise.

    pipe: whether it may be one. Raises DataError where it is missing, cannot be read, or is
    neither a plain file nor such a pipe.
    """
    try:
        mode = path.stat().st_mode
        piped = pipe and stat.S_ISFIFO(mode)
        other = next((what for is_one, what in _OTHERS if is_one(mode)), None)
        if other is not None and not piped:
            raise DataError(f"{path} is {other}.")
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            if piped:
                content = _from_pipe(path, file.fileno())
                refuse(content[:HEAD], len(content))
                return content
            head, size = file.read(HEAD), os.fstat(file.fileno()).st_size
            refuse(head, size)
            file.seek(0)
            with open(file.fileno(), "rb", closefd=False) as whole:
                return whole.read(size)
    except FileNotFoundError:
        near = nearest_file(path)
        raise DataError(
            f"{path} does not exist: " + (f"did you mean {near}?" if near else "check data.path.")
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be opened ({error}): check its name and rights.") from None


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe at once, be there a writer or not."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _from_pipe(path: Path, pipe: int) -> bytes:
    """All that comes through until its writers are gone."""
    chunks: list[bytes] = []
    size = 0
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            chunk = os.read(pipe, _CHUNK)
        except BlockingIOError:  # a writer is there
            select.select([pipe], [], [])
            continue
        if not chunk and (chunks or time.monotonic() > end):
            break
        if not chunk:
            time.sleep(0.05)
            continue
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_PIPE:
            raise DataError(
                f"{path} is a pipe through which more than {LARGEST_PIPE / 1e6:.0f} MB came: save "
                "them as a file, and name that."
            )
    if not chunks:
        raise DataError(f"{path} is a pipe through which nothing came: write a table to it.")
    return b"".join(chunks)


@dataclass(frozen=True, eq=False)
class Again:
    """A text file that can be read a second time."""

    path: Path
    encoding: str | None
    checksum: int
    above: int  # lines ahead of the rows
    cuts: tuple[int, ...]  # between which its bytes are whole rows; none: they are decoded first

    def pieces(self) -> Iterator[tuple[bytes, int]]:
        """The rows, each time with lines ahead of them. Raises DataError where it has changed."""
        try:
            with self.path.open("rb") as file:
                if not self.cuts:
                    content = decoded(self.path, file.read(), self.encoding)
                    self._compare(zlib.crc32(content))
                    yield content, self.above
                    return
                found, sizes = 0, [last - first for first, last in pairwise((0, *self.cuts))]
                for size in (*sizes, -1):
                    found = zlib.crc32(file.read(size), found)
                self._compare(found)
                file.seek(self.cuts[0])
                yield from ((file.read(size), 0) for size in sizes[1:])
        except OSError:
            self._compare(0)

    def _compare(self, checksum: int) -> None:
        if checksum != self.checksum:
            raise DataError(f"{self.path} has changed while it was read: start again.")


def nearest_file(path: Path) -> str | None:
    """The file beside it whose name is most like its own."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, 1, 0.6)
    return str(path.parent / near[0]) if near else None
