"""What the networks of a fit say of each example, at the epoch that its fold is scored by.

n examples validated, C outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.scored import scored
from dropsearch.models.fold.scores import contributions
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.studies.answer.members import at_chosen
from dropsearch.studies.claims.examples import Examples
from dropsearch.studies.claims.validated import Validated


class Outputs(Callback):
    """Keeps each fold's outputs of the epoch that it is scored by, as far as the fit has come.

    They are part of a fit's state.
    """

    def __init__(self, epochs: Sequence[Epoch], folds: int, direction: str) -> None:
        self._epochs = epochs  # grows as the fit goes on
        self._direction = direction
        self._now: list[list[Tensor]] = [[] for _ in range(folds)]
        self._kept: list[tuple[int, Tensor] | None] = [None] * folds

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if dataloader_idx == 0:
            for own, found in zip(self._now, outputs["copies"], strict=True):
                if found is not None:
                    own.append(found)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        now, self._now = self._now, [[] for _ in self._now]
        for fold, chosen in enumerate(self._chosen()):
            if chosen == self._epochs[-1].number and now[fold]:
                self._kept[fold] = (chosen, torch.cat(now[fold]).cpu())

    def _chosen(self) -> list[int]:
        """For each fold its epoch among those so far."""
        rows = {epoch.number: epoch.rows for epoch in self._epochs}
        chosen: list[int] = at_chosen(rows, self._direction).epochs.tolist()
        return chosen

    def state_dict(self) -> dict[str, Any]:
        return {"kept": self._kept}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Raises ValueError where they are none of such a fit."""
        kept = list(state_dict["kept"])
        if len(kept) != len(self._kept) or not all(one is None or _is_kept(one) for one in kept):
            raise ValueError("its outputs are those of no fit")
        self._kept = kept

    def validated(self, folds: FoldSet) -> Validated | None:
        """None where the outputs of a fold's epoch are not there.

        That is so in a fit that went on from a state without them, and where the networks' steps
        return none.
        """
        parts = [part.index for part in folds.validate]
        kept = [
            one[1].numpy()
            for one, chosen, part in zip(self._kept, self._chosen(), parts, strict=True)
            if one is not None and one[0] == chosen and one[1].shape == (len(part), folds.outputs)
        ]
        if len(kept) < len(parts):
            return None
        return validated_of(folds, kept)


def _is_kept(one: Any) -> bool:
    match one:
        case (int(), Tensor() as outputs):
            return outputs.ndim == 2 and outputs.is_floating_point()
    return False


def validated_of(folds: FoldSet, outputs: Sequence[NDArray[Any]]) -> Validated:
    """What a fit says of all it validates; outputs: (n, C) of each fold, as its part has them."""
    parts = [part.index for part in folds.validate]
    given = [
        scored(folds.data, part, own.astype(np.float64), known.units, folds.config.weights)
        for part, own, known in zip(parts, outputs, folds.preparations, strict=True)
    ]
    found = [contributions(folds.metric, one) for one in given]
    index = np.concatenate(parts)
    order = np.argsort(index)
    return Validated(
        index=index[order],
        fold=np.repeat(np.arange(len(parts)), [len(part) for part in parts])[order],
        unit=folds.unit[index[order]],
        contribution=np.concatenate(found)[order],
        outputs=np.concatenate(outputs)[order],
    )


def examples_of(data: SequenceData) -> Examples:
    """What those who read the outputs need of the data."""
    series = data.series.astype(np.int64)
    if data.task != "forecast":
        none = np.zeros(0, np.int64)
        return Examples(data.series_names, series, data.target, none, none, none, ())
    assert data.time is not None
    assert data.stamps is not None
    assert data.calendar is not None
    time = np.asarray(data.time, np.int64)
    _, first = np.unique(time, return_index=True)
    return Examples(
        names=data.series_names,
        series=series,
        actual=data.target,
        last=data.start.astype(np.int64) + data.window - 1,
        row_series=data.row_series.astype(np.int64),
        position=time,
        times=tuple(map(data.calendar.label, data.stamps[first].tolist())),
    )
