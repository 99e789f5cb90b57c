"""The rules between keys of study.yaml. Each says which keys it reads; a rule over a key that is
itself at fault is passed over, so that every other fault still shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from dropsearch.models.fold.scores import metrics_of
from dropsearch.models.names import ABOUT_KINDS, KINDS, Task
from dropsearch.search.config.faults import YES_NO, Fault, KeyPath, Source, as_read, one_of, shown
from dropsearch.search.config.points import specs
from dropsearch.search.config.schema import FoldKind, HoldoutColumn, SiteRates, StudyConfig
from dropsearch.search.config.text_rules import TEXT_RULES, Faults, Rule
from dropsearch.search.config.values import ends, number_of, values_of

RULES: list[tuple[tuple[KeyPath, ...], Rule]] = [*TEXT_RULES]

FOLD_KINDS: dict[Task, tuple[FoldKind, ...]] = {
    "forecast": ("auto", "kfold", "group", "expanding", "blocked", "column"),
    "classify": ("auto", "kfold", "stratified", "group", "column"),
    "regress": ("auto", "kfold", "group", "column"),
}


def broken_rules(config: StudyConfig, source: Source, faulty: Sequence[Fault] = ()) -> list[Fault]:
    """The faults between keys, but for rules over keys that `faulty` names."""
    paths = [fault.path for fault in faulty]
    found = _unquoted_holdout(source)
    for keys, rule in RULES:
        if not _touched(keys, paths):
            found += [Fault(tuple(key.split(".")), text) for key, text in rule(config)]
    return [fault for fault in found if not _touched([fault.path], paths)]


def _touched(keys: Collection[KeyPath], faulty: Collection[KeyPath]) -> bool:
    """Whether one of the keys, or one above or below it, is at fault."""
    return any(key[: len(path)] == path[: len(key)] for key in keys for path in faulty if path)


def _reads(*keys: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES.append((tuple(tuple(key.split(".")) for key in keys), rule))
        return rule

    return register


def _unquoted_holdout(source: Source) -> list[Fault]:
    path = ("folds", "holdout", "value")
    written = source.written.get(path, "")
    if written.lower() not in YES_NO:
        return []
    return [Fault(path, f'{as_read(written)}: write "{written}" in quotes, or true or false')]


def _needed(config: StudyConfig, key: str, example: str) -> Faults:
    name = key.rpartition(".")[2]
    task = "a forecast" if config.data.task == "forecast" else config.data.task
    yield key, f"is missing: {task} needs it, for example {name}: {example}"


@_reads("data.task", "data.time")
def _time(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.data.time is None:
        yield from _needed(config, "data.time", "month")


@_reads("data.task", "data.series")
def _series(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.data.series is None and config.data.text is None:
        yield from _needed(config, "data.series", "id")


@_reads("data.task", "data.window")
def _window(config: StudyConfig) -> Faults:
    yield from _forecast_steps(config, "window", config.data.window, "48")


@_reads("data.task", "data.horizon")
def _horizon(config: StudyConfig) -> Faults:
    yield from _forecast_steps(config, "horizon", config.data.horizon, "12")


def _forecast_steps(config: StudyConfig, key: str, value: int | None, example: str) -> Faults:
    forecast = config.data.task == "forecast"
    if forecast and value is None:
        yield from _needed(config, f"data.{key}", example)
    if not forecast and value is not None:
        yield from _forecast_only(f"data.{key}", value)


def _forecast_only(key: str, value: object, default: str = "") -> Faults:
    write = f", or write {default}" if default else ""
    yield key, f"{shown(value)} is for task: forecast alone: leave it out{write}"


@_reads("data.task", "data.missing")
def _missing(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.data.missing == "linear":
        yield "data.missing", '"linear" looks ahead, which a forecast must not: write forward'


@_reads("data.task", "data.repeated")
def _repeated(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.data.repeated == "group":
        yield "data.repeated", '"group" is for classify and regress alone: write keep'


@_reads("data.task", "data.scale")
def _scale(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.data.scale == "window":
        yield from _forecast_only("data.scale", "window", "train")


@_reads("data.time", "data.series", "data.target", "data.group", "data.text")
def _roles(config: StudyConfig) -> Faults:
    data = config.data
    seen: dict[str, str] = {data.target: "target"}
    for key in ("time", "series", "group", "text"):
        column = getattr(data, key)
        first = seen.get(column or "")
        if column is not None and first is not None and (first, key) != ("series", "group"):
            yield f"data.{key}", f"{shown(column)} is data.{first} already: name another column"
        elif column is not None:
            seen[column] = key


@_reads("data", "folds.column", "folds.holdout")
def _features(config: StudyConfig) -> Faults:
    data, holdout = config.data, config.folds.holdout
    held = holdout.column if isinstance(holdout, HoldoutColumn) else None
    roles = {
        "data.target": data.target,
        "data.time": data.time,
        "data.series": data.series,
        "data.group": data.group,
        "folds.column": config.folds.column,
        "folds.holdout": held,
    }
    for key, columns in (("features", data.features or ()), ("categories", data.categories)):
        for role, column in roles.items():
            if column in columns:
                own = role == "data.target" and data.task == "forecast"
                why = "; its own past is seen anyway" if own else ""
                yield f"data.{key}", f"{shown(column)} is {role}{why}: take it out of the list"
    for column in data.categories:
        if column in (data.features or ()):
            yield "data.categories", f"{shown(column)} is in data.features, too: keep one"
    if data.features == () and not (data.categories or data.text or data.task == "forecast"):
        yield "data.features", "[] leaves the network nothing to see: name columns, or write null"


@_reads("data.task", "folds.kind")
def _kind(config: StudyConfig) -> Faults:
    kind, task = config.folds.kind, config.data.task
    if kind not in FOLD_KINDS[task]:
        yield (
            "folds.kind",
            f"{shown(kind)} is not for task: {task}: write {one_of(FOLD_KINDS[task])}",
        )


@_reads("folds.kind", "folds.column")
def _column(config: StudyConfig) -> Faults:
    kind, column = config.folds.kind, config.folds.column
    if kind == "column" and column is None:
        yield "folds.column", "is missing: kind: column needs it, for example column: fold"
    if kind not in ("auto", "column") and column is not None:
        yield (
            "folds.column",
            f"{shown(column)} is not read with kind: {kind}: leave it out, or write kind: column",
        )


@_reads("folds.kind", "data.group", "data.repeated")
def _groups(config: StudyConfig) -> Faults:
    kind, data = config.folds.kind, config.data
    grouped = data.group is not None or data.repeated == "group"
    if kind == "group" and not grouped:
        yield "folds.kind", '"group" needs data.group: name that column, or write auto'
    if kind in ("kfold", "stratified", "expanding", "blocked") and grouped:
        yield "folds.kind", f"{shown(kind)} would split the groups: write group or auto"


@_reads("data.task", "folds.kind", "data.series")
def _kfold_of_series(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.folds.kind == "kfold" and not config.data.series:
        yield (
            "folds.kind",
            '"kfold" holds out whole series, and data.series names none: write expanding, blocked '
            "or auto",
        )


@_reads("data.task", "folds.kind", "folds.across")
def _across_kind(config: StudyConfig) -> Faults:
    kind, across = config.folds.kind, config.folds.across
    if config.data.task != "forecast" or across == "auto":
        return
    if across == "series" and kind in ("expanding", "blocked"):
        yield (
            "folds.across",
            f'"series" holds out whole series, and kind: {kind} cuts them in time: write time or '
            "end, or kind: auto",
        )
    if across != "series" and kind in ("kfold", "group"):
        yield (
            "folds.across",
            f"{shown(across)} cuts series in time, and kind: {kind} keeps them whole: write auto, "
            "or kind: expanding or blocked",
        )


@_reads("data.task", "folds.across")
def _across_task(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.folds.across != "auto":
        yield from _forecast_only("folds.across", config.folds.across, "auto")


@_reads("data.task", "data.series", "folds.across")
def _across_series(config: StudyConfig) -> Faults:
    across = config.folds.across
    if config.data.task == "forecast" and across in ("end", "series") and not config.data.series:
        yield "folds.across", f"{shown(across)} needs data.series: name that column, or write auto"


@_reads("data.task", "folds.gap")
def _gap(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.folds.gap > 0:
        yield from _forecast_only("folds.gap", config.folds.gap, "0")


@_reads("model.layers", "model.dropout")
def _between(config: StudyConfig) -> Faults:
    dropout = config.model.dropout
    if ends(config.model.layers)[1] > 1 or not isinstance(dropout, SiteRates):
        return
    if ends(dropout.between)[1] > 0:
        yield (
            "model.dropout.between",
            f"{shown(_plain(dropout.between))} does nothing with layers: 1: leave it out, or allow "
            "more layers",
        )


@_reads("model.recurrent", "model.dropout")
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
            f"{shown(_plain(sites.recurrent))} does nothing with recurrent: none: leave it out, "
            f"or write model.recurrent: {one_of([kind for kind in KINDS if kind != 'none'])}",
        )
    if hidden and not zoned:
        every = one_of([kind for kind, about in ABOUT_KINDS.items() if about.hidden])
        yield (
            "model.dropout.recurrent_hidden",
            f"{shown(_plain(sites.recurrent_hidden))} is a rate of {every} alone: leave it out, or "
            f"write model.recurrent: {every}",
        )


@_reads("data.task", "search.metric")
def _metric(config: StudyConfig) -> Faults:
    metric, offered = config.search.metric, ["auto", *metrics_of(config.data.task)]
    if metric not in offered:
        yield (
            "search.metric",
            f"{shown(metric)} is not for task: {config.data.task}: write {one_of(offered)}",
        )


@_reads("data.task", "training.class_weights")
def _class_weights(config: StudyConfig) -> Faults:
    if config.training.class_weights and config.data.task != "classify":
        yield (
            "training.class_weights",
            f"true is for task: classify, not for task: {config.data.task}: leave it out",
        )


@_reads("search.sampler")
def _grid(config: StudyConfig) -> Faults:
    if config.search.sampler == "grid":
        for _, place, spec in specs(config):
            if number_of(spec) is None:
                yield (
                    place,
                    f"{shown(_plain(spec))} is continuous, and sampler: grid tries every point: "
                    "write a list, a range with step, or another sampler",
                )


def _plain(spec: object) -> object:
    return spec.model_dump() if hasattr(spec, "model_dump") else spec
