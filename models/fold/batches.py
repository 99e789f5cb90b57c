"""Batches of a fold: gathered from tensors in memory, windows and padding made as they are asked.

B batch (sequences), T time steps, F input channels, G static ones, A known ahead, H horizon,
K folds, R rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import (
    Preparation,
    by_output,
    for_outputs,
    runs,
    target_rows,
)

EVALUATED_AT_ONCE = 64  # examples in one forward pass without gradient


class Batch(NamedTuple):
    """What a network is given; (inputs, target) and (inputs, target, lengths) suffice."""

    inputs: Tensor  # (B, T, F), right padded; texts: (B, T) ids, 0 is padding
    target: Tensor  # (B,) classes or numbers, (B, C) steps of forecasts; scaled
    lengths: Tensor | None = None  # (B,); None: all T
    centre: Tensor | None = None  # (B, 1 or C) float64: value * spread + centre is the user's unit
    spread: Tensor | None = None  # (B, 1 or C) float64
    observed: Tensor | None = None  # (B, C) bool; None: every target is known
    unit: Tensor | None = None  # (B,) or (B, C) float64, MASE's denominators
    static: Tensor | None = None  # (B, G) what stays the same in a series; None: nothing is given
    ahead: Tensor | None = None  # (B, H, A) channels known at the steps to be forecast
    found: Tensor | None = None  # by FoldGraphs: in training the loss (), else outputs (B, C)

    @property
    def given(self) -> tuple[Any, ...]:
        """What a network reads: inputs, lengths, and as far as there are any static features and
        what is known ahead."""
        if self.ahead is not None:
            return self.inputs, self.lengths, self.static, self.ahead
        beside = () if self.static is None else (self.static,)
        return self.inputs, self.lengths, *beside

    @property
    def weight(self) -> int:
        """The number of targets that its mean loss is taken over."""
        return self.target.numel() if self.observed is None else int(self.observed.sum())

    def restore(self, values: Tensor) -> Tensor:
        """Scaled values (B, C) in the user's units, in float64 if they were scaled."""
        if self.spread is None or self.centre is None:
            return values
        return values * self.spread + self.centre


class Examples:
    """One part of one fold. The rows are kept once, whatever the number of windows."""

    def __init__(
        self, data: SequenceData, preparation: Preparation, index: NDArray[np.int64]
    ) -> None:
        self._data = data
        self._preparation = preparation
        self._index = index
        self._rows, start, length = _rows(data, preparation)
        self._start, self._length = start[index], length[index]
        varying = data.task != "forecast" and len(np.unique(self._length)) > 1
        self._static = None if data.statics is None else torch.from_numpy(preparation.statics(data))
        self._lengths_told = varying or data.texts is not None
        if data.task == "forecast":
            self._run = runs(data)
        elif data.task == "classify":
            self._target = torch.from_numpy(data.target[index])
        else:
            scaled = (data.target[index] - preparation.target_centre) / preparation.target_spread
            self._target = torch.from_numpy(scaled.astype(np.float32))

    def __len__(self) -> int:
        return len(self._index)

    @property
    def index(self) -> NDArray[np.int64]:
        """Which examples of the data these are, in their order."""
        return self._index

    def batches(self, batch_size: int, order: NDArray[np.int64] | None = None) -> Iterator[Batch]:
        """All examples, in `order` (a permutation) or as they stand; the last batch is smaller."""
        order = np.arange(len(self)) if order is None else order
        make = self._windows if self._data.task == "forecast" else self._sequences
        for first in range(0, len(self), batch_size):
            yield make(order[first : first + batch_size])

    def _gather(
        self,
        start: NDArray[np.int64],
        longest: int,
        length: NDArray[np.int64] | None = None,
    ) -> Tensor:
        """The `longest` rows from each `start` (B,) on, zeros where they are past its `length`:
        (T, B, F) or (T, B)."""
        step = np.arange(longest)[:, None]
        rows = start + step
        if length is not None:
            rows = np.where(step < length, rows, len(self._rows) - 1)
        found = self._rows.index_select(0, torch.from_numpy(rows.ravel()))
        return found.view(*rows.shape, *self._rows.shape[1:])

    def _sequences(self, chosen: NDArray[np.int64]) -> Batch:
        pick = torch.from_numpy(chosen)
        length = self._length[chosen]
        told = length if self._lengths_told else None
        inputs = self._gather(self._start[chosen], int(length.max()), told).transpose(0, 1)
        lengths = None if told is None else torch.from_numpy(told)
        target = self._target[pick]
        static = self._statics(self._index[chosen])
        if self._data.task == "classify":
            return Batch(inputs, target, lengths, static=static)
        own = self._preparation
        centre = torch.full((len(pick), 1), float(own.target_centre), dtype=torch.float64)
        spread = torch.full_like(centre, float(own.target_spread))
        return Batch(inputs, target, lengths, centre, spread, static=static)

    def _windows(self, chosen: NDArray[np.int64]) -> Batch:
        examples = self._index[chosen]
        start, window = self._start[chosen], self._data.window
        steps = self._gather(start, window)
        ahead = self._ahead(start + window)
        rows, known = target_rows(
            self._data, self._run, examples[:, None], np.arange(self._data.horizon)
        )
        if self._preparation.scale == "window":
            centre, spread = self._scale_windows(steps, ahead, examples)
            steps = steps.to(torch.float32)
        else:
            learnt = self._preparation.target_centre, self._preparation.target_spread
            centre, spread = (np.atleast_2d(one) for one in learnt)  # (1, M)
        centre, spread = for_outputs(self._data, centre), for_outputs(self._data, spread)
        known = by_output(known)
        target = np.where(known, (by_output(self._data.target[rows]) - centre) / spread, 0.0)
        unit = self._preparation.units[self._data.series[examples]]
        return Batch(
            inputs=steps.transpose(0, 1),
            target=torch.from_numpy(target.astype(np.float32)),
            centre=torch.from_numpy(centre).expand(len(chosen), -1),
            spread=torch.from_numpy(spread).expand(len(chosen), -1),
            observed=None if known.all() else torch.from_numpy(known),
            unit=torch.from_numpy(for_outputs(self._data, unit)),
            static=self._statics(examples),
            ahead=None if ahead is None else ahead.transpose(0, 1).to(torch.float32),
        )

    def _ahead(self, first: NDArray[np.int64]) -> Tensor | None:
        """(H, B, A) the channels that are known ahead, from the rows `first` (B,) on."""
        known = self._preparation.known
        if not known:
            return None
        return self._gather(first, self._data.horizon)[..., list(known)]

    def _statics(self, examples: NDArray[np.int64]) -> Tensor | None:
        if self._static is None:
            return None
        return self._static[torch.from_numpy(self._data.series[examples].astype(np.int64))]

    def _scale_windows(
        self, steps: Tensor, ahead: Tensor | None, examples: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Each window (T, B, F), and what is known ahead of it (H, B, A), in place by the window's
        own mean and spread; those of the targets (B, M).

        A window that moves by less than 1 % of its series' spread in training takes that
        spread; a still one of a series not in training its own size, or 1. A feature, the
        target's past aside, that stands still keeps its level: it is scaled as in the training.
        """
        own = self._preparation
        features, targets = len(own.centre), max(1, len(self._data.targets))
        window = steps[..., :features].numpy()
        centre, spread = window.mean(axis=0), window.std(axis=0)
        usual = own.series_spread[self._data.series[examples]]
        stands = spread <= 1e-9 * np.abs(centre)
        size = np.where(centre != 0, np.abs(centre), 1.0)
        slow = stands | (spread <= 0.01 * usual)
        spread = np.where(slow, np.where(usual > 0, usual, size), spread)
        if own.keeps_level:
            stands[:, :targets] = False
            centre = np.where(stands, own.centre, centre)
            spread = np.where(stands, own.spread, spread)
        steps[..., :features] = torch.from_numpy((window - centre) / spread)
        if ahead is not None:
            numbers = [channel for channel in own.known if channel < features]
            later = ahead[..., : len(numbers)].numpy()
            scaled = (later - centre[:, numbers]) / spread[:, numbers]
            ahead[..., : len(numbers)] = torch.from_numpy(scaled)
        return centre[:, :targets], spread[:, :targets]


Rows = tuple[Tensor, NDArray[np.int64], NDArray[np.int64]]

_KEPT: WeakKeyDictionary[Preparation, tuple[SequenceData, Rows]] = WeakKeyDictionary()


def _rows(data: SequenceData, preparation: Preparation) -> Rows:
    """The prepared rows (R, F) and one of zeros for padding, and (N,) where each example starts
    and how long it is; shared by the parts of a fold. Texts: the ids of all, end to end."""
    kept = _KEPT.get(preparation)
    if kept is None or kept[0] is not data:
        if data.texts is None:
            rows, start = preparation.inputs(data), data.start
            length = np.array([data.window]) if data.window else data.length
        else:
            assert preparation.vocabulary is not None
            ids = preparation.vocabulary.encode(data.texts)
            rows = np.concatenate(ids)
            length = np.array([len(one) for one in ids])
            start = length.cumsum() - length
        padded = torch.from_numpy(np.concatenate([rows, np.zeros_like(rows[:1])]))
        kept = _KEPT[preparation] = data, (padded, start, np.broadcast_to(length, start.shape))
    return kept[1]


class FoldBatches:
    """For Lockstep: each item is a list of K batches, None where a fold has none left.

    With a seed each epoch has a new order, drawn from (seed, fold, epoch) alone, so that a
    fit resumed at an epoch goes on as it would have; without one the order stays.
    """

    batch_sampler = None  # Lightning asks for it where there is a sampler

    def __init__(self, parts: Sequence[Examples], batch_size: int, seed: int | None = None) -> None:
        self.parts = parts
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    @property
    def sampler(self) -> FoldBatches:
        """Itself: Lightning calls `sampler.set_epoch` before each epoch."""
        return self

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return max(-(-len(part) // self.batch_size) for part in self.parts)

    def __iter__(self) -> Iterator[list[Batch | None]]:
        loaders = (
            part.batches(self.batch_size, self._order(k)) for k, part in enumerate(self.parts)
        )
        yield from map(list, zip_longest(*loaders))

    def _order(self, fold: int) -> NDArray[np.int64] | None:
        if self.seed is None:
            return None
        drawn = np.random.default_rng((self.seed, fold, self.epoch))
        return drawn.permutation(len(self.parts[fold]))
