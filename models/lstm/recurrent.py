"""Recurrent dropout: the kinds that act on the way from one time step to the next.

One step of a layer: gates i, f, o = sigmoid(W x + U h + b), candidate g = tanh(W x + U h + b),
c = f * c_old + i * g, h = o * tanh(c); that of a GRU stands in gru.py. T time steps, B batch
(sequences), D inputs, H units, G gates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import GRU, LSTM

from dropsearch.models.lstm.cell import CellMasks, run_cell, run_packed
from dropsearch.models.lstm.gru import run_gru
from dropsearch.models.lstm.sites import draw_kept, draw_mask, dropped_levels, rounded
from dropsearch.models.names import KINDS, Kind, Mask

Shape = tuple[int, int, int]
Layer = LSTM | GRU


@dataclass(frozen=True)
class Recurrent:
    """One kind of recurrent dropout with its rates; `hidden_rate` is zoneout's second one.

    A GRU has one state, which zoneout keeps at `rate`. Kinds none and weight, and every kind that
    is at rest, run in torch's fused kernel, or in training without padding in `run_packed`.
    """

    kind: Kind = "none"
    rate: float = 0.0
    hidden_rate: float = 0.0
    mask: Mask = "standard"

    def weight(self, layer: Layer, generator: torch.Generator) -> Tensor:
        """U (GH, H) of one training step: kind weight drops entries of it, once for the batch.

        DropConnect (Wan et al. 2013) on U as in Merity, Keskar & Socher 2017, section 2.
        """
        whole = layer.all_weights[0][1]
        if self.kind != "weight" or not layer.training or dropped_levels(self.rate) == 0:
            return whole
        return whole * draw_mask(tuple(whole.shape), self.rate, generator).to(whole)

    def run(
        self, layer: Layer, weight: Tensor, steps: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Steps (T, B, D) through a layer of one direction, U from `weight`, -> (T, B, H)."""
        inward, _, bias_ih, bias_hh = layer.all_weights[0]
        shape = (*steps.shape[:2], layer.hidden_size)
        if self.rests(layer.training):
            zeros = steps.new_zeros(1, *shape[1:])
            weights = [inward, weight, bias_ih, bias_hh]
            plain = True, 1, 0.0, layer.training, False, False
            if isinstance(layer, GRU):
                return torch.gru(steps, zeros, weights, *plain)[0]
            return torch.lstm(steps, (zeros, zeros), weights, *plain)[0]
        masks = CELL_KINDS[self.kind](self, shape, layer.training, generator).to(steps)
        if isinstance(layer, GRU):
            return run_gru(steps, inward, weight, bias_ih, bias_hh, masks)
        return run_cell(steps, inward, weight, bias_ih + bias_hh, masks)

    def run_packed(
        self, layer: Layer, weight: Tensor, rows: Tensor, batch_sizes: NDArray[np.int64]
    ) -> Tensor:
        """Rows (S, D) without padding through LSTM cells -> (S, H), no step but a plain one."""
        inward, _, bias_ih, bias_hh = layer.all_weights[0]
        return run_packed(rows, inward, weight, bias_ih + bias_hh, batch_sizes)

    def rests(self, training: bool) -> bool:
        """Whether no step differs from a plain one; only zoneout acts in evaluation, too."""
        if self.kind not in CELL_KINDS:
            return True
        if self.kind == "zoneout":
            return dropped_levels(self.rate) == dropped_levels(self.hidden_rate) == 0
        return not training or dropped_levels(self.rate) == 0


def _update(own: Recurrent, shape: Shape, _: bool, generator: torch.Generator) -> CellMasks:
    """c = f * c_old + i * (g * m), of a GRU (1 - z) * (n * m) + z * h_old: Semeniuta, Severyn &
    Barth 2016.

    m is drawn per step (standard; the paper's base form) or per sequence (locked).
    """
    times = 1 if own.mask == "locked" else shape[0]
    m = draw_mask((times, *shape[1:]), own.rate, generator)
    return CellMasks.still(shape, m.device)._replace(update=m)


def _state(own: Recurrent, shape: Shape, _: bool, generator: torch.Generator) -> CellMasks:
    """h_old * m before every product with U: Gal & Ghahramani 2016, section 4.1.

    One mask per sequence, used at every step and by all gates (their tied weights).
    """
    m = draw_mask((1, *shape[1:]), own.rate, generator)
    return CellMasks.still(shape, m.device)._replace(state=m)


def _zoneout(own: Recurrent, shape: Shape, training: bool, generator: torch.Generator) -> CellMasks:
    """Units keep their old value: Krueger et al. 2017, with tanh of the new cell.

    Drawn at each step, cell and hidden apart; the expectation in evaluation.
    """

    def zoned(rate: float) -> Tensor:
        if training and dropped_levels(rate) > 0:
            return (~draw_kept(shape, rate, generator)).to(torch.float32)
        return torch.full((1, *shape[1:]), rounded(rate), device=generator.device)

    still = CellMasks.still(shape, generator.device)
    return still._replace(cell=zoned(own.rate), hidden=zoned(own.hidden_rate))


CELL_KINDS: dict[Kind, Callable[[Recurrent, Shape, bool, torch.Generator], CellMasks]] = {
    "update": _update,
    "state": _state,
    "zoneout": _zoneout,
}
assert {"none", "weight", *CELL_KINDS} == set(KINDS)
