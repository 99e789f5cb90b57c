"""Where the workers of a launch run: actors of a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from typing import Any, NamedTuple, Self

import numpy as np
import ray
from ray.exceptions import ActorUnavailableError, RayError

from dropsearch.search.errors import ConfigError
from dropsearch.search.loading import loading
from dropsearch.search.workers.engines import REPLACEMENTS, Engine, default_workers
from dropsearch.studies.claims.lifecycle import data_file
from dropsearch.studies.store.store import Store, await_study

LOOK = 2.0  # seconds between two looks at what the cluster has


class Job(NamedTuple):
    """What an actor is to serve."""

    storage: str
    artifacts: str
    name: str
    database: dict[str, str]  # what libpq reads from the environment: PGPASSWORD and the like
    data: Any  # reference of the file's bytes; inside the tuple it is not fetched unasked


class Slot:
    """A worker in a process of its own, which Ray ends with its node or with the launch."""

    def __init__(self) -> None:
        self._told = 0

    def node(self) -> str:
        """The id of the node that it runs on."""
        return str(ray.get_runtime_context().get_node_id())

    def leave(self) -> None:
        self._told += 1

    def work(self, job: Job) -> None:
        """Serve the study as `dropsearch.search.workers.serving.work` does, from a thread."""
        from dropsearch.models.files import write_whole
        from dropsearch.studies.claims.optuna_study import StudyGone
        from dropsearch.studies.store.held_file import StoreGone

        with loading():
            from dropsearch.search.fit.fit import Stopped
            from dropsearch.search.workers.serving import work

        def give_up() -> None:
            if self._told:
                raise Stopped

        for variable, value in job.database.items():
            os.environ.setdefault(variable, value)
        with suppress(StudyGone, StoreGone, Stopped):  # of the first two the launch tells
            store, record = await_study(job.storage, job.artifacts, job.name, give_up)
            path = data_file(store, record.fingerprint)
            if not path.exists():
                write_whole(path, ray.get(job.data))
            work(store, record, lambda: self._told)


class RayEngine(Engine):
    """A worker for each GPU, or else each CPU, of the cluster at $RAY_ADDRESS or of a local one.

    The cluster may grow and shrink meanwhile. A worker that died on a node that lives is replaced,
    up to a limit.
    """

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._most = most
        self._over = False  # nothing is left to do, or whoever does it has to leave
        self._looked = float("-inf")
        # by the end of its work: actor, id of its node, nodes lost before it
        self._workers: dict[Any, tuple[Any, Any, set[str]]] = {}
        self._connected = False

    def __enter__(self) -> Self:
        """Raises ConfigError where there is no cluster to connect to."""
        if not ray.is_initialized():
            _connect()
            self._connected = True
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._connected:
            ray.shutdown()

    def start(self, store: Store, name: str) -> None:
        """Raises ConfigError for SQLite where the cluster has other machines."""
        record = store.find(name)
        accelerator = record.config["training"]["accelerator"]
        gpus = accelerator == "gpu" or (accelerator == "auto" and "GPU" in ray.cluster_resources())
        self._kind = "GPU" if gpus else "CPU"
        self._place = "node:" + ray.util.get_node_ip_address()
        self._here = store.address.path is not None
        if self._here and (others := [node for node in _nodes() if self._place not in node]):
            raise ConfigError(
                f"The Ray cluster has {len(others)} nodes on other machines, which cannot share "
                f"the SQLite file {store.shown}: give --storage a PostgreSQL database."
            )
        needs: dict[str, Any] = {"num_cpus": 1, "num_gpus": int(gpus)}
        if self._here:  # machines that join later are left alone
            needs["resources"] = {self._place: 0.001}
        self._slot: Any = ray.remote(Slot).options(max_concurrency=2, **needs)
        content = data_file(store, record.fingerprint).read_bytes()
        self._job = Job(
            store.url,
            str(store.artifacts),
            name,
            {key: value for key, value in os.environ.items() if key.startswith("PG")},
            ray.put(np.frombuffer(content, np.uint8)),
        )
        self._fill()

    def running(self, *, done: bool) -> bool:
        """Whether work may still be done, after taking note of what the cluster has now.

        done: whether others have done it while the cluster had no room.
        """
        if done and not self._over:
            self._finish()
        for end in self._ended(0):
            self._take_leave(end, *self._workers.pop(end))
        if not self._over and time.monotonic() - self._looked >= LOOK:
            self._fill()
        return bool(self._workers) or not self._over

    def ask_to_leave(self) -> None:
        self._finish()
        for actor, *_ in self._workers.values():
            actor.leave.remote()

    def kill(self) -> None:
        self._over = True
        for actor, *_ in self._workers.values():
            ray.kill(actor)

    def join(self) -> None:
        self._ended(None)

    def _fill(self) -> None:
        """Ask for a worker for each slot that the cluster has more than there are workers."""
        self._looked = time.monotonic()
        nodes = [node for node in _nodes() if not self._here or self._place in node]
        slots = sum(int(node.get(self._kind, 0)) for node in nodes)
        before = _lost()
        for _ in range(min(slots, self._most or slots) - len(self._workers)):
            actor = self._slot.remote()
            node = actor.node.remote()
            self._workers[actor.work.remote(self._job)] = actor, node, before

    def _ended(self, timeout: float | None) -> list[Any]:
        ends = list(self._workers)
        return ray.wait(ends, num_returns=len(ends), timeout=timeout)[0] if ends else []

    def _take_leave(self, end: Any, actor: Any, node: Any, before: set[str]) -> None:
        """Note how a worker has ended."""
        try:
            ray.get(end)
            self._finish()
        except ActorUnavailableError:
            ray.kill(actor)  # its node does not answer, and may be lost
        except RayError as error:
            if not self._over and not _with_its_node(node, before):
                self._replace(error)

    def _replace(self, error: RayError) -> None:
        if self.replaced < REPLACEMENTS:
            self.replaced += 1
            return
        reason = str(getattr(error, "cause", None) or error)
        self.gave_up = (
            f"{self.replaced} workers have died one after another, the last of this: {reason}"
        )
        self._finish()

    def _finish(self) -> None:
        """Want no more workers, and none of those that the cluster had no room for yet."""
        self._over = True
        for end, (actor, node, _) in list(self._workers.items()):
            if not _ready(node):
                ray.kill(actor)
                del self._workers[end]


def _connect() -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS") or "local"
    cores = default_workers() if address == "local" else None
    try:
        host, _, port = address.rpartition("/")[2].rpartition(":")
        if host:  # Ray itself tries for minutes
            socket.create_connection((host, int(port)), timeout=10).close()
        ray.init(address, num_cpus=cores, include_dashboard=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        raise ConfigError(f"No Ray cluster answers at RAY_ADDRESS={address}: {error}") from None


def _nodes() -> list[dict[str, float]]:
    """The resources of each node that lives."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _ready(reference: Any) -> bool:
    return bool(ray.wait([reference], timeout=0)[0])


def _lost() -> set[str]:
    """The ids of the nodes that are gone."""
    return {node["NodeID"] for node in ray.nodes() if not node["Alive"]}


def _with_its_node(node: Any, before: set[str]) -> bool:
    """Whether the node that a worker ran on is gone, or one since, where it never ran.

    Ray takes seconds to see that a node is gone, and meanwhile gives it workers.
    """
    lost = _lost()
    try:
        return ray.get(node, timeout=0) in lost
    except RayError:
        return not lost <= before
