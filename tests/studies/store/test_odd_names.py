"""A whole study where the path, or the password, is full of signs with a meaning elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from dropsearch.search import launch
from dropsearch.search.final.export import export_text
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.store import open_store
from tests.support.databases import everything

SECRET = "p@:/%#?&=+ {x}'\"\\%20"


@pytest.fixture
def odd(kind: str, storage: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A storage with such a name, which holds nothing yet."""
    if kind == "sqlite":
        folder = tmp_path / "100% of {it} #1?"
        folder.mkdir()
        return str(folder / "my%20 studies.db")
    name = storage.partition("?")[0].rpartition("/")[2]
    postgres = request.getfixturevalue("postgres")
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(create.format(sql.Identifier(name), sql.Literal(SECRET)))
        connection.execute(sql.SQL("ALTER DATABASE {0} OWNER TO {0}").format(sql.Identifier(name)))
    return f"postgresql://{name}:{quote(SECRET, safe='')}@/{name}?host={postgres}"


def test_a_study_runs_to_its_report(
    odd: str, kind: str, study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path / "100% of {it} #1? too"))
    asked = study(search={"trials": 2})
    result = launch(asked, storage=odd, workers=1)
    store = open_store(odd, create=False)
    report = report_html(store, result.record)
    assert "<html" in report
    assert "study: tones-best" in export_text(store, "tones", "recommended", "yaml")
    store.close()
    if kind == "sqlite":
        assert Path(odd).stat().st_size > 0
        return
    kept = report + repr(everything(odd))
    for spelling in (SECRET, quote(SECRET), quote(SECRET, safe=""), repr(SECRET)[1:-1]):
        assert spelling not in kept
    assert SECRET not in result.store.shown + repr(result.store)
