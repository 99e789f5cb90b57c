"""What is known ahead, read step by step over a horizon, from what was read before.

B batch (sequences), A channels known ahead, H horizon, D units of the pooled state.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import GRU, Linear, Module, Parameter


class Decoder(Module):
    """A state for each step of the horizon, which sees what is known up to that step.

    A GRU (Cho et al. 2014, the decoder without feedback of its outputs) goes over the steps to
    come, from a state that is made of the pooled one; to each the step's place is added, a learnt
    vector.
    """

    def __init__(self, units: int, ahead: int, horizon: int) -> None:
        super().__init__()
        self.read = Linear(units, units, bias=False)
        self.steps = GRU(ahead, units)
        self.place = Parameter(torch.empty(horizon, units))

    def forward(self, pooled: Tensor, ahead: Tensor) -> Tensor:
        """(B, D), (B, H, A) -> (H, B, D)."""
        first = self.read(pooled).tanh().unsqueeze(0)
        steps, weights = ahead.transpose(0, 1).contiguous(), (*self.steps.all_weights[0],)
        states = torch.gru(steps, first, weights, True, 1, 0.0, self.training, False, False)[0]
        return states + self.place.unsqueeze(1)
