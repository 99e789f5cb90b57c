"""The rules of a network of one's own."""

from __future__ import annotations

import re

from dropsearch.search.config.faults import shown, written
from dropsearch.search.config.rules.rule import Faults, Rules
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.schema.network import Model, SiteRates
from dropsearch.search.config.values import NumberRange, Range, ends

RULES = Rules()
NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
OURS = (
    "cell",
    "hidden_size",
    "layers",
    "bidirectional",
    "pooling",
    "embedding_size",
    "embedding",
    "sites",
    "mask",
    "recurrent",
)
YOURS = ("network", "args", "rates")
GIVEN = (
    "features",
    "outputs",
    "task",
    "static",
    "ahead",
    "targets",
    "vocabulary",
    "learning_rate",
    "weight_decay",
)


@RULES.reads("model.network", "model.args", "model.rates")
def _named(config: StudyConfig) -> Faults:
    model = config.model
    if model.network is not None and not NAME.fullmatch(model.network):
        yield (
            "model.network",
            f"{shown(model.network)} names no class: write package.module:Class",
        )
    for key in ("args", "rates"):
        value = getattr(model, key)
        if model.network is None and value != Model().model_dump()[key]:
            yield (
                f"model.{key}",
                f"{shown(value)} is for a network of your own: name it in model.network, or leave "
                "this out",
            )


@RULES.reads("model.network", *(f"model.{key}" for key in OURS))
def _ours(config: StudyConfig) -> Faults:
    for key in OURS if config.model.network is not None else ():
        value = getattr(config.model, key)
        if value != Model.model_fields[key].default:
            yield (
                f"model.{key}",
                f"{written(value)} is of dropsearch's own network: leave it out, or write it under "
                "model.args, where your network takes it",
            )


@RULES.reads("data.vectors", "model.network")
def _vectors(config: StudyConfig) -> Faults:
    if config.data.vectors is not None and config.model.network is not None:
        yield "data.vectors", "word vectors are for dropsearch's own network: leave them out"


@RULES.reads("model.network", "model.args")
def _args(config: StudyConfig) -> Faults:
    for name in config.model.args:
        if not name.isidentifier():
            yield f"model.args.{name}", "is no name of an argument: write it as in the constructor"
        elif name in GIVEN:
            yield f"model.args.{name}", "is given by dropsearch: leave it out"
        elif name == "dropout":
            yield "model.args.dropout", "is model.dropout: write it there"


@RULES.reads("model.network", "model.rates", "model.args", "model.dropout")
def _rates(config: StudyConfig) -> Faults:
    model = config.model
    if model.network is None:
        return
    if isinstance(model.dropout, SiteRates):
        yield (
            "model.dropout",
            "a rate for each site is of dropsearch's own network: write one rate, list or range, "
            "and further rates under model.args, named in model.rates",
        )
    if "dropout" not in model.rates and model.dropout != Model.model_fields["dropout"].default:
        yield (
            "model.dropout",
            f"{written(model.dropout)} is not used: name dropout in model.rates, or leave it out",
        )
    sites = ("between", "recurrent", "recurrent_hidden")
    for name in model.rates:
        if name in sites:
            yield "model.rates", f"{name} is a site of dropsearch's own network: call it otherwise"
        elif name != "dropout" and name not in model.args:
            yield "model.rates", f"{name} is no argument: write its rate under model.args"
        elif name != "dropout" and not _is_rate(model.args[name]):
            yield (
                f"model.args.{name}",
                f"{written(model.args[name])} is no dropout rate: write one from 0 to below 1, "
                "such as 0.5, or a list or range of such",
            )


def is_sound(config: StudyConfig) -> bool:
    """Whether no rule here is broken, so that the keys of a point can be told."""
    return not any(fault for _, rule in RULES for fault in rule(config))


def _is_rate(spec: object) -> bool:
    if not isinstance(spec, float | int | tuple | Range) or isinstance(spec, bool):
        return False
    values = spec if isinstance(spec, tuple) else ends(spec)
    whole = isinstance(spec, Range) and not isinstance(spec, NumberRange)
    numbers = all(type(value) in (int, float) for value in values)
    return numbers and not whole and min(values) >= 0 and max(values) < 1
