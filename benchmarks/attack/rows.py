"""A finished study's database: cells of any content, rows and tables that are gone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from benchmarks.attack import worlds
from benchmarks.attack.hostile import VALUES, changed_bytes, changed_tree

COUNT, SHORT = 500, 4
STORAGE = ("--storage", "s.db")
COMMANDS = (
    ("list", *STORAGE),
    ("status", "s", *STORAGE),
    ("export", "s", "-o", "best.yaml", *STORAGE),
    ("report", "s", "-o", "s.html", *STORAGE),
    ("launch", "study.yaml", "--detach", *STORAGE),
    ("worker", "s", *STORAGE),
    ("delete", "s", "--yes", *STORAGE),
)


def prepare(base: Path) -> None:
    worlds.write_study(base)
    worlds.run_to_its_end(base, str(base / "s.db"))


def make(rng: Random, folder: Path) -> None:
    file = folder / "s.db"
    if rng.random() < 0.1:
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
        return
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = sorted(name for (name,) in names if not name.startswith("sqlite_"))
        for _ in range(rng.randint(1, 2)):
            try:
                _change(rng, database, rng.choice(tables))
            except sqlite3.Error:  # a rule of the table forbids it
                continue
        database.commit()


def _change(rng: Random, database: sqlite3.Connection, table: str) -> None:
    way = rng.random()
    if way < 0.05:
        database.execute(f"DROP TABLE {table}")
        return
    if way < 0.15:
        database.execute(f"DELETE FROM {table} WHERE rowid % 2 = {rng.randrange(2)}")
        return
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    rows = database.execute(f"SELECT rowid FROM {table}").fetchall()
    if not rows:
        return
    column, (row,) = rng.choice(columns), rng.choice(rows)
    (old,) = database.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
    database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_cell(rng, old), row))


def _cell(rng: Random, old: object) -> object:
    if isinstance(old, str) and old[:1] in "{[" and old and rng.random() < 0.7:
        try:
            return json.dumps(changed_tree(rng, json.loads(old)))
        except ValueError:
            pass
    if isinstance(old, str) and rng.random() < 0.5:
        return old[: rng.randrange(len(old) + 1)]
    value = rng.choice(VALUES)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    return value if isinstance(value, str | float | None) else json.dumps(value)
