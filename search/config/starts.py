"""What is searched of a network where a study.yaml does not say: what paid in
`python -m benchmarks.structure` and `python -m benchmarks.defaults`, by task."""

from __future__ import annotations

from typing import Any

from dropsearch.search.config.faults import shown
from dropsearch.search.config.schema.network import Model, SiteRates
from dropsearch.search.config.schema.study import StudyConfig
from dropsearch.search.config.values import CountRange

STRUCTURE: dict[str, Any] = {"bidirectional": (False, True), "pooling": ("last", "mean", "max")}
ONE_LAYER: dict[str, Any] = {"layers": 1}
BEFORE: dict[str, Any] = {  # what these keys meant, left out of a study.yaml, in older studies
    "layers": CountRange(low=1, high=3),
    "bidirectional": False,
    "pooling": "last",
}


def starts(config: StudyConfig) -> Model:
    """The network with what the file leaves out and the task decides.

    Of sequences and texts direction and pooling are searched; a forecast reads the past, and is
    asked at its end, and a grid is of what the file names. More than one layer only where the file
    has a rate between layers.
    """
    model = config.model
    if model.network is not None:
        return model
    named = config.data.task == "forecast" or config.search.sampler == "grid"
    left = {} if named else STRUCTURE
    dropout = model.dropout
    if not isinstance(dropout, SiteRates) or "between" not in dropout.model_fields_set:
        left = left | ONE_LAYER
    update = {key: value for key, value in left.items() if key not in model.model_fields_set}
    return model.model_copy(update=update)


def as_begun(before: StudyConfig, config: StudyConfig) -> tuple[StudyConfig, list[str]]:
    """`config` with what an older study meant by keys left out, and the sentences that say so."""
    kept = [
        key
        for key, now in (STRUCTURE | ONE_LAYER).items()
        if getattr(config.model, key) == now and getattr(before.model, key) == BEFORE[key]
    ]
    model = config.model.model_copy(update={key: BEFORE[key] for key in kept})
    said = [
        f"The study was begun with model.{key}: {shown(before.model.model_dump()[key])}, and keeps "
        "it."
        for key in kept
    ]
    return config.model_copy(update={"model": model}), said
