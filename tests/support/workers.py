"""Workers forked from one process: python workers.py STORAGE STUDY COUNT LEASE [SIZE].

Those that die are replaced. Fits of that hidden size abort their worker.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from functools import partial
from typing import Any

from dropsearch.search.workers import fits, serving, worker
from dropsearch.studies.claims.leases import LeaseWatch
from dropsearch.studies.store.store import open_store

STORAGE, STUDY, COUNT, LEASE, *DEADLY = sys.argv[1:]


def deadly_fit(train: Any, point: dict[str, Any], *arguments: Any, **settings: Any) -> Any:
    if str(point["hidden_size"]) in DEADLY:
        os.abort()
    return train(point, *arguments, **settings)


def work() -> None:
    fits.fit = partial(deadly_fit, fits.fit)
    worker.LeaseWatch = partial(LeaseWatch, float(LEASE))
    store = open_store(STORAGE, create=False)
    serving.work(store, store.find(STUDY))


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=work) for _ in range(int(COUNT))]
    for process in running:
        process.start()
    while any(process.exitcode != 0 for process in running):
        for slot, process in enumerate(running):
            process.join(0.05)
            if process.exitcode:
                running[slot] = context.Process(target=work)
                running[slot].start()
