"""Trials that a person has queued with `study.enqueue_trial` or in the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from dropsearch.search.config.points import misfits, searched_of, specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import Range

ASKED = "fixed_params"  # Optuna's system attribute of a queued trial


def queued(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those that wait, the earliest first."""
    return [trial for trial in trials if trial.state == TrialState.WAITING]


def fault(trial: FrozenTrial, config: StudyConfig) -> str | None:
    """Why the study cannot run a queued trial: what of it lies outside the space; None: it can."""
    given = _given(trial)
    unknown, outside = misfits(given, config)
    allowed = {key: spec for key, _, spec in specs(config)}
    if unknown:
        return f"Not in the study's space: {', '.join(unknown)}. It has: {', '.join(allowed)}."
    said = [f"{key} {given[key]} ({_written(allowed[key])})" for key in outside]
    return f"Outside the study's space: {', '.join(said)}." if said else None


def asked(trial: FrozenTrial, config: StudyConfig) -> dict[str, Any]:
    """The searched values that a queued trial, which lies in the space, asks for."""
    return searched_of(_given(trial), config)


def _given(trial: FrozenTrial) -> Mapping[str, Any]:
    return {**trial.params, **trial.system_attrs.get(ASKED, {})}


def _written(spec: Any) -> Any:
    return spec.model_dump() if isinstance(spec, Range) else spec
