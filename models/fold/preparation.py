"""What is learnt from a fold's training part alone, in double precision and without torch.

R rows, F numeric features, S series, N examples, G static numeric features, A channels that are
known ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.models.names import Scale, Scaling
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.times.cycles import waves


@dataclass(frozen=True, eq=False)
class Preparation:
    """How one fold's inputs and targets are transformed."""

    scale: Scaling
    centre: NDArray[np.float64]  # (F,)
    spread: NDArray[np.float64]  # (F,), positive
    target_centre: float | NDArray[np.float64]  # of several targets (M,)
    target_spread: float | NDArray[np.float64]
    seen: tuple[NDArray[np.bool_], ...]  # per column of words, which of its levels training has
    series_spread: NDArray[np.float64]  # (S, F), 0 for a series that is not in training
    units: NDArray[np.float64]  # (S,), of several targets (S, M), MASE's denominators, positive
    vocabulary: Vocabulary | None = None  # of texts
    keeps_level: bool = True  # window: of a feature that stands still in one; old folders: False
    static_centre: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  # (G,)
    static_spread: NDArray[np.float64] = field(default_factory=lambda: np.ones(0))  # (G,)
    static_seen: tuple[NDArray[np.bool_], ...] = ()  # as `seen`, of static columns of words
    cycles: int = 0  # of the calendar, of which each has two channels
    known: tuple[int, ...] = ()  # (A,) channels of an input step, ascending

    @classmethod
    def fit(cls, data: SequenceData, train: NDArray[np.int64], scale: Scale) -> Preparation:
        """Learn from the examples `train`; DataError for scale `window` of a sequence task."""
        scale = scaling_of(data, scale)
        rows = train if data.texts is not None else covered_rows(data, train)
        values = data.values[rows]
        target = data.target[rows] if data.task == "forecast" else data.target[train]
        features, series = values.shape[1], len(data.series_names)
        centre, spread = np.zeros(features), np.ones(features)
        target_centre, target_spread = _target_moments(np.zeros_like(target))
        if scale != "none":
            centre, spread = _moments(values)
            if data.task != "classify":
                target_centre, target_spread = _target_moments(target)
        series_spread = np.zeros((series, features))
        if scale == "window":
            number, first = np.unique(data.row_series[rows], return_index=True)
            for one, own in zip(number, np.split(values, first[1:]), strict=True):
                series_spread[one] = own.std(axis=0)
        fixed = data.statics
        own = np.unique(data.series[train])
        numbers = np.zeros((1, 0)) if fixed is None else fixed.values[own]
        static_centre, static_spread = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
        if scale != "none":
            static_centre, static_spread = _moments(numbers)
        seen = _seen(data.codes[rows], data.levels)
        return cls(
            scale=scale,
            centre=centre,
            spread=spread,
            target_centre=target_centre,
            target_spread=target_spread,
            seen=seen,
            series_spread=series_spread,
            units=naive_units(data, rows) if data.task == "forecast" else np.ones(series),
            vocabulary=_vocabulary(data, train),
            static_centre=static_centre,
            static_spread=static_spread,
            static_seen=() if fixed is None else _seen(fixed.codes[own], fixed.levels),
            cycles=len(data.cycles),
            known=known_channels(
                data.features, data.categories, seen, data.known, len(data.cycles)
            ),
        )

    @property
    def width(self) -> int:
        """Channels of an input step, equal for all folds: F, for each column of words one for each
        level of the file and one for what training has not seen, and two for each cycle."""
        words = sum(len(seen) + 1 for seen in self.seen)
        return len(self.centre) + words + 2 * self.cycles

    def inputs(self, data: SequenceData) -> NDArray[np.floating]:
        """All rows (R, width) in float32; float64 where each window is scaled later by itself.

        A code past the levels is a word that the training's file has not.
        """
        if self.scale == "window":
            numbers = data.values
        else:
            numbers = ((data.values - self.centre) / self.spread).astype(np.float32)
        parts = [numbers, *_one_hot(data.codes, self.seen, numbers.dtype)]
        if data.cycles:
            assert data.stamps is not None
            assert data.calendar is not None
            found = waves(data.cycles, np.asarray(data.stamps), data.calendar)
            parts.append(found.astype(numbers.dtype))
        return np.concatenate(parts, axis=1)

    @property
    def static_width(self) -> int:
        """Channels of the static features, as `width`."""
        return len(self.static_centre) + sum(len(seen) + 1 for seen in self.static_seen)

    def statics(self, data: SequenceData) -> NDArray[np.float32]:
        """The static features of each series (S, static_width), scaled by the training's series."""
        assert data.statics is not None
        scaled = (data.statics.values - self.static_centre) / self.static_spread
        numbers = scaled.astype(np.float32)
        words = _one_hot(data.statics.codes, self.static_seen, numbers.dtype)
        return np.concatenate([numbers, *words], axis=1)


Seen = tuple[NDArray[np.bool_], ...]


def known_channels(
    features: tuple[str, ...],
    categories: tuple[str, ...],
    seen: Seen,
    known: tuple[str, ...],
    cycles: int,
) -> tuple[int, ...]:
    """The channels of `Preparation.width` that are known ahead: those of the columns `known`, and
    of the cycles."""
    widths = [1] * len(features) + [len(one) + 1 for one in seen] + [2] * cycles
    ahead = [name in known for name in (*features, *categories)] + [True] * cycles
    return tuple(np.flatnonzero(np.repeat(ahead, widths)).tolist())


def _seen(codes: NDArray[np.int32], levels: tuple[tuple[str, ...], ...]) -> Seen:
    """Of each column of words, which of its levels are among the codes (rows, C)."""
    return tuple(
        np.bincount(column, minlength=len(names)) > 0
        for column, names in zip(codes.T, levels, strict=True)
    )


def _one_hot(
    codes: NDArray[np.int32], columns: Seen, dtype: np.dtype[Any]
) -> Iterator[NDArray[Any]]:
    """Of each column of codes (rows, C) its channels; the last is that of what was not seen."""
    for own, seen in zip(codes.T, columns, strict=True):
        slots = np.where(np.append(seen, False)[own], own, len(seen))
        yield np.eye(len(seen) + 1, dtype=dtype)[slots]


def scaling_of(data: SequenceData, scale: Scale) -> Scaling:
    """Which scaling runs where `scale` is asked for: a window of one step, which by itself is
    always 0, is scaled by the training part. DataError for `window` of a sequence task."""
    if scale == "window" and data.task != "forecast":
        raise DataError(
            f"data.scale: window needs a forecast, and the task is {data.task}: "
            "use auto, train or none."
        )
    if scale == "auto":
        many = data.task == "forecast" and len(data.series_names) > 1
        scale = "window" if many else "train"
    return "train" if scale == "window" and data.window == 1 else scale


def _vocabulary(data: SequenceData, train: NDArray[np.int64]) -> Vocabulary | None:
    if data.texts is None:
        return None
    return Vocabulary.learn(
        [data.texts[i] for i in train],
        tokens=data.tokens,
        most=data.vocabulary,
        longest=data.max_tokens,
    )


def covered_rows(data: SequenceData, examples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows that these examples use: inputs and, of forecasts, known targets; in order."""
    edges = np.zeros(len(data.values) + 1, dtype=np.int64)
    np.add.at(edges, data.start[examples], 1)
    np.add.at(edges, data.start[examples] + data.length[examples], -1)
    used = edges[:-1].cumsum() > 0
    if data.task == "forecast":
        run = runs(data)
        for step in range(data.horizon):
            rows, known = target_rows(data, run, examples, step)
            used[rows[known.any(axis=1) if data.targets else known]] = True
    return np.flatnonzero(used)


def runs(data: SequenceData) -> NDArray[np.int64]:
    """A number for each row (R,), equal where no gap and no change of series lies between."""
    breaks = data.row_series[1:] != data.row_series[:-1]
    if data.time is not None:
        breaks |= np.diff(np.asarray(data.time)) != 1
    return np.concatenate(([0], breaks.cumsum()))


def target_rows(
    data: SequenceData,
    run: NDArray[np.int64],
    examples: NDArray[np.int64],
    step: int | NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The rows of one target step, or of steps that broadcast with `examples`; which are known, of
    several targets with a last axis (M,).

    A step that lies behind a gap, in another series or past the last row is unknown.
    """
    last = data.start[examples] + data.window - 1
    rows = last + 1 + step
    inside = rows < len(run)
    rows = np.where(inside, rows, last)
    known, there = ~np.isnan(data.target[rows]), inside & (run[rows] == run[last])
    return rows, known & (there[..., None] if data.targets else there)


def by_output(values: NDArray[Any]) -> NDArray[Any]:
    """Of the steps of a forecast (n, H), of several targets (n, H, M) -> (n, C): all steps of one
    target after those of another."""
    return values if values.ndim == 2 else np.moveaxis(values, 2, 1).reshape(len(values), -1)


def for_outputs(data: SequenceData, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, M) of several targets -> (n, C); of one as it is."""
    return np.repeat(values, data.horizon, axis=1) if data.targets else values


def naive_units(data: SequenceData, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """MASE's denominators (S,), of several targets (S, M): the naive steps of each over `rows`.

    Where a series has none, the mean of the others stands in; 1 where no series has one.
    """
    if data.targets:
        return np.stack([naive_units(one, rows) for one in data.each], axis=1)
    units = naive_steps(data, rows)
    positive = units > 0
    units[~positive] = units[positive].mean() if positive.any() else 1.0
    return units


def naive_steps(data: SequenceData, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean |y_t - y_(t-1)| of each series (S,), of several targets (S, M), over `rows`; 0 where
    it does not move there.

    Hyndman & Koehler 2006, equation of q_t.
    """
    if data.targets:
        return np.stack([naive_steps(one, rows) for one in data.each], axis=1)
    used = np.zeros(len(data.target), dtype=bool)
    used[rows] = True
    known = used & ~np.isnan(data.target)
    run = runs(data)
    pair = known[1:] & known[:-1] & (run[1:] == run[:-1])
    later = np.flatnonzero(pair) + 1
    steps = np.abs(data.target[later] - data.target[later - 1])
    series = len(data.series_names)
    count = np.bincount(data.row_series[later], minlength=series)
    total = np.bincount(data.row_series[later], weights=steps, minlength=series)
    mean: NDArray[np.float64] = total / np.maximum(count, 1)
    largest = np.zeros(series)
    np.maximum.at(largest, data.row_series[later], np.abs(data.target[later]))
    mean[mean <= 1e-12 * largest] = 0.0
    return mean


def _target_moments(
    target: NDArray[Any],
) -> tuple[float | NDArray[np.float64], float | NDArray[np.float64]]:
    """Mean and deviation of what is known of a target (R,), or of each of several (R, M)."""
    if target.ndim == 2:
        centres, spreads = zip(*map(_target_moments, target.T), strict=True)
        return np.array(centres), np.array(spreads)
    known = target[~np.isnan(target)]
    centre, spread = _moments(known[:, None])
    return float(centre[0]), float(spread[0])


def _moments(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column; 1 in place of a deviation of 0."""
    centre, spread = values.mean(axis=0), values.std(axis=0)
    flat = spread <= 1e-12 * np.abs(centre)
    return centre, np.where(flat, 1.0, spread)
