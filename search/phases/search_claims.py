"""The claims of the search: as many as trials are asked for, what is to be tried first and then
controls before all others, a grid whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.phases import space

LARGEST_GRID = 10_000


@dataclass(frozen=True)
class Asked:
    """The fits of the search that are still to be written as claims, and what to say of them."""

    fixed: list[dict[str, Any]]
    note: str | None


def search_claims(
    config: StudyConfig,
    present: Sequence[dict[str, Any]] = (),
    first: Sequence[dict[str, Any]] = (),
) -> Asked:
    """The claims of the search beyond those `present`, given by their fixed values.

    A claim with no fixed value asks the sampler; those tried `first` fix some or all values,
    controls the rates, a grid all. Never more claims than the space has points, since no point is
    trained twice.
    """
    size = space.size(config)
    if config.search.sampler == "grid":
        if size is not None and size > LARGEST_GRID:
            raise ConfigError(
                f"search.sampler: grid would try {size:,} points, more than {LARGEST_GRID:,}: "
                "take fewer values, or search.sampler: tpe."
            )
        return Asked([point for point in space.points(config) if point not in present], None)
    budget = config.search.trials if size is None else min(config.search.trials, size)
    tried = _without(first, present)
    controls = _without(space.controls(config), [*present, *tried])
    missing = max(0, budget - len(present))
    fixed = [*tried, *controls, *([{}] * missing)][:missing]
    if size is not None and size < config.search.trials:
        points = "one point" if size == 1 else f"{size:,} points"
        return Asked(
            fixed,
            f"The space has {points}, fewer than the {config.search.trials:,} trials asked for: "
            "the search ends when all have been tried.",
        )
    return Asked(fixed, None)


def no_pruning(config: StudyConfig) -> list[str]:
    """What is to be said where a pruner is set that cannot act."""
    several = len(config.search.objectives) > 1
    if not several or config.search.pruner == "none":
        return []
    return ["With several objectives no trial is pruned: Optuna has no order of such trials."]


def _without(
    wanted: Sequence[dict[str, Any]], present: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """`wanted` less one for each equal entry of `present`."""
    left = list(present)
    kept = []
    for fixed in wanted:
        if fixed in left:
            left.remove(fixed)
        else:
            kept.append(fixed)
    return kept
