"""Freezes a study whose second fit was cut off: test_frozen.py goes on from it.

Run from the root: `python -m tests.search.freeze [TREE]`, once before a release; TREE: the root of
another commit, whose code makes it. Writes frozen/study.sql and frozen/artifacts.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import yaml

from dropsearch.search.fit.memory import PAUSE
from tests.studies.store.freeze import STUDY as FINISHED
from tests.support.databases import rows_of
from tests.support.paths import ROOT
from tests.support.processes import starting
from tests.support.waiting import wait_for

FOLDER = Path(__file__).with_name("frozen")
STUDY: dict[str, Any] = {
    **FINISHED,
    "training": {"epochs": 24, "batch_size": 16, "learning_rate": 0.01, "patience": 12},
    "search": {"trials": 3, "pruner": "none"},
    "confirm": {"finalists": 1, "rates": [0.3], "repeats": 1},
}
CUT = 5  # the epoch of the second fit after which its state is kept at the latest


def main(tree: Path) -> None:
    with tempfile.TemporaryDirectory() as name, starting() as start:
        folder = Path(name)
        (folder / "path" / "dropsearch").mkdir(parents=True)
        for room in ("search", "models", "studies"):
            (folder / "path" / "dropsearch" / room).symlink_to(tree / room)
        (folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
        command = "-m dropsearch.search.cli launch study.yaml --storage s.db --workers 1"
        running = start(
            [sys.executable, *command.split()],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "path")},
        )
        await_epoch(folder / "s.db", CUT - 1)
        workers = psutil.Process(running.pid).children(recursive=True)
        for worker in workers:
            worker.suspend()
        time.sleep(2 * PAUSE)
        for worker in workers:
            worker.resume()
        await_epoch(folder / "s.db", CUT + 3)
        running.send_signal(signal.SIGINT)
        assert running.wait() == 130
        with closing(sqlite3.connect(folder / "s.db")) as database:
            (FOLDER / "study.sql").write_text("\n".join(database.iterdump()) + "\n")
        shutil.rmtree(FOLDER / "artifacts", ignore_errors=True)
        shutil.copytree(folder / "s.db.artifacts", FOLDER / "artifacts")


def await_epoch(path: Path, epoch: int) -> None:
    """Return when the second fit has come so far."""
    query = f"SELECT id FROM dropsearch_claim WHERE number = 1 AND epoch >= {epoch}"
    wait_for(lambda: rows_of(path, query), pause=0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else ROOT)
