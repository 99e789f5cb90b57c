"""Examples that a new file holds, prepared as the training was.

N examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.spread import Spread, Whole
from dropsearch.models.table.layout import Layout
from dropsearch.models.trained.new_streams import Cells
from dropsearch.models.trained.reader import Reader
from dropsearch.models.wide.unfold import Unfolded


@dataclass(frozen=True, eq=False)
class NewData:
    """The examples of a new file, in its order, prepared as the training was."""

    data: SequenceData  # its target says nothing
    preparation: Preparation
    keys: tuple[str, ...]  # (N,) the series; of texts the row
    steps: Cells  # forecast: (N, horizon, columns of the time); streams: (N, 1, columns), its end
    notes: tuple[str, ...]  # warnings, whole sentences
    ahead: tuple[tuple[int | float, ...], ...] = ()  # forecast: (N, horizon) stamps
    unfolded: Unfolded | None = None  # of a wide file

    @property
    def times(self) -> tuple[tuple[str, ...], ...]:
        """(N, horizon) of a forecast, in the style of the file."""
        return tuple(tuple(" ".join(cells) for cells in steps) for steps in self.steps)


def without_target(
    reader: Reader,
    layout: Layout,
    *,
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    start: Whole,
    length: Whole,
    time: Whole | None = None,
) -> SequenceData:
    """Examples without a target, one for each series or window of a stream."""
    number = len(values) if reader.task == "forecast" else len(start)
    shape = (number, len(reader.targets)) if reader.targets else (number,)
    target = np.zeros(shape, np.int64 if reader.task == "classify" else np.float64)
    return SequenceData(
        task=reader.task,
        features=reader.features,
        values=values,
        categories=reader.categories,
        levels=reader.levels,
        codes=codes,
        start=start,
        length=length,
        target=target,
        series=layout.series[start] if reader.stride else np.arange(len(start)),
        series_names=layout.names,
        classes=reader.classes,
        window=reader.window,
        stride=reader.stride,
        time=None if time is None else Spread(time),
        horizon=reader.horizon,
        row_series=layout.series,
        targets=reader.targets,
        known=reader.known,
        cycles=reader.cycles,
        left_out={},
    )
