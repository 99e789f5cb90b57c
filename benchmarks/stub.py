"""Worker processes for the benchmarks: the ordinary search loop and claims.

With a `Stub` the training inside a fit is a pause for each epoch; all else is the product's.
Shorter waits are set in the worker's process alone.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dropsearch.search.fit.epochs import Epoch, best_epoch
from dropsearch.search.fit.fit import FitResult
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.memory import MEMORY, Memory
from dropsearch.search.workers import checkpoints, fits, serving, worker
from dropsearch.studies.claims.leases import LeaseWatch
from dropsearch.studies.store.store import await_study


@dataclass(frozen=True)
class Stub:
    """pause: seconds an epoch takes. deadly: values of a point whose fit aborts its process."""

    pause: float = 0.05
    deadly: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Of a worker: stub None: real fits; lease and checkpoint in seconds, None: the product's."""

    stub: Stub | None = None
    lease: float | None = None
    checkpoint: float | None = None


def score(point: Mapping[str, Any], epoch: int, fold: int) -> float:
    """What the stub finds, always the same for the same arguments."""
    rate, size = float(point["dropout"]), float(point["hidden_size"])
    return (rate - 0.4) ** 2 + math.log(size) / 100 + 1 / (epoch + 2) + fold / 1000


def stub_fit(
    stub: Stub,
    point: Mapping[str, Any],
    folds: FoldSet,
    *,
    seeds: Sequence[int],
    direction: str,
    exactly: int | None = None,
    detailed: bool = False,
    kept: bool = False,
    memory: Memory | None = None,
    before: Sequence[Epoch] = (),
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    on_batch: Callable[[], None] = lambda: None,
) -> FitResult:
    """`dropsearch.search.fit.fit.fit` without its training."""
    del detailed, kept
    if stub.deadly and all(point[key] == value for key, value in stub.deadly.items()):
        os.abort()
    epochs = list(before)
    for number in range(len(epochs), exactly or folds.config.training.epochs):
        time.sleep(stub.pause)
        on_batch()
        rows = [
            {
                "fold": k,
                "train_loss": 0.1,
                "val_loss": 0.2,
                "metric": score(point, number, k),
                "updates": number + 1,
                "seconds": stub.pause,
            }
            for k in range(len(seeds))
        ]
        epochs.append(Epoch.of(number, rows))
        on_epoch(epochs[-1])
        if memory is not None and memory.due:
            memory.save_checkpoint({"epoch": number}, MEMORY)
    return FitResult(tuple(epochs), best_epoch(epochs, direction), parameters=1, cost=1.0)


def work(storage: str, artifacts: str, name: str, settings: Settings) -> None:
    """What a worker process runs."""
    apply(settings)
    store, record = await_study(storage, artifacts, name, lambda: None)
    serving.work(store, record)
    store.close()


def apply(settings: Settings) -> None:
    """In this process, for good."""
    if settings.stub is not None:
        fits.fit = partial(stub_fit, settings.stub)  # type: ignore[assignment]
    if settings.lease is not None:
        worker.LeaseWatch = partial(LeaseWatch, settings.lease)  # type: ignore[misc, assignment]
    if settings.checkpoint is not None:
        checkpoints.EVERY = settings.checkpoint
        checkpoints.Memory = partial(Memory, pause=settings.checkpoint)  # type: ignore[misc, assignment]
