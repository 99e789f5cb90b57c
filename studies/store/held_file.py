"""An SQLite file that is removed, moved or replaced while it is open: noticed, and saved."""

from __future__ import annotations

import hashlib
import os
import shlex
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.sqlite import Connection, connect_sqlite

BESIDE = ("", "-wal", "-shm")  # what an open file consists of
PATIENCE = 5.0  # seconds that the transactions of other processes have to end in


class StoreGone(StudiesError):  # noqa: N818
    """The SQLite file is not where it was opened; the text names what was saved."""

    exit_code = 1


class HeldFile:
    """A database's file, held open so that its content can be reached when its name cannot.

    May be used by several threads. On Windows, where nobody can remove an open file, nothing is
    watched.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hurried: Callable[[], bool] = lambda: False  # whether the process has to leave
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._places: dict[Path, tuple[int, int]] = {}
        self._gone: str | None = None

    def hold(self) -> None:
        """Open the file and remember which one it is; the second time it is checked.

        Raises StoreGone, and sqlite3.OperationalError where there is no such file.
        """
        with self._lock:
            if self._connection is None and os.name != "nt":
                self._connection = self._opened()
                places = (self.path.with_name(self.path.name + suffix) for suffix in BESIDE)
                self._places = {place: seen for place in places if (seen := _identity(place))}
        self.check()

    def check(self) -> None:
        """Raise StoreGone, once the content is saved, where another file or none is there now."""
        if all(_identity(place) == seen for place, seen in self._places.items()):
            return
        with self._lock:
            if self._gone is None:
                self._gone = self._lose()
        raise StoreGone(self._gone)

    def close(self) -> None:
        """Let the file go; it may be held again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._places, self._gone = None, {}, None

    def _lose(self) -> str:
        """Save the content; the sentence that says so."""
        gone = f"The database {self.path} was removed, moved or replaced while it was in use."
        try:
            saved = self._save()
        except (OSError, sqlite3.Error) as error:
            return f"{gone} What it held could not be saved: {error}."
        steps = f"put it back and launch again: {shlex.join(['mv', str(saved), str(self.path)])}"
        if not self.path.parent.is_dir():
            steps = f"make the folder {self.path.parent} anew, {steps}"
        elif not self._is_here():
            self._tidy()
            if self.path.exists():
                steps = f"move the file that lies there now out of the way, {steps}"
        return f"{gone} What it held is saved in {saved}: {steps}"

    def _opened(self) -> Connection:
        connection = connect_sqlite(self.path, None, lambda: self.hurried())
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens all of it
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _is_here(self) -> bool:
        return _identity(self.path) == self._places[self.path]

    def _save(self) -> Path:
        """Copy what is open into a file that all processes which lose it call the same.

        Transactions that were begun before are waited for; the last copy stands.
        """
        assert self._connection is not None
        saved = self._folder() / f"{self.path.name}.saved-{self._mark()}"
        part = saved.with_name(f"{saved.name}.{os.getpid()}.part")
        self._connection.patience = PATIENCE
        with suppress(sqlite3.OperationalError):
            self._connection.execute("BEGIN IMMEDIATE")
        self._connection.rollback()
        try:
            with closing(sqlite3.connect(part)) as copy:
                self._connection.backup(copy)
            part.replace(saved)
        finally:
            part.unlink(missing_ok=True)
        return saved

    def _folder(self) -> Path:
        """The file's folder; where that is gone, too, the next one above it."""
        return next(folder for folder in self.path.parents if folder.is_dir())

    def _mark(self) -> str:
        """Tells this file from another one of its name, also from one with its old number."""
        assert self._connection is not None
        first: object = None
        with suppress(sqlite3.Error):
            query = "SELECT uuid FROM dropsearch_study ORDER BY created LIMIT 1"
            first = self._connection.execute(query).fetchone()
        return hashlib.sha256(repr((self._places[self.path], first)).encode()).hexdigest()[:8]

    def _tidy(self) -> None:
        """Remove what was left of the file: SQLite would apply it to another one of its name."""
        for place, seen in self._places.items():
            if place != self.path and _identity(place) == seen:
                place.unlink(missing_ok=True)


def _identity(place: Path) -> tuple[int, int] | None:
    """Which file is there, None where none is."""
    try:
        found = os.stat(place)
    except OSError:
        return None
    return found.st_dev, found.st_ino
