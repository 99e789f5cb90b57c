"""The files that a command writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from dropsearch.search.errors import ConfigError, SearchError

STDOUT = Path("-")


def refuse_output(path: Path, *, source: Path | None = None, mark: str = "") -> None:
    """Raise ConfigError, before the work, where a result cannot or must not be written.

    source: the file that is read. mark: what a file has in it that may be replaced.
    """
    if path == STDOUT:
        return
    try:
        with suppress(FileNotFoundError):
            path.stat()  # links that lead in a circle
        if not path.absolute().parent.is_dir():
            raise ConfigError(f"Cannot write {path}: there is no folder {path.absolute().parent}.")
        if path.is_dir():
            raise ConfigError(f"Cannot write {path}: it is a folder, name a file.")
        folder = path.resolve().parent  # where a new file takes the place of an old one
        if (path.is_file() or not path.exists()) and not os.access(folder, os.W_OK):
            raise ConfigError(f"Cannot write {path}: the folder {folder} takes no files.")
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            raise ConfigError(f"{path} is the file that is read: name another for the result.")
        if mark and path.is_file() and mark not in path.read_text("utf-8", "replace"):
            raise ConfigError(f"{path} is another file, which is not replaced: name a new one.")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from None


def write_output(path: Path, text: str) -> None:
    """Write a file whole or not at all, through links, and say so; - is stdout.

    A device or a pipe is written to as it is. Raises SearchError where that cannot be done.
    """
    from dropsearch.models.files import write_whole

    if path == STDOUT:
        if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # as in a file
        print(text, end="")
        return
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            write_whole(path.resolve(), text.encode())
    except OSError as error:
        raise SearchError(f"Cannot write {path}: {error.strerror or error}.") from None
    print(f"Written: {path.absolute()}")


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files, each whole or not at all, into a folder, which is made, and say so.

    Raises SearchError at the first for which that cannot be done.
    """
    from dropsearch.models.files import write_whole

    for name, content in contents.items():
        path = folder / name
        try:
            write_whole(path, content)
        except OSError as error:
            raise SearchError(f"Cannot write {path}: {error.strerror or error}.") from None
        print(f"Written: {path.absolute()}")
