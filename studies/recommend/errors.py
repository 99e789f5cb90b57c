"""How large the errors out of fold of the recommended configuration are, for whoever predicts.

n examples, R repeats, H steps of a forecast, or 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dropsearch.studies.claims.examples import Numbers
from dropsearch.studies.claims.predictions import Predictions, read_predictions, width
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.intervals.conformal import LEVELS, reaches, units, weights
from dropsearch.studies.intervals.units import IN_TIME
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import CURVE, FINISHED, StudyRecord, point_text
from dropsearch.studies.store.store import Store

DIGITS = 4
LONGEST = 1000  # steps of a forecast whose errors a study.yaml, which people read, can hold


def errors_of(
    store: Store, record: StudyRecord, chosen: Recommendation
) -> dict[str, Any] | str | None:
    """As `selected.errors` of study.yaml has them; where they cannot be had, a sentence that says
    why; None of classes."""
    if record.summary["task"] == "classify":
        return None
    if chosen.rests_on != "curve":
        return "Only the fits of the response curve keep what they say of each example."
    if width(record) > LONGEST:
        return f"A forecast of more than {LONGEST:,} steps has too many for a study.yaml."
    fits = claims_of(store, record.uuid, CURVE, FINISHED)
    own = [one.id for one in fits if point_text(one.point or {}) == point_text(chosen.point)]
    found = read_predictions(store, record, own)
    if isinstance(found, str):
        found = read_predictions(store, record, own, sample=True)
    if isinstance(found, str):
        return found
    errors, counts = _errors(found, record)
    sizes = reaches(errors, counts, LEVELS)
    rows = zip(LEVELS, sizes.tolist(), strict=True)
    told = {level: row for level, row in rows if np.isfinite(row).all()}
    if not told:
        return "Of some step of the forecasts no truth is known."
    return {
        "examples": int((~np.isnan(errors[0])).sum(0).min()),
        "levels": list(told),
        "sizes": [[float(f"{one:.{DIGITS}g}") for one in row] for row in told.values()],
    }


def _errors(found: Predictions, record: StudyRecord) -> tuple[Numbers, Numbers]:
    """(R, n, H) in the unit of their example, and how much each example counts (n,); of several
    targets the steps of one behind those of another."""
    number = len(record.summary.get("targets", ()))
    if number and found.examples.actual.ndim == 2:
        parts = [_errors(found.of_target(n, number), record) for n in range(number)]
        return np.concatenate([errors for errors, _ in parts], axis=2), parts[0][1]
    examples, index, task = found.examples, found.index, record.summary["task"]
    count = np.ones(len(index))
    if record.summary["fold_kind"] in IN_TIME:
        count = weights(found.unit, found.series)
    if task == "regress":
        return found.said - examples.actual[index].astype(np.float64)[:, None], count
    actual, _ = examples.targets(index, found.said.shape[2])
    return (found.said - actual) / _units(found, record), count


def _units(found: Predictions, record: StudyRecord) -> Numbers:
    """(n, 1), of the target with its blanks filled by the value before, as the network saw it."""
    examples, data = found.examples, record.config["data"]
    last, series, owner = examples.last[found.index], found.series, examples.row_series
    values = examples.actual.astype(np.float64)
    known = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    filled = values[known]
    final = np.full(len(examples.names), -1)  # the last row of each series that is not held out
    np.maximum.at(final, series, last + found.said.shape[2])
    seen = np.arange(len(filled)) <= final[owner]
    lanes = owner if record.summary["scaling"] == "window" else np.zeros_like(owner)
    usual = np.zeros(lanes.max() + 1)
    if record.summary["scaling"] != "none":
        for lane in np.unique(lanes[seen]):
            usual[lane] = filled[seen & (lanes == lane)].std()
    rows = last[:, None] + np.arange(1 - (data["window"] or 1), 1)
    return units(filled[rows], usual[lanes[last]])
