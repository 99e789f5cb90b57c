"""Many workers: what a second one gains, what the store and the states cost, where the limit lies.

`OMP_NUM_THREADS=1 python -m benchmarks.scaling [workers] [store] [many] [checkpoints]`, all by
default.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import databases, ledger, samples, store_share
from benchmarks.crew import Crew
from benchmarks.databases import Server, server
from benchmarks.stub import Settings, Stub
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import SEARCH, StudyRecord
from dropsearch.studies.store.store import Store

PAIRS = 5
REAL: dict[str, Any] = {
    "model": {"hidden_size": 32, "layers": 1, "bidirectional": False, "pooling": "last"},
    "training": {"epochs": 8},
    "search": {"trials": 16, "sampler": "random", "pruner": "none"},
}
EPOCHS, PAUSE = 20, 0.05  # of a stub fit of one second
CREWS = (1, 4, 8, 16, 32, 64)


def workers(folder: Path, _: Server) -> dict[str, Any]:
    """Fits per minute of two workers over those of one, real fits, one thread each."""
    ratios = []
    for pair in range(PAIRS):
        rates = {}
        for count in (1, 2) if pair % 2 else (2, 1):
            storage = str(folder / f"{pair}-{count}.db")
            store, record = samples.registered(folder, storage, sequences=600, **REAL)
            Crew(store, record, count, Settings()).storm(every=1e9, limit=600)
            rates[count] = 60 * _rate(store, record)
            store.close()
        ratios.append(rates[2] / rates[1])
        print(f"  {rates[1]:6.1f} and {rates[2]:6.1f} fits a minute: {ratios[-1]:.2f}", flush=True)
    found = statistics.median(ratios)
    print(f"2 workers do {found:.2f} times the fits of 1 (goal 1.7)")
    return {"two workers over one": found, "pairs": ratios}


def _rate(store: Store, record: StudyRecord) -> float:
    """Fits per second between the first that was taken and the last that ended."""
    claims = claims_of(store, record.uuid, SEARCH)
    began = min(claim.started for claim in claims if claim.started)
    ended = max(claim.ended for claim in claims if claim.ended)
    return len(claims) / (ended - began).total_seconds()


def many(folder: Path, server: Server) -> dict[str, Any]:
    """Stub fits of a second by ever more workers on PostgreSQL: exact budgets, fits per second."""
    found: dict[str, Any] = {}
    for count in CREWS:
        storage = server.database()
        asked = {"trials": 10 * count if count < 16 else 5 * count, "sampler": "random"}
        store, record = samples.registered(
            folder, storage, search=asked, training={"epochs": EPOCHS}
        )
        databases.watch(store)
        crew = Crew(store, record, count, Settings(Stub(PAUSE)))
        with _Connections(server, storage, own=1) as connections:
            crew.storm(every=1e9, limit=600)
        broken = ledger.broken(store, record, asked["trials"], folds=samples.FOLDS)
        found[str(count)] = {
            "fits": asked["trials"],
            "broken": broken,
            "fits per second": _rate(store, record),
            "connections per worker": connections.most / count,
        }
        print(
            f"  {count:3} workers: {asked['trials']:4} fits, {_rate(store, record):5.1f} a second "
            f"of {count / (EPOCHS * PAUSE):4.1f}, at most {connections.most / count:.2f} "
            f"connections each, {broken or 'exact'}",
            flush=True,
        )
        store.close()
    return found


class _Connections(threading.Thread):
    """Looks again and again how many connections a database has, less our own."""

    def __init__(self, server: Server, storage: str, own: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._server, self._own, self._over = server, own, threading.Event()
        name = storage.partition("?")[0].rpartition("/")[2]
        self._ask = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, self._server.ask(self._ask)[0][0] - self._own)

    def __enter__(self) -> _Connections:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


PARTS: dict[str, Callable[[Path, Server], dict[str, Any]]] = {
    "workers": workers,
    "store": store_share.store,
    "many": many,
    "checkpoints": store_share.checkpoints,
}


def main() -> None:
    found: dict[str, Any] = {}
    with server(connections=400) as postgres:
        for name in sys.argv[1:] or PARTS:
            began = time.monotonic()
            print(f"{name}: {PARTS[name].__doc__}", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                found[name] = PARTS[name](Path(folder), postgres)
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
