"""Which kind of folds suits the data, and what has to stay together in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from dropsearch.models.spread import Whole
from dropsearch.search.errors import ConfigError

ENOUGH_OVERLAP = 0.5  # of the whole time, on average over the series, for one cut in time

GROUPS = "data.group (or data.repeated: group)"

WHY = {
    "kfold": "examples are dealt to the folds at random",
    "stratified": "examples are dealt at random, each fold with the classes in equal shares",
    "group": "whole groups are kept together",
    "expanding": "each fold trains on the past and validates on what follows, as a forecast does",
    "blocked": "each fold validates on one stretch of time and trains on both sides of it",
    "column": "the column folds.column gives the fold of each example",
}


@dataclass(frozen=True)
class Plan:
    kind: str
    across: str | None
    units: NDArray[np.int64] | None  # (N,) what is never split; None: each example for itself
    noun: str  # what the units are, in the plural
    why: str


def plan_folds(data: SequenceData, kind: str, across: str | None) -> Plan:
    """Resolve `auto`; raises ConfigError where kind and across do not suit the data."""
    if kind == "column" and data.part is None:
        raise ConfigError("folds.kind: column needs folds.column, the column with the folds.")
    if data.group is not None and kind not in ("auto", "group", "column"):
        raise ConfigError(
            f"folds.kind: {kind} would split the groups of {GROUPS}; set kind: group or auto."
        )
    asked = kind != "auto"
    if data.task == "forecast":
        kind, across, reason = _forecast(data, kind, across)
    elif data.streams:
        kind, across, reason = _streams(data, kind, across)
    else:
        kind, across, reason = _sequences(data, kind, across)
    units, noun = _units(data, across)
    if kind == "column":
        _refuse_split(data, units, noun)
    start = f"{kind}, as asked" if asked else kind
    why = f"{start}: {WHY[kind]}{f'; {reason}' if reason else ''}."
    return Plan(kind, across, units, noun, why)


def _sequences(data: SequenceData, kind: str, across: str | None) -> tuple[str, None, str]:
    """Kind, across and the reason for classification and regression."""
    if kind in ("expanding", "blocked"):
        raise ConfigError(f"folds.kind: {kind} is for forecasts; set kind: auto.")
    if across not in (None, "auto"):
        raise ConfigError(
            f"folds.across: {across} is for forecasts of many series; set it to auto."
        )
    if kind == "stratified" and data.task == "regress":
        raise ConfigError("folds.kind: stratified needs classes; set kind: kfold or auto.")
    if kind == "group" and data.group is None:
        raise ConfigError("folds.kind: group needs data.group, the column with the groups.")
    if kind != "auto":
        return kind, None, ""
    if data.group is not None:
        return "group", None, f"the data has groups by {GROUPS}"
    if data.task == "classify":
        return "stratified", None, "the task is to classify"
    return "kfold", None, "the task is a regression"


def _streams(data: SequenceData, kind: str, across: str | None) -> tuple[str, str | None, str]:
    """Kind, across and the reason for windows of streams, of which neighbours are alike."""
    many = len(np.unique(data.series)) > 1
    if kind == "auto":
        kind = "group" if many or data.group is not None else "blocked"
    if kind in ("kfold", "stratified"):
        raise ConfigError(
            f"folds.kind: {kind} would deal windows that overlap to training and validation; set "
            "kind: group, blocked or auto."
        )
    if across not in (None, "auto"):
        raise ConfigError(f"folds.across: {across} is for forecasts; set it to auto.")
    if kind == "column":
        return kind, None, ""
    if kind == "group" and data.group is None:
        if not many:
            raise ConfigError(
                "folds.kind: group keeps whole streams together, and the data has one; set kind: "
                "blocked or auto."
            )
        return kind, "series", "each stream is one"
    if kind == "group":
        return kind, None, f"the data has groups by {GROUPS}"
    return kind, "end" if many else None, "no training window has a row of a validation window"


def _forecast(data: SequenceData, kind: str, across: str | None) -> tuple[str, str | None, str]:
    """Kind, across and the reason for forecasts."""
    many = len(np.unique(data.series)) > 1
    across = across or "auto"
    if kind == "auto":
        kind = "kfold" if across == "series" else "expanding"
        if data.group is not None:
            kind = "group"
    if kind == "stratified":
        raise ConfigError("folds.kind: stratified needs classes; set kind: auto for a forecast.")
    if across == "series" and not many:
        raise ConfigError(
            "folds.across: series holds out whole series, and the data has one; set it to auto."
        )
    if kind == "column":
        return kind, *_across_of_parts(data, across, many)
    if kind in ("kfold", "group"):
        return kind, *_whole(data, kind, across, many)
    if across == "series":
        raise ConfigError(
            f"folds.across: series holds out whole series, and folds.kind: {kind} cuts them in "
            "time; set kind: auto, or across: time or end."
        )
    if not many:
        return kind, None, ""
    if across != "auto":
        return kind, across, f"across: {across}, as asked"
    share = _overlap(data)
    number = len(np.unique(data.series))
    spans = f"the {number:,} series cover {100 * share:.0f} % of the whole time on average"
    if share >= ENOUGH_OVERLAP:
        return kind, "time", f"one cut in time for all series, since {spans}"
    return kind, "end", f"each series is cut by itself, counted from its end, since {spans}"


def _whole(data: SequenceData, kind: str, across: str, many: bool) -> tuple[str | None, str]:
    """Across and the reason where whole series or groups are held out."""
    if across in ("time", "end"):
        raise ConfigError(
            f"folds.across: {across} cuts series in time, and folds.kind: {kind} keeps series or "
            "groups whole; set across: auto, or kind: expanding or blocked"
            + (f" and remove {GROUPS}." if data.group is not None else ".")
        )
    if data.group is not None:
        return "series" if many else None, ""
    if not many:
        raise ConfigError(
            f"folds.kind: {kind} holds out whole series, and the data has one; set kind: "
            "expanding, blocked or auto."
        )
    return "series", "whole series are held out"


def _across_of_parts(data: SequenceData, across: str, many: bool) -> tuple[str | None, str]:
    """Across and the reason for predefined folds of a forecast."""
    if not many:
        return None, ""
    if across != "auto":
        return across, f"across: {across}, as asked"
    assert data.part is not None
    assert data.time is not None
    if _one_value(data.series, data.part):
        return "series", "each series lies in one fold"
    if _one_value(data.origin, data.part):
        return "time", "each time lies in one fold"
    return "end", "its folds follow neither series nor time"


def _one_value(key: Whole, value: Whole) -> bool:
    """Whether equal keys always have equal values."""
    pairs = np.unique(np.stack([key, value]), axis=1)
    return pairs.shape[1] == len(np.unique(key))


def _overlap(data: SequenceData) -> float:
    """The mean over the series of their span of origins, as a share of the whole span."""
    origin = data.origin
    _, lane = np.unique(data.series, return_inverse=True)
    first = np.full(lane.max() + 1, origin.max())
    last = np.full(lane.max() + 1, origin.min())
    np.minimum.at(first, lane, origin)
    np.maximum.at(last, lane, origin)
    return float(((last - first + 1) / (origin.max() - origin.min() + 1)).mean())


def _units(data: SequenceData, across: str | None) -> tuple[NDArray[np.int64] | None, str]:
    """What is never split, and its name. (A group of a forecast is a set of whole series.)"""
    if data.group is not None:
        return data.group, "groups"
    if across == "series":
        return data.series.astype(np.int64), "series"
    return None, "windows" if data.window else "sequences"


def _refuse_split(data: SequenceData, units: NDArray[np.int64] | None, noun: str) -> None:
    """Predefined folds must keep units whole."""
    assert data.part is not None
    if units is None or _one_value(units, data.part):
        return
    order = np.lexsort((data.part, units))
    unit, part = units[order], data.part[order]
    at = np.flatnonzero((unit[1:] == unit[:-1]) & (part[1:] != part[:-1]))
    name = data.series_names[data.series[order[at[0]]]]
    mend = f"remove {GROUPS}" if data.group is not None else "set folds.across to auto"
    raise DataError(
        f"folds.column puts parts of {len(np.unique(unit[at]))} {noun} into several folds (series "
        f"{name!r} is of one of them); give each of the {noun} one fold, or {mend}."
    )
