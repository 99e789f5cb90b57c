"""The GRU cell with three masks that every recurrent kind is a case of.

One step, with masks m, s and d:
    r, z = sigmoid(W x + b + U (h_old * s) + c), their own rows of each
    n = tanh(W x + b + r * (U (h_old * s) + c))
    h = d * h_old + (1 - d) * ((1 - z) * (n * m) + z * h_old)
T time steps, B batch (sequences), D inputs, H units; gates in torch's order r, z, n. The cell is
that of Cho et al. 2014 with the reset gate behind the product, as torch and cuDNN have it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from dropsearch.models.lstm.cell import CellMasks


def run_gru(
    steps: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
    masks: CellMasks,
) -> Tensor:
    """Steps (T, B, D), W (3H, D), U (3H, H), b and c (3H,) -> hidden states (T, B, H).

    A GRU has one state: m is `masks.update`, s `masks.state`, d `masks.cell`.
    """
    inward = functional.linear(steps, weight_ih, bias_ih)
    across = weight_hh.t()
    h = steps.new_zeros(steps.shape[1], weight_hh.shape[1])
    hidden = []
    for t, x in enumerate(inward):
        m, s, d, _ = (mask[t % len(mask)] for mask in masks)
        x_r, x_z, x_n = x.chunk(3, dim=1)
        u_r, u_z, u_n = torch.addmm(bias_hh, h * s, across).chunk(3, dim=1)
        r, z = (x_r + u_r).sigmoid(), (x_z + u_z).sigmoid()
        fresh = torch.lerp((x_n + r * u_n).tanh() * m, h, z)
        h = torch.lerp(fresh, h, d)
        hidden.append(h)
    return torch.stack(hidden)
