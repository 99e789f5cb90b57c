"""The keys of a point of the space, and what study.yaml says of each."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from dropsearch.search.config.faults import shown, written
from dropsearch.search.config.schema import SiteRates, StudyConfig
from dropsearch.search.config.schema.network import Model
from dropsearch.search.config.values import Spec, among, ends, number_of, snapped

Named = tuple[str, str, Spec]
ARGS = "args."  # before the arguments of a network of one's own


def specs(config: StudyConfig) -> list[Named]:
    """Each key of a point, its key in study.yaml, and its value, list or range there.

    `layers` and `recurrent` stand before the rates, which depend on them.
    """
    model, training = config.model, config.training
    found = _of_ours(config) if model.network is None else _of_your_own(model)
    for key in ("batch_size", "learning_rate", "weight_decay"):
        found.append((key, f"training.{key}", getattr(training, key)))
    return found


def _of_ours(config: StudyConfig) -> list[Named]:
    model = config.model
    found: list[Named] = [
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
    return found


def _of_your_own(model: Model) -> list[Named]:
    """The arguments, and the rates: a single one called dropout is a shared one."""
    found: list[Named] = [
        (f"{ARGS}{name}", f"model.args.{name}", spec)
        for name, spec in model.args.items()
        if name not in model.rates
    ]
    if model.rates == ("dropout",):
        assert not isinstance(model.dropout, SiteRates)
        return [*found, ("dropout", "model.dropout", model.dropout)]
    for name in model.rates:
        place = "model.dropout" if name == "dropout" else f"model.args.{name}"
        spec: Any = model.dropout if name == "dropout" else model.args[name]
        found.append((f"dropout.{name}", place, spec))
    return found


def curve_spec(config: StudyConfig) -> Named | None:
    """The one rate that can differ from 0; None where several can, or none."""
    rates = [named for named in specs(config) if named[0].startswith("dropout")]
    alive = [named for named in rates if named[0] == "dropout" or ends(named[2])[1] > 0]
    return alive[0] if len(alive) == 1 else None


def misfits(values: Mapping[str, Any], config: StudyConfig) -> tuple[list[str], list[str]]:
    """Of the values of a point's keys, the keys that no point has, and those that lie outside."""
    allowed = {key: spec for key, _, spec in specs(config)}
    unknown = sorted(set(values) - set(allowed))
    outside = [k for k, value in values.items() if k in allowed and not among(allowed[k], value)]
    return unknown, outside


def misfits_in_words(values: Mapping[str, Any], config: StudyConfig) -> Iterator[str]:
    """A sentence's end for each of the `misfits`."""
    space = {key: (place, spec) for key, place, spec in specs(config)}
    unknown, outside = misfits(values, config)
    for key in unknown:
        near = difflib.get_close_matches(key, space, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(space)}"
        yield f"{key} is no key of this search: {meant}"
    for key in outside:
        place, spec = space[key]
        yield f"{key} {shown(values[key])} does not lie in {place}: {written(spec)}"


def searched_of(values: Mapping[str, Any], config: StudyConfig) -> dict[str, Any]:
    """Those of values that lie in the space whose keys are searched, as the space has them."""
    return {
        key: snapped(spec, values[key])
        for key, _, spec in specs(config)
        if key in values and number_of(spec) != 1
    }
