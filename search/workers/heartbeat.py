"""The thread that shows that a worker lives, and learns whether it has to end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from dropsearch.search.fit.fit import Stopped
from dropsearch.studies.claims import claims
from dropsearch.studies.store.held_file import StoreGone
from dropsearch.studies.store.outage import is_outage, patiently
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

T = TypeVar("T")

BEAT = 1.0  # seconds between two heartbeats


class Heartbeat(threading.Thread):
    """Renews the claim at hand and learns whether the worker or its fit has to end.

    `leave`: end, and give the claim back, since the process was told to, or the study was stopped
    or deleted, or its database is gone; `lost`: the claim is another worker's; `closed`: the search
    is over. A database that is away is waited for: a beat that fails is tried again at the next.
    """

    def __init__(self, store: Store, study: str, told: Callable[[], int]) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self.claim: Claim | None = None
        self._left = False
        self.lost = False
        self.closed = False
        self._store = store
        self._study = study
        self._told = told
        self._over = threading.Event()

    @property
    def leave(self) -> bool:
        return self._left or self._told() > 0

    def patiently(self, call: Callable[[], T]) -> T:
        """What `call` gives, once the database is there. Raises Stopped where told to leave."""

        def give_up() -> None:
            if self.leave:
                raise Stopped

        return patiently(call, give_up)

    def run(self) -> None:
        while not self._over.wait(BEAT):
            if _orphaned():
                self._left = True
            try:
                self._beat()
            except StoreGone:
                self._left = True  # what the worker does next says it
            except Exception as error:
                if not is_outage(error):  # that is told by what waits for it
                    log.warning("heartbeat: %s", error)

    def _beat(self) -> None:
        claim = self.claim
        if claim is not None and not claims.renew(self._store, claim) and claim is self.claim:
            self.lost = True
        record = self._store.study(self._study)
        if record is None or record.halted:
            self._left = True
        elif record.closed:
            self.closed = True

    def end(self) -> None:
        self._over.set()
        self.join()


def _orphaned() -> bool:
    """Whether this process was started by a launch that is gone."""
    from multiprocessing import parent_process

    parent = parent_process()
    return parent is not None and not parent.is_alive()
