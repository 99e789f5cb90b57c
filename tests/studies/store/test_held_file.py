"""A database's file that is removed, moved or replaced while it is open."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dropsearch.studies.claims.lifecycle import create_study, set_halted
from dropsearch.studies.store.held_file import HeldFile, StoreGone
from dropsearch.studies.store.store import Store, open_store

CONFIG = {"study": "s", "search": {"objectives": ["score"]}}


def opened(folder: Path, name: str = "s") -> Store:
    """A store with a study of that name, which was last written to just now."""
    folder.mkdir()
    store = open_store(str(folder / "s.db"), create=True)
    record, _ = create_study(store, name, CONFIG, "f0", {}, {}, "rmse", "minimize", [{}])
    set_halted(store, record.uuid, True)
    return store


def replace(folder: Path) -> None:
    opened(folder / "other", "other").close()
    (folder / "other" / "s.db").replace(folder / "s.db")


LOSSES: dict[str, Callable[[Path], object]] = {
    "removed": lambda folder: (folder / "s.db").unlink(),
    "removed whole": lambda folder: [file.unlink() for file in folder.glob("s.db*")],
    "moved": lambda folder: (folder / "s.db").rename(folder / "elsewhere.db"),
    "moved whole": lambda folder: [
        file.rename(file.with_name(f"x{file.name}")) for file in folder.glob("s.db*")
    ],
    "replaced": replace,
    "the log removed": lambda folder: (folder / "s.db-wal").unlink(),
    "the folder removed": shutil.rmtree,
    "the folder moved": lambda folder: folder.rename(folder.with_name("elsewhere")),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_file_that_is_lost_is_noticed_and_its_content_is_saved(loss: str, tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    stores = [opened(folder), open_store(str(folder / "s.db"), create=False)]
    uses = [use for store in stores for use in (store.studies, store.optuna.get_all_studies)]
    for use in uses:
        use()
    LOSSES[loss](folder)
    said = set()
    for use in uses:
        with pytest.raises(StoreGone, match="removed, moved or replaced") as gone:
            use()
        said.add(str(gone.value))
    assert len({text.rpartition("launch again: ")[2] for text in said}) == 1
    (saved,) = tmp_path.rglob("*.saved-*")
    for store in stores:
        store.close()
    for way in ("move the file that lies there now", "make the folder"):
        if any(way in text for text in said):
            folder.mkdir(exist_ok=True)
            (folder / "s.db").unlink(missing_ok=True)
    back = shlex.split(said.pop().rpartition("launch again: ")[2])
    assert back == ["mv", str(saved), str(folder / "s.db")]
    subprocess.run(back, check=True)
    with closing(sqlite3.connect(folder / "s.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    again = open_store(str(folder / "s.db"), create=False)
    assert [(record.name, record.halted) for record in again.studies()] == [("s", True)]
    assert [study.study_name for study in again.optuna.get_all_studies()] == ["s"]
    again.close()


def test_what_took_its_place_is_not_touched(tmp_path: Path) -> None:
    store = opened(tmp_path / "f")
    replace(tmp_path / "f")
    with pytest.raises(StoreGone, match="move the file that lies there now out of the way"):
        store.studies()
    other = open_store(str(tmp_path / "f" / "s.db"), create=False)  # no log of the first's
    assert [record.name for record in other.studies()] == ["other"]
    other.close()
    store.close()


def test_what_was_being_written_is_in_the_copy(tmp_path: Path) -> None:
    store, other = opened(tmp_path / "f"), open_store(str(tmp_path / "f" / "s.db"), create=False)
    record = store.find("s")
    assert other.find("s").halted
    noticed: list[str] = []

    def use() -> None:
        try:
            other.studies()
        except StoreGone as gone:
            noticed.append(str(gone))

    thread = threading.Thread(target=use)
    with store.write() as session:
        session.get_one(type(record), record.uuid).note = "the last word"
        session.flush()
        (tmp_path / "f" / "s.db").unlink()
        thread.start()
        thread.join(0.3)
        assert not noticed
    thread.join()
    assert noticed
    (saved,) = (tmp_path / "f").glob("*.saved-*")
    assert open_store(str(saved), create=False).find("s").note == "the last word"


def test_where_nothing_can_be_saved_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path / "f")
    shutil.rmtree(tmp_path / "f")
    monkeypatch.setattr(HeldFile, "_folder", lambda _: tmp_path / "none")
    with pytest.raises(StoreGone, match="could not be saved: unable to open database file"):
        store.studies()
    store.close()


def test_a_file_whose_journal_is_no_log_is_watched_too(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
    held = HeldFile(path)
    held.hold()
    with closing(sqlite3.connect(path)) as database:  # its journal comes and goes
        database.execute("INSERT INTO t VALUES (8)")
        database.commit()
    held.check()
    path.unlink()
    with pytest.raises(StoreGone):
        held.check()
    (saved,) = tmp_path.glob("s.db.saved-*")
    with closing(sqlite3.connect(saved)) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(7,), (8,)]
    held.close()


def test_a_store_opened_twice_keeps_its_locks(tmp_path: Path) -> None:
    """SQLite's locks end where the process closes the file: then another's end takes the log."""
    store = opened(tmp_path / "f")
    open_store(str(tmp_path / "f" / "s.db"), create=True).close()
    read = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM trials')"
    subprocess.run(["python3", "-c", read, str(tmp_path / "f" / "s.db")], check=True)
    assert [record.name for record in store.studies()] == ["s"]
    store.close()
