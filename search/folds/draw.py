"""Which examples train and which validate: the folds and the holdout of a study.

N examples, K folds. Splits are arrays of indices into the examples. docs/folds.md shows the
kinds and the gap rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.search.folds.holdout import cut_holdout
from dropsearch.search.folds.kind_choice import GROUPS, Plan, plan_folds
from dropsearch.search.folds.kinds import KINDS, Draw
from dropsearch.search.folds.purge import Examples, mark, scored_rows, untouched

SEED_TAG = 1


@dataclass(frozen=True)
class Fold:
    """One fold: indices into the examples, ascending and never empty."""

    train: Examples
    validate: Examples


@dataclass(frozen=True)
class Split:
    """The folds of a study, the holdout, and the rest: all but the holdout and its purge.

    unit: (N,), the independent part of the data that an example belongs to: a group or a series
    that is never split, the part of a predefined fold, itself; in time the step that it forecasts
    from or ends with, of which whole blocks are independent.
    """

    folds: tuple[Fold, ...]
    holdout: Examples
    rest: Examples
    kind: str  # never "auto"
    across: str | None  # time, end or series; None: not a forecast of many series
    why: str
    notes: tuple[str, ...]
    unit: NDArray[np.int64]


def split(
    data: SequenceData,
    *,
    kind: str,
    count: int,
    across: str | None,
    gap: int,
    holdout: Literal["auto"] | float,
    seed: int,
    repeat: int = 0,
) -> Split:
    """Cut off the holdout, then draw the folds from the rest.

    kfold and stratified folds are drawn anew for each `repeat`; other kinds and the holdout
    do not depend on it. Raises ConfigError where kind and across do not suit the data, and
    DataError where the data does not suffice for them.
    """
    plan = plan_folds(data, kind, across)
    held, rest, notes = cut_holdout(
        data,
        holdout,
        count=count,
        across=plan.across,
        units=plan.units,
        noun=plan.noun,
        gap=gap,
        seed=seed,
    )
    count, lowered = _affordable(data, plan, rest, len(held), count)
    state = int(np.random.SeedSequence([seed, repeat, SEED_TAG]).generate_state(1)[0])
    parts = KINDS[plan.kind](Draw(data, rest, plan, count, state))
    if not parts:
        raise DataError(f"No fold can be cut: {_numbers(data, rest, len(held), gap)}")
    folds = []
    for number, validate in enumerate(parts, start=1):
        train = _training_part(data, plan, rest, validate, gap)
        for part, name in ((validate, "validation"), (train, "training")):
            if not len(part):
                raise DataError(
                    f"Fold {number} of {len(parts)} ({plan.kind}) has no {name} example left: "
                    + _numbers(data, rest, len(held), gap)
                )
        folds.append(Fold(train, validate))
    notes = (*notes, *lowered, *_never_cut(data, plan, rest, parts), *_unseen(data, folds))
    unit = _unit(data, plan)
    return Split(tuple(folds), held, rest, plan.kind, plan.across, plan.why, notes, unit)


def _unit(data: SequenceData, plan: Plan) -> NDArray[np.int64]:
    if plan.kind in ("expanding", "blocked"):
        return data.origin
    if plan.units is not None:
        return plan.units
    if plan.kind == "column":
        assert data.part is not None
        return data.part
    return np.arange(len(data.start))


def _training_part(
    data: SequenceData, plan: Plan, rest: Examples, validate: Examples, gap: int
) -> Examples:
    if not data.window:
        return np.setdiff1d(rest, validate, assume_unique=True)
    marked = mark(
        data,
        scored_rows(data, validate),
        gap=gap,
        common=plan.across == "time",
        onward=plan.kind == "expanding",
    )
    train = untouched(data, rest, marked)
    if plan.units is not None:
        train = train[~np.isin(plan.units[train], plan.units[validate])]
    return train


# What the data cannot afford, and what the user should know.


def _affordable(
    data: SequenceData, plan: Plan, rest: Examples, held: int, count: int
) -> tuple[int, tuple[str, ...]]:
    """The fold count, lowered to the number of units with a note; raises DataError."""
    notes: tuple[str, ...] = ()
    if plan.kind not in ("kfold", "stratified", "group"):
        return count, notes
    outside = f" outside the holdout of {held}" if held else ""
    if plan.units is None:
        if len(rest) < count:
            raise DataError(
                f"{len(rest):,} sequences{outside} are fewer than the {count} folds; lower "
                "folds.count, or give more data."
            )
    else:
        number = len(np.unique(plan.units[rest]))
        if number < 2:
            raise DataError(
                f"The examples{outside} are of {number} {plan.noun}, and folds need two that can "
                f"be kept apart; set folds.holdout to 0, give more {plan.noun}, or "
                + (f"remove {GROUPS}." if data.group is not None else "set folds.across to auto.")
            )
        if number < count:
            notes = (f"{number} folds instead of {count}: there are {number} {plan.noun}.",)
            count = number
    if data.task == "classify":
        sizes = np.bincount(data.target[rest], minlength=len(data.classes))
        known = np.bincount(data.target, minlength=len(data.classes)) > 0
        short = np.flatnonzero((sizes < count) & known)
        few = [f"{data.classes[c]!r} has {sizes[c]}" for c in short]
        if few:
            raise DataError(
                f"Each class needs at least one member{outside} for each of the {count} folds, "
                f"but {_listed(few)}; lower folds.count, or merge or remove "
                f"the class{'es' if len(few) > 1 else ''}."
            )
    return count, notes


def _listed(items: list[str], most: int = 5) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def _numbers(data: SequenceData, rest: Examples, held: int, gap: int) -> str:
    series, made = len(np.unique(data.series)), len(data.start)
    windows = f"{made:,} window{'' if made == 1 else 's'}"
    return (
        f"{len(data.row_series):,} steps of {series:,} series make {windows} ("
        f"{_sizes(data)}), {held} of them in the holdout and {len(rest)} "
        "for the folds, and training keeps apart from validation by the horizon and a gap of "
        f"{gap}. Lower folds.count, data.window, data.horizon or folds.gap, set folds.holdout "
        "to 0, or give longer series."
    )


def _sizes(data: SequenceData) -> str:
    apart = f"stride {data.stride}" if data.streams else f"horizon {data.horizon}"
    return f"window {data.window}, {apart}"


def _never_cut(
    data: SequenceData, plan: Plan, rest: Examples, parts: list[Examples]
) -> tuple[str, ...]:
    if plan.kind not in ("expanding", "blocked") or plan.across != "end":
        return ()
    number = len(np.setdiff1d(data.series[rest], data.series[np.concatenate(parts)]))
    if not number:
        return ()
    return (f"{number:,} series have too few windows to be cut; folds train on them only.",)


def _unseen(data: SequenceData, folds: list[Fold]) -> tuple[str, ...]:
    if data.task != "classify":
        return ()
    notes = []
    for number, fold in enumerate(folds, start=1):
        unseen = np.setdiff1d(data.target[fold.validate], data.target[fold.train])
        if len(unseen):
            names = _listed([repr(data.classes[c]) for c in unseen])
            notes.append(f"Fold {number} validates on classes that it does not train on: {names}.")
    return tuple(notes)
