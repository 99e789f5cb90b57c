"""The report's part on the out-of-fold predictions of the recommended configuration.

n examples, C classes, H steps of a forecast.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.answer.words import count, metric_in_words
from dropsearch.studies.claims.examples import Examples, Places
from dropsearch.studies.claims.predictions import Predictions
from dropsearch.studies.intervals.statistics import Array
from dropsearch.studies.plots import predictions as plots
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.part import Part, Table, listed
from dropsearch.studies.store.records import StudyRecord

MOST = 10  # rows of a table
CLASSES = 30  # of a picture
POINTS = 2000  # of a picture
SERIES = 3  # of a picture
STEPS = 240  # of a series in it
SLUG, TITLE = "predictions", "What it says of examples that it has not seen"


def predictions(evidence: Evidence) -> Part | None:
    """None where there is no curve."""
    found = evidence.predictions
    if found is None:
        return None
    if isinstance(found, str):
        return Part(SLUG, TITLE, f"Not shown: {found[0].lower()}{found[1:]}")
    return OF_TASK[evidence.record.summary["task"]](found, evidence.record)


def _whose(found: Predictions, what: str) -> str:
    repeats = len(found.said)
    mean = f" {what} are means over {repeats} repeats." if repeats > 1 else ""
    return (
        f"The recommended configuration on {count(found.index, 'example')}, each by a network that "
        f"was not trained on it.{mean}"
    )


def _classes(found: Predictions, record: StudyRecord) -> Part:
    names = list(record.summary.get("classes", {}))
    actual, said = found.examples.actual[found.index], found.mean.argmax(1)
    table = np.zeros((len(names), len(names)), np.int64)
    np.add.at(table, (actual, said), 1)
    wrong = table - np.diag(table.diagonal())
    right = int(table.diagonal().sum())
    pairs = [(int(a), int(b)) for a, b in np.argwhere(wrong)]
    pairs.sort(key=lambda pair: -wrong[pair])
    averaged = "; averaging makes it a little better than one fit" if len(found.said) > 1 else ""
    share = f"{right / len(actual):.3g}{averaged}"
    sentence = [f"{_whose(found, 'Probabilities')} {right:,} are right ({share})."]
    if pairs:
        a, b = pairs[0]
        sentence.append(
            f"Most often {names[a]!r} is taken for {names[b]!r}: {wrong[a, b]:,} of "
            f"{count(int(table[a].sum()), 'example')}."
        )
    shown = np.arange(len(names))
    if len(names) > CLASSES:
        errors = wrong.sum(0) + wrong.sum(1)
        shown = np.sort(np.argsort(-errors, kind="stable")[:CLASSES])
        sentence.append(f"Shown are the {CLASSES} of {len(names):,} classes with the most errors.")
    sentence.append("The stronger its colour, the larger the share of a cell in its row.")
    figure = plots.confusion(table[np.ix_(shown, shown)], [names[one] for one in shown])
    rows = tuple(
        (names[a], names[b], f"{wrong[a, b]:,}", f"{wrong[a, b] / table[a].sum():.3g}")
        for a, b in pairs[:MOST]
    )
    head = ("is", "taken for", "examples", "share of its class")
    tables = (Table("The most frequent errors", head, rows),) if rows else ()
    return Part(SLUG, TITLE, " ".join(sentence), figure, tables)


def _numbers(found: Predictions, record: StudyRecord) -> Part:
    (target,) = _targets(record)
    actual, said = found.examples.actual[found.index], found.mean[:, 0]
    names = found.names
    shown = _spread_over(len(actual), POINTS)
    sentence = [f"{_whose(found, 'Predictions')} Half of them {_misses(np.abs(said - actual))}"]
    if len(shown) < len(actual):
        sentence.append(f"The picture has {len(shown):,} of them.")
    figure = plots.against_actual(actual[shown], said[shown], [names[one] for one in shown], target)
    worst = np.argsort(-np.abs(said - actual), kind="stable")[:MOST].tolist()
    write = writer(actual[worst], said[worst])
    rows = tuple((names[i], write(actual[i]), write(said[i])) for i in worst)
    name = "text" if "text" in record.summary else "series"
    table = Table("The largest misses", (name, "actual", "predicted"), rows)
    return Part(SLUG, TITLE, " ".join(sentence), figure, (table,))


def _misses(misses: Array) -> str:
    middle, most = np.quantile(misses, (0.5, 0.9))
    return f"miss by {middle:.3g} at most, nine of ten by {most:.3g}."


def writer(actual: Array, said: Array) -> Callable[[float], str]:
    """Numbers with four digits, and with more where a miss would not be seen: two of the smallest.

    As people write them, below a thousand millions and down to nine decimals.
    """
    miss = np.abs(actual - said)
    largest = float(np.abs([actual, said]).max(initial=0.0)) or 1.0
    first = math.floor(math.log10(largest))
    last = math.floor(math.log10(miss.min(where=miss > 0, initial=largest))) - 1
    places = max(3 - first, -last)
    if largest < 1e9 and places <= 9:
        return lambda value: f"{value:,.{max(places, 0)}f}"
    return lambda value: f"{value:.{min(places + first + 1, 17)}g}"


def _spread_over(count: int, most: int) -> Places:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _forecasts(found: Predictions, record: StudyRecord) -> Part:
    targets = _targets(record)
    several = len(targets) > 1
    each = [found.of_target(n, len(targets)) for n in range(len(targets))] if several else [found]
    horizon = each[0].said.shape[2]
    chosen = _worst_series(found, record)[: 1 if several else SERIES]
    redrawn = is_redrawn(record)
    panels, tables, misses = [], [], []
    many = len(np.unique(found.series))
    for target, own in zip(targets, each, strict=True):
        actual, rows = own.examples.targets(own.index, horizon)
        apart = np.abs(own.mean - actual)
        misses.append(_misses(apart[np.isfinite(apart)]))
        drawn = [_panel(own, rows, one, redrawn) for one in chosen]
        panels += [replace(panel, name=target) for panel in drawn] if several else drawn
        of = f" of {target}" if several else ""
        tables.append(_missed(own, actual, rows, apart, many > 1, of))
    folds = sorted({said for panel in panels for *_, said in panel.forecasts if said})
    steps = "one step ahead" if horizon == 1 else f"of {horizon} steps, one after the other"
    worst = f"with the worst {metric_in_words(record)}"
    of = ""
    if many > 1:
        which = f"{found.examples.names[chosen[0]]!r}, that of {many:,} series {worst}"
        of = f" of {which}" if several else (
            f" of the {len(chosen):,} of {many:,} series {worst}, the worst first"
        )  # fmt: skip
    half = (
        " ".join(f"{t}: half of the steps {said}" for t, said in zip(targets, misses, strict=True))
        if several
        else f"Half of their steps {misses[0]}"
    )
    sentence = [
        f"{_whose(found, 'Forecasts')} {half}",
        f"Shown are forecasts {steps}, over the last steps{of}"
        f"{f' ({listed(folds)})' if folds else ''}.",
    ]
    figure = plots.forecasts(panels, "" if several else targets[0])
    return Part(SLUG, TITLE, " ".join(sentence), figure, tuple(tables))


def _targets(record: StudyRecord) -> list[str]:
    named = record.config["data"]["target"]
    return [named] if isinstance(named, str) else named


def _worst_series(found: Predictions, record: StudyRecord) -> list[int]:
    """By the mean of what their examples contribute to the score."""
    own, place = np.unique(found.series, return_inverse=True)
    total = np.bincount(place, found.contribution.mean(0)) / np.bincount(place)
    return [int(own[one]) for one in np.argsort(record.sign * total, kind="stable")[:SERIES]]


def _panel(found: Predictions, rows: Places, series: int, redrawn: bool) -> plots.Panel:
    """The last forecasts of a series that have no step in common, and what it was.

    rows: (n, H), of the targets.
    """
    examples, horizon = found.examples, rows.shape[1]
    own = np.flatnonzero(found.series == series)
    first = examples.position[examples.last[found.index[own]]] + 1
    tiles: list[int] = []
    for at in np.argsort(-first, kind="stable").tolist():
        if len(tiles) * horizon >= max(STEPS, 3 * horizon):
            break
        if not tiles or first[at] + horizon <= first[tiles[-1]]:
            tiles.append(at)
    tiles.reverse()
    start, end = first[tiles[0]] - horizon, first[tiles[-1]] + horizon
    inside = (start <= examples.position) & (examples.position < end)
    shown = np.flatnonzero((examples.row_series == series) & inside)
    told = []
    for at in tiles:
        ahead = rows[own[at]]
        there = ahead >= 0
        said = found.mean[own[at]][there].tolist()
        fold = "" if redrawn else f"fold {found.fold[0, own[at]] + 1}"
        told.append((examples.labels(ahead[there]), said, fold))
    return plots.Panel(examples.names[series], *_with_gaps(examples, shown), told)


def _with_gaps(examples: Examples, rows: Places) -> tuple[list[str | None], list[float | None]]:
    """The times and the actual values of rows of one series, None between where steps lack."""
    times = examples.labels(rows)
    values = [value if np.isfinite(value) else None for value in examples.actual[rows].tolist()]
    for gap in reversed(np.flatnonzero(np.diff(examples.position[rows]) > 1).tolist()):
        times.insert(gap + 1, None)
        values.insert(gap + 1, None)
    return times, values


def _missed(
    found: Predictions, actual: Array, rows: Places, misses: Array, several: bool, of: str
) -> Table:
    """Each of the times once, where several forecasts miss it by that which misses it most."""
    order = np.argsort(-np.nan_to_num(misses, nan=-1.0), axis=None, kind="stable")
    _, first = np.unique(rows.ravel()[order], return_index=True)
    order = order[np.sort(first)]
    order = order[np.isfinite(misses.ravel()[order])][:MOST]
    cells = [(int(i), int(h)) for i, h in zip(*np.unravel_index(order, misses.shape), strict=True)]
    times = found.examples.labels(np.array([rows[cell] for cell in cells]))
    names = found.names
    write = writer(actual.ravel()[order], found.mean.ravel()[order])
    return Table(
        f"The largest misses{of}",
        (*(["series"] if several else []), "time", "step ahead", "actual", "forecast"),
        tuple(
            (
                *([names[i]] if several else []),
                *(time or "", str(h + 1), write(actual[i, h]), write(found.mean[i, h])),
            )
            for (i, h), time in zip(cells, times, strict=True)
        ),
    )


OF_TASK: dict[str, Callable[[Predictions, StudyRecord], Part]] = {
    "classify": _classes,
    "regress": _numbers,
    "forecast": _forecasts,
}
