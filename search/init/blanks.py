"""Blanks of a file: codes that stand for them, ends of sequences, steps that are to be forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dropsearch.models.cells.columns import quote
from dropsearch.models.names import Missing, Task
from dropsearch.models.table.ends import only_ends, without_ends
from dropsearch.models.table.missing_codes import Suspect, sure_codes, without_codes
from dropsearch.models.table.profile import Look, looks
from dropsearch.search.init.target import Scene, scene_of


def missing_codes(scene: Scene, label: Look | None) -> dict[float, Suspect]:
    """The numbers that surely stand for a missing value of a feature or of a forecast's target."""
    return sure_codes(scene.table, [look.name for look in scene.others if look is not label])


def without_missing(scene: Scene, codes: tuple[float, ...]) -> Scene:
    """The same file with blanks in place of these numbers, its order as it was."""
    others = {look.name for look in scene.others}
    spared = [name for name in scene.table.names if name not in others]
    table, _ = without_codes(scene.table, codes, spared)
    return scene_of(table, looks(table), scene.order)


def without_future(scene: Scene, target: Look) -> Scene:
    """The same file without the rows at its end that are to be forecast."""
    order = scene.order
    table, layout, _ = without_ends(scene.table, order.layout, (target.name,), order.series)
    return scene_of(table, looks(table), replace(order, layout=layout))


def missing(scene: Scene, inputs: Sequence[Look], task: Task) -> tuple[Missing, str] | None:
    """`data.missing` and why; None where no input has blanks."""
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
    return "forward", f"blanks ({said}{more}) take the value before them"
