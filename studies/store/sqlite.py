"""Connections to an SQLite file that other processes may have locked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

BUSY_SECONDS = 60.0  # a file locked by another process is waited for so long
TURN = 0.5  # seconds that SQLite waits by itself: in between, signals are heard
HURRIED_SECONDS = 2.0  # the whole wait of a process that has to leave

T = TypeVar("T")


class Connection(sqlite3.Connection):
    """Waits for a locked file, less long where it is `hurried`."""

    hurried: Callable[[], bool] = staticmethod(lambda: False)
    patience: float | None = None  # seconds to wait, instead of BUSY_SECONDS

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or Cursor)

    def commit(self) -> None:
        self.in_turns(super().commit)

    def in_turns(self, call: Callable[[], T], may_repeat: Callable[[], bool] = lambda: True) -> T:
        """What `call` gives, which is repeated while the file is locked."""
        began = time.monotonic()
        while True:
            try:
                return call()
            except sqlite3.OperationalError as error:
                longest = BUSY_SECONDS if self.patience is None else self.patience
                if self.hurried():
                    longest = min(longest, HURRIED_SECONDS)
                over = time.monotonic() - began >= longest
                if over or "locked" not in str(error) or not may_repeat():
                    raise


class Cursor(sqlite3.Cursor):
    connection: Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        return self._begun(lambda: super(Cursor, self).execute(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        rows = list(parameters)
        return self._begun(lambda: super(Cursor, self).executemany(sql, rows))

    def _begun(self, call: Callable[[], Cursor]) -> Cursor:
        """A statement that begins a transaction may be repeated, one within it may not."""
        return self.connection.in_turns(call, lambda: not self.connection.in_transaction)


def connect_sqlite(
    path: Path, level: Literal["IMMEDIATE"] | None, hurried: Callable[[], bool] | None = None
) -> Connection:
    """A connection to a file that exists; sqlite3.OperationalError where it does not.

    level: IMMEDIATE: sqlite3 itself begins, at the first write; None: the caller does. hurried:
    whether the process has to leave, so that a lock is waited for less long.
    """
    connection = sqlite3.connect(
        path.as_uri() + "?mode=rw",
        uri=True,
        timeout=min(TURN, BUSY_SECONDS),
        isolation_level=level,
        check_same_thread=False,
        factory=Connection,
    )
    if hurried is not None:
        connection.hurried = hurried
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
