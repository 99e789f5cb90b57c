"""Sequences of several lengths end to end by time step, as torch's PackedSequence: no padding.

The rows of a step are those of the sequences that are not over yet, the longest first. B batch
(sequences), T time steps, S rows: the sum of all lengths; D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dropsearch.models.lstm.padded import pool
from dropsearch.models.names import Pooling


def pays(dtype: torch.dtype) -> bool:
    """Whether weights of this type are trained faster packed: in single precision, on one thread
    (on several, small products by the BLAS get in the way of torch's threads), and where torch
    neither compiles nor casts what is done."""
    plain = not torch.is_autocast_enabled("cpu") and not torch.compiler.is_compiling()
    single = dtype == torch.float32 and torch.get_num_threads() == 1
    return plain and single and torch.is_grad_enabled()


@dataclass(frozen=True)
class Half:
    """A part of a batch of similar lengths: its places in the batch (b,), lengths (b,), ascending,
    and the longest of them."""

    places: Tensor
    lengths: Tensor
    longest: int


def halves(lengths: Tensor) -> list[Half]:
    """The shorter and the longer half of a batch; one part where all are equally long."""
    ranked, order = lengths.sort()
    longest = int(ranked[-1])
    if int(ranked[0]) == longest:
        return [Half(order, ranked, longest)]
    middle = len(order) // 2
    return [
        Half(order[part], ranked[part], int(ranked[part][-1]))
        for part in (slice(middle), slice(middle, None))
    ]


@dataclass(frozen=True)
class Packed:
    """Where each row stands elsewhere.

    batch_sizes (T,): rows of each step. padded (S,): in padded steps (T, B), flattened. halved
    (S,): in the padded steps of the two halves, one behind the other. row_ranks (S,): which
    sequence, by length, the shortest first. reverse (S,): of the same sequence read backwards.
    Of each sequence of the batch (B,): ranks, lengths, its first and last row.
    """

    batch_sizes: NDArray[np.int64]
    padded: Tensor
    halved: Tensor
    row_ranks: Tensor
    reverse: Tensor
    ranks: Tensor
    lengths: Tensor
    first: Tensor
    last: Tensor

    @classmethod
    def of(cls, parts: Sequence[Half]) -> Packed:
        short, long = parts
        order = torch.cat([short.places, long.places]).numpy()[::-1]  # the longest first
        length = torch.cat([short.lengths, long.lengths]).numpy()[::-1]
        size, middle = len(order), len(short.places)
        step, column = (length > np.arange(long.longest)[:, None]).nonzero()
        batch_sizes = np.bincount(step)
        before = batch_sizes.cumsum() - batch_sizes
        rank = size - 1 - column
        in_short = step * middle + rank
        in_long = short.longest * middle + step * (size - middle) + rank - middle
        first = np.empty_like(order)
        first[order] = np.arange(size)
        return cls(
            batch_sizes,
            *map(
                torch.from_numpy,
                (
                    step * size + order[column],
                    np.where(rank < middle, in_short, in_long),
                    rank,
                    before[length[column] - 1 - step] + column,
                    size - 1 - first,
                    length[first],
                    first,
                    before[length[first] - 1] + first,
                ),
            ),
        )

    def pack(self, steps: Tensor) -> Tensor:
        """Steps (T, B, ...) -> rows (S, ...)."""
        return steps.flatten(0, 1).index_select(0, self.padded)

    def pooled(self, pooling: Pooling, rows: Tensor, *, both: bool) -> Tensor:
        """Rows (S, D) of one direction or `both` -> (B, D), as `pool` of padded steps."""
        if pooling != "last":
            shape = len(self.batch_sizes), len(self.ranks), rows.shape[1]
            steps = rows.new_zeros(shape[0] * shape[1], shape[2])
            steps = steps.index_copy(0, self.padded, rows).view(shape)
            return pool(pooling, steps, self.lengths, both=both)
        if not both:
            return rows.index_select(0, self.last)
        onward, back = rows.chunk(2, dim=1)
        return torch.cat([onward.index_select(0, self.last), back.index_select(0, self.first)], 1)

    def of_halves(self, masks: Sequence[Tensor | None]) -> Tensor | None:
        """What was drawn for the steps of each half, (t, b, D), or (1, b, D) for all steps, -> for
        the rows (S, D)."""
        given = [mask for mask in masks if mask is not None]
        if not given:
            return None
        shared = len(given[1]) == 1  # the longer half has more steps than one
        flat = torch.cat([mask.flatten(0, 1) for mask in given])
        return flat.index_select(0, self.row_ranks if shared else self.halved)

    def of_batch(self, masks: Sequence[Tensor | None]) -> Tensor | None:
        """What was drawn for the states of each half, (..., b, D), -> (..., B, D)."""
        given = [mask for mask in masks if mask is not None]
        return torch.cat(given, -2).index_select(-2, self.ranks) if given else None
