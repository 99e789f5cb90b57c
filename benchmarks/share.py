"""What share of a worker's wall time passes outside the network's forward, backward and step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.job import Job
from dropsearch.models.lockstep.lockstep import Lockstep
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.registration import register
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.worker import Worker
from dropsearch.studies.store.store import open_store


class Stopwatch:
    """Adds up the time inside the calls it wraps; a call within a call counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **settings: Any) -> Any:
            with self.running():
                return call(*args, **settings)

        return timed

    def step(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The optimiser's step: Lightning's closure within it counts only where it is wrapped."""

        def timed(optimizer: Any, closure: Callable[[], Any] | None = None, **settings: Any) -> Any:
            if closure is not None:
                closure()  # Lightning's runs the forward and the backward pass, then the step
            with self.running():
                return call(optimizer, **settings)

        return timed

    @contextmanager
    def running(self) -> Iterator[None]:
        self._depth += 1
        started = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += time.perf_counter() - started


def outside(job: Job, storage: Path) -> float:
    """Run the study of `job` by one worker in this process; the share of its wall time."""
    store = open_store(str(storage), create=True)
    record, _ = register(store, job.config, job.inputs)
    prepare_process()
    watch = Stopwatch()
    heartbeat = Heartbeat(store, record.uuid, told=lambda: 0)
    heartbeat.start()
    with ExitStack() as patches:
        for owner, name, wrap in (
            (Lockstep, "training_step", watch.around),
            (Lockstep, "validation_step", watch.around),
            (torch.Tensor, "backward", watch.around),
            (torch.optim.AdamW, "step", watch.step),
        ):
            patches.enter_context(patch.object(owner, name, wrap(getattr(owner, name))))
        started = time.perf_counter()
        Worker(store, record, heartbeat).run()
        seconds = time.perf_counter() - started
    heartbeat.end()
    return 1 - watch.seconds / seconds
