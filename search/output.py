"""The file that a command writes its text to."""

from __future__ import annotations

from pathlib import Path

from dropsearch.search.errors import ConfigError, SearchError


def refuse_output(path: Path, source: Path) -> None:
    """Raise ConfigError, before the work, where a result cannot or must not be written."""
    try:
        if not path.absolute().parent.is_dir():
            raise ConfigError(f"Cannot write {path}: there is no folder {path.absolute().parent}.")
        if path.is_dir():
            raise ConfigError(f"Cannot write {path}: it is a folder, name a file.")
        if path.exists() and source.exists() and path.samefile(source):
            raise ConfigError(f"{path} is the file that is read: name another for the result.")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.") from None


def write_output(path: Path, text: str) -> None:
    """Write a file whole or not at all, through links; what is no file (a device, a pipe) as it is.

    Raises SearchError where it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        place = path.resolve()
        part = place.with_name(place.name + ".part")
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SearchError(f"Cannot write {path}: {error.strerror}.") from None
