"""A table with a text in each row: which column is the text, and which one its label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dropsearch.models.cells.columns import quote
from dropsearch.models.data.documents import row_layout
from dropsearch.models.errors import DataError
from dropsearch.models.table.profile import Look, per_series, steady
from dropsearch.models.table.read import Table
from dropsearch.search.init.features import Guess, use_parts, why_group
from dropsearch.search.init.hints import KEYS, TIMES, hinted
from dropsearch.search.init.order import SAID, Order, Said
from dropsearch.search.init.parts import find_parts
from dropsearch.search.init.target import GROUPS, MOST_CLASSES, NEARLY, Scene, rank_of, task_of

PREDICTED = ("sentiment", "category", "topic", "rating", "score", "stars", "grade")


def guess_texts(table: Table, columns: dict[str, Look], texts: list[str], said: Said) -> Guess:
    """What a table with texts in some columns is for."""
    scene = text_scene(table, columns)
    text, why = find_text(table, texts)
    if "target" in said:
        label, why_target = columns[said["target"]], SAID
    else:
        label, why_target = find_text_label(scene, text)
    task, kind = task_of(label, scene)
    task = said.get("task", task)
    found = Guess({"task": task, "target": label.name, "text": text})
    found.why["data.task"] = f"{quote(label.name)} is {kind} for each of {scene.number:,} texts"
    found.why["data.target"] = why_target
    found.why["data.text"] = why
    group = text_group(scene, label)
    if group is not None:
        found.data["group"] = group.name
        found.why["data.group"] = why_group(group, scene, "texts")
    use_parts(found, scene, group)
    return found


def label_is_of_rows(scene: Scene, few_numbers: bool) -> bool:
    """Whether the rows of a table with texts are examples, and no steps of a series."""
    labels = [look for look in scene.others if is_label(look)]
    if scene.order.series is None:
        return few_numbers or bool(labels)
    return any(steady(look, scene.order.layout) < NEARLY for look in labels)


def text_scene(table: Table, columns: Mapping[str, Look]) -> Scene:
    """Each row by itself."""
    order = Order(row_layout(table), None, None, False, {})
    parts = find_parts(columns, order)
    others = [look for look in columns.values() if look.name not in parts.columns]
    return Scene(table, order, parts, others, [look for look in others if look.varies])


def find_text(table: Table, texts: list[str]) -> tuple[str, str]:
    """The column with the longest texts, and why this one."""
    signs = [
        float(table.text(name).str.len_chars().fill_null(0).to_numpy().mean()) for name in texts
    ]
    name = texts[int(np.argmax(signs))]
    which = "the only column of texts" if len(texts) == 1 else "the column with the longest texts"
    return name, f"{which}, of {max(signs):.0f} signs on average; each row is an example"


def find_text_label(scene: Scene, text: str) -> tuple[Look, str]:
    """The column to be predicted from the text, and why. Raises DataError where none can be."""
    fitting = [look for look in scene.constant if _may_be_label(look, scene)]
    for named in (rank_of, _predicted):
        ranked = [look for look in fitting if named(look) is not None]
        if ranked:
            return min(ranked, key=lambda look: named(look) or 0), "by its name"
    few = [look for look in fitting if len(look.levels) <= MOST_CLASSES] or fitting
    if few:
        only = "only" if len(few) == 1 else "last"
        return few[-1], f"the {only} column that can be a label of the texts"
    raise DataError(
        f"{scene.table.path}: column {quote(text)} holds texts, and no column is a label or a "
        "number to predict from them: add one."
    )


def text_group(scene: Scene, label: Look) -> Look | None:
    """A column called as groups are, with several rows of one value."""
    for look in scene.constant:
        repeats = len(look.levels) <= scene.number / 2
        if look is not label and hinted(look.name, GROUPS) and repeats and not look.blanks:
            return look
    return None


def is_label(look: Look) -> bool:
    """Whether its name is that of a label."""
    return look.varies and look.kind != "text" and rank_of(look) is not None


def _may_be_label(look: Look, scene: Scene) -> bool:
    if hinted(look.name, GROUPS | KEYS | TIMES) or look.kind not in ("numbers", "truth", "words"):
        return False
    if look.kind != "numbers":
        return len(look.levels) <= scene.number / 2
    steps = np.diff(per_series(look, scene.order.layout))
    counts_rows = look.whole and len(look.levels) == scene.number and bool((steps == 1).all())
    return not counts_rows


def _predicted(look: Look) -> int | None:
    found = [n for n, word in enumerate(PREDICTED) if hinted(look.name, (word,))]
    return found[0] if found else None
