"""The curve of a fit: its epochs, the best of them, the first that counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropsearch.studies.store.contract import FoldRow


@dataclass(frozen=True)
class Epoch:
    """What one epoch of a fit gave: a row for each fold; score and loss, the means over them."""

    number: int
    score: float
    loss: float
    rows: tuple[FoldRow, ...]

    @classmethod
    def of(cls, number: int, rows: Sequence[FoldRow]) -> Epoch:
        score = float(np.mean([row["metric"] for row in rows]))
        loss = float(np.mean([row["val_loss"] for row in rows]))
        return cls(number, score, loss, tuple(rows))


def best_epoch(epochs: Sequence[Epoch], direction: str) -> Epoch:
    """The best epoch of the mean curve; ties go to the lower loss."""
    sign = -1 if direction == "maximize" else 1
    return min(epochs, key=lambda epoch: (sign * epoch.score, epoch.loss))


def first_counted(epochs: int) -> int:
    """The first epoch (from 0) at which patience and pruning may act: after a third of them."""
    return math.ceil(epochs / 3)
