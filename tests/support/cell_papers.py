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


def gru(x, W, U, b, c, m=None, s=None, d=None):  # noqa: N803
    """Cho et al. 2014 with the reset gate behind the product: W (3H, D), U (3H, H), b and c (3H,).

    m: Semeniuta et al. 2016, of the candidate; s: Gal & Ghahramani 2016; d: Krueger et al. 2017.
    """
    h, _ = start(x, U)
    ones, states = torch.ones(len(x), *h.shape, dtype=x.dtype), []
    m, s, d = (ones if m is None else m, ones[0] if s is None else s, 0 * ones if d is None else d)
    W_r, W_z, W_n = (x @ part.T for part in W.chunk(3))  # noqa: N806
    (U_r, U_z, U_n), (b_r, b_z, b_n), (c_r, c_z, c_n) = (part.chunk(3) for part in (U, b, c))  # noqa: N806
    for t in range(len(x)):
        seen = h * s
        r = (W_r[t] + b_r + seen @ U_r.T + c_r).sigmoid()
        z = (W_z[t] + b_z + seen @ U_z.T + c_z).sigmoid()
        n = (W_n[t] + b_n + r * (seen @ U_n.T + c_n)).tanh()
        h = d[t] * h + (1 - d[t]) * (z * h + (1 - z) * (m[t] * n))
        states.append(h)
    return torch.stack(states)
