"""The space of a study: what Optuna is asked to suggest, and which points there are.

A point is flat: `hidden_size`, `layers`, `recurrent` and the other keys of the network, `dropout`
(or a rate per site: `dropout.input`, `dropout.between`, ...), `batch_size`, `learning_rate`,
`weight_decay`. It holds the fixed values too, and the same keys are the names of Optuna's
parameters. A value that can only be one is fixed. A rate that cannot act (`CONDITIONS`) is not
drawn, and is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dropsearch.models.names import ABOUT_KINDS
from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import (
    Spec,
    among,
    ends,
    number_of,
    parted,
    snapped,
    value_at,
    values_of,
)
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.studies.store.contract import Point

if TYPE_CHECKING:
    import optuna

Branch = dict[str, Spec]

# Rates that act only where another key of the point allows it.
CONDITIONS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "dropout.between": ("layers", lambda layers: layers > 1),
    "dropout.recurrent": ("recurrent", lambda kind: kind != "none"),
    "dropout.recurrent_hidden": ("recurrent", lambda kind: ABOUT_KINDS[kind].hidden),
}


def _by_key(config: StudyConfig) -> dict[str, Spec]:
    return {key: spec for key, _, spec in specs(config)}


def searched(config: StudyConfig) -> list[str]:
    """The keys with more than one value, in the order in which they are drawn."""
    return [key for key, spec in _by_key(config).items() if number_of(spec) != 1]


def rate_keys(config: StudyConfig) -> list[str]:
    """The searched keys that are dropout rates."""
    return [key for key in searched(config) if key.startswith("dropout")]


def suggest(trial: optuna.Trial, config: StudyConfig) -> Point:
    """Ask the trial for every searched value; the point, complete."""
    from dropsearch.search.phases.distributions import distribution_of  # imports optuna

    space = _by_key(config)
    drawn: Point = {}
    for key in searched(config):
        if not _idle(key, drawn, space):
            drawn[key] = trial._suggest(key, distribution_of(space[key]))
    return point_of(drawn, config)


def _idle(key: str, drawn: Mapping[str, Any], space: Mapping[str, Spec]) -> bool:
    """Whether the key has no part in a point of which some keys are drawn."""
    if key not in CONDITIONS:
        return False
    needed = CONDITIONS[key][0]
    known = drawn[needed] if needed in drawn else next(values_of(space[needed]))
    return idle(key, {needed: known})


def idle(key: str, point: Mapping[str, Any]) -> bool:
    """Whether the key is a rate that cannot act in the point, such as between a single layer."""
    if key not in CONDITIONS:
        return False
    needed, acts = CONDITIONS[key]
    return not acts(point[needed])


def acting(point: Mapping[str, Any]) -> Point:
    """The point without the rates that cannot act in it."""
    return {key: value for key, value in point.items() if not idle(key, point)}


def point_of(params: Mapping[str, Any], config: StudyConfig) -> Point:
    """The complete point of a trial's parameters, free of rounding errors of steps.

    Raises SearchError where the parameters lack a searched value.
    """
    space = _by_key(config)
    point: Point = {}
    for key, spec in space.items():
        if _idle(key, point, space):
            point[key] = 0.0
        elif key in params:
            point[key] = snapped(spec, params[key])
        elif number_of(spec) == 1:
            point[key] = next(values_of(spec))
        else:
            raise SearchError(f"The trial has no value for {key}, which the study searches.")
    return point


def is_whole(params: Mapping[str, Any], config: StudyConfig) -> bool:
    """Whether the parameters make a point: none is left to be drawn."""
    try:
        point_of(params, config)
    except SearchError:
        return False
    return True


def params_of(point: Mapping[str, Any], config: StudyConfig) -> Point:
    """The parameters of a complete point's trial: the searched keys that have a part in it."""
    return {key: point[key] for key in searched(config) if not idle(key, point)}


def branches(config: StudyConfig, fixed: Mapping[str, Any] = MappingProxyType({})) -> list[Branch]:
    """The space in parts that share no point: in each the same rates act, all others are left out.

    A part holds the searched keys with their values there; those in `fixed` have that value
    alone, and parts that lack it are left out. A rate that is idle in a part is not held to it.
    """
    parts: list[Branch] = [_by_key(config)]
    for key, (needed, acts) in CONDITIONS.items():
        parts = [half for part in parts for half in _split(part, key, needed, acts)]
    kept = searched(config)
    found = [{key: part[key] for key in kept if key in part} for part in parts]
    for key, value in fixed.items():
        found = [
            {**part, key: snapped(part[key], value)} if key in part else part
            for part in found
            if key not in part or among(part[key], value)
        ]
    return found


def _split(
    part: Branch, key: str, needed: str, acts: Callable[[Any], bool]
) -> Iterator[dict[str, Spec]]:
    """The points of a part in which the rate `key` is idle, and those in which it acts."""
    if key not in part:
        yield part
        return
    idle_where, acting_where = parted(part[needed], acts)
    if idle_where is not None:
        yield {name: spec for name, spec in part.items() if name != key} | {needed: idle_where}
    if acting_where is not None:
        yield part | {needed: acting_where}


def number_in(branch: Branch) -> int | None:
    """How many points a part of the space has; None where one of its ranges is continuous."""
    counts = [number_of(spec) for spec in branch.values()]
    return None if None in counts else math.prod(count or 0 for count in counts)


def point_in(branch: Branch, k: int) -> Point:
    """The parameters of the k-th point of a part, counted from 0; the last key changes first."""
    drawn: Point = {}
    for key, spec in reversed(branch.items()):
        k, place = divmod(k, number_of(spec) or 1)
        drawn[key] = value_at(spec, place)
    return {key: drawn[key] for key in branch}


def size(config: StudyConfig) -> int | None:
    """How many distinct points there are; None where a range that can act is continuous."""
    counts = [number_in(branch) for branch in branches(config)]
    return None if None in counts else sum(count or 0 for count in counts)


def points(config: StudyConfig) -> Iterator[Point]:
    """The parameters of every distinct point, one at a time, searched keys alone.

    Raises ConfigError naming the continuous ranges, at once.
    """
    parts = branches(config)
    endless = [
        place
        for key, place, spec in specs(config)
        if number_of(spec) is None and any(key in part for part in parts)
    ]
    if endless:
        raise ConfigError(
            f"The space has no end: {', '.join(endless)} is a continuous range. Write a list or a "
            "range with step."
        )
    return (point_in(part, k) for part in parts for k in range(number_in(part) or 0))


def holds(config: StudyConfig, key: str, value: Any) -> bool:
    """Whether a value of a point's key lies in the space; False for a key the space lacks."""
    space = _by_key(config)
    return key in space and among(space[key], value)


FEWEST_TRIALS = 10  # with fewer there are no controls


def controls(config: StudyConfig) -> list[dict[str, float]]:
    """The fixed rates of the search's controls: first without dropout, then one at 0.5.

    Without dropout (every site 0) a tenth of the trials, two at least; at 0.5 (every searched
    rate) one; each only where the space holds it, and never more than there are such points.
    None for a grid, which tries every point anyhow.
    """
    rates = rate_keys(config)
    if not rates or config.search.trials < FEWEST_TRIALS or config.search.sampler == "grid":
        return []
    space = _by_key(config)
    fixed = [key for key in space if key.startswith("dropout") and key not in rates]
    counts = [number_of(spec) for key, spec in space.items() if not key.startswith("dropout")]
    wanted = max(2, config.search.trials // 10)
    zeros = wanted if None in counts else min(wanted, math.prod(count or 0 for count in counts))
    found: list[dict[str, float]] = []
    if all(holds(config, key, 0.0) for key in [*rates, *fixed]):
        found += [dict.fromkeys(rates, 0.0) for _ in range(zeros)]
    if all(holds(config, key, 0.5) for key in rates):
        found.append(dict.fromkeys(rates, 0.5))
    return found


def extremes(config: StudyConfig) -> tuple[Point, Point]:
    """The points that train fastest and slowest: the smallest and the largest network."""
    fastest: Point = {}
    slowest: Point = {}
    space = _by_key(config)
    for key, spec in space.items():
        low, high = ends(spec)
        if key == "recurrent":
            kinds = sorted(values_of(spec), key=lambda kind: ABOUT_KINDS[kind].cost)
            low, high = kinds[0], kinds[-1]
        fastest[key], slowest[key] = (high, low) if key == "batch_size" else (low, high)
    for point in (fastest, slowest):
        point |= {key: 0.0 for key in CONDITIONS if key in point and idle(key, point)}
    return fastest, slowest
