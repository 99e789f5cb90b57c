"""The keys of a point of the space, and what study.yaml says of each."""

from __future__ import annotations

from dropsearch.search.config.schema import SiteRates, StudyConfig
from dropsearch.search.config.values import Spec


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
    if model.cell != "lstm":
        found.insert(0, ("cell", "model.cell", model.cell))
    if config.data.text is not None:
        key = "embedding_size" if config.data.vectors is None else "embedding"
        found.append((key, f"model.{key}", getattr(model, key)))
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
