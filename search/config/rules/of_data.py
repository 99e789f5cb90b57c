"""The rules over `data`, but for texts."""

from __future__ import annotations

from dropsearch.search.config.faults import shown
from dropsearch.search.config.rules.rule import Faults, Rules, forecast_only
from dropsearch.search.config.schema import HoldoutColumn, StudyConfig

RULES = Rules()
WITHOUT_UNIT = ("mase", "smape")  # metrics, of several targets


def _needed(config: StudyConfig, key: str, example: str) -> Faults:
    name = key.rpartition(".")[2]
    task = "a forecast" if config.data.task == "forecast" else config.data.task
    yield key, f"is missing: {task} needs it, for example {name}: {example}"


@RULES.reads("data.task", "data.layout", "data.time")
def _time(config: StudyConfig) -> Faults:
    data = config.data
    if data.layout == "rows":
        if data.time is not None:
            yield "data.time", "the columns are the times in layout: rows: leave it out"
    elif data.task == "forecast" and data.time is None:
        yield from _needed(config, "data.time", "month")
    elif data.layout == "calendar" and not isinstance(data.time, str):
        yield "data.time", f"{shown(data.time)} is not one column: write that of the years"


@RULES.reads("data.task", "data.layout", "data.series", "data.text", "data.window")
def _series(config: StudyConfig) -> Faults:
    data = config.data
    if data.layout == "columns" and data.series is not None:
        yield "data.series", "the columns are the series in layout: columns: leave it out"
    if data.task == "forecast" or data.layout == "rows" or data.text is not None:
        return
    if data.series is None and data.window is None:
        yield from _needed(config, "data.series", "id")


@RULES.reads("data.task", "data.layout", "data.text")
def _layout(config: StudyConfig) -> Faults:
    data = config.data
    if data.layout in ("columns", "calendar") and data.task != "forecast":
        yield from forecast_only("data.layout", data.layout, "rows or long")
    elif data.layout not in (None, "long") and data.text is not None:
        yield "data.layout", f"{shown(data.layout)} has no texts: leave it out"


@RULES.reads("data.task", "data.window")
def _window(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.data.window is None:
        yield from _needed(config, "data.window", "48")


@RULES.reads("data.task", "data.horizon")
def _horizon(config: StudyConfig) -> Faults:
    forecast, horizon = config.data.task == "forecast", config.data.horizon
    if forecast and horizon is None:
        yield from _needed(config, "data.horizon", "12")
    if not forecast and horizon is not None:
        yield from forecast_only("data.horizon", horizon)


@RULES.reads("data.task", "data.layout", "data.window", "data.stride", "data.label")
def _streams(config: StudyConfig) -> Faults:
    data = config.data
    for key, value in (("stride", data.stride), ("label", data.label)):
        if value is not None and (data.task == "forecast" or data.window is None):
            yield (
                f"data.{key}",
                f"{shown(value)} is for windows of streams, with task: classify or regress and "
                "data.window: leave it out",
            )
    if data.layout not in (None, "long") and data.task != "forecast" and data.window is not None:
        yield (
            "data.window",
            f"streams are long tables, and layout: {data.layout} is wide: leave it out",
        )
    if data.task == "regress" and data.window and data.label in ("majority", "pure"):
        yield "data.label", f"{shown(data.label)} is for classes: write last"


@RULES.reads("data.task", "data.layout", "data.known", "data.calendar")
def _known(config: StudyConfig) -> Faults:
    data = config.data
    for key, names in (("known", data.known), ("calendar", data.calendar)):
        if names and data.task != "forecast":
            yield from forecast_only(f"data.{key}", list(names))
    if data.known and data.task == "forecast" and data.layout not in (None, "long"):
        yield (
            "data.known",
            f"columns that are known ahead stand beside the target in a long table, and layout: "
            f"{data.layout} is wide: leave it out, or bring the table into long form",
        )


@RULES.reads("data.task", "data.layout", "data.target", "search.metric", "search.weights")
def _targets(config: StudyConfig) -> Faults:
    data, metric = config.data, config.search.metric
    if len(data.targets) == 1:
        return
    if data.task != "forecast":
        yield from forecast_only("data.target", list(data.targets))
    if data.layout not in (None, "long"):
        yield "data.target", f"layout: {data.layout} holds one target: write its name alone"
    added_up = metric not in ("auto", *WITHOUT_UNIT) and not config.search.weights
    if data.task == "forecast" and added_up:
        each = ", ".join(f"{shown(name)}: 1" for name in data.targets)
        yield (
            "search.metric",
            f"{shown(metric)} would add up numbers of several targets, each in its own unit: write "
            f"{' or '.join(WITHOUT_UNIT)}, or what each counts for, as search.weights: {{{each}}}",
        )


@RULES.reads("data.task", "data.target", "search.weights")
def _weights(config: StudyConfig) -> Faults:
    named, targets = config.search.weights, config.data.targets
    if not named:
        return
    if len(targets) == 1:
        yield "search.weights", "is for a forecast of several targets: leave it out"
        return
    for name in named:
        if name not in targets:
            yield "search.weights", f"{shown(name)} is not in data.target: take it out"
    for name in targets:
        if name not in named:
            yield "search.weights", f"says nothing of {shown(name)}: name each of data.target"


@RULES.reads("data.task", "data.missing")
def _missing(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.data.missing == "linear":
        yield "data.missing", '"linear" looks ahead, which a forecast must not: write forward'
    if config.data.task == "forecast" and config.data.missing == "end":
        yield "data.missing", '"end" is for classify and regress alone: write forward'


@RULES.reads("data.task", "data.window", "data.stride", "data.missing")
def _missing_in_streams(config: StudyConfig) -> Faults:
    if config.data.rows_apart and config.data.missing == "linear":
        yield "data.missing", '"linear" looks ahead, over the edges of windows: write forward'


@RULES.reads("data.task", "data.window", "data.repeated")
def _repeated(config: StudyConfig) -> Faults:
    data = config.data
    if data.task == "forecast" and data.repeated == "group":
        yield "data.repeated", '"group" is for classify and regress alone: write keep'
    elif data.window is not None and data.repeated == "group":
        yield "data.repeated", '"group" is not for windows of streams: write keep'


@RULES.reads("data.task", "data.scale")
def _scale(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.data.scale == "window":
        yield from forecast_only("data.scale", "window", "train")


@RULES.reads("data.time", "data.series", "data.target", "data.group", "data.text")
def _roles(config: StudyConfig) -> Faults:
    data = config.data
    seen = dict.fromkeys(data.targets, "target")
    others = [(key, getattr(data, key)) for key in ("series", "group", "text")]
    for key, column in [*(("time", name) for name in data.times), *others]:
        first = seen.get(column or "")
        if column is not None and first is not None and (first, key) != ("series", "group"):
            yield f"data.{key}", f"{shown(column)} is data.{first} already: name another column"
        elif column is not None:
            seen[column] = key


@RULES.reads("data", "folds.column", "folds.holdout")
def _features(config: StudyConfig) -> Faults:
    data, holdout = config.data, config.folds.holdout
    held = holdout.column if isinstance(holdout, HoldoutColumn) else None
    roles = {
        "data.time": data.time,
        "data.series": data.series,
        "data.group": data.group,
        "folds.column": config.folds.column,
        "folds.holdout": held,
    }
    lists = {"features": data.features or (), "categories": data.categories, "known": data.known}
    for key, columns in lists.items():
        named = [*(("data.target", name) for name in data.targets), *roles.items()]
        for role, column in named:
            if column in columns:
                own = role == "data.target" and data.task == "forecast"
                why = "; its own past is seen anyway" if own else ""
                yield f"data.{key}", f"{shown(column)} is {role}{why}: take it out of the list"
    for column in data.categories:
        if column in (data.features or ()):
            yield "data.categories", f"{shown(column)} is in data.features, too: keep one"
    if data.features == () and not (data.categories or data.text or data.task == "forecast"):
        yield "data.features", "[] leaves the network nothing to see: name columns, or write null"
