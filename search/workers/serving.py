"""Workers as processes: which studies they serve, and how they are told to leave."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import optuna

from dropsearch.models.errors import DataError, ModelsError
from dropsearch.models.own.named import network_class
from dropsearch.search.config.stored import whole
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.fit import Stopped
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.signals import noted
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.worker import Worker
from dropsearch.studies.claims.optuna_study import StudyGone
from dropsearch.studies.store.damage import DamagedStudy
from dropsearch.studies.store.outage import patiently
from dropsearch.studies.store.records import DONE, StudyRecord
from dropsearch.studies.store.store import Store

LOOK = 2.0  # seconds between two looks for studies of a worker that waits for more
LASTING = (StudyGone, ConfigError, DamagedStudy)  # what keeps this process from a study for good


def work(store: Store, record: StudyRecord, told: Callable[[], int] | None = None) -> None:
    """Serve one study until it is done, stopped or deleted, or until this process is told to leave.

    told: how often it was; None: SIGTERM and SIGINT tell it. The fit at hand ends at its next
    batch, and its claim is given back. Raises StudyGone where Optuna's study was deleted, and
    ConfigError where the study needs a GPU, or a network of the user's, and there is none,
    DataError where its data is not in the folder of artifacts, or damaged.
    """
    device_of(record.config["training"]["accelerator"])
    prepare_process()
    _refuse_lacking(record.config["model"].get("network"))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    heartbeat = Heartbeat(store, record.uuid, told or noted())
    heartbeat.start()
    try:
        with suppress(Stopped), store.hurried(lambda: heartbeat.leave):
            heartbeat.patiently(lambda: Worker(store, record, heartbeat)).run()
    finally:
        heartbeat.end()


def _refuse_lacking(network: str | None) -> None:
    """Raises ConfigError where the user's class is not here."""
    try:
        if network is not None:
            network_class(network)
    except ModelsError as error:
        raise ConfigError(f"{error} Until then the fits are left to other workers.") from error


def serve(store: Store, names: Sequence[str], *, forever: bool = False) -> None:
    """Serve the named studies, or all, the oldest first, until none has anything left to do.

    With `forever` it then waits for more; else it raises at the end what kept it from one:
    StudyGone, ConfigError and DataError as `work` does, DamagedStudy. Raises StudiesError for an
    unknown name, KeyboardInterrupt where told to leave.
    """
    told = noted()

    def give_up() -> None:
        if told():
            raise KeyboardInterrupt

    def look() -> list[StudyRecord]:
        return patiently(lambda: [store.find(n) for n in names] or store.studies(), give_up)

    with store.hurried(lambda: told() > 0):
        _serve(store, look, told, forever)


def _serve(
    store: Store, look: Callable[[], list[StudyRecord]], told: Callable[[], int], forever: bool
) -> None:
    records = look()
    barred: dict[str, Exception] = {}
    while True:
        idle = True
        for record in records:
            before = barred.get(record.uuid)
            if record.phase == DONE or record.halted or isinstance(before, LASTING):
                continue
            if before is None:
                print(f"Serving {record.name}", flush=True)
            try:
                with whole(store, record.name):
                    work(store, record, told)
                idle = False
                barred.pop(record.uuid, None)
            except (*LASTING, DataError) as error:
                barred[record.uuid] = error
                if forever and str(error) != str(before):
                    print(error, file=sys.stderr, flush=True)
            if told():
                raise KeyboardInterrupt
        if idle and not forever:
            for reason in barred.values():
                raise reason
            print("Nothing is left to do.")
            return
        if idle:
            _pause(told)
        records = look()


def _pause(told: Callable[[], int]) -> None:
    """Wait for some seconds, less where this process is told to leave."""
    end = time.monotonic() + LOOK
    while time.monotonic() < end:
        if told():
            raise KeyboardInterrupt
        time.sleep(0.1)
