"""Where the network does worst beside the best baseline: on which class, or series of forecasts.

It describes what was seen, and has no interval. n examples validated, R repeats, P parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.network import Network
from dropsearch.studies.claims.examples import Numbers, Places
from dropsearch.studies.claims.predictions import Predictions, read_predictions
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store


@dataclass(frozen=True)
class Behind:
    """The part where the network gains least over the baseline, or loses most.

    number: of parts; examples: of this one. network, baseline: the share found of a class, or the
    metric of a series.
    """

    by: Literal["class", "series"]
    number: int
    name: str
    examples: int
    beside: str
    network: float
    baseline: float
    is_behind: bool


def behind(store: Store, answer: Answer, found: Network | None) -> Behind | None:
    """None without baselines, where fewer than two parts were validated or the fits' outputs are
    not there, for a regression, and beside a baseline that says one class of all."""
    record = answer.record
    if found is None or record.summary["task"] == "regress":
        return None
    read = []
    for place in (answer.recommended, found.baselines[found.best]):
        member = answer.members[place]
        assert member is not None
        said = read_predictions(store, record, member.claims)
        if isinstance(said, str):
            return None
        read.append(said)
    own, other = read
    if record.summary["task"] == "forecast":
        names: Sequence[str] = own.examples.names
        parts, scores = own.series, [_errors(one, record) for one in read]
        sign = record.sign
    elif len(np.unique(other.said.argmax(2))) > 1:
        names = [*record.summary.get("classes", {})]
        parts = own.examples.actual[own.index]
        scores, sign = [_shares_found(one) for one in read], 1
    else:
        return None
    there, examples = np.unique(parts, return_counts=True)
    if len(there) < 2:
        return None
    leads = sign * (scores[0] - scores[1])
    worst = int(np.lexsort((-examples, leads))[0])
    return Behind(
        by="series" if record.summary["task"] == "forecast" else "class",
        number=len(there),
        name=names[int(there[worst])],
        examples=int(examples[worst]),
        beside=found.best,
        network=float(scores[0][worst]),
        baseline=float(scores[1][worst]),
        is_behind=bool(leads[worst] < 0),
    )


def _shares_found(found: Predictions) -> Numbers:
    """(P,) of each class."""
    actual = found.examples.actual[found.index]
    return _means((found.said.argmax(2) == actual).mean(0), actual)


def _errors(found: Predictions, record: StudyRecord) -> Numbers:
    """(P,) of each series."""
    if record.metric != "rmse":
        return _means(found.contribution.mean(0), found.series)
    if weights := record.summary.get("weights"):
        targets = record.summary["targets"]
        each = [_rmse(found.of_target(number, len(targets))) for number in range(len(targets))]
        there = np.ma.masked_invalid(each)
        said: Numbers = np.ma.average(there, axis=0, weights=[weights[one] for one in targets])
        return np.ma.filled(said, np.nan)
    return np.sqrt(_means(_squares(found).mean(0), found.series).clip(0))


def _rmse(found: Predictions) -> Numbers:
    """(P,) of each series, of one target; NaN where nothing of it is known."""
    actual, _ = found.examples.targets(found.index, found.said.shape[2])
    squares = ((found.said - actual) ** 2).mean(0)
    known = np.isfinite(squares)
    place = np.unique(found.series, return_inverse=True)[1]
    total = np.bincount(place, np.where(known, squares, 0.0).sum(1))
    with np.errstate(invalid="ignore"):
        return np.sqrt(total / np.bincount(place, known.sum(1)))


def _squares(found: Predictions) -> Numbers:
    """(R, n), of what contributes to the root of their mean over a fold."""
    squares = np.empty_like(found.contribution)
    for own, fold, into in zip(found.contribution, found.fold, squares, strict=True):
        root = (np.bincount(fold, own) / np.maximum(np.bincount(fold), 1))[fold]
        into[:] = root * (2 * own - root)
    return squares


def _means(values: Numbers, parts: Places) -> Numbers:
    """(n,) -> (P,)"""
    place = np.unique(parts, return_inverse=True)[1]
    found: Numbers = np.bincount(place, values) / np.bincount(place)
    return found
