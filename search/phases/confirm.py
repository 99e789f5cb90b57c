"""What the phases after the search fit: finalists, response curve, holdout (design.md, 6 and 10).

Every choice here depends on the store alone, so that any worker comes to the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import SiteRates, StudyConfig
from dropsearch.search.config.values import Range, Spec, ends, number_of, snapped, values_of
from dropsearch.search.phases import space
from dropsearch.search.phases.space import Point, idle
from dropsearch.studies.answer.members import Member
from dropsearch.studies.answer.statistics import corrected_standard_error
from dropsearch.studies.store.documents import CurvePlan
from dropsearch.studies.store.records import Claim

RATES = 7  # of the response curve
SITE_RATES = 5  # of the curve of one site
GROUPED = (  # finalists first differ in one of these
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
        leaders.setdefault(tuple(point[key] for key in GROUPED), point)
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
    sign = 1 if direction == "maximize" else -1
    scores = np.array([sign * np.asarray(seen) for _, seen in members])
    means = scores.mean(axis=1)
    best = int(means.argmax())
    behind = scores[best] - scores
    good = [
        place
        for place, row in enumerate(behind)
        if row.mean() <= (corrected_standard_error(row.tolist(), ratio) if len(row) > 1 else 0.0)
    ]
    return min(good, key=lambda place: (members[place][0].parameters, -means[place]))


def curve_plan(config: StudyConfig, winner: Point, control: Point | None) -> CurvePlan:
    """The configurations of the curve, and the part that each plays, by its place in `members`."""
    members: list[Point] = []

    def place(point: Point) -> int:
        if point not in members:
            members.append(point)
        return members.index(point)

    key = curve_key(config)
    key = None if key is None or idle(key, winner) else key
    rates: list[tuple[float, int]] = []
    sites: dict[str, list[tuple[float, int]]] = {}
    if key is not None:
        asked = curve_rates(config, key, winner[key])
        winner = winner | {key: nearest(asked, winner[key])}
        rates = [(rate, place(winner | {key: rate})) for rate in asked]
        searched = [key]
    else:
        searched = [k for k in space.rate_keys(config) if not idle(k, winner)]
        for site in searched:
            asked = site_rates(config, site, winner[site])
            sites[site] = [(rate, place(winner | {site: rate})) for rate in asked]
    return {
        "key": key,
        "rates": rates,
        "sites": sites,
        "half": place(winner | dict.fromkeys(searched, 0.5)) if searched else None,
        "winner": place(winner),
        "zero": place(without_dropout(winner)),
        "control": None if control is None else place(control),
        "members": members,
        "allowed": [
            all(space.holds(config, k, v) or idle(k, point) for k, v in point.items())
            for point in members
        ],
    }


def curve_key(config: StudyConfig) -> str | None:
    """The key of the one rate that can differ from 0; None where several can, or none."""
    if not isinstance(config.model.dropout, SiteRates):
        return "dropout"
    alive = [
        f"dropout.{site}"
        for site in SiteRates.model_fields
        if ends(getattr(config.model.dropout, site))[1] > 0
    ]
    return alive[0] if len(alive) == 1 else None


def curve_rates(config: StudyConfig, key: str, winner: float | None = None) -> list[float]:
    """The rates of the curve, ascending, with 0, 0.5 and the winner's, if known, among them."""
    assert config.confirm is not None
    spec = _spec(config, key)
    anchors = {0.0, 0.5}
    if config.confirm.rates != "auto":
        return sorted(anchors | set(config.confirm.rates))
    if not isinstance(spec, Range) or number_of(spec) == 1:
        return sorted(anchors | set(map(float, values_of(spec))))
    own = set() if winner is None else {_rounded(spec, winner)}
    return _spread(spec, anchors | own, RATES)


def site_rates(config: StudyConfig, key: str, winner: float) -> list[float]:
    """Rates of one site's curve, ascending, with the winner's own among them."""
    spec = _spec(config, key)
    if not isinstance(spec, Range):
        return sorted(map(float, values_of(spec)))
    return _spread(spec, {winner}, SITE_RATES)


def _spread(spec: Range, rates: set[float], count: int) -> list[float]:
    """`rates` and others of the range, first its ends, then midpoints of the widest gaps."""
    for end in (spec.high, spec.low):
        if len(rates) < count:
            rates.add(float(end))
    while len(rates) < count:
        inside = sorted(rate for rate in rates if spec.low <= rate <= spec.high)
        gaps = sorted(pairwise(inside), key=lambda gap: (gap[0] - gap[1], gap[0]))
        middles = (_rounded(spec, (low + high) / 2) for low, high in gaps)
        fresh = next((rate for rate in middles if rate not in rates), None)
        if fresh is None:
            break
        rates.add(fresh)
    return sorted(rates)


def _rounded(spec: Range, rate: float) -> float:
    """A rate of the range that reads well: to a few hundredths of its width, or on its steps."""
    if spec.step is not None:
        return float(snapped(spec, spec.low + round((rate - spec.low) / spec.step) * spec.step))
    digits = max(2, math.ceil(-math.log10(spec.high - spec.low)) + 1)
    return float(min(max(round(rate, digits), spec.low), spec.high))


def _spec(config: StudyConfig, key: str) -> Spec:
    return next(spec for name, _, spec in specs(config) if name == key)


def nearest(rates: Iterable[float], rate: float) -> float:
    return min(rates, key=lambda other: (abs(other - rate), -other))


def without_dropout(point: Point) -> Point:
    return {key: 0.0 if key.startswith("dropout") else value for key, value in point.items()}


def is_zero(point: Point) -> bool:
    return point == without_dropout(point)
