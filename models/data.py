"""SequenceData: what is trained on, read once from a user's file, checked and fingerprinted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dropsearch.models.calendar import Calendar

Task = Literal["forecast", "classify", "regress"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SequenceData:
    """Rows of all series end to end, and the examples that lie in them.

    R rows, F numeric features, C columns of words, N examples. An example of a
    sequence task is one series. Example i of a forecast has the input rows
    start[i] : start[i] + window and the target rows of the next `horizon`; its
    input crosses neither a gap in the calendar nor another series.
    """

    task: Task
    features: tuple[str, ...]  # F; forecast: features[0] is the target's own past
    values: NDArray[np.float64]  # (R, F), filled, finite
    categories: tuple[str, ...]  # C columns of words
    levels: tuple[tuple[str, ...], ...]  # per column of words the spellings in the whole file
    codes: NDArray[np.int32]  # (R, C) index into levels
    start: NDArray[np.int64]  # (N,) first row of each example's input
    length: NDArray[np.int64]  # (N,) input steps; forecast: window, all equal
    target: NDArray[Any]  # classify (N,) int64; regress (N,) float64; forecast (R,) float64, NaN
    series: NDArray[np.int64]  # (N,) index into series_names
    series_names: tuple[str, ...]  # in the user's spelling
    classes: tuple[str, ...]  # classify: in the user's spelling; else ()
    window: int  # forecast; else 0
    horizon: int  # forecast; else 0
    row_series: NDArray[np.int64]  # (R,) series of each row
    time: NDArray[np.int64] | None  # forecast: (R,) calendar steps on the axis of all series
    stamps: NDArray[Any] | None  # forecast: (R,) int64 microseconds, or the number itself
    calendar: Calendar | None  # forecast with a time column
    group: NDArray[np.int64] | None  # (N,) examples of one group are never split
    part: NDArray[np.int64] | None  # (N,) predefined fold, index into part_names
    part_names: tuple[str, ...] = ()
    held: NDArray[np.bool_] | None  # (N,) in the predefined holdout; forecast: (R,)
    notes: tuple[str, ...]  # warnings, whole sentences
    left_out: dict[str, str]  # column -> reason
    fingerprint: str  # SHA-256 of the canonical content that is used
