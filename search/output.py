"""The file that a command writes its text to."""

from __future__ import annotations

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
        if not path.absolute().parent.is_dir():
            raise ConfigError(f"Cannot write {path}: there is no folder {path.absolute().parent}.")
        if path.is_dir():
            raise ConfigError(f"Cannot write {path}: it is a folder, name a file.")
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            raise ConfigError(f"{path} is the file that is read: name another for the result.")
        if path.is_file() and mark not in path.read_text(encoding="utf-8", errors="replace"):
            raise ConfigError(f"{path} is another file, which is not replaced: name a new one.")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.") from None


def write_output(path: Path, text: str) -> None:
    """Write a file whole or not at all, through links, and say so; - is stdout.

    A device or a pipe is written to as it is. Raises SearchError where that cannot be done.
    """
    if path == STDOUT:
        print(text, end="")
        return
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise SearchError(f"Cannot write {path}: {error.strerror}.") from None
    print(f"Written: {path.absolute()}")


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
