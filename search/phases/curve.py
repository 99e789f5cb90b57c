"""The response curve: which configurations it fits, at which rates (design.md, 6 and 10)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dropsearch.search.config.points import curve_spec, specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import Range, Spec, number_of, snapped, values_of
from dropsearch.search.phases import space
from dropsearch.search.phases.space import idle
from dropsearch.studies.answer.members import without_dropout
from dropsearch.studies.store.contract import BASELINE, CurvePlan, Point

RATES = 7  # of the response curve
SITE_RATES = 5  # of the curve of one site


def curve_plan(
    config: StudyConfig, winner: Point, control: Point | None, baselines: Sequence[str] = ()
) -> CurvePlan:
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
    found: CurvePlan = {
        "key": key,
        "rates": rates,
        "sites": sites,
        "half": place(winner | dict.fromkeys(searched, 0.5)) if searched else None,
        "winner": place(winner),
        "zero": place(without_dropout(winner)),
        "control": None if control is None else place(control),
        "members": members,
        "allowed": [],
        "baselines": [place({BASELINE: name}) for name in baselines],
    }
    return {**found, "allowed": [is_allowed(config, point) for point in members]}


def is_allowed(config: StudyConfig, point: Point) -> bool:
    """Whether the point lies in the user's space."""
    return all(space.holds(config, key, v) or idle(key, point) for key, v in point.items())


def most_members(config: StudyConfig) -> int:
    """How many configurations the curve has, at most, the tuned control aside."""
    key = curve_key(config)
    if key is not None:
        return len(curve_rates(config, key))
    return 3 + (SITE_RATES - 1) * len(space.rate_keys(config))


def curve_key(config: StudyConfig) -> str | None:
    """The key of the one rate that can differ from 0; None where several can, or none."""
    found = curve_spec(config)
    return None if found is None else found[0]


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
