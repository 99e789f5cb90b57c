"""The store and its studies, on both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import psycopg
import pytest
from sqlalchemy import text

from dropsearch.studies.claims import claims, optuna_study
from dropsearch.studies.claims import lifecycle as studies
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.moves import add_trials
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of, fold_scores, progress
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.removal import delete_study
from dropsearch.studies.store import sqlite as lite
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.at_once import create
from tests.support.databases import config_of

optuna.logging.set_verbosity(optuna.logging.WARNING)

CONFIG = config_of("s")


def test_six_processes_make_one_store_and_one_study(
    storage: str, at_once: Callable[..., list[Any]]
) -> None:
    results = at_once(6, create, storage, "s")
    assert sum(made for _, made, _ in results) == 1
    assert len({(uuid, number) for uuid, _, number in results}) == 1
    store = open_store(storage, create=False)
    assert [study.name for study in store.studies()] == ["s"]
    assert len(claims_of(store, results[0][0])) == 5
    assert len(store.optuna.get_all_studies()) == 1
    store.close()


def test_study_is_kept_as_it_was_given(store: Store) -> None:
    record, made = studies.create_study(
        store,
        "=CMD() <b>'\"/\n",
        {**CONFIG, "rates": [0.1, None]},
        "f0",
        {"rows": 3},
        {"torch": "2"},
        "accuracy",
        "maximize",
        [{"dropout": 0.0}, {}],
    )
    found = store.find("=CMD() <b>'\"/\n")
    assert made
    assert found.uuid == record.uuid
    assert (found.config, found.summary) == ({**CONFIG, "rates": [0.1, None]}, {"rows": 3})
    assert (found.phase, found.halted, found.closed, found.answer) == ("search", False, False, None)
    assert [claim.fixed for claim in claims_of(store, found.uuid)] == [{"dropout": 0.0}, {}]
    assert load_study(store, found).direction.name == "MAXIMIZE"
    assert store.study("nobody's uuid") is None


def test_creating_again_gives_the_first(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study(3)
    again, made = studies.create_study(
        store, "s", {"other": 1}, "f1", {}, {}, "mae", "minimize", [{}]
    )
    assert (again.uuid, again.config, made) == (record.uuid, CONFIG, False)
    assert len(claims_of(store, record.uuid)) == 3


def test_foreign_optuna_study_is_refused_before_anything_is_written(store: Store) -> None:
    optuna.create_study(storage=store.optuna, study_name="s")
    with pytest.raises(StudiesError, match="not of dropsearch: choose another name"):
        studies.create_study(store, "s", CONFIG, "f", {}, {}, "rmse", "minimize", [{}])
    assert store.studies() == []


def test_creation_cut_off_is_finished_by_the_next(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study()
    for remains in (False, True):
        store.optuna.delete_study(optuna_study.ensure_study(store, record))
        if remains:  # killed between Optuna's study and its mark
            optuna.create_study(storage=store.optuna, study_name="s")
        again, made = studies.create_study(store, "s", CONFIG, "f0", {}, {}, "rmse", "minimize", [])
        assert (again.uuid, made) == (record.uuid, False)
        assert load_study(store, record).user_attrs == {"dropsearch_uuid": record.uuid}


def test_study_renamed_in_the_dashboard_is_followed(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study()
    optuna.copy_study(
        from_study_name="s", from_storage=store.optuna, to_storage=store.optuna, to_study_name="t"
    )
    assert load_study(store, record).study_name == "s"
    store.optuna.delete_study(store.optuna.get_study_id_from_name("s"))
    assert load_study(store, record).study_name == "t"


def test_study_deleted_in_the_dashboard_is_not_made_anew(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study()
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None
    claims.attach_trial(store, claim, 0)
    store.optuna.delete_study(optuna_study.ensure_study(store, record))
    with pytest.raises(StudiesError, match=r"`dropsearch delete s --storage [^`]+` removes"):
        load_study(store, record)
    claims.give_back(store, claim)
    delete_study(store, "s")
    assert store.studies() == []


def test_unknown_name_names_the_nearest(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    with pytest.raises(StudiesError, match="holds none yet"):
        store.find("s")
    make_study(name="sunspots")
    make_study(name="vowels")
    with pytest.raises(
        StudiesError, match=r"Did you mean 'sunspots'\? It holds: sunspots, vowels\."
    ):
        store.find("sunspot")


def test_impossible_names(store: Store) -> None:
    for name in ("", "  ", "x" * 513, "a\0b"):
        with pytest.raises(StudiesError, match="1 to 512 characters"):
            studies.create_study(store, name, CONFIG, "f", {}, {}, "rmse", "minimize", [])
    assert store.studies() == []


def test_delete_removes_every_trace(store: Store, make_study: Callable[..., StudyRecord]) -> None:
    kept, gone = make_study(name="kept"), make_study(name="gone")
    alone = make_study(name="alone", fingerprint="f1")
    claim = claims.take(store, gone.uuid, new_holder())
    assert claim is not None
    scores = {"train_loss": 0.1, "val_loss": 0.2, "metric": 0.5, "updates": 7, "seconds": 0.1}
    claims.write_epoch(store, claim, 0, [{"fold": 0, **scores}])
    with pytest.raises(StudiesError, match=r"`dropsearch stop gone --storage [^`]+`, wait"):
        delete_study(store, "gone")
    claims.give_back(store, claim)
    for fingerprint in ("f0", "f1"):
        path = studies.data_folder(store) / f"{fingerprint}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"data")
    checkpoints = studies.checkpoint_folder(store, gone.uuid)
    checkpoints.mkdir(parents=True)
    (checkpoints / "1").write_bytes(b"state")

    delete_study(store, "gone")
    delete_study(store, "alone")

    assert [study.name for study in store.studies()] == ["kept"]
    assert [study.study_name for study in store.optuna.get_all_studies()] == ["kept"]
    assert claims_of(store, gone.uuid) == fold_scores(store, claim.id) == []
    assert not checkpoints.exists()
    assert {path.name for path in studies.data_folder(store).iterdir()} == {"f0.safetensors"}
    assert len(claims_of(store, kept.uuid)) == 3
    assert alone.uuid not in {study.uuid for study in store.studies()}
    assert make_study(name="gone").uuid != gone.uuid


@pytest.mark.parametrize("fate", ["dead", "alive", "taken up"])
def test_a_worker_of_another_host_that_shows_no_life_is_in_nobodys_way(
    store: Store, make_study: Callable[..., StudyRecord], fate: str
) -> None:
    record = make_study()
    holder = "elsewhere/ab:1:0:ff"
    claim = claims.take(store, record.uuid, holder)
    assert claim is not None
    told = []

    def tell(said: str) -> None:
        told.append(said)
        if fate == "alive" and len(told) == 2:
            assert claims.renew(store, claim)
        elif fate == "taken up" and len(told) == 2:
            assert claims.take(store, record.uuid, f"{holder}00") is not None

    if fate == "dead":
        delete_study(store, record.name, tell, lease=2.0)
        assert store.names() == []
    else:
        with pytest.raises(StudiesError, match=r"has \d fits running \(on elsewhere\)"):
            delete_study(store, record.name, tell, lease=2.0)
        assert not store.find(record.name).halted
    assert told[0] == "Watching whether the workers on elsewhere live, for 2 s at most"


def test_settings(store: Store, make_study: Callable[..., StudyRecord]) -> None:
    record = make_study()
    studies.set_halted(store, record.uuid, True)
    assert store.find("s").halted


def test_a_budget_only_grows_whatever_launches_at_once_keep(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study()
    for trials in (30, 10):  # both saw the budget of before
        search = {**CONFIG["search"], "trials": trials}
        kept = {**CONFIG, "search": search, "by": trials}
        assert add_trials(store, record.uuid, [], config=kept)
    found = store.find("s").config
    assert (found["search"]["trials"], found["by"]) == (30, 10)


def test_close_search_drops_what_was_not_begun(
    store: Store, make_study: Callable[..., StudyRecord]
) -> None:
    record = make_study(4)
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None
    assert claims.settle(store, claim, {"dropout": 0.1})
    claims.give_back(store, claim)
    assert studies.close_search(store, record.uuid, "The time limit passed.") == 3
    assert [left.number for left in claims_of(store, record.uuid)] == [0]
    found = store.find("s")
    assert (found.closed, found.note) == (True, "The time limit passed.")


def test_sqlite_is_set_for_many_processes(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    for engine in (store.engine, store.optuna.engine):
        with engine.connect() as connection:
            asked = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
            assert found == ["wal", 1, 1, 1000 * lite.TURN]
    store.close()


def test_reader_is_not_held_up_and_writer_waits(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    record, _ = studies.create_study(store, "s", CONFIG, "f", {}, {}, "rmse", "minimize", [{}])
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    assert progress(store, record.uuid) is not None
    threading.Timer(1.0, lambda: other.execute("COMMIT")).start()
    started = time.monotonic()
    assert claims.take(store, record.uuid, new_holder()) is not None
    assert time.monotonic() - started > 0.5
    other.close()
    store.close()


def test_artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.delenv("DROPSEARCH_ARTIFACTS", raising=False)
    beside = open_store(str(tmp_path / "a.db"), create=True)
    assert beside.artifacts == tmp_path / "a.db.artifacts"
    server = open_store(postgres_url, create=True)
    with pytest.raises(StudiesError, match="DROPSEARCH_ARTIFACTS"):
        print(server.artifacts)
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path / "shared"))
    assert server.artifacts == beside.artifacts == tmp_path / "shared"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", "~/at home")
    assert server.artifacts == tmp_path / "at home"
    given = open_store(str(tmp_path / "a.db"), create=False, artifacts=tmp_path / "given")
    assert given.artifacts == tmp_path / "given"
    for store in (beside, server, given):
        store.close()


def test_a_file_has_one_folder_of_artifacts_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DROPSEARCH_ARTIFACTS", raising=False)
    (tmp_path / "disk" / "below").mkdir(parents=True)
    file = tmp_path / "disk" / "a.db"
    open_store(str(file), create=True).close()
    (tmp_path / "link.db").symlink_to(file)
    (tmp_path / "folder").symlink_to(tmp_path / "disk")
    monkeypatch.chdir(tmp_path / "disk" / "below")
    for name in (f"{tmp_path}/link.db", "../a.db", f"sqlite:///{tmp_path}/folder/a.db"):
        store = open_store(name, create=False)
        assert store.shown == str(file)
        assert store.artifacts == tmp_path / "disk" / "a.db.artifacts"
        store.close()


def test_url_opens_the_same_store(store: Store, make_study: Callable[..., StudyRecord]) -> None:
    record = make_study()
    again = open_store(store.url, create=False)
    assert again.find("s").uuid == record.uuid
    again.close()


def test_mistyped_path_makes_no_file(tmp_path: Path) -> None:
    open_store(str(tmp_path / "dropsearch.db"), create=True).close()
    with pytest.raises(StudiesError, match=r"There is no database at .*Near it lies .*search.db"):
        open_store(str(tmp_path / "dropsaerch.db"), create=False)
    assert {path.name for path in tmp_path.iterdir()} == {"dropsearch.db"}


def test_unusable_paths(tmp_path: Path) -> None:
    with pytest.raises(StudiesError, match="is a folder"):
        open_store(str(tmp_path), create=True)
    with pytest.raises(StudiesError, match="does not exist: make it first"):
        open_store(str(tmp_path / "no" / "a.db"), create=True)
    (tmp_path / "data.csv").write_text("month,sunspots\n1749-01,58.0\n")
    with pytest.raises(StudiesError, match="no SQLite database"):
        open_store(str(tmp_path / "data.csv"), create=True)
    with pytest.raises(StudiesError, match="cannot be used"):
        open_store(str(tmp_path / ("a" * 300)), create=True)
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    with pytest.raises(StudiesError, match=r"torn\.db is .* no SQLite database"):
        open_store(str(tmp_path / "torn.db"), create=True)
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "torn.db"}


def test_postgresql_password_works_and_is_hidden(postgres: str, postgres_url: str) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    password = "p%40%3A%2F%25%23%3F%7Bx%7D%2520"  # p@:/%#?{x}%20
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'p@:/%#?{{x}}%20'")
        connection.execute(f"GRANT ALL ON DATABASE {name} TO {name}")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {name}")
    store = open_store(f"postgres://{name}:{password}@/{name}?host={postgres}", create=True)
    assert store.optuna.get_all_studies() == []
    again = open_store(store.url, create=False)
    for shown in (repr(store), store.shown, repr(store.address), repr(store.engine)):
        assert "x}" not in shown
        assert password not in shown
    store.close()
    again.close()
    with pytest.raises(StudiesError, match=f"Cannot open .*{name}_none") as error:
        open_store(f"postgres://{name}:{password}@/{name}_none?host={postgres}", create=True)
    assert "x}" not in str(error.value)
    assert password not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO postgres")
        connection.execute(f"REVOKE ALL ON DATABASE {name} FROM {name}")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}")
        connection.execute(f"DROP ROLE {name}")


def test_opening_does_not_import_optuna_or_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from dropsearch.studies.store.store import open_store; "
        "from dropsearch.studies.claims import claims, lifecycle; "
        f"open_store({str(tmp_path / 'a.db')!r}, create=True); "
        "print({'optuna', 'torch', 'dropsearch.search'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("place", ["s.db.artifacts", "named", "named/below/it"])
def test_artifacts_that_are_a_file_are_told(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / place.partition("/")[0]).write_text("notes")
    monkeypatch.delenv("DROPSEARCH_ARTIFACTS", raising=False)
    if place.startswith("named"):
        monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path / place))
    store = open_store(str(tmp_path / "s.db"), create=True)
    with pytest.raises(StudiesError, match=r"go into the folder .* is a file\. Move it away, or"):
        _ = store.artifacts
    store.close()
