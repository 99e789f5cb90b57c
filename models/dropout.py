"""Dropout masks of our own: one generator for each network, none of them the global one.

B batch (sequences), T time steps, H units.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Mask = Literal["standard", "locked"]
MASKS: tuple[Mask, ...] = ("standard", "locked")
SITES = ("input", "between", "output")

_LEVELS = 1 << 16  # a rate is a multiple of 1 / 65,536


def dropped_levels(rate: float) -> int:
    """How many of the 65,536 values of 16 bits mean "dropped"; never all of them."""
    return min(round(rate * _LEVELS), _LEVELS - 1)


def draw_mask(shape: tuple[int, ...], rate: float, generator: torch.Generator) -> Tensor:
    """Entries 0 with probability `rate`, else 1 / (1 - rate), in float32 on the CPU.

    Four entries are cut from each random 64-bit integer. It is drawn from the whole range:
    without bounds `random_` leaves the sign bit 0, and every fourth unit is never dropped.
    The scale belongs to the rate as rounded, so that the expectation is exactly 1.
    """
    dropped = dropped_levels(rate)
    count = torch.Size(shape).numel()
    words = torch.empty((count + 3) // 4, dtype=torch.int64)
    words.random_(-(2**63), None, generator=generator)
    kept = words.view(torch.int16)[:count] >= dropped - _LEVELS // 2
    return kept.to(torch.float32).mul_(_LEVELS / (_LEVELS - dropped)).view(shape)


def drop(steps: Tensor, rate: float, mask: Mask, generator: torch.Generator) -> Tensor:
    """Drop units of steps (T, B, H), with inverted scaling.

    standard: drawn anew at each step (Zaremba, Sutskever & Vinyals 2014, the operator D).
    locked: drawn once per sequence and used at each step (Gal & Ghahramani 2016, section 4).
    """
    if dropped_levels(rate) == 0:
        return steps
    times, batch, units = steps.shape
    shape = (1 if mask == "locked" else times, batch, units)
    return steps * draw_mask(shape, rate, generator).to(steps.device)
