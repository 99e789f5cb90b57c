"""PostgreSQL: where the password comes from, what hangs, what a store leaves in the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store import engine
from dropsearch.studies.store.outage import is_outage
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store, open_store

PASSWORD = "p@:/%#?\\ {x}'\""
PASSFILE = "*:*:*:{}:p@\\:/%#?\\\\ {{x}}'\"\n"  # colons and backslashes are escaped there


@pytest.fixture
def kind() -> str:
    return "postgresql"


@pytest.fixture
def role(postgres: str, postgres_url: str) -> str:
    """A role that owns an empty database of its own name, and needs PASSWORD."""
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(create.format(sql.Identifier(name), sql.Literal(PASSWORD)))
        connection.execute(sql.SQL("ALTER DATABASE {0} OWNER TO {0}").format(sql.Identifier(name)))
    return name


def passfile(path: Path, role: str) -> Path:
    path.write_text(PASSFILE.format(role))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("source", ["PGPASSWORD", "PGPASSFILE", ".pgpass"])
def test_the_password_is_taken_from_where_libpq_looks(
    source: str, role: str, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSEARCH_STORAGE", f"postgresql://{role}@/{role}?host={postgres}")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StudiesError, match="no password supplied"):
        open_store(None, create=True)
    if source == "PGPASSWORD":
        monkeypatch.setenv(source, PASSWORD)
    elif source == "PGPASSFILE":
        monkeypatch.setenv(source, str(passfile(tmp_path / "my passwords", role)))
    else:
        passfile(tmp_path / ".pgpass", role)
    store = open_store(None, create=True)
    assert store.optuna.get_all_studies() == []
    assert PASSWORD not in store.url
    store.close()
    if source == "PGPASSWORD":
        monkeypatch.setenv(source, "Wrong1")
        with pytest.raises(StudiesError, match="password authentication failed") as error:
            open_store(None, create=True)
        assert "Wrong1" not in str(error.value)


def use(store: Store, study: StudyRecord) -> None:
    """What a worker does, at both sides of the store."""
    holder = new_holder()
    for number in range(8):
        claim = claims.take(store, study.uuid, holder)
        assert claim is not None
        load_study(store, study)
        row = {"train_loss": 1, "val_loss": 1, "metric": 1, "updates": 1, "seconds": 1, "fold": 0}
        claims.write_epoch(store, claim, number, [row])
        claims.give_back(store, claim)


def test_nothing_is_left_in_a_session(store: Store, make_study: Callable[..., StudyRecord]) -> None:
    """PgBouncer, in its mode `transaction`, gives it to somebody else after each transaction."""
    use(store, make_study())
    left = (
        "SELECT name FROM pg_prepared_statements",
        "SELECT name FROM pg_settings WHERE source = 'session'",
        "SELECT pg_listening_channels()",
        "SELECT objid FROM pg_locks WHERE locktype = 'advisory'",
        "SELECT name FROM pg_cursors WHERE is_holdable",
        "SELECT relname FROM pg_class WHERE relpersistence = 't'",
    )
    raw = store.engine.raw_connection()
    try:
        assert isinstance(raw.driver_connection, psycopg.Connection)
        raw.driver_connection.autocommit = True
        found = {query: raw.driver_connection.execute(query).fetchall() for query in left}
    finally:
        raw.invalidate()
    assert {query for query, rows in found.items() if rows} == set()


def connections(postgres: str, store: Store) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(host=postgres, user="postgres") as connection:
        row = connection.execute(query, [store.address.url.database]).fetchone()
    assert row is not None
    return int(row[0])


def test_two_threads_hold_two_connections(
    store: Store, make_study: Callable[..., StudyRecord], postgres: str
) -> None:
    study, counts = make_study(), []
    use(store, study)
    assert connections(postgres, store) == 1
    beat = threading.Thread(target=lambda: [store.study(study.uuid) for _ in range(200)])
    work = threading.Thread(target=use, args=(store, study))
    beat.start()
    work.start()
    while work.is_alive() or beat.is_alive():
        counts.append(connections(postgres, store))
    assert max(counts) == 2


def test_connections_that_the_server_has_cut_are_replaced(
    store: Store, make_study: Callable[..., StudyRecord], postgres: str
) -> None:
    study = make_study()
    use(store, study)
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        assert connection.execute(cut, [store.address.url.database]).fetchall() == [(True,)]
    use(store, study)


def limits(store: Store) -> list[Any]:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with store.optuna.engine.begin() as connection:
        return [connection.scalar(text(f"SHOW {name}")) for name in names]


def stop_amid(store: Store, study: str) -> None:
    """A transaction in which the process was stopped for a while."""
    with store.write() as session:
        session.get(StudyRecord, study, with_for_update=True)
        time.sleep(0.5)
        session.get(StudyRecord, study, populate_existing=True)


def test_what_hangs_is_ended_and_tried_again(
    store: Store,
    make_study: Callable[..., StudyRecord],
    postgres: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert limits(store) == ["30s", "1min", "1min"]
    study = make_study()
    holder = new_holder()
    claim = claims.take(store, study.uuid, holder)
    assert claim is not None
    name = str(store.address.url.database)
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0.2)
    with psycopg.connect(host=postgres, user="postgres", dbname=name) as other:
        other.execute("SELECT * FROM dropsearch_claim FOR UPDATE")
        with pytest.raises(Exception, match="lock timeout") as locked:
            claims.renew(store, claim)
        assert is_outage(locked.value)
    assert claims.renew(store, claim)
    monkeypatch.setattr(engine, "STATEMENT_SECONDS", 0.2)
    with pytest.raises(Exception, match="statement timeout") as slow, store.read() as session:
        session.execute(text("SELECT pg_sleep(5)"))
    assert is_outage(slow.value)
    with pytest.raises(Exception, match="idle-in-transaction") as idle:
        stop_amid(store, study.uuid)
    assert is_outage(idle.value)
    assert claims.renew(store, claim)
