"""What needs no network: scored on the same folds by the same metric, in the user's units.

R rows, n examples scored, H horizon. No torch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import covered_rows, naive_units, runs
from dropsearch.models.fold.scored import scored
from dropsearch.models.fold.scores import SCORES, Numbers, rarer_class, score_of


def baselines(
    data: SequenceData,
    train: NDArray[np.int64],
    validate: NDArray[np.int64],
    metric: str,
    weights: tuple[float, ...] = (),
) -> dict[str, float]:
    """The score of each baseline on the examples `validate`, learnt from `train` alone.

    classify: "majority class", with F1 of two classes "rarer class" too, with log loss "class
    shares" alone; regress: "mean"; forecast: "last value", "mean" (of its own series in training),
    and "seasonal naive" where there is a season. weights: of several targets.
    """
    units = None
    if data.task == "forecast":
        rows = covered_rows(data, train)
        found, units = _of_forecast(data, rows, validate), naive_units(data, rows)
    else:
        found = predictions(data, train, validate, metric)
    given = scored(data, validate, next(iter(found.values())), units, weights)
    return {
        name: score_of(metric, replace(given, outputs=outputs)) for name, outputs in found.items()
    }


def predictions(
    data: SequenceData, train: NDArray[np.int64], validate: NDArray[np.int64], metric: str
) -> dict[str, Numbers]:
    """What each says of `validate`: (n, C) logits, or (n, H) numbers in the user's unit."""
    if data.task == "classify":
        return _of_classes(data, train, validate, metric)
    if data.task == "regress":
        return {"mean": np.full((len(validate), 1), data.target[train].mean())}
    return _of_forecast(data, covered_rows(data, train), validate)


def find_season(data: SequenceData, rows: NDArray[np.int64]) -> int | None:
    """Steps of a season: the calendar's own, else where the autocorrelation over `rows` peaks.

    The autocorrelation is that of the longest unbroken stretch of training rows, less a
    straight line; the peak must come after its first fall below 0, lie within a third of the
    stretch and exceed 0.3.
    """
    season = None if data.calendar is None else data.calendar.season()
    if season is not None:
        return season
    values = _longest_stretch(data, rows)
    if len(values) < 12:
        return None
    time = np.arange(len(values))
    values = values - np.polyval(np.polyfit(time, values, 1), time)
    power = np.abs(np.fft.rfft(values, 2 * len(values))) ** 2
    correlation = np.fft.irfft(power)[: len(values) // 3 + 1]
    below = np.flatnonzero(correlation < 0)
    if len(below) == 0:
        return None
    correlation /= correlation[0]
    lag = below[0] + int(correlation[below[0] :].argmax())
    return lag if correlation[lag] > 0.3 and lag < len(correlation) - 1 else None


def _of_forecast(
    data: SequenceData, rows: NDArray[np.int64], validate: NDArray[np.int64]
) -> dict[str, Numbers]:
    """(n, C) of each, learnt from the training's `rows`; of several targets a baseline that one
    lacks is its last value."""
    if data.targets:
        each = [_of_forecast(one, rows, validate) for one in data.each]
        names = dict.fromkeys(name for own in each for name in own)
        said = {name: [own.get(name, own["last value"]) for own in each] for name in names}
        return {name: np.concatenate(parts, axis=1) for name, parts in said.items()}
    last = data.values[data.start[validate] + data.window - 1, :1]
    found = {"last value": last, "mean": _means(data, rows)[data.series[validate], None]}
    season = find_season(data, rows)
    if season is not None:
        found["seasonal naive"] = _seasonal(data, runs(data), validate, season, last)
    shape = len(validate), data.horizon
    return {name: np.broadcast_to(values, shape) for name, values in found.items()}


def _longest_stretch(data: SequenceData, rows: NDArray[np.int64]) -> Numbers:
    """The known targets of the longest stretch of `rows` without a gap."""
    rows = rows[~np.isnan(data.target[rows])]
    breaks = (np.diff(rows) != 1) | (np.diff(runs(data)[rows]) != 0)
    stretches = np.split(rows, np.flatnonzero(breaks) + 1)
    longest: Numbers = data.target[max(stretches, key=len)]
    return longest


def _seasonal(
    data: SequenceData,
    run: NDArray[np.int64],
    examples: NDArray[np.int64],
    season: int,
    last: Numbers,
) -> Numbers:
    """The value (n, H) of whole seasons before each step, the latest that is past by then.

    Where the series does not reach back so far without a gap: the last value (n, 1).
    """
    steps = np.arange(data.horizon)
    end = (data.start[examples] + data.window - 1)[:, None]
    rows = end + 1 + steps - season * (steps // season + 1)
    reached = (rows >= 0) & (run[np.maximum(rows, 0)] == run[end])
    return np.where(reached, data.values[np.maximum(rows, 0), 0], last)


def _means(data: SequenceData, rows: NDArray[np.int64]) -> Numbers:
    """The mean target (S,) of each series in training; of all of them where it has none."""
    rows = rows[~np.isnan(data.target[rows])]
    series = len(data.series_names)
    count = np.bincount(data.row_series[rows], minlength=series)
    total = np.bincount(data.row_series[rows], weights=data.target[rows], minlength=series)
    return np.where(count > 0, total / np.maximum(count, 1), data.target[rows].mean())


def _of_classes(
    data: SequenceData, train: NDArray[np.int64], validate: NDArray[np.int64], metric: str
) -> dict[str, Numbers]:
    actual, positive = data.target[validate], rarer_class(data)
    counts = np.bincount(data.target[train], minlength=len(data.classes))

    def logits(shares: Numbers) -> Numbers:
        with np.errstate(divide="ignore"):
            return np.broadcast_to(np.log(shares), (len(actual), len(shares)))

    if SCORES[metric].of_shares:
        return {"class shares": logits(_shares(counts, actual))}
    one = np.eye(len(counts))
    majority = int(counts.argmax())
    found = {"majority class": logits(one[majority])}
    if metric == "f1" and len(counts) == 2 and majority != positive:
        found["rarer class"] = logits(one[positive])
    return found


def _shares(counts: NDArray[np.int64], actual: NDArray[np.int64]) -> Numbers:
    """Each class's share in training (C,).

    Where training has none of a class that is scored, each class is counted one time more
    (Laplace's rule of succession), so that the log loss is finite.
    """
    if (counts[actual] == 0).any():
        counts = counts + 1
    return counts / counts.sum()
