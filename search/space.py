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
from typing import TYPE_CHECKING, Any

from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.search.schema import SiteRates, StudyConfig
from dropsearch.search.values import (
    CountRange,
    Range,
    Spec,
    among,
    ends,
    number_of,
    snapped,
    values_of,
)

if TYPE_CHECKING:
    import optuna

Point = dict[str, Any]

# Rates that act only where another key of the point allows it.
CONDITIONS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "dropout.between": ("layers", lambda layers: layers > 1),
    "dropout.recurrent": ("recurrent", lambda kind: kind != "none"),
    "dropout.recurrent_hidden": ("recurrent", lambda kind: kind == "zoneout"),
}
BY_COST = {"recurrent": ("none", "weight", "update", "state", "zoneout")}


def specs(config: StudyConfig) -> list[tuple[str, str, Spec]]:
    """Each key of a point, its key in study.yaml, and its value, list or range there.

    `layers` and `recurrent` stand before the rates, which depend on them.
    """
    model, training = config.model, config.training
    found: list[tuple[str, str, Spec]] = [
        ("hidden_size", "model.hidden_size", model.hidden_size),
        ("layers", "model.layers", model.layers),
        ("bidirectional", "model.bidirectional", model.bidirectional),
        ("pooling", "model.pooling", model.pooling),
        ("recurrent", "model.recurrent", model.recurrent),
    ]
    if config.data.text is not None:
        found.append(("embedding_size", "model.embedding_size", model.embedding_size))
    if isinstance(model.dropout, SiteRates):
        for site in SiteRates.model_fields:
            key = f"dropout.{site}"
            found.append((key, f"model.{key}", getattr(model.dropout, site)))
    else:
        found.append(("dropout", "model.dropout", model.dropout))
    found.append(("mask", "model.mask", model.mask))
    for key in ("batch_size", "learning_rate", "weight_decay"):
        found.append((key, f"training.{key}", getattr(training, key)))
    return found


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
    space = _by_key(config)
    drawn: Point = {}
    for key in searched(config):
        if not _idle(key, drawn, space):
            drawn[key] = _ask(trial, key, space[key])
    return point_of(drawn, config)


def _ask(trial: optuna.Trial, key: str, spec: Spec) -> Any:
    if isinstance(spec, tuple):
        return trial.suggest_categorical(key, list(spec))
    assert isinstance(spec, Range)
    if isinstance(spec, CountRange):
        return trial.suggest_int(key, spec.low, spec.high, step=spec.step or 1, log=spec.log)
    return trial.suggest_float(key, spec.low, spec.high, step=spec.step, log=spec.log)


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


def size(config: StudyConfig) -> int | None:
    """How many distinct points there are; None where a range is continuous."""
    space = _by_key(config)
    counts = {key: number_of(spec) for key, spec in space.items()}
    if None in counts.values():
        return None
    whole = {key: count or 0 for key, count in counts.items()}
    rates = {key: whole.pop(key) for key in CONDITIONS if key in whole}
    total = 1
    for needed in {key for key, _ in CONDITIONS.values()}:
        whole.pop(needed)
        total *= sum(
            math.prod(
                number
                for key, number in rates.items()
                if CONDITIONS[key][0] == needed and not idle(key, {needed: value})
            )
            for value in values_of(space[needed])
        )
    return total * math.prod(whole.values())


def points(config: StudyConfig) -> Iterator[Point]:
    """The parameters of every distinct point, one at a time, searched keys alone.

    Raises ConfigError naming the continuous ranges, at once.
    """
    space = _by_key(config)
    endless = [place for _, place, spec in specs(config) if number_of(spec) is None]
    if endless:
        raise ConfigError(
            f"The space has no end: {', '.join(endless)} is a continuous range. Write a list or a "
            "range with step."
        )
    return _walk(searched(config), {}, space)


def points_with(config: StudyConfig, fixed: Point, most: int) -> Iterator[Point]:
    """Such points that keep the values in `fixed`; none where there may be more than `most`."""
    space = _by_key(config)
    free = [key for key in searched(config) if key not in fixed]
    counts = [number_of(space[key]) for key in free]
    if None not in counts and math.prod(count or 0 for count in counts) <= most:
        yield from _walk(free, dict(fixed), space)


def _walk(keys: list[str], drawn: Point, space: Mapping[str, Spec]) -> Iterator[Point]:
    if not keys:
        yield drawn
    elif _idle(keys[0], drawn, space):
        yield from _walk(keys[1:], drawn, space)
    else:
        for value in values_of(space[keys[0]]):
            yield from _walk(keys[1:], {**drawn, keys[0]: value}, space)


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
        if key in BY_COST:
            costs = sorted(values_of(spec), key=BY_COST[key].index)
            low, high = costs[0], costs[-1]
        fastest[key], slowest[key] = (high, low) if key == "batch_size" else (low, high)
    for point in (fastest, slowest):
        point |= {key: 0.0 for key in CONDITIONS if key in point and idle(key, point)}
    return fastest, slowest
