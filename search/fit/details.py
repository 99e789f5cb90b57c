"""Where a fit does worst: by class, by series and by forecast step.

n examples scored, C classes, S series, H horizon (1 for a regression).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.nn import Module

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.preparation import Preparation, for_outputs
from dropsearch.models.fold.scored import targets
from dropsearch.models.fold.scores import Numbers, Scored, by_step, score_of
from dropsearch.models.trained.predict import predict
from dropsearch.studies.store.contract import (
    Details,
    NumberDetails,
    SeriesScore,
    TargetsScore,
    WorstClasses,
)

WORST = 10  # rows kept of classes and of series


def details(
    copies: Sequence[Module],
    preparations: Sequence[Preparation],
    parts: Sequence[Examples],
    data: SequenceData,
    metric: str,
    weights: tuple[float, ...] = (),
) -> Details:
    """What the trained copies do on the validation part of each fold; ready for JSON."""
    folds = list(zip(copies, preparations, parts, strict=True))
    index = np.concatenate([part.index for part in parts])
    predicted = np.concatenate(
        [predict([copy], data, own, part.index) for copy, own, part in folds]
    )
    if data.task == "classify":
        found = by_class(data.target[index], predicted.argmax(1), data.classes)
        return {"examples": len(index), "classes": found}
    actual, known = targets(data, index)
    own_units = [own.units[data.series[part.index]] for _, own, part in folds]
    units = for_outputs(data, np.concatenate(own_units))
    series = data.series[index]
    said = by_number(
        actual,
        predicted,
        known,
        units,
        series,
        data.series_names,
        metric,
        targets=data.targets,
        weights=weights,
    )
    return {"examples": len(index), **said}


def by_class(
    actual: NDArray[np.int64], predicted: NDArray[np.int64], names: Sequence[str]
) -> WorstClasses:
    """Classes (n,) that are and that are predicted -> those found least often, the large first."""
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(table, (actual, predicted), 1)
    counts, hits = table.sum(1), table.diagonal()
    there = np.flatnonzero(counts)
    recall = hits / np.maximum(counts, 1)
    wrong = table - np.diag(hits)
    worst = sorted(there.tolist(), key=lambda c: (recall[c], -counts[c]))[:WORST]
    return {
        "number": len(there),
        "worst": [
            {
                "name": names[c],
                "examples": int(counts[c]),
                "recall": float(recall[c]),
                "taken_for": names[wrong[c].argmax()] if wrong[c].any() else None,
            }
            for c in worst
        ],
    }


def by_number(
    actual: Numbers,
    predicted: Numbers,
    known: NDArray[np.bool_],
    unit: Numbers,
    series: NDArray[np.int64],
    names: Sequence[str],
    metric: str,
    targets: Sequence[str] = (),
    weights: tuple[float, ...] = (),
) -> NumberDetails:
    """The metric by series (n,), by step and by target of (n, C) numbers, of which `known` are
    scored.

    unit: (n,) or (n, C) of MASE. targets: where there are several; weights: of these.
    """
    units = np.broadcast_to(by_step(unit), known.shape)

    def score(chosen: Any, weights: tuple[float, ...] = weights) -> TargetsScore:
        """Of rows, or of columns."""
        there = known[chosen]
        parts = predicted[chosen], actual[chosen], there, units[chosen]
        return {"targets": int(there.sum()), "score": score_of(metric, Scored(*parts, 1, weights))}

    said: NumberDetails = {}
    order = np.argsort(series, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(series[order])) + 1)
    if len(groups) > 1:
        rows: list[SeriesScore] = [
            {"name": names[series[own[0]]], **score(own)} for own in groups if known[own].any()
        ]
        rows.sort(key=lambda row: -row["score"])
        median = float(np.median([row["score"] for row in rows]))
        said["series"] = {"number": len(rows), "median": median, "worst": rows[:WORST]}
    horizon = known.shape[1] // max(1, len(targets))
    if horizon > 1:
        steps = [np.s_[:, h::horizon] for h in range(horizon) if known[:, h::horizon].any()]
        said["steps"] = [{"step": step[1].start + 1, **score(step)} for step in steps]
    if targets:
        own_steps = [np.s_[:, t * horizon : (t + 1) * horizon] for t in range(len(targets))]
        told = [(name, s) for name, s in zip(targets, own_steps, strict=True) if known[s].any()]
        said["targets"] = [{"name": name, **score(steps, weights=())} for name, steps in told]
    return said
