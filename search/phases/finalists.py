"""The finalists: which trials of the search run again, and which of them the curve is about
(design.md, 6).

Every choice depends on the store alone, so that any worker comes to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dropsearch.search.config.points import ARGS
from dropsearch.search.config.schema import StudyConfig
from dropsearch.studies.answer.members import Member, is_zero
from dropsearch.studies.intervals.statistics import corrected_standard_error
from dropsearch.studies.store.contract import Point
from dropsearch.studies.store.records import Claim

GROUPED = (  # finalists first differ in one of these
    "cell",
    "hidden_size",
    "layers",
    "bidirectional",
    "mask",
    "recurrent",
)


def finalists(config: StudyConfig, ranked: Sequence[Claim]) -> list[Point]:
    """Points of the complete trials that run again, from trials in order, the best first.

    The best of each distinct group (sizes, mask), then the next best; at last the best one
    without dropout, where it is not among them.
    """
    assert config.confirm is not None
    points = [claim.point for claim in ranked if claim.point is not None]
    leaders: dict[tuple[Any, ...], Point] = {}
    for point in points:
        own = (value for key, value in point.items() if key.startswith(ARGS))
        leaders.setdefault((*(point.get(key) for key in GROUPED), *own), point)
    order = [*leaders.values(), *(p for p in points if p not in leaders.values())]
    chosen = order[: config.confirm.finalists]
    without = next((point for point in points if is_zero(point)), None)
    return chosen if without is None or without in chosen else [*chosen, without]


def smallest_as_good(
    members: Sequence[tuple[Member, Sequence[float]]], direction: str, ratio: float
) -> int:
    """Place of the smallest network whose paired difference to the best is within one error.

    members: each with its J observations. The one-standard-error rule of Breiman et al. 1984,
    section 3.4.3, on paired differences with the corrected standard error.
    """
    observed = [seen for _, seen in members]
    good = _near(observed, direction, ratio, 1.0)
    sign = 1 if direction == "maximize" else -1
    return min(
        good, key=lambda place: (members[place][0].parameters, -sign * np.mean(observed[place]))
    )


def contenders(observed: Sequence[Sequence[float]], direction: str, ratio: float) -> list[int]:
    """Places of those that may be as good as the best: the 95 % interval of the paired difference
    to it, by t and the corrected standard error, reaches 0.

    observed: J observations of each, of the first repeat.
    """
    from scipy.stats import t

    count = len(observed[0])
    if count == 1:
        return list(range(len(observed)))
    return _near(observed, direction, ratio, float(t.ppf(0.975, count - 1)))


def _near(
    observed: Sequence[Sequence[float]], direction: str, ratio: float, reach: float
) -> list[int]:
    """Places of those whose paired difference to the best is within so many corrected standard
    errors, which are 0 of one observation."""
    scores = np.array(observed) * (1 if direction == "maximize" else -1)
    behind = scores[scores.mean(axis=1).argmax()] - scores
    errors = [
        corrected_standard_error(row.tolist(), ratio) if len(row) > 1 else 0.0 for row in behind
    ]
    return [place for place, row in enumerate(behind) if row.mean() <= reach * errors[place]]
