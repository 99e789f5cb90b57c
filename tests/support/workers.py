"""Workers forked from one process, as many as are asked for: those that die are replaced."""

from __future__ import annotations

import multiprocessing
import os
from functools import partial
from typing import Any

from dropsearch.search.workers import fits, serving, worker
from dropsearch.studies.claims.leases import LeaseWatch
from dropsearch.studies.store.store import open_store


def run_workers(
    storage: str, study: str, count: int, lease: float, deadly: int | None = None
) -> None:
    """Serve the study until it is done. deadly: fits of that hidden size abort their worker."""
    context = multiprocessing.get_context("fork")
    arguments = (storage, study, lease, deadly)
    running = [context.Process(target=_work, args=arguments) for _ in range(count)]
    for process in running:
        process.start()
    while any(process.exitcode != 0 for process in running):
        for slot, process in enumerate(running):
            process.join(0.05)
            if process.exitcode:
                running[slot] = context.Process(target=_work, args=arguments)
                running[slot].start()


def _work(storage: str, study: str, lease: float, deadly: int | None) -> None:
    fits.fit = partial(_deadly_fit, fits.fit, deadly)
    worker.LeaseWatch = partial(LeaseWatch, lease)
    store = open_store(storage, create=False)
    serving.work(store, store.find(study))


def _deadly_fit(
    train: Any, deadly: int | None, point: dict[str, Any], *arguments: Any, **settings: Any
) -> Any:
    if point["hidden_size"] == deadly:
        os.abort()
    return train(point, *arguments, **settings)
