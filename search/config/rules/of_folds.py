"""The rules over `folds`."""

from __future__ import annotations

from dropsearch.models.names import Task
from dropsearch.search.config.faults import one_of, shown
from dropsearch.search.config.rules.rule import Faults, Rules, forecast_only
from dropsearch.search.config.schema import FoldKind, StudyConfig

RULES = Rules()

SHUFFLED: tuple[FoldKind, ...] = ("kfold", "stratified")
IN_TIME: tuple[FoldKind, ...] = ("expanding", "blocked")
FOLD_KINDS: dict[Task, tuple[FoldKind, ...]] = {
    "forecast": ("auto", "kfold", "group", *IN_TIME, "column"),
    "classify": ("auto", *SHUFFLED, "group", *IN_TIME, "column"),
    "regress": ("auto", "kfold", "group", *IN_TIME, "column"),
}


@RULES.reads("data.task", "folds.kind")
def _kind(config: StudyConfig) -> Faults:
    kind, task = config.folds.kind, config.data.task
    if kind not in FOLD_KINDS[task]:
        yield (
            "folds.kind",
            f"{shown(kind)} is not for task: {task}: write {one_of(FOLD_KINDS[task])}",
        )


@RULES.reads("data.task", "data.window", "folds.kind")
def _kind_of_sequences(config: StudyConfig) -> Faults:
    kind, task = config.folds.kind, config.data.task
    if task == "forecast" or kind not in FOLD_KINDS[task]:
        return
    streams = config.data.window is not None
    kinds = [one for one in FOLD_KINDS[task] if one not in (SHUFFLED if streams else IN_TIME)]
    if kind not in kinds:
        of = "windows of streams, which overlap" if streams else f"task: {task}"
        yield "folds.kind", f"{shown(kind)} is not for {of}: write {one_of(kinds)}"


@RULES.reads("folds.kind", "folds.column")
def _column(config: StudyConfig) -> Faults:
    kind, column = config.folds.kind, config.folds.column
    if kind == "column" and column is None:
        yield "folds.column", "is missing: kind: column needs it, for example column: fold"
    if kind not in ("auto", "column") and column is not None:
        yield (
            "folds.column",
            f"{shown(column)} is not read with kind: {kind}: leave it out, or write kind: column",
        )


@RULES.reads("folds.kind", "data.group", "data.repeated", "data.task", "data.window", "data.series")
def _groups(config: StudyConfig) -> Faults:
    kind, data = config.folds.kind, config.data
    grouped = data.group is not None or data.repeated == "group"
    streams = data.task != "forecast" and data.window is not None and data.series is not None
    if kind == "group" and not grouped and not streams:
        yield "folds.kind", '"group" needs data.group: name that column, or write auto'
    if kind in ("kfold", "stratified", "expanding", "blocked") and grouped:
        yield "folds.kind", f"{shown(kind)} would split the groups: write group or auto"


@RULES.reads("data.task", "folds.kind", "data.series")
def _kfold_of_series(config: StudyConfig) -> Faults:
    if config.data.task == "forecast" and config.folds.kind == "kfold" and not config.data.series:
        yield (
            "folds.kind",
            '"kfold" holds out whole series, and data.series names none: write expanding, blocked '
            "or auto",
        )


@RULES.reads("data.task", "folds.kind", "folds.across")
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


@RULES.reads("data.task", "folds.across")
def _across_task(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.folds.across != "auto":
        yield from forecast_only("folds.across", config.folds.across, "auto")


@RULES.reads("data.task", "data.series", "folds.across")
def _across_series(config: StudyConfig) -> Faults:
    across = config.folds.across
    if config.data.task == "forecast" and across in ("end", "series") and not config.data.series:
        yield "folds.across", f"{shown(across)} needs data.series: name that column, or write auto"


@RULES.reads("data.task", "folds.gap")
def _gap(config: StudyConfig) -> Faults:
    if config.data.task != "forecast" and config.folds.gap > 0:
        yield from forecast_only("folds.gap", config.folds.gap, "0")
