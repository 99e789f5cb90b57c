"""The cells of cell.py compiled by numba: one step of the masked one, all steps of the plain one.

B batch, H units; arrays (B, H), or (B, 4H) for the gates i, f, g, o. Short loops over few arrays:
only those are vectorised, since each array that is written is tested for overlap with the others.
Products of all steps are by the BLAS of scipy, on the threads that the process gives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import config, njit, types
from numba.extending import overload
from numpy.typing import NDArray
from platformdirs import user_cache_dir

Array = NDArray[np.floating[Any]]

# tanh on |x| <= 9 as x P(x²) / Q(x²) in float32, fitted by weighted least squares until the
# relative error was level (2e-8; 4e-7 with the rounding of float32).
_P0, _P1, _P2, _P3, _P4 = map(
    np.float32, (9.99999979e-01, 1.33810270e-01, 3.49558975e-03, 2.06091072e-05, 1.33546924e-08)
)
_Q0, _Q1, _Q2, _Q3, _Q4 = map(
    np.float32, (1.0, 4.67143426e-01, 2.58769885e-02, 3.28563740e-04, 7.77657172e-07)
)
_END = np.float32(9.0)
_HALF = np.float32(0.5)


def tanh(x: float) -> float:
    return math.tanh(x)


def sigmoid(x: float) -> float:
    return 0.5 * math.tanh(0.5 * x) + 0.5


@overload(tanh, strict=False)
def _typed_tanh(x: Any) -> Callable[[Any], Any]:
    if x != types.float32:
        return lambda x: math.tanh(x)

    def rational(x: Any) -> Any:
        x = _END if x > _END else x  # NaN stays NaN
        x = -_END if x < -_END else x
        y = x * x
        above = (((_P4 * y + _P3) * y + _P2) * y + _P1) * y + _P0
        below = (((_Q4 * y + _Q3) * y + _Q2) * y + _Q1) * y + _Q0
        return x * above / below

    return rational


@overload(sigmoid, strict=False)
def _typed_sigmoid(x: Any) -> Callable[[Any], Any]:
    if x != types.float32:
        return lambda x: 0.5 * math.tanh(0.5 * x) + 0.5
    return lambda x: _HALF * tanh(_HALF * x) + _HALF


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Kept on disk, compiled anew where no folder can be written or its disk is full.

    In the user's cache: pip would leave behind what lies beside the module, and Python would find
    that folder before an editable install. NUMBA_CACHE_DIR goes first.
    """
    made = partial(njit, function, nogil=True, error_model="numpy")
    asked = config.CACHE_DIR
    config.CACHE_DIR = asked or user_cache_dir("dropsearch")
    try:
        kernel = made(cache=True)
    except RuntimeError:
        return made()
    finally:
        config.CACHE_DIR = asked

    def run(*arrays: Array) -> None:
        nonlocal kernel
        try:
            kernel(*arrays)
        except OSError:
            kernel = made()
            kernel(*arrays)

    return run


@compiled
def forward(
    gates: Array,  # a, before its activation; holds the gates after
    h_old: Array,
    c_old: Array,
    m: Array,
    s: Array,
    d: Array,
    e: Array,
    z: Array,  # written: tanh(c_new)
    c: Array,  # written
    h: Array,  # written
    read: Array,  # written: h * s, what the next step's product reads
) -> None:
    batch, units = c.shape
    for row in range(batch):
        i, f = gates[row, :units], gates[row, units : 2 * units]
        g, o = gates[row, 2 * units : 3 * units], gates[row, 3 * units :]
        new, cell, hidden = z[row], c[row], h[row]
        for k in range(units):
            i[k] = sigmoid(i[k])
        for k in range(units):
            f[k] = sigmoid(f[k])
        for k in range(units):
            g[k] = tanh(g[k])
        for k in range(units):
            o[k] = sigmoid(o[k])
        for k in range(units):
            new[k] = f[k] * c_old[row, k] + i[k] * (g[k] * m[row, k])
        for k in range(units):
            cell[k] = d[row, k] * c_old[row, k] + (new[k] - d[row, k] * new[k])
        for k in range(units):
            new[k] = tanh(new[k])
        for k in range(units):
            fresh = o[k] * new[k]
            hidden[k] = e[row, k] * h_old[row, k] + (fresh - e[row, k] * fresh)
        for k in range(units):
            read[row, k] = hidden[k] * s[row, k]


@compiled
def backward(
    slopes: Array,  # written: dL/da
    gates: Array,
    c_old: Array,
    z: Array,
    m: Array,
    s: Array,
    d: Array,
    e: Array,
    grad: Array,  # dL/dh from the layer above
    back: Array,  # dL/d(h * s) of the next step's product
    kept: Array,  # dL/dh by way of the next step's zoneout; becomes this step's
    grad_cell: Array,  # dL/dc; becomes dL/dc_old
) -> None:
    batch, units = grad.shape
    total, fresh, new = np.empty_like(back[0]), np.empty_like(back[0]), np.empty_like(back[0])
    for row in range(batch):
        i, f = gates[row, :units], gates[row, units : 2 * units]
        g, o = gates[row, 2 * units : 3 * units], gates[row, 3 * units :]
        di, df = slopes[row, :units], slopes[row, units : 2 * units]
        dg, do = slopes[row, 2 * units : 3 * units], slopes[row, 3 * units :]
        old, dc, through = c_old[row], grad_cell[row], kept[row]
        for k in range(units):
            total[k] = grad[row, k] + back[row, k] * s[row, k] + through[k]
        for k in range(units):
            through[k] = e[row, k] * total[k]
        for k in range(units):
            fresh[k] = total[k] - through[k]
        for k in range(units):
            new[k] = dc[k] - d[row, k] * dc[k] + fresh[k] * (o[k] - o[k] * z[row, k] * z[row, k])
        for k in range(units):
            dc[k] = d[row, k] * dc[k] + f[k] * new[k]
        for k in range(units):
            do[k] = fresh[k] * z[row, k] * (o[k] - o[k] * o[k])
        for k in range(units):
            df[k] = new[k] * old[k] * (f[k] - f[k] * f[k])
        for k in range(units):
            di[k] = new[k] * (g[k] * m[row, k]) * (i[k] - i[k] * i[k])
        for k in range(units):
            dg[k] = new[k] * (i[k] * m[row, k]) - new[k] * (i[k] * m[row, k]) * g[k] * g[k]


@compiled
def forward_packed(
    batch_sizes: NDArray[np.int64],  # (T,), rows of each step
    gates: Array,  # (S, 4H), W x + b; holds the gates after
    weight: Array,  # (H, 4H), U transposed
    cells: Array,  # (S, H), as the next two; written
    squashed: Array,  # written: tanh(c)
    hidden: Array,  # written
) -> None:
    units = cells.shape[1]
    product = np.empty((batch_sizes[0], 4 * units), gates.dtype)
    before, start = 0, 0
    for step in range(len(batch_sizes)):
        count = batch_sizes[step]
        if step > 0:
            np.dot(hidden[before : before + count], weight, product[:count])
        for row in range(count):
            at = start + row
            if step > 0:
                for k in range(4 * units):
                    gates[at, k] += product[row, k]
            both, g = gates[at, : 2 * units], gates[at, 2 * units : 3 * units]
            o = gates[at, 3 * units :]
            for k in range(2 * units):
                both[k] = sigmoid(both[k])
            for k in range(units):
                g[k] = tanh(g[k])
            for k in range(units):
                o[k] = sigmoid(o[k])
            for k in range(units):
                cells[at, k] = gates[at, k] * gates[at, 2 * units + k]
            if step > 0:
                old = before + row
                for k in range(units):
                    cells[at, k] += gates[at, units + k] * cells[old, k]
            for k in range(units):
                squashed[at, k] = tanh(cells[at, k])
            for k in range(units):
                hidden[at, k] = gates[at, 3 * units + k] * squashed[at, k]
        before = start
        start += count


@compiled
def backward_packed(
    batch_sizes: NDArray[np.int64],
    slopes: Array,  # (S, 4H), written: dL/da
    gates: Array,
    weight: Array,  # (4H, H), U
    cells: Array,
    squashed: Array,
    grad: Array,  # (S, H), dL/dh from above
) -> None:
    units = cells.shape[1]
    back, grad_cell = np.zeros_like(cells[: batch_sizes[0]]), np.zeros_like(cells[: batch_sizes[0]])
    total, new = np.empty_like(back[0]), np.empty_like(back[0])
    start = len(gates)
    for step in range(len(batch_sizes) - 1, -1, -1):
        count = batch_sizes[step]
        start -= count
        for row in range(count):
            at = start + row
            for k in range(units):
                total[k] = grad[at, k] + back[row, k]
            for k in range(units):
                o, z = gates[at, 3 * units + k], squashed[at, k]
                new[k] = grad_cell[row, k] + total[k] * (o - o * z * z)
            for k in range(units):
                o, z = gates[at, 3 * units + k], squashed[at, k]
                slopes[at, 3 * units + k] = total[k] * z * (o - o * o)
            for k in range(units):
                i, g = gates[at, k], gates[at, 2 * units + k]
                slopes[at, k] = new[k] * g * (i - i * i)
            for k in range(units):
                i, g = gates[at, k], gates[at, 2 * units + k]
                slopes[at, 2 * units + k] = new[k] * i - new[k] * i * g * g
            if step > 0:
                old = start - batch_sizes[step - 1] + row
                for k in range(units):
                    f = gates[at, units + k]
                    slopes[at, units + k] = new[k] * cells[old, k] * (f - f * f)
                for k in range(units):
                    grad_cell[row, k] = new[k] * gates[at, units + k]
            else:
                for k in range(units):
                    slopes[at, units + k] = 0
        if step > 0:
            np.dot(slopes[start : start + count], weight, back[:count])
