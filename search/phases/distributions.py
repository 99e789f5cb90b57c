"""What study.yaml says of a key, as Optuna says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.values import CountRange, Range, Spec


def distributions(config: StudyConfig, params: Mapping[str, Any]) -> dict[str, BaseDistribution]:
    """Optuna's distributions of the searched keys in `params`."""
    return {key: distribution_of(spec) for key, _, spec in specs(config) if key in params}


def distribution_of(spec: Spec) -> BaseDistribution:
    """Optuna's distribution of a value, list or range of study.yaml."""
    if isinstance(spec, tuple):
        return CategoricalDistribution(spec)
    assert isinstance(spec, Range)
    if isinstance(spec, CountRange):
        return IntDistribution(spec.low, spec.high, step=spec.step or 1, log=spec.log)
    return FloatDistribution(spec.low, spec.high, step=spec.step, log=spec.log)
