"""Columns of numbers that tell where a row stands and measure nothing: counts, clocks, ids.

A file's order often is that of its labels, so that a network which sees one of them knows the label
without having learnt anything. R rows, S series.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import coded, largest
from dropsearch.models.names import Task
from dropsearch.models.table.codes import EXACT, coded_cells, coded_values, written_once
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.profile import stamps_of
from dropsearch.models.table.read import LARGEST, Table

COUNTER = "only counts the rows"
NUMBERING = "only numbers the sequences"
ORDERED = "has a value of its own for each sequence, in the order of their labels"
NAMES = "has a word of its own for each series, as a second id has"
IDS = "has whole numbers too long to be told apart, as ids have"
_CHANCE = 1e-3  # of an order without a cause, below which it has one
_FEWEST = 3  # series, or steps, that show an equal step
_MANY = 20  # steps, that show it though some are holes
_USUAL = 0.8  # share of equal steps, from which on the others are holes
_NEAR = 0.5  # of the usual step, within which those of an inexact clock lie
_PIECE, _SHORTEST = 20, 5  # steps over which such a clock runs evenly
_EVENLY = 0.15  # of its usual rate, within which
_MOSTLY = 0.9  # share of steps, and of pieces
_UNSHARED = 0.9  # different words for each series, from which on they name it
_FIRST = 10_000  # rows that show most columns to rise and to fall

Numbers = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counting:
    """What tells the columns of one table apart that only count."""

    table: Table
    layout: Layout
    task: Task
    target: str
    time: str | None

    def reason(self, name: str) -> str | None:
        """Why a column of numbers that varies measures nothing; None where it may."""
        numbers = self.table.readings[name].values
        if numbers is None or largest(numbers) > LARGEST:
            return None  # reading it says so
        values = _exact(self.table, name)
        if values is None:
            return IDS
        if self._turns(values):
            return None
        known = ~np.isnan(self.layout.placed(values))
        if not known.all() and known.sum() <= _MANY:
            return None
        layout = self.layout if known.all() else self.layout.keep(known)
        placed = layout.placed(values)
        steps = np.diff(placed)
        inner = ~layout.first[1:]
        in_file = values if layout.order is None else values[np.sort(layout.order)]
        if _even(np.diff(in_file)) or _even(steps[inner]):
            return COUNTER
        if not steps[inner].any():
            return self._of_series(placed[layout.start], layout)
        if self.task != "forecast" and (
            _one_after_another(placed, layout) or _ticks(steps[inner], layout)
        ):
            return COUNTER
        return COUNTER if self._follows_time(placed, layout) else None

    def _turns(self, values: Numbers) -> bool:
        """Whether the first rows alone go both ways, in the file and inside the series."""
        head = self.layout.head(_FIRST)
        inside = np.diff(head.placed(values))[~head.first[1:]]
        both = (np.diff(values[:_FIRST]), inside)
        return all((steps > 0).any() and (steps < 0).any() for steps in both)

    def _of_series(self, values: Numbers, layout: Layout) -> str | None:
        """Why one number for each series (S,) is no measure of it."""
        if len(np.unique(values)) < len(values) or len(values) < _FEWEST:
            return None
        if (values % 1 == 0).all():
            rises = _ordered(values) and self.task != "forecast"
            if _even(np.diff(values)) or _without_ties(values) or rises:
                return NUMBERING
        return ORDERED if self.task != "forecast" and self._as_labels(values, layout) else None

    def _as_labels(self, values: Numbers, layout: Layout) -> bool:
        """Whether series in the order of their numbers have their labels in order, too."""
        reading = self.table.readings[self.target]
        if reading.is_opaque:
            return False
        if self.task == "regress" and reading.values is not None:
            labels = reading.values[layout.rows(layout.start)].clip(-LARGEST, LARGEST)
            steps = np.diff(labels[np.argsort(values)])
            in_order = (steps >= 0).all() or (steps <= 0).all()
            return bool(in_order) and _chance_of_order(labels, 2) < _CHANCE
        own = coded_values(self.table, self.target)[layout.rows(layout.start)]
        changes = int((np.diff(own[np.argsort(values)]) != 0).sum())
        classes = len(np.unique(own))
        ways = exp(lgamma(classes + 1)) if classes < 100 else np.inf
        return changes == classes - 1 and _chance_of_order(own, ways) < _CHANCE

    def _follows_time(self, placed: Numbers, layout: Layout) -> bool:
        """Whether it lies on a straight line with the stamps. One that only rises in a forecast may
        measure something: rows ahead are no labels there."""
        steps = np.diff(placed)[~layout.first[1:]]
        if self.time is None or len(steps) < _FEWEST or not _is_one_way(steps):
            return False
        stamps = stamps_of(self.table, self.time)
        if stamps is None:
            return False
        apart = np.diff(layout.placed(stamps))[~layout.first[1:]]
        return bool((apart != 0).all()) and bool(
            np.allclose(steps / apart, steps[0] / apart[0], rtol=1e-6, atol=0)
        )


def names_series(table: Table, layout: Layout, name: str) -> bool:
    """Whether a column of words has one word for each series, and nearly all another one."""
    if len(layout.names) < _FEWEST:
        return False
    if written_once(table, name) is None:
        first = layout.head(_FIRST)
        rows = first.rows(np.arange(len(first.series)))
        if not first.is_constant(coded(table.text(name).gather(rows))[0]):
            return False
    codes, words = coded_cells(table, name)
    constant = layout.is_constant(layout.placed(codes))
    return constant and len(words) >= _UNSHARED * len(layout.names)


def _exact(table: Table, name: str) -> Numbers | None:
    """(R,) the column's numbers, large whole ones exactly, less their smallest; None where those
    that differ are one to float64."""
    values = table.readings[name].values
    assert values is not None
    if largest(values) < EXACT:
        return values
    whole = table.text(name).str.strip_chars().cast(pl.Int128, strict=False)
    if whole.null_count() > np.isnan(values).sum():
        return values
    hashed = table.frame.schema[name] == pl.UInt64 and float(np.nanmax(values)) >= 2.0**63
    merged = hashed or whole.n_unique() - whole.has_nulls() > len(
        np.unique(values[~np.isnan(values)])
    )
    apart = whole.to_frame("n").select(pl.col("n") - pl.col("n").min()).to_series()
    near = apart.cast(pl.Int64, strict=False)
    if near.has_nulls():
        return None if merged else values
    exact: NDArray[np.int64] = near.to_numpy()
    return exact if not merged or _is_ordered(exact) else None


def _even(steps: Numbers) -> bool:
    """Whether it goes one way by equal steps, but for holes."""
    if len(steps) < _FEWEST - 1 or not _is_one_way(steps):
        return False
    multiples = steps / np.median(steps)
    whole = np.abs(multiples - np.rint(multiples)) < 1e-6 * multiples
    share = (np.rint(multiples) == 1).mean() if whole.all() else 0.0
    return bool(share == 1 or (share >= _USUAL and len(steps) >= _MANY))


def _is_one_way(steps: Numbers) -> bool:
    return bool((steps > 0).all() or (steps < 0).all())


def _one_after_another(placed: Numbers, layout: Layout) -> bool:
    """Whether it rises (or falls) in every series, and each series begins where another ends."""
    steps = np.where(layout.first[1:], 0, np.diff(placed))
    if (steps < 0).any():
        if (steps > 0).any():
            return False
        placed, steps = -placed, -steps
    if len(np.unique(layout.series[1:][steps > 0])) < len(layout.names) / 2:
        return False
    first = placed[layout.start]
    last = placed[np.append(layout.start[1:], len(placed)) - 1]
    order = np.argsort(first, kind="stable")
    apart = len(np.unique(first)) == len(first) and (last[order][:-1] <= first[order][1:]).all()
    return bool(apart) and _chance_of_order(first, 1) < _CHANCE


def _ticks(steps: Numbers, layout: Layout) -> bool:
    """Whether it goes one way in all series, evenly and by steps that are about equal (those inside
    the series): a clock that is not exact."""
    if len(steps) < _MANY or not _is_one_way(steps):
        return False
    usual = np.median(steps)
    near = np.abs(steps - usual) <= _NEAR * abs(usual)  # the others are holes
    if near.mean() < _MOSTLY:
        return False
    place = layout.place[~layout.first] - 1
    piece = (np.cumsum(place % _PIECE == 0) - 1)[near]
    counts = np.bincount(piece)
    long = counts >= _SHORTEST
    rates = np.bincount(piece, steps[near])[long] / counts[long]
    if not len(rates):
        return False
    even = np.abs(rates - np.median(rates)) <= _EVENLY * abs(np.median(rates))
    return bool(even.mean() >= _MOSTLY)


def _ordered(values: Numbers) -> bool:
    """Whether (S,) different numbers stand in order, and more of them than chance explains."""
    return _is_ordered(values) and _chance_of_order(values, 2) < _CHANCE


def _is_ordered(values: Numbers) -> bool:
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _without_ties(values: Numbers) -> bool:
    """Whether (S,) whole numbers lie so close that measured ones would meet, as birthdays do."""
    if np.ptp(values) >= 2**62:
        return False
    apart = (values - values.min()).astype(np.int64)
    span = float(apart.max() // max(1, np.gcd.reduce(apart))) + 1
    return exp(-(len(values) ** 2) / (2 * span)) < _CHANCE


def _chance_of_order(values: Numbers, ways: float) -> float:
    """The share of the arrangements of these values (S,) that are one of so many."""
    counts = np.unique(values, return_counts=True)[1]
    ties = sum(lgamma(count + 1) for count in counts.tolist())
    return float(min(1.0, ways * exp(ties - lgamma(len(values) + 1))))
