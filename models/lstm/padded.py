"""Right-padded steps: reversed within their lengths, and pooled over their valid steps alone.

B batch (sequences), T time steps, H units. `lengths` (B,) from 1 to T; None: all T.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dropsearch.models.names import Pooling


def reverse(steps: Tensor, lengths: Tensor | None) -> Tensor:
    """Steps (T, B, H), each sequence's own first `lengths` in reverse; padding stays behind."""
    if lengths is None:
        return steps.flip(0)
    times, batch, _ = steps.shape
    step = torch.arange(times, device=steps.device).unsqueeze(1)
    source = torch.where(step < lengths, lengths - 1 - step, step)
    rows = source * batch + torch.arange(batch, device=steps.device)
    return steps.flatten(0, 1).index_select(0, rows.flatten()).view_as(steps)


def last(steps: Tensor, lengths: Tensor | None) -> Tensor:
    """(T, B, H) -> (B, H) at each sequence's own last step."""
    if lengths is None:
        return steps[-1]
    index = (lengths - 1).view(1, -1, 1).expand(1, -1, steps.shape[2])
    return steps.gather(0, index).squeeze(0)


def mean(steps: Tensor, lengths: Tensor | None) -> Tensor:
    """(T, B, H) -> (B, H), the mean over each sequence's steps."""
    if lengths is None:
        return steps.mean(0)
    return steps.masked_fill(_padding(steps, lengths), 0.0).sum(0) / lengths.unsqueeze(1)


def largest(steps: Tensor, lengths: Tensor | None) -> Tensor:
    """(T, B, H) -> (B, H), each unit's largest value over each sequence's steps."""
    if lengths is None:
        return steps.amax(0)
    return steps.masked_fill(_padding(steps, lengths), -torch.inf).amax(0)


def _padding(steps: Tensor, lengths: Tensor) -> Tensor:
    """(T, B, 1), True where a sequence is over."""
    step = torch.arange(len(steps), device=steps.device).unsqueeze(1)
    return (step >= lengths).unsqueeze(2)


POOLINGS: dict[Pooling, Callable[[Tensor, Tensor | None], Tensor]] = {
    "last": last,
    "mean": mean,
    "max": largest,
}


def pool(pooling: Pooling, steps: Tensor, lengths: Tensor | None, *, both: bool) -> Tensor:
    """(T, B, H) -> (B, H), or (T, B, 2H) of both directions -> (B, 2H).

    Pooling last takes each direction's state after it has read the whole sequence.
    """
    if pooling == "last" and both:
        units = steps.shape[2] // 2
        return torch.cat([last(steps[..., :units], lengths), steps[0, :, units:]], dim=1)
    return POOLINGS[pooling](steps, lengths)
