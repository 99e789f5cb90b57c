"""What a file is for, guessed from its columns: the task, the target and the role of each column.

Every guess has its reason. Whether the data suffice is not asked here: reading them says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.profile import Look, fixes, looks, per_series, steady
from dropsearch.models.table.read import Table
from dropsearch.search.init.order import KEYS, find_order, hinted, with_joined_times
from dropsearch.search.init.target import (
    GROUPS,
    NEARLY,
    Scene,
    find_label,
    find_target,
    refuse_examples,
    scene_of,
    task_of,
    why_label,
)
from dropsearch.search.init.texts import (
    find_text,
    find_text_label,
    is_label,
    text_group,
    text_scene,
)
from dropsearch.search.init.window import guess_window

MOST_WORDS = 50  # different words in a column that is a feature
NUMERIC = ("numbers", "unclear", "marked", "truth")
FEWEST_GROUPS = 5  # values of a column of words that is a group without being called so


@dataclass
class Guess:
    """Sections of study.yaml with the keys that are not left to their defaults, and reasons."""

    data: dict[str, Any]
    folds: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # by key, as "data.task"
    season: int = 1  # steps to which a window is rounded


def guess(table: Table) -> Guess:
    """Raises DataError where the file is no table of series, sequences or texts."""
    table = with_joined_times(table)
    columns = looks(table)
    texts = [look.name for look in columns.values() if look.kind == "text"]
    numbers = [look for look in columns.values() if look.kind in NUMERIC]
    if not any(look.varies for look in numbers):
        if texts:
            return _texts(table, columns, texts)
        raise _without_numbers(table, columns)
    try:
        scene = scene_of(table, columns, find_order(table, columns))
    except DataError:
        if texts:
            return _texts(table, columns, texts)
        raise
    label = find_label(scene)
    if texts and _label_is_of_rows(scene, few_numbers=len(numbers) <= 2):  # a counter, a label
        return _texts(table, columns, texts)
    refuse_examples(scene)
    return _forecast(scene) if label is None else _sequences(scene, label)


def _label_is_of_rows(scene: Scene, few_numbers: bool) -> bool:
    """Whether the rows of a table with texts are examples, and no steps of a series."""
    labels = [look for look in scene.others if is_label(look)]
    if scene.order.series is None:
        return few_numbers or bool(labels)
    return any(steady(look, scene.order.layout) < NEARLY for look in labels)


def _texts(table: Table, columns: dict[str, Look], texts: list[str]) -> Guess:
    scene = text_scene(table, columns)
    text, why = find_text(table, texts)
    label, why_target = find_text_label(scene, text)
    task, kind = task_of(label, scene)
    found = Guess({"task": task, "target": label.name, "text": text})
    found.why["data.task"] = f"{quote(label.name)} is {kind} for each of {scene.number:,} texts"
    found.why["data.target"] = why_target
    found.why["data.text"] = why
    group = text_group(scene, label)
    if group is not None:
        found.data["group"] = group.name
        found.why["data.group"] = _why_group(group, scene, "texts")
    _use_parts(found, scene, group)
    return found


def _why_group(group: Look, scene: Scene, noun: str) -> str:
    return (
        f"{len(group.levels):,} values over {scene.number:,} {noun}; folds that split one flatter"
    )


def _without_numbers(table: Table, columns: dict[str, Look]) -> DataError:
    found = ", ".join(f"{quote(look.name)}: {look.kind}" for look in list(columns.values())[:8])
    return DataError(
        f"{table.path}: no column holds numbers that vary ({found}), so there is nothing to learn "
        "from: add such a column."
    )


def _start(scene: Scene, task: str, target: Look) -> Guess:
    order = scene.order
    parts = scene.table.joined.get(order.time or "")
    time = order.time if parts is None else list(parts)
    data = {"task": task, "time": time, "series": order.series, "target": target.name}
    return Guess(
        {key: value for key, value in data.items() if value is not None}, why=dict(order.why)
    )


def _sequences(scene: Scene, label: Look) -> Guess:
    task, kind = task_of(label, scene)
    found = _start(scene, task, label)
    found.why["data.task"] = f"{quote(label.name)} is {kind} for each of {scene.number:,} sequences"
    found.why["data.target"] = why_label(label, scene)
    group = _group(scene, label, task)
    if group is not None:
        found.data["group"] = group.name
        found.why["data.group"] = _why_group(group, scene, "sequences")
    _use_parts(found, scene, group)
    _features(found, scene, label, group)
    return found


def _forecast(scene: Scene) -> Guess:
    order = scene.order
    if order.time is None:
        raise DataError(
            f"{scene.table.path}: no column is a label for each {quote(str(order.series))}, and "
            "none orders its rows as a forecast needs: add a label, or dates or a count of steps."
        )
    target, why = find_target(scene)
    found = _start(scene, "forecast", target)
    many = f"{scene.number:,} series" if order.series else "one series"
    found.why["data.task"] = f"{many} of numbers in time, and no label"
    found.why["data.target"] = why
    _use_parts(found, scene, None)
    _features(found, scene, target, None)
    window = guess_window(scene.table, order, target.name)
    found.data |= {"window": window.window, "horizon": window.horizon}
    found.why |= {"data.window": window.why, "data.horizon": window.why_horizon}
    found.season = window.season
    return found


def _group(scene: Scene, label: Look, task: str) -> Look | None:
    """A column with one value for each sequence and the same for several of them."""
    target = per_series(label, scene.order.layout)
    found = []
    for look in scene.constant:
        levels = len(look.levels)
        code = per_series(look, scene.order.layout)
        if look is label or look.blanks or levels > scene.number / 2 or _same(code, target):
            continue
        if look.kind == "numbers" and not look.whole:
            continue
        by_name = hinted(look.name, GROUPS)
        words = look.kind == "words" and levels >= FEWEST_GROUPS
        telling = task == "classify" and levels > len(label.levels) and fixes(code, target)
        if by_name or words or telling:
            found.append((not by_name, levels < FEWEST_GROUPS, levels, look))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _use_parts(found: Guess, scene: Scene, group: Look | None) -> None:
    """The file's own split, unless it splits sequences or groups."""
    layout, part, fold = scene.order.layout, scene.parts.part, scene.parts.fold
    sequences = found.data["task"] != "forecast"

    def splits(look: Look) -> str | None:
        if sequences and steady(look, layout) < 1:
            return "sequences"
        if group is not None and not fixes(per_series(group, layout), per_series(look, layout)):
            return quote(group.name)
        return None

    if fold is not None and sequences and not splits(fold):
        found.folds |= {"kind": "column", "column": fold.name}
        found.why["folds.kind"] = f"{quote(fold.name)} gives the fold of each sequence"
    if part is not None:
        split = splits(part)
        if split is None:
            found.folds["holdout"] = {"column": part.name, "value": scene.parts.test}
            found.why["folds.holdout"] = f"{quote(part.name)} is the file's own split"
        else:
            found.why["folds.holdout"] = f"not by {quote(part.name)}, whose parts split {split}"


def _features(found: Guess, scene: Scene, target: Look, group: Look | None) -> None:
    """Features where some numbers must not be seen, categories, and what to do with blanks."""
    others = [look for look in scene.others if look not in (target, group) and look.varies]
    reasons = {look.name: _barred(found, scene, look, target) for look in others}
    numbers = [look for look in others if look.kind in ("numbers", "unclear", "truth")]
    numbers = [look for look in numbers if not scene.counts(look, found.data["task"], target)]
    seen = [look for look in numbers if not reasons[look.name]]
    barred = {look.name: reasons[look.name] for look in numbers if reasons[look.name]}
    idle = scene.parts.columns - {found.folds.get("column"), _held(found)}
    for look in (scene.parts.part, scene.parts.fold):
        if look is not None and look.name in idle and look.numeric:
            barred[look.name] = "tells the part"
    words = [
        look
        for look in others
        if look.kind == "words"
        and len(look.levels) <= min(MOST_WORDS, len(look.codes) / 4)
        and not (look in scene.steady and len(look.levels) == scene.number)
        and not reasons[look.name]
    ]
    fixed = _static(found, scene, seen, words)
    if fixed:
        found.data["static"] = [look.name for look in fixed]
        found.why["data.static"] = f"one value in all rows of each {quote(str(scene.order.series))}"
    seen = [look for look in seen if look not in fixed]
    words = [look for look in words if look not in fixed]
    if barred and seen:
        found.data["features"] = [look.name for look in seen]
        said = ", ".join(f"{quote(name)} ({why})" for name, why in barred.items())
        found.why["data.features"] = f"all numbers but {said}"
    if words:
        found.data["categories"] = [look.name for look in words]
        counts = " and ".join(f"{len(look.levels)}" for look in words[:8])
        found.why["data.categories"] = f"columns of few different words ({counts})"
    inputs = [*seen, *words, *([target] if found.data["task"] == "forecast" else [])]
    gaps = {look.name: look.blanks for look in inputs if look.blanks}
    if gaps:
        found.data["missing"] = "forward"
        said = ", ".join(f"{count:,} of {quote(name)}" for name, count in list(gaps.items())[:4])
        more = f" and {len(gaps) - 4} more columns" if len(gaps) > 4 else ""
        found.why["data.missing"] = f"blanks ({said}{more}) take the value before them"


def _static(found: Guess, scene: Scene, numbers: list[Look], words: list[Look]) -> list[Look]:
    """The inputs with one value for each series; none where nothing else is left to learn from."""
    every = [*numbers, *words]
    clear = [look for look in every if not look.blanks and look.kind != "unclear"]
    fixed = [look for look in clear if look in scene.steady]
    alone = found.data["task"] != "forecast" and len(fixed) == len(every)
    return [] if alone else fixed


def _barred(found: Guess, scene: Scene, look: Look, target: Look) -> str | None:
    """Why a column must not be seen: it says the target in other words, or names things."""
    if found.data["task"] == "forecast" or look not in scene.steady:
        return None
    code, wanted = (per_series(one, scene.order.layout) for one in (look, target))
    if found.data["task"] == "classify" and _same(code, wanted):
        return "says the target"
    return "names groups" if hinted(look.name, GROUPS | KEYS) else None


def _held(found: Guess) -> str | None:
    holdout = found.folds.get("holdout")
    return str(holdout["column"]) if isinstance(holdout, dict) else None


def _same(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return fixes(one, other) and fixes(other, one)
