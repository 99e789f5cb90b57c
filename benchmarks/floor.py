"""How long torch's LSTM kernels alone take for what a launch trains and validates: its floor.

B batch (sequences), T time steps, D inputs.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor

from benchmarks.job import Job
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.process import prepare_process

Point = Mapping[str, Any]
RUNS = 3


class Call(NamedTuple):
    """One run of a layer."""

    shape: torch.Size  # (T, B, D)
    slopes: bool  # whether the gradient goes on to the layer below
    weights: list[Tensor]
    training: bool

    def repeat(self, inputs: Mapping[torch.Size, Tensor]) -> None:
        """Forward and, in training, backward."""
        steps = inputs[self.shape].requires_grad_(self.slopes)
        zeros = steps.new_zeros(1, self.shape[1], self.weights[1].shape[1])
        plain = True, 1, 0.0, self.training, False, False
        with torch.set_grad_enabled(self.training):
            states = torch.lstm(steps, (zeros, zeros), self.weights, *plain)[0]
        if self.training:
            asked = [*self.weights, *([steps] if self.slopes else [])]
            torch.autograd.grad(states, asked, torch.ones_like(states))


def calls_of(point: Point, folds: FoldSet) -> list[Call]:
    """What a fit of one epoch asks of the kernels, all folds."""
    found: list[Call] = []
    run = torch.lstm

    def told(steps: Tensor, states: Any, weights: list[Tensor], *plain: Any) -> Any:
        found.append(Call(steps.shape, steps.requires_grad, weights, torch.is_grad_enabled()))
        return run(steps, states, weights, *plain)

    halves = patch.object(DropoutLSTM, "_packs", lambda _: False)  # torch's kernels pad
    with halves, patch.object(torch, "lstm", told):
        fit(point, folds, seeds=range(len(folds.train)), direction="maximize", exactly=1)
    return found


def epoch_seconds(point: Point, folds: FoldSet) -> float:
    """Of one epoch's kernels, training and evaluation of all folds: the least of some runs."""
    calls = calls_of(point, folds)
    inputs = {call.shape: torch.randn(call.shape) for call in calls}
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for call in calls:
            call.repeat(inputs)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _epochs_seconds(job: Job, points: Sequence[Point]) -> float:
    """Points that differ in rates alone ask the same of the kernels."""
    prepare_process()
    folds = FoldSet.of(job.config, job.inputs)
    alike: dict[Any, list[Point]] = {}
    for point in points:
        sizes = tuple((key, value) for key, value in point.items() if not key.startswith("dropout"))
        alike.setdefault(sizes, []).append(point)
    return sum(len(own) * epoch_seconds(own[0], folds) for own in alike.values())


def floor(job: Job, points: Sequence[Point], epochs: int) -> float:
    """Seconds of the kernels of all points, shared out evenly among a process for each core.

    All processes measure one epoch of every point at the same time.
    """
    cores = os.cpu_count() or 1
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        seconds = pool.starmap(_epochs_seconds, [(job, points)] * cores, chunksize=1)
    return sum(seconds) / cores**2 * epochs
