"""The holdout: the part of the data that no fit of search, finalists or curve sees."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.search.folds.purge import Examples, mark, scored_rows, untouched

AUTO_SHARE = 0.15
FEWEST_GROUPS = 8
SEED_TAG = 0


def cut_holdout(
    data: SequenceData,
    share: Literal["auto"] | float,
    *,
    count: int,
    across: str | None,
    units: Examples | None,
    noun: str,
    gap: int,
    seed: int,
) -> tuple[Examples, Examples, tuple[str, ...]]:
    """Holdout, the rest purged of it, and notes.

    `units` (N,) are never split. Depends on `seed`, never on a repeat.
    Raises DataError where an explicit share or a predefined holdout cannot be had.
    """
    if data.held is not None:
        return *_predefined(data, data.held, gap), ()
    everything = np.arange(len(data.start))
    nothing = everything[:0]
    if share == "auto":
        number = len(everything) if units is None else len(np.unique(units))
        if number < FEWEST_GROUPS:
            return (
                nothing,
                everything,
                (f"There is no holdout: {number} {noun} are fewer than {FEWEST_GROUPS}.",),
            )
    elif share == 0:
        return nothing, everything, ()
    part = AUTO_SHARE if share == "auto" else float(share)

    if data.window and units is None:
        chosen = _last(data, part, across)
    else:
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0, SEED_TAG]))
        labels = data.target if data.task == "classify" else np.zeros_like(everything)
        if units is None:
            chosen = _pick_each(labels, part, count, rng)
        else:
            chosen = _pick_units(labels, units, part, count, rng)
    if not len(chosen):
        total = len(everything)
        tiny = part * total < 0.5
        reason = (
            f"{part:g} of {total:,} examples is less than one"
            if tiny
            else f"the folds need all of the {total:,} examples"
        )
        if share == "auto":
            return nothing, everything, (f"There is no holdout: {reason}.",)
        mend = "raise it, or" if tiny else "lower folds.count, or"
        raise DataError(f"folds.holdout: {reason}; {mend} set it to 0 for no holdout.")

    notes = _shortfall(len(chosen), part, len(everything)) if units is None else ()
    if not data.window:
        return chosen, np.setdiff1d(everything, chosen), notes
    marked = mark(
        data,
        scored_rows(data, chosen),
        gap=gap,
        common=across == "time",
        onward=units is None,
    )
    return chosen, untouched(data, everything, marked), notes


def _shortfall(got: int, share: float, total: int) -> tuple[str, ...]:
    if got >= 0.8 * int(share * total + 0.5):
        return ()
    text = f"The holdout has {got:,} of {total:,} examples where {share:g} was asked for: "
    return (text + "more could not be spared.",)


def _predefined(data: SequenceData, held: NDArray[np.bool_], gap: int) -> tuple[Examples, Examples]:
    everything = np.arange(len(data.start))
    if data.task == "forecast":
        inside = np.concatenate([[0], np.cumsum(held)])
        first = data.start + data.window
        chosen = np.flatnonzero(inside[first + data.horizon] - inside[first] == data.horizon)
        if not len(chosen):
            raise DataError(
                f"folds.holdout: {int(held.sum()):,} of {len(held):,} rows are held out, but no "
                f"forecast has all its {data.horizon} target steps there; hold out at least "
                f"{data.horizon:,} rows in a row, with {data.window:,} rows before them."
            )
        marked = mark(data, np.flatnonzero(held), gap=gap, common=False, onward=False)
        rest = untouched(data, everything, marked)
    else:
        chosen, rest = np.flatnonzero(held), np.flatnonzero(~held)
        if not len(chosen):
            raise DataError("folds.holdout: no sequence is held out by this column; check `value`.")
    if data.group is not None:
        split = np.intersect1d(data.group[chosen], data.group[rest])
        if len(split):
            at = rest[np.isin(data.group[rest], split)][0]
            raise DataError(
                f"folds.holdout: {len(split)} groups lie partly in the holdout (series "
                f"{data.series_names[data.series[at]]!r} is of one of them); hold out whole "
                "groups, or remove data.group (or data.repeated: group)."
            )
    return chosen, rest


def _last(data: SequenceData, share: float, across: str | None) -> Examples:
    """The last `share` of the origins: by one cut in time, or of each series."""
    origin = data.origin
    lanes = data.series if across == "end" else np.zeros_like(data.series)
    taken = np.zeros(len(origin), dtype=np.bool_)
    for at in by_lane(lanes):
        times, counts = np.unique(origin[at], return_counts=True)
        wanted = int(share * len(at) + 0.5)
        before = np.cumsum(counts) - counts
        cut = int(np.searchsorted(before, len(at) - wanted))
        if wanted and len(times) > 1:
            taken[at] = origin[at] >= times[min(max(cut, 1), len(times) - 1)]
    return np.flatnonzero(taken)


def by_lane(lanes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The positions of each value of `lanes`, value by value."""
    order = np.argsort(lanes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(lanes[order])) + 1)


def _pick_each(
    labels: NDArray[np.int64], share: float, count: int, rng: np.random.Generator
) -> Examples:
    """Draw examples so that each class gives its share and keeps `count` members if it has them."""
    sizes = np.bincount(labels)
    spare = sizes - np.minimum(sizes, count)
    exact = share * sizes
    take = np.minimum(np.floor(exact).astype(np.int64), spare)
    left = int(share * len(labels) + 0.5) - int(take.sum())
    for label in np.argsort(take - exact, kind="stable"):
        if left > 0 and take[label] < spare[label]:
            take[label] += 1
            left -= 1
    order = rng.permutation(len(labels))
    chosen = [order[labels[order] == c][: take[c]] for c in range(len(sizes))]
    return np.sort(np.concatenate(chosen))


def _pick_units(
    labels: NDArray[np.int64],
    units: NDArray[np.int64],
    share: float,
    count: int,
    rng: np.random.Generator,
) -> Examples:
    """Draw whole units, each taken where it brings the class counts nearer to their shares.

    Every class keeps `count` members outside if it has them, and two units stay.
    """
    names, unit = np.unique(units, return_inverse=True)
    table = np.zeros((len(names), labels.max() + 1))
    np.add.at(table, (unit, labels), 1)
    total = table.sum(axis=0)
    goal, keep = share * total, np.minimum(total, count)
    got = np.zeros_like(total)
    chosen: list[int] = []

    def distance(at: int) -> float:
        then = got + table[at]
        if len(names) - len(chosen) <= 2 or (total - then < keep).any():
            return np.inf
        return float(((then - goal) ** 2).sum())

    order = rng.permutation(len(names))
    for at in order:
        if distance(at) < float(((got - goal) ** 2).sum()):
            got = got + table[at]
            chosen.append(at)
    if not chosen:
        nearest = min(order, key=distance)
        chosen = [nearest] if np.isfinite(distance(nearest)) else []
    return np.flatnonzero(np.isin(unit, chosen))
