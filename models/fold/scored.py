"""What examples should be, beside what is said of them.

n examples, C classes, H steps of a forecast, or 1; S series. No torch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import by_output, for_outputs, runs, target_rows
from dropsearch.models.fold.scores import Numbers, Scored, rarer_class


def scored(
    data: SequenceData,
    index: NDArray[np.int64],
    outputs: Numbers,
    units: Numbers | None = None,
    weights: tuple[float, ...] = (),
) -> Scored:
    """Of the examples `index` the outputs, (n, C) logits or (n, H) numbers; units: (S,) of MASE, of
    several targets (S, M); weights: of these."""
    if data.task == "classify":
        return Scored(outputs, data.target[index], positive=rarer_class(data))
    actual, known = targets(data, index)
    unit = None if units is None else for_outputs(data, units[data.series[index]])
    return Scored(outputs, actual, known, unit, weights=weights)


def targets(data: SequenceData, index: NDArray[np.int64]) -> tuple[Numbers, NDArray[np.bool_]]:
    """(n, C) numbers in the user's unit, and which of them are known."""
    if data.task != "forecast":
        actual = data.target[index][:, None]
        return actual, np.ones(actual.shape, bool)
    rows, known = target_rows(data, runs(data), index[:, None], np.arange(data.horizon))
    return by_output(data.target[rows]), by_output(known)
