"""What tests run in several processes at one moment; `python at_once.py STORAGE STUDY` holds."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from typing import Any

from dropsearch.studies.claims import claims, moves, optuna_study
from dropsearch.studies.claims import lifecycle as studies
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.store.store import open_store

CONFIG = {"search": {"objectives": ["score"]}}
ROW = {"fold": 0, "train_loss": 0.1, "val_loss": 0.2, "metric": 0.5, "updates": 7, "seconds": 0.1}


def create(storage: str, name: str) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    store = open_store(storage, create=True)
    record, made = studies.create_study(
        store, name, CONFIG, "f0", {}, {}, "rmse", "minimize", [{}] * 5
    )
    return [record.uuid, made, optuna_study.ensure_study(store, record)]


def take_all(storage: str, study: str) -> Any:
    store = open_store(storage, create=False)
    holder = new_holder()
    taken = []
    while (claim := claims.take(store, study, holder)) is not None:
        claims.write_epoch(store, claim, 0, [ROW])
        claims.finish(store, claim, "done", value=float(claim.number))
        taken.append(claim.number)
    return [taken, moves.advance(store, study, "search", "done")]


def settle_same(storage: str, study: str) -> Any:
    store = open_store(storage, create=False)
    claim = claims.take(store, study, new_holder())
    assert claim is not None
    return claims.settle(store, claim, {"hidden_size": 64, "dropout": 0.5})


def grow(storage: str, study: str) -> Any:
    return moves.add_trials(open_store(storage, create=False), study, [{}] * 2, after=3)


def hold(storage: str, study: str) -> Any:
    store = open_store(storage, create=False)
    claim = claims.take(store, study, new_holder())
    assert claim is not None
    print(claim.holder, flush=True)
    time.sleep(600)


def print_of_each(count: int, what: Callable[..., Any], *arguments: str) -> None:
    """Let so many processes go at one moment; what each found is printed as JSON."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(count), context.Queue()

    def run() -> None:
        start.wait()
        results.put(what(*arguments))

    processes = [context.Process(target=run) for _ in range(count)]
    for process in processes:
        process.start()
    print(json.dumps([results.get(timeout=60) for _ in processes]), flush=True)
    for process in processes:
        process.join()
    sys.exit(any(process.exitcode for process in processes))


if __name__ == "__main__":
    hold(*sys.argv[1:])
