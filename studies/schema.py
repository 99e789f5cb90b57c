"""Makes and upgrades our tables, with alembic, under a version table of our own."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from dropsearch.studies.engine import READING
from dropsearch.studies.errors import StudiesError

VERSION_TABLE = "dropsearch_alembic_version"
HEAD = "0001"  # the newest version in migrations/versions
LOCK = 0x64726F70  # PostgreSQL's advisory lock for making and deleting things ("drop")

_one_thread = threading.Lock()  # alembic keeps its context in module globals


def prepare(engine: Engine, shown: str, *, create: bool) -> None:
    """Bring our tables to the newest version, in one transaction; any number may race to do it.

    Raises StudiesError where a later dropsearch made them, and, without `create`, where there are
    none; then nothing is written.
    """
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = version(connection)
    if found == HEAD:
        return
    if found is None and not create:
        raise StudiesError(
            f"{shown} holds no studies of dropsearch. `dropsearch launch STUDY.yaml` makes one; "
            "--storage names another database."
        )
    with _one_thread, engine.begin() as connection:
        lock(connection)
        found = version(connection)
        if found != HEAD:
            _upgrade(connection, shown, found)


def version(connection: Connection) -> str | None:
    """The version of our tables, None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def lock(connection: Connection) -> None:
    """Until the transaction ends nobody else makes or deletes studies or tables.

    SQLite's transactions of writers have that property already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


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
    command.upgrade(config, "head")
