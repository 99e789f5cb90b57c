"""Numbers that are too small or too large to train on."""

from __future__ import annotations

import numpy as np

from dropsearch.models.cells.columns import quote
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.models.names import Scale

AS_THEY_ARE = (1e-18, 1e18)  # sizes of numbers whose squares float32 has
SCALED = (1e-100, 1e100)  # and float64


def refuse_sizes(data: SequenceData, path: str, target: str, scale: Scale) -> None:
    """Raises DataError naming file and column where numbers are too small or large to train on."""
    smallest, largest = AS_THEY_ARE if scale == "none" else SCALED
    columns = dict(zip(data.features, data.values.T, strict=True))
    if data.statics is not None:
        columns |= dict(zip(data.statics.features, data.statics.values.T, strict=True))
    if data.task == "regress":
        columns[target] = data.target
    for name, values in columns.items():
        size = np.nanmax(np.abs(values), initial=0.0)
        if smallest <= size <= largest or size == 0:
            continue
        mend = "set data.scale: train, or " if scale == "none" else ""
        raise DataError(
            f"{path}: column {quote(name)}: its largest number is {size:.2g}, too "
            f"{'small' if size < smallest else 'large'} to compute with"
            f"{' as it is (data.scale: none)' if scale == 'none' else ''}: {mend}give it in "
            "another unit."
        )
