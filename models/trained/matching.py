"""Words, numbers and series that a new file names -> those that the training had.

R rows, C columns of words, S series.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.fold.preparation import Preparation


def known(
    codes: NDArray[np.int32],
    spellings: tuple[tuple[str, ...], ...],
    levels: tuple[tuple[str, ...], ...],
    names: tuple[str, ...],
) -> tuple[NDArray[np.int32], list[str]]:
    """Codes (R, C) of the file's spellings -> those of the training's levels; past its last where
    unseen. names: of the C columns."""
    notes = []
    found = np.empty_like(codes)
    for column, (here, there) in enumerate(zip(spellings, levels, strict=True)):
        places = _places(here, there)
        table = np.array([*places, -1], np.int32)
        found[:, column] = table[codes[:, column]]
        new = [one for one, place in zip(here, places, strict=True) if place == len(there)]
        if new:
            count = int((found[:, column] == len(there)).sum())
            notes.append(
                f"Column {quote(names[column])}: {count:,} values were not seen in "
                f"training ({listed(new)}); they count as unseen."
            )
    return found, notes


def _places(here: tuple[str, ...], there: tuple[str, ...]) -> list[int]:
    """Where each spelling stands among those of the training, past the last where it is new.

    Where those are all numbers, another spelling of one (1.0 for 1) is the same.
    """
    exact = {spelling: place for place, spelling in enumerate(there)}
    numbers = {_number(spelling): place for place, spelling in enumerate(there)}
    if None in numbers:
        numbers = {}
    return [exact.get(one, numbers.get(_number(one), len(there))) for one in here]


def _number(spelling: str) -> float | None:
    try:
        return float(spelling.replace("_", "?"))
    except ValueError:
        return None


def of_series(
    preparation: Preparation, trained: tuple[str, ...], names: tuple[str, ...]
) -> Preparation:
    """What was learnt of each series, for the series of a new file; 0 for a new one."""
    new = np.zeros_like(preparation.series_spread[:1])
    spread = np.concatenate([preparation.series_spread, new])[_places(names, trained)]
    return replace(preparation, series_spread=spread, units=np.ones(len(names)))
