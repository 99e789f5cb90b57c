"""Connections to SQLite and PostgreSQL, set so that many processes can share one database."""

from __future__ import annotations

import random
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event

from dropsearch.studies.store.address import Address
from dropsearch.studies.store.held_file import HeldFile
from dropsearch.studies.store.sqlite import BUSY_SECONDS, connect_sqlite

LOCK_SECONDS = 30.0  # PostgreSQL: one lock is waited for so long,
STATEMENT_SECONDS = 60.0  # one statement runs, or one transaction stands idle, so long
SILENCE = {  # PostgreSQL: a server that says nothing is given up after about a minute
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
READING = "dropsearch_reading"  # execution option: a transaction that writes nothing


def make_engine(address: Address, held: HeldFile | None = None) -> Engine:
    """An engine whose transactions take SQLite's write lock as they begin.

    A transaction that first reads and then writes can so never find the database changed in
    between ("database is locked"). Those with the option `READING` take no lock. PostgreSQL ends
    transactions that hang. Where the file is `held`, each transaction first checks it: StoreGone.
    """
    engine = create_engine(address.url, **engine_settings(address, held, own_begin=True))
    watch(engine, held)
    event.listen(engine, "begin", _limit if address.path is None else _begin)
    return engine


def watch(engine: Engine, held: HeldFile | None) -> None:
    """Let each transaction of the engine begin by checking the file."""
    if held is not None:
        event.listen(engine, "begin", lambda _: held.check())


def engine_settings(address: Address, held: HeldFile | None, *, own_begin: bool) -> dict[str, Any]:
    """Keywords for create_engine. Without `own_begin` sqlite3 itself begins, at the first write."""
    if address.path is not None:
        level: Literal["IMMEDIATE"] | None = None if own_begin else "IMMEDIATE"
        return {"creator": partial(_connect_held, held, address.path, level)}
    arguments = {key: SILENCE[key] for key in SILENCE.keys() - address.url.query.keys()}
    return {
        "pool_pre_ping": True,
        "pool_size": 2,  # a worker's two threads
        "max_overflow": 3,
        # Prepared statements break in PgBouncer.
        "connect_args": {"prepare_threshold": None, **arguments},
    }


def _connect_held(
    held: HeldFile | None, path: Path, level: Literal["IMMEDIATE"] | None
) -> sqlite3.Connection:
    if held is None:
        return connect_sqlite(path, level)
    held.hold()
    return connect_sqlite(path, level, lambda: held.hurried())


def write_ahead(path: Path) -> None:
    """Set the file's journal to WAL, once and for all; several processes may do so at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    connection = connect_sqlite(path, None)
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself for this lock.
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05 * random.random())
    finally:
        connection.close()


def _limit(connection: Connection) -> None:
    """For this transaction alone, since PgBouncer gives a session to one client after another."""
    limits = {
        "lock_timeout": LOCK_SECONDS,
        "statement_timeout": STATEMENT_SECONDS,
        "idle_in_transaction_session_timeout": STATEMENT_SECONDS,
    }
    calls = (f"set_config('{name}', '{value * 1000:.0f}', true)" for name, value in limits.items())
    connection.exec_driver_sql(f"SELECT {', '.join(calls)}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
