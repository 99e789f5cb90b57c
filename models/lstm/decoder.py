"""What is known ahead, step by step of a horizon, beside what was read.

B batch (sequences), A channels known ahead, H horizon, D units of the pooled state.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Linear, Module, Parameter


class Decoder(Module):
    """A state for each step of the horizon, the same layer for all of them.

    It sees the pooled state, what is known of the step, and the step's place, a learnt vector.
    """

    def __init__(self, units: int, ahead: int, horizon: int) -> None:
        super().__init__()
        self.read = Linear(units, units, bias=False)
        self.ahead = Linear(ahead, units, bias=False)
        self.place = Parameter(torch.empty(horizon, units))

    def forward(self, pooled: Tensor, ahead: Tensor) -> Tensor:
        """(B, D), (B, H, A) -> (H, B, D)."""
        steps = self.ahead(ahead.transpose(0, 1)) + self.place.unsqueeze(1)
        return (steps + self.read(pooled)).tanh()
