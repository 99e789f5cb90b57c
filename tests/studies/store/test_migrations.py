"""Our tables: made once, upgraded in order, and nobody else's touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import dropsearch.studies.store.schema as schema
from dropsearch.studies.claims.lifecycle import create_study
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.address import read_address
from dropsearch.studies.store.engine import make_engine
from dropsearch.studies.store.records import Base
from dropsearch.studies.store.store import Store, open_store
from tests.support.databases import everything, ours


def run(storage: str, *statements: str) -> None:
    engine = make_engine(read_address(storage))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_migrations_make_the_tables_of_the_records(store: Store) -> None:
    with store.engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "version_table": schema.VERSION_TABLE}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_head_is_the_newest_script() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == schema.HEAD


def test_opening_again_changes_nothing(storage: str) -> None:
    open_store(storage, create=True).close()
    before = everything(storage)
    open_store(storage, create=True).close()
    open_store(storage, create=False).close()
    assert everything(storage) == before
    assert before["dropsearch_alembic_version"] == [("0001",)]
    assert "alembic_version" not in before


def test_foreign_version_table_is_left_alone(storage: str) -> None:
    if "://" not in storage:
        Path(storage).touch()
    run(
        storage,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('1975ea83b712')",
    )
    store = open_store(storage, create=True)
    record, made = create_study(
        store, "s", {"search": {"objectives": ["score"]}}, "f", {}, {}, "rmse", "minimize", [{}]
    )
    assert made
    assert load_study(store, record).study_name == "s"
    store.close()
    again = open_store(storage, create=False)
    assert load_study(again, again.find("s")).study_name == "s"
    again.close()
    assert everything(storage)["alembic_version"] == [("1975ea83b712",)]


@pytest.mark.parametrize("create", [True, False])
def test_later_version_is_refused(storage: str, create: bool) -> None:
    open_store(storage, create=True).close()
    run(storage, "UPDATE dropsearch_alembic_version SET version_num = '0099'")
    before = everything(storage)
    with pytest.raises(StudiesError, match=r"version 0099.*up to 0001.*pip install -U"):
        open_store(storage, create=create)
    assert everything(storage) == before


def test_database_without_our_tables_is_not_written_by_reading(storage: str) -> None:
    if "://" not in storage:
        Path(storage).touch()
    run(storage, "CREATE TABLE theirs (x INTEGER)")
    with pytest.raises(StudiesError, match="holds no studies of dropsearch"):
        open_store(storage, create=False)
    assert everything(storage) == {"theirs": []}


@pytest.mark.parametrize(
    ("stamp", "say"),
    [("v3.0.0.a", "optuna storage upgrade --storage"), ("v99.0.0.a", "pip install -U optuna")],
)
def test_optuna_schema_of_another_version_is_told(storage: str, stamp: str, say: str) -> None:
    store = open_store(storage, create=True)
    assert store.optuna.get_all_studies() == []
    store.close()
    run(storage, f"UPDATE alembic_version SET version_num = '{stamp}'", "DROP TABLE trial_values")
    before = everything(storage)
    store = open_store(storage, create=False)
    with pytest.raises(StudiesError, match=say):
        store.optuna.get_all_studies()
    store.close()
    assert everything(storage) == before


def test_folder_with_a_percent_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "100% of it"
    folder.mkdir()
    link = folder / "studies"
    os.symlink(Path(schema.__file__).parent, link)
    monkeypatch.setattr(schema, "__file__", str(link / "schema.py"))
    store = open_store(str(folder / "a%20b.db"), create=True)
    assert store.optuna.get_all_studies() == []
    store.close()
    assert {path.name for path in folder.iterdir()} == {"studies", "a%20b.db"}
