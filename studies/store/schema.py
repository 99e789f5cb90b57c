"""Makes and upgrades our tables, with alembic, under a version table of our own."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.engine import READING
from dropsearch.studies.store.records import Base
from dropsearch.studies.store.sqlite import connect_sqlite

log = logging.getLogger("dropsearch")

VERSION_TABLE = "dropsearch_alembic_version"
HEAD = "0001"  # the newest version in migrations/versions
LOCK = 0x64726F70  # PostgreSQL's advisory lock for making and deleting things ("drop")

_one_thread = threading.Lock()  # alembic keeps its context in module globals


def prepare(engine: Engine, shown: str, *, create: bool) -> None:
    """Bring our tables to the newest version, in one transaction; any number may race to do it.

    A copy of an SQLite database that is upgraded is kept beside it. Raises StudiesError where a
    later dropsearch made the tables, and, without `create`, where there are none; then nothing is
    written.
    """
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = version(connection)
        if found == HEAD:
            refuse_missing(connection, Base.metadata.tables, shown)
            return
    if found is None and not create:
        raise StudiesError(
            f"{shown} holds no studies of dropsearch. `dropsearch launch STUDY.yaml` makes one; "
            "--storage names another database."
        )
    with _one_thread, _changing(engine) as connection:
        found = version(connection)
        if found != HEAD:
            _upgrade(connection, shown, found)


def version(connection: Connection) -> str | None:
    """The version of our tables, None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def refuse_missing(connection: Connection, wanted: Iterable[str], shown: str) -> None:
    """Raise StudiesError where a table is not there that the version says is."""
    there = inspect(connection).get_table_names()
    if missing := sorted(set(wanted) - set(there)):
        raise StudiesError(
            f"The database {shown} is damaged: it has no table {', '.join(missing)}. Put a copy "
            "of it back, or name another one by --storage."
        )


def lock(connection: Connection) -> None:
    """Until the transaction ends nobody else makes or deletes studies or tables.

    SQLite's transactions of writers have that property already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """A transaction to change tables in, which may take its time.

    SQLite's foreign keys are off meanwhile: where a migration copies a table and drops the old one,
    the rows that refer to it would go with it.
    """
    with engine.connect() as connection:
        _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                lock(connection)
                yield connection
        finally:
            _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, switch: str) -> None:
    if connection.dialect.name == "sqlite":  # has no effect inside a transaction
        connection.connection.cursor().execute(f"PRAGMA foreign_keys = {switch}")


def _back_up(path: Path, found: str) -> None:
    """Copy the database, which nobody can write to now, into a file beside it."""
    kept = path.with_name(f"{path.name}.{found}.backup")
    part = kept.with_name(kept.name + ".part")
    try:
        with closing(connect_sqlite(path, None)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
    log.warning("Upgrading the tables in %s; as they were before, they lie in %s", path, kept)


def _upgrade(connection: Connection, shown: str, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path(__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found is not None and found not in known:
        raise StudiesError(
            f"The tables in {shown} are of version {found}, made by a later dropsearch; this one "
            f"knows versions up to {HEAD}. Update it: pip install -U dropsearch"
        )
    if found is not None and connection.dialect.name == "sqlite":
        _back_up(Path(str(connection.engine.url.database)), found)
    command.upgrade(config, "head")
