"""The rules over the network, its training and the search."""

from __future__ import annotations

from dropsearch.models.fold.scores import metrics_of
from dropsearch.models.names import ABOUT_KINDS, KINDS, SHARED_SITES
from dropsearch.search.config.faults import one_of, shown, written
from dropsearch.search.config.points import curve_spec, misfits_in_words, specs
from dropsearch.search.config.rules.rule import Faults, Rules
from dropsearch.search.config.schema import SiteRates, StudyConfig
from dropsearch.search.config.values import among, ends, number_of, values_of

RULES = Rules()
OF_POINTS = Rules()  # where the rules of the network hold, so that the keys of a point can be told


@RULES.reads("model.layers", "model.dropout")
def _between(config: StudyConfig) -> Faults:
    dropout = config.model.dropout
    if ends(config.model.layers)[1] > 1 or not isinstance(dropout, SiteRates):
        return
    if ends(dropout.between)[1] > 0:
        yield (
            "model.dropout.between",
            f"{written(dropout.between)} does nothing with layers: 1: leave it out, or allow "
            "more layers",
        )


@RULES.reads("model.dropout", "model.sites")
def _sites(config: StudyConfig) -> Faults:
    sites = config.model.sites
    if isinstance(config.model.dropout, SiteRates) and sites != SHARED_SITES:
        yield (
            "model.sites",
            f"{shown(list(sites))} is where a shared rate acts, and model.dropout has a rate for "
            "each site: leave one of them out",
        )
    elif sites == ("between",):
        yield "model.sites", "between alone is model.dropout.between: write the rate there"


@RULES.reads("model.recurrent", "model.dropout")
def _recurrent(config: StudyConfig) -> Faults:
    dropout, recurrent = config.model.dropout, config.model.recurrent
    kinds = {kind: ABOUT_KINDS[kind] for kind in values_of(recurrent) if kind != "none"}
    zoned = [kind for kind, about in kinds.items() if about.hidden]
    sites = dropout if isinstance(dropout, SiteRates) else SiteRates()
    rate, hidden = (ends(spec)[1] > 0 for spec in (sites.recurrent, sites.recurrent_hidden))
    if kinds and not (rate or (len(zoned) == len(kinds) and hidden)):
        yield (
            "model.recurrent",
            f"{shown(recurrent)} needs a rate: write dropout: {{recurrent: 0.25, output: 0.5}} "
            "with a rate, list or range for each site",
        )
    if rate and not kinds:
        yield (
            "model.dropout.recurrent",
            f"{written(sites.recurrent)} does nothing with recurrent: none: leave it out, "
            f"or write model.recurrent: {one_of([kind for kind in KINDS if kind != 'none'])}",
        )
    if hidden and not zoned:
        every = one_of([kind for kind, about in ABOUT_KINDS.items() if about.hidden])
        yield (
            "model.dropout.recurrent_hidden",
            f"{written(sites.recurrent_hidden)} is a rate of {every} alone: leave it out, or "
            f"write model.recurrent: {every}",
        )


@RULES.reads("model.cell", "model.dropout")
def _one_state(config: StudyConfig) -> Faults:
    dropout = config.model.dropout
    hidden = dropout.recurrent_hidden if isinstance(dropout, SiteRates) else 0.0
    if "gru" in values_of(config.model.cell) and ends(hidden)[1] > 0:
        yield (
            "model.dropout.recurrent_hidden",
            f"{written(hidden)} is a rate of LSTM cells alone, and a GRU has one state, whose "
            "rate is model.dropout.recurrent: leave it out, or write model.cell: lstm",
        )


@RULES.reads("data.task", "search.metric")
def _metric(config: StudyConfig) -> Faults:
    metric, offered = config.search.metric, ["auto", *metrics_of(config.data.task)]
    if metric not in offered:
        yield (
            "search.metric",
            f"{shown(metric)} is not for task: {config.data.task}: write {one_of(offered)}",
        )


@RULES.reads("data.task", "training.class_weights")
def _class_weights(config: StudyConfig) -> Faults:
    if config.training.class_weights and config.data.task != "classify":
        yield (
            "training.class_weights",
            f"true is for task: classify, not for task: {config.data.task}: leave it out",
        )


@OF_POINTS.reads("search.sampler")
def _grid(config: StudyConfig) -> Faults:
    if config.search.sampler == "grid":
        for _, place, spec in specs(config):
            if number_of(spec) is None:
                yield (
                    place,
                    f"{written(spec)} is continuous, and sampler: grid tries every point: "
                    "write a list, a range with step, or another sampler",
                )


@OF_POINTS.reads("model", "training", "data.text", "search.try")
def _tried(config: StudyConfig) -> Faults:
    for point in config.search.try_:
        for misfit in misfits_in_words(point, config):
            yield "search.try", f"{shown(point)}: {misfit}"


@RULES.reads("search.sampler", "search.try", "search.start_from")
def _grid_first(config: StudyConfig) -> Faults:
    search = config.search
    for key, given in (("try", search.try_), ("start_from", search.start_from)):
        if search.sampler == "grid" and given:
            yield f"search.{key}", "has no meaning with sampler: grid, which tries every point"


@OF_POINTS.reads("model", "training", "data.text", "confirm")
def _curve(config: StudyConfig) -> Faults:
    confirm = config.confirm
    if confirm is None or confirm.rates == "auto":
        return
    found = curve_spec(config)
    if found is None:
        return
    _, place, spec = found
    if not any(among(spec, rate) for rate in (0.0, 0.5, *confirm.rates)):
        yield (
            "confirm.rates",
            f"{shown(list(confirm.rates))} has no rate of {place}: {written(spec)}, so none could "
            "be recommended: add one, or write auto",
        )
