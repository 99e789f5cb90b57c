"""Each recurrent kind as its paper has it, plainly and step by step, for the tests.

x (T, B, D), W (4H, D), U (4H, H), b (4H,), gates in the order i, f, g, o; returns h (T, B, H).
"""

from __future__ import annotations

import torch
from torch import Tensor


def affine(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, ...]:  # noqa: N803
    i, f, g, o = (x @ W.T + h @ U.T + b).chunk(4, dim=1)
    return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()


def start(x: Tensor, U: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
    zeros = x.new_zeros(x.shape[1], U.shape[1])
    return zeros, zeros


def update_dropout(x, W, U, b, m):  # noqa: N803
    """Semeniuta et al. 2016: dropout of the candidate; m (T, B, H)."""
    h, c = start(x, U)
    states = []
    for t in range(len(x)):
        i, f, g, o = affine(x[t], h, W, U, b)
        c = f * c + i * (m[t] * g)
        h = o * c.tanh()
        states.append(h)
    return torch.stack(states)


def variational_state(x, W, U, b, m):  # noqa: N803
    """Gal & Ghahramani 2016, tied weights: every gate reads h * m; m (B, H) for all steps."""
    h, c = start(x, U)
    states = []
    for t in range(len(x)):
        i, f, g, o = affine(x[t], h * m, W, U, b)
        c = f * c + i * g
        h = o * c.tanh()
        states.append(h)
    return torch.stack(states)


def weight_dropped(x, W, U, b, m):  # noqa: N803
    """Merity et al. 2017: a plain LSTM whose hidden-to-hidden weights are U * m; m (4H, H)."""
    h, c = start(x, U)
    states = []
    for t in range(len(x)):
        i, f, g, o = affine(x[t], h, W, U * m, b)
        c = f * c + i * g
        h = o * c.tanh()
        states.append(h)
    return torch.stack(states)


def zoneout(x, W, U, b, d_c, d_h):  # noqa: N803
    """Krueger et al. 2017; d_c and d_h (T, B, H), 1 where the old value stays."""
    h, c = start(x, U)
    states = []
    for t in range(len(x)):
        i, f, g, o = affine(x[t], h, W, U, b)
        new = f * c + i * g
        c = d_c[t] * c + (1 - d_c[t]) * new
        h = d_h[t] * h + (1 - d_h[t]) * (o * new.tanh())
        states.append(h)
    return torch.stack(states)
