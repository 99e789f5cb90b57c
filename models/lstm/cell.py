"""The LSTM cell with four masks that every recurrent kind is a case of, and the plain one on rows
without padding, both forward and backward.

One step, with masks m, s, d and e:
    i, f, g, o = the gates of W x + U (h_old * s) + b
    c_new = f * c_old + i * (g * m)
    c = d * c_old + (1 - d) * c_new
    h = e * h_old + (1 - e) * o * tanh(c_new)
The plain one has m = s = 1 and d = e = 0.
T time steps, B batch (sequences), D inputs, H units; gates in torch's order i, f, g, o.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable


class CellMasks(NamedTuple):
    """Each (T, B, H), or (1, B, H) where all steps share it; `state` is always shared."""

    update: Tensor  # m
    state: Tensor  # s
    cell: Tensor  # d
    hidden: Tensor  # e

    @classmethod
    def still(cls, shape: tuple[int, int, int], device: torch.device | None = None) -> CellMasks:
        """Masks that change nothing."""
        ones = torch.ones(1, *shape[1:], device=device)
        return cls(ones, ones, torch.zeros_like(ones), torch.zeros_like(ones))

    def to(self, like: Tensor) -> CellMasks:
        return CellMasks(*(mask.to(like) for mask in self))


def run_cell(
    steps: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias: Tensor, masks: CellMasks
) -> Tensor:
    """Steps (T, B, D), W (4H, D), U (4H, H), b (4H,) -> hidden states (T, B, H)."""
    if steps.device.type == "cpu" and steps.dtype in (torch.float32, torch.float64):
        hidden: Tensor = _Compiled.apply(steps, weight_ih, weight_hh, bias, *masks)
        return hidden
    return run_plainly(steps, weight_ih, weight_hh, bias, masks)


def run_plainly(
    steps: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias: Tensor, masks: CellMasks
) -> Tensor:
    """The same by torch's own operations, on any device."""
    inward = torch.nn.functional.linear(steps, weight_ih, bias)
    h = c = steps.new_zeros(steps.shape[1], weight_hh.shape[1])
    hidden = []
    for t, x in enumerate(inward):
        m, s, d, e = (mask[t % len(mask)] for mask in masks)
        i, f, g, o = torch.addmm(x, h * s, weight_hh.t()).chunk(4, dim=1)
        new = f.sigmoid() * c + i.sigmoid() * (g.tanh() * m)
        c = d * c + (1 - d) * new
        h = e * h + (1 - e) * (o.sigmoid() * new.tanh())
        hidden.append(h)
    return torch.stack(hidden)


class _Compiled(torch.autograd.Function):
    """The cell's element-wise part compiled; the products of all steps in one where they can be."""

    @staticmethod
    def forward(
        ctx: Any, steps: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias: Tensor, *masks: Tensor
    ) -> Tensor:
        from dropsearch.models.lstm import kernels

        times, batch, _ = steps.shape
        units = weight_hh.shape[1]
        gates = torch.addmm(bias, steps.flatten(0, 1), weight_ih.t()).view(times, batch, -1)
        hidden, cells, read = (steps.new_zeros(times + 1, batch, units) for _ in range(3))
        squashed = steps.new_empty(times, batch, units)
        across = weight_hh.t().contiguous()
        arrays = [x.numpy() for x in (gates, hidden, cells, read, squashed, *masks)]
        a, h, c, r, z, *drawn = arrays
        for t in range(times):
            if t > 0:
                gates[t].addmm_(read[t], across)
            at = (mask[t % len(mask)] for mask in drawn)
            kernels.forward(a[t], h[t], c[t], *at, z[t], c[t + 1], h[t + 1], r[t + 1])
        ctx.save_for_backward(steps, weight_ih, weight_hh, gates, cells, read, squashed, *masks)
        return hidden[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        from dropsearch.models.lstm import kernels

        steps, weight_ih, weight_hh, gates, cells, read, squashed, *masks = ctx.saved_tensors
        times, batch, _ = steps.shape
        slopes = torch.empty_like(gates)  # dL/d(pre-activations)
        back, kept, grad_cell = (torch.zeros_like(cells[0]) for _ in range(3))
        arrays = [x.numpy() for x in (slopes, gates, cells, squashed, grad.contiguous(), *masks)]
        across = [x.numpy() for x in (back, kept, grad_cell)]
        da, a, c, z, dh, *drawn = arrays
        for t in reversed(range(times)):
            at = (mask[t % len(mask)] for mask in drawn)
            kernels.backward(da[t], a[t], c[t], z[t], *at, dh[t], *across)
            if t > 0:
                torch.mm(slopes[t], weight_hh, out=back)
        flat = slopes.flatten(0, 1)
        grad_steps = None
        if ctx.needs_input_grad[0]:
            grad_steps = (flat @ weight_ih).view_as(steps)
        grad_ih = flat.t() @ steps.flatten(0, 1)
        grad_hh = flat[batch:].t() @ read[1:-1].flatten(0, 1)
        return grad_steps, grad_ih, grad_hh, flat.sum(0), *(None for _ in masks)


def run_packed(
    rows: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias: Tensor,
    batch_sizes: NDArray[np.int64],
) -> Tensor:
    """Rows (S, D) of sequences end to end by step, (T,) of each step -> states (S, H).

    On the CPU in float32 or float64; see packed.py.
    """
    states: Tensor = _Rows.apply(rows, weight_ih, weight_hh, bias, batch_sizes)
    return states


class _Rows(torch.autograd.Function):
    """All steps in one call; the products that need no step before in one each."""

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias: Tensor,
        batch_sizes: NDArray[np.int64],
    ) -> Tensor:
        from dropsearch.models.lstm import kernels

        gates = torch.addmm(bias, rows, weight_ih.t())
        cells, squashed, hidden = (rows.new_empty(len(rows), weight_hh.shape[1]) for _ in range(3))
        across = weight_hh.t().contiguous()
        arrays = (one.numpy() for one in (gates, across, cells, squashed, hidden))
        kernels.forward_packed(batch_sizes, *arrays)
        ctx.save_for_backward(rows, weight_ih, weight_hh, gates, cells, squashed, hidden)
        ctx.batch_sizes = batch_sizes
        return hidden

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        from dropsearch.models.lstm import kernels

        rows, weight_ih, weight_hh, gates, cells, squashed, hidden = ctx.saved_tensors
        sizes = ctx.batch_sizes
        slopes = torch.empty_like(gates)
        given = slopes, gates, weight_hh.contiguous(), cells, squashed, grad.contiguous()
        kernels.backward_packed(sizes, *(one.numpy() for one in given))
        later = np.arange(sizes[0], len(rows))
        before = torch.from_numpy(later - sizes[:-1].repeat(sizes[1:]))  # the rows one step ago
        return (
            slopes @ weight_ih if ctx.needs_input_grad[0] else None,
            slopes.t() @ rows,
            slopes[sizes[0] :].t() @ hidden.index_select(0, before),
            slopes.sum(0),
            None,
        )
