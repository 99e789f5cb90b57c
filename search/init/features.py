"""The inputs of a study, and their blanks: codes that stand for them, ends of sequences, steps that
are to be forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import quote
from dropsearch.models.names import Missing, Task
from dropsearch.models.table.codes import fixes
from dropsearch.models.table.counting import names_series
from dropsearch.models.table.ends import blank_cells, only_ends, without_ends
from dropsearch.models.table.missing_codes import Suspect, sure_codes, without_codes
from dropsearch.models.table.profile import Look, looks, per_series, steady
from dropsearch.search.init.hints import KEYS, hinted
from dropsearch.search.init.target import GROUPS, Scene, scene_of

FEWEST_GROUPS = 5  # values of a column of words that is a group without being called so
MOST_WORDS = 50  # different words in a column that is a feature


@dataclass
class Guess:
    """Sections of study.yaml with the keys that are not left to their defaults, and reasons."""

    data: dict[str, Any]
    folds: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # by key, as "data.task"
    season: int = 1  # steps to which a window is rounded


def missing_codes(scene: Scene, label: str | None) -> dict[float, Suspect]:
    """The numbers that surely stand for a missing value of a feature or of a forecast's target."""
    return sure_codes(scene.table, [look.name for look in scene.others if look.name != label])


def one_line(text: str) -> str:
    """Without what would end the line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def without_missing(scene: Scene, codes: tuple[float, ...]) -> Scene:
    """The same file with blanks in place of these numbers, its order as it was."""
    others = {look.name for look in scene.others}
    spared = [name for name in scene.table.names if name not in others]
    table, _ = without_codes(scene.table, codes, spared)
    return scene_of(table, looks(table), scene.order)


def without_future(scene: Scene, target: Look) -> Scene:
    """The same file without the rows at its end that are to be forecast."""
    order = scene.order
    table, layout, *_ = without_ends(scene.table, order.layout, (target.name,), order.series)
    return scene_of(table, looks(table), replace(order, layout=layout))


def missing(
    scene: Scene, inputs: Sequence[Look], task: Task, *, whole: bool
) -> tuple[Missing, str] | None:
    """`data.missing` and why; None where no input has blanks. whole: each sequence is one example,
    so that a value may be filled by one that comes later."""
    ending = 0
    if task != "forecast":
        ending = only_ends(scene.table, scene.order.layout, [look.name for look in inputs])
    if ending:
        return "end", (
            f"blanks stand only at the end of {ending:,} of {scene.number:,} sequences: taken as "
            "their end; forward would fill them"
        )
    gaps = {look.name: look.blanks for look in inputs if look.blanks}
    if not gaps:
        return None
    said = ", ".join(f"{count:,} of {quote(name)}" for name, count in list(gaps.items())[:4])
    more = f" and {len(gaps) - 4} more columns" if len(gaps) > 4 else ""
    if whole and any(_leads(scene, name) for name in gaps):
        return "linear", (
            f"blanks ({said}{more}) take a line between the values around them, since some are the "
            "first of a sequence"
        )
    return "forward", f"blanks ({said}{more}) take the value before them"


def _leads(scene: Scene, name: str) -> bool:
    """Whether a sequence begins with a blank."""
    layout = scene.order.layout
    return bool((layout.placed(blank_cells(scene.table, name)) & layout.first).any())


def choose_features(found: Guess, scene: Scene, target: Look, group: Look | None) -> None:
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
        and not names_series(scene.table, scene.order.layout, look.name)
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
    whole = found.data["task"] != "forecast" and "stride" not in found.data
    blanks = missing(scene, inputs, found.data["task"], whole=whole)
    if blanks is not None:
        found.data["missing"], found.why["data.missing"] = blanks


def _static(found: Guess, scene: Scene, numbers: list[Look], words: list[Look]) -> list[Look]:
    """The inputs with one value for each series; none where nothing else is left to learn from."""
    every = [*numbers, *words]
    clear = [look for look in every if not look.blanks and look.kind not in ("unclear", "marked")]
    fixed = [look for look in clear if look in scene.steady]
    alone = found.data["task"] != "forecast" and len(fixed) == len(every)
    return [] if alone else fixed


def _barred(found: Guess, scene: Scene, look: Look, target: Look) -> str | None:
    """Why a column must not be seen: it says the target in other words, or names things."""
    if "stride" in found.data and len(look.levels) <= MOST_WORDS:
        known = (look.codes >= 0) & (target.codes >= 0)
        if same(look.codes[known], target.codes[known]):
            return "says the target"
    if found.data["task"] == "forecast" or look not in scene.steady:
        return None
    code, wanted = (per_series(one, scene.order.layout) for one in (look, target))
    if found.data["task"] == "classify" and same(code, wanted):
        return "says the target"
    return "names groups" if hinted(look.name, GROUPS | KEYS) else None


def _held(found: Guess) -> str | None:
    holdout = found.folds.get("holdout")
    return str(holdout["column"]) if isinstance(holdout, dict) else None


def same(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return fixes(one, other) and fixes(other, one)


def why_group(group: Look, scene: Scene, noun: str) -> str:
    return (
        f"{len(group.levels):,} values over {scene.number:,} {noun}; folds that split one flatter"
    )


def group_of(scene: Scene, label: Look, task: str) -> Look | None:
    """A column with one value for each sequence and the same for several of them."""
    target = per_series(label, scene.order.layout)
    found = []
    for look in scene.constant:
        levels = len(look.levels)
        code = per_series(look, scene.order.layout)
        if look is label or look.blanks or levels > scene.number / 2 or same(code, target):
            continue
        if look.kind == "numbers" and not look.whole:
            continue
        by_name = hinted(look.name, GROUPS)
        words = look.kind == "words" and levels >= FEWEST_GROUPS
        telling = task == "classify" and levels > len(label.levels) and fixes(code, target)
        if by_name or words or telling:
            found.append((not by_name, levels < FEWEST_GROUPS, levels, look))
    return min(found, key=lambda one: one[:3])[3] if found else None


def use_parts(found: Guess, scene: Scene, group: Look | None) -> None:
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
