"""How near a launch comes to what the machine's cores can multiply and add."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import torch

from benchmarks.job import Job
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import Counted, dropout_lstm

SIZE, ROUNDS = 1024, 9


def peak() -> float:
    """Multiply-adds a second of all cores: matrix products of one thread, times the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    one, other = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        torch.mm(one, other)
        seconds.append(time.perf_counter() - started)
    torch.set_num_threads(before)
    return float(SIZE**3 / median(seconds) * (os.cpu_count() or 1))


def multiply_adds(job: Job, points: Sequence[dict[str, Any]], epochs: int) -> float:
    """Of the recurrent layers, for what all points train and validate on over all epochs.

    A backward pass counts as two forward ones; padding, heads and masks count nothing.
    """
    folds = FoldSet.of(job.config, job.inputs)
    data = folds.data
    found = 0.0
    for point in points:
        network = dropout_lstm(point, folds, 0, 0)
        assert isinstance(network, Counted)
        trained = sum(data.length[part.index].sum() for part in folds.train)
        validated = sum(data.length[part.index].sum() for part in folds.validate)
        found += network.multiply_adds() * float(3 * trained + validated) * epochs
    return found
