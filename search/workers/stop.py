"""How a study is stopped from outside of its launch."""

from __future__ import annotations

import time

from dropsearch.search.config.stored import whole
from dropsearch.studies.claims.lifecycle import set_halted
from dropsearch.studies.claims.progress import progress
from dropsearch.studies.store.store import Store

MOST = 10.0  # seconds to wait for the workers
LOOK = 0.1  # seconds between two looks at the store


def stop(store: Store, name: str) -> int:
    """Ask the study's workers to leave, and wait; the number of fits that they have not left yet.

    Raises StudiesError for an unknown name, DamagedStudy.
    """
    record = store.find(name)
    set_halted(store, record.uuid, halted=True)
    end = time.monotonic() + MOST
    while True:
        with whole(store, name):
            seen = progress(store, record.uuid)
        running = len(seen.running) - len(seen.abandoned) if seen else 0
        if not running or time.monotonic() > end:
            return running
        time.sleep(LOOK)
