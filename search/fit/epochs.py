"""The curve of a fit: its epochs, the best of them, the first that counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Epoch:
    """What one epoch of a fit gave.

    rows: one mapping per fold with fold, train_loss (dropout off, on a sample of the training
    part), val_loss, metric, updates and seconds; score and loss are the means over the folds.
    """

    number: int
    score: float
    loss: float
    rows: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, number: int, rows: Sequence[dict[str, Any]]) -> Epoch:
        score, loss = (float(np.mean([row[key] for row in rows])) for key in ("metric", "val_loss"))
        return cls(number, score, loss, tuple(rows))


def best_epoch(epochs: Sequence[Epoch], direction: str) -> Epoch:
    """The best epoch of the mean curve; ties go to the lower loss."""
    sign = -1 if direction == "maximize" else 1
    return min(epochs, key=lambda epoch: (sign * epoch.score, epoch.loss))


def first_counted(epochs: int) -> int:
    """The first epoch (from 0) at which patience and pruning may act: after a third of them."""
    return math.ceil(epochs / 3)
