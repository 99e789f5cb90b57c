"""Databases of released versions: read and continued as they are, upgraded whole or not at all."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import dropsearch.studies.store.schema as schema
from dropsearch.search import launch
from dropsearch.search.final.export import export_text
from dropsearch.search.terminal.status import status
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.records import Base
from dropsearch.studies.store.store import Store, open_store
from tests.studies.store.freeze import FOLDER, STUDY
from tests.support.databases import everything, ours

VERSIONS = sorted({path.name.partition(".")[0] for path in FOLDER.glob("*.sql")})
HALF_WAY = "op.execute('UPDATE nowhere SET x = 1')"


@pytest.fixture(params=VERSIONS)
def frozen(request: pytest.FixtureRequest, kind: str, storage: str) -> str:
    """A database as that version left it."""
    dump = (FOLDER / f"{request.param}.{kind}.sql").read_text()
    if kind == "sqlite":
        with closing(sqlite3.connect(storage)) as database:
            database.executescript(dump)
    else:
        with psycopg.connect(storage) as connection:
            connection.execute(dump.encode())
    return storage


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a migration to ours: one that SQLite can only do by copying a table; `then` ends it."""

    def add(then: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(schema.__file__).with_name("migrations"), folder)
        (folder / "versions" / "9999_next.py").write_text(
            "import sqlalchemy as sa\n"
            "from alembic import op\n"
            f"revision, down_revision = '9999', '{schema.HEAD}'\n"
            "def upgrade():\n"
            "    with op.batch_alter_table('dropsearch_study') as table:\n"
            "        table.alter_column('note', type_=sa.String(99), existing_type=sa.Text)\n"
            "    op.execute(\"UPDATE dropsearch_study SET note = 'new'\")\n"
            f"    {then}\n"
        )
        monkeypatch.setattr(schema, "__file__", str(tmp_path / "schema.py"))
        monkeypatch.setattr(schema, "HEAD", "9999")

    return add


def rows(store: Store) -> dict[int, object]:
    """The fits of the study with their scores, by claim."""
    return {
        claim.id: (claim.phase, claim.point, claim.value, len(fold_scores(store, claim.id)))
        for claim in claims_of(store, store.find("tones").uuid)
    }


def test_this_version_is_frozen_as_its_tables_are() -> None:
    assert schema.HEAD in VERSIONS, "python -m tests.studies.store.freeze makes it"


def test_a_frozen_study_is_read_and_continued(frozen: str) -> None:
    store = open_store(frozen, create=False)
    with store.engine.begin() as connection:
        options = {"include_object": ours, "version_table": schema.VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    before = rows(store)
    assert status(store, "tones")["phase"] == "done"
    assert "<html" in report_html(store, store.find("tones"))
    assert "study: tones-best" in export_text(store, "tones", "recommended", "yaml")
    trials = [trial.params for trial in load_study(store, store.find("tones")).trials]
    again = launch(STUDY, storage=frozen, trials=len(trials) + 2, workers=1)
    assert again.record.phase == "done"
    assert again.recommendation.point
    after = load_study(again.store, again.record).trials
    assert [trial.params for trial in after[: len(trials)]] == trials
    assert len(after) == len(trials) + 2
    assert before.items() <= rows(store).items()
    store.close()


def test_an_upgrade_keeps_all_rows_and_a_copy(
    frozen: str, kind: str, next_version: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    found, store = everything(frozen), open_store(frozen, create=False)
    rows_before = rows(store)
    store.close()
    next_version("pass")
    with caplog.at_level(logging.WARNING, "dropsearch"):
        store = open_store(frozen, create=False)
    assert rows(store) == rows_before
    assert store.find("tones").note == "new"
    assert everything(frozen)["dropsearch_alembic_version"] == [("9999",)]
    if kind == "sqlite":
        version = found["dropsearch_alembic_version"][0][0]
        copy = f"{frozen}.{version}.backup"
        assert everything(copy) == found
        assert copy in caplog.text
        with store.write() as session:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    store.close()


@pytest.mark.parametrize("create", [True, False])
def test_an_upgrade_that_fails_half_way_changes_nothing(
    frozen: str, kind: str, create: bool, next_version: Callable[[str], None]
) -> None:
    before = everything(frozen)
    next_version(HALF_WAY)
    with pytest.raises(StudiesError, match="nowhere"):
        open_store(frozen, create=create)
    assert everything(frozen) == before
    if kind == "sqlite":
        assert everything(f"{frozen}.{before['dropsearch_alembic_version'][0][0]}.backup") == before
