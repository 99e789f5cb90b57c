"""The rivals of the recommended configuration: itself with one choice of the search changed.

One at a time and all else as recommended, at its rate, so that a difference says something of that
choice. The other level is that of the best trial that differs in it: of two hundred sizes only one
is worth the fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dropsearch.search.config.points import ARGS, specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import Range
from dropsearch.search.phases import space
from dropsearch.search.phases.curve import curve_key, is_allowed
from dropsearch.search.phases.space import CONDITIONS, idle
from dropsearch.studies.answer.members import is_zero
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.store.contract import CurvePlan, Point

CHOICES = (
    "cell",
    "hidden_size",
    "layers",
    "bidirectional",
    "pooling",
    "embedding_size",
    "embedding",
    "recurrent",
    "mask",
)
APART = 1.5  # times, that sizes of a range have to differ by: nobody asks for 33 against 32


def choices(config: StudyConfig) -> list[str]:
    """The keys that may have a rival: searched sizes and kinds, and sites where several have rates.

    Empty where the config asks for none.
    """
    if config.confirm is None or config.confirm.rivals is None:
        return []
    sites = space.rate_keys(config) if curve_key(config) is None else []
    return [key for key in space.searched(config) if key in CHOICES or key.startswith(ARGS)] + sites


def rival_fits(config: StudyConfig) -> int:
    """How many fits the rivals take, at least, where each choice has one."""
    few = 0 if config.confirm is None else least_and_most(config.confirm.repeats)[0]
    return few * len(choices(config))


def with_rivals(
    config: StudyConfig, curve: CurvePlan, chosen: Point, seen: Sequence[Point]
) -> CurvePlan:
    """The plan with the rivals of the point chosen; seen: points of the search, the best first."""
    members = [*curve["members"]]
    found = rivals(config, chosen, seen)
    members += [point for point in found.values() if point not in members]
    return {
        **curve,
        "members": members,
        "allowed": [is_allowed(config, point) for point in members],
        "rivals": [(key, members.index(point)) for key, point in found.items()],
    }


def rivals(config: StudyConfig, chosen: Point, seen: Sequence[Point]) -> dict[str, Point]:
    """By key, for each choice that changes the network at all and whose other level was seen."""
    found: dict[str, Point] = {}
    known = [_acting(chosen)]
    for key in choices(config):
        rival = _rival(config, key, chosen, seen)
        if rival is not None and _acting(rival) not in known:
            known.append(_acting(rival))
            found[key] = rival
    return found


def _rival(config: StudyConfig, key: str, chosen: Point, seen: Sequence[Point]) -> Point | None:
    """A site with a rate is left out; else the level is that of the best point that differs."""
    if idle(key, chosen):
        return None
    if key.startswith("dropout") and chosen[key] > 0:
        return chosen | {key: 0.0}
    other = next((point for point in seen if _differs(config, key, point[key], chosen[key])), None)
    if other is None:
        return None
    changed = chosen | {key: other[key]}
    rates = [rate for rate in CONDITIONS if rate in chosen]
    waking = {rate: other[rate] for rate in rates if idle(rate, chosen)}
    return changed | waking | {rate: 0.0 for rate in rates if idle(rate, changed)}


def _differs(config: StudyConfig, key: str, value: Any, own: Any) -> bool:
    spec = next(spec for name, _, spec in specs(config) if name == key)
    if isinstance(spec, Range) and not key.startswith("dropout") and min(value, own) > 0:
        return bool(max(value, own) >= APART * min(value, own))
    return bool(value != own)


def _acting(point: Point) -> Point:
    """The point without what changes nothing in it: a kind without a rate, a mask without any."""
    rates = [point.get(key, 0.0) for key in ("dropout.recurrent", "dropout.recurrent_hidden")]
    acting = point if any(rates) else point | {"recurrent": "none"}
    return acting | {"mask": None} if is_zero(point) else acting
