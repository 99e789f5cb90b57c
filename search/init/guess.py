"""What a file is for, guessed from its columns: the task, the target and the role of each column.

Every guess has its reason. Whether the data suffice is not asked here: reading them says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.missing_codes import Suspect, without_codes
from dropsearch.models.table.profile import Look, fixes, looks, per_series, steady
from dropsearch.models.table.read import Table
from dropsearch.search.init.features import (
    Guess,
    choose_features,
    missing_codes,
    same,
    without_future,
    without_missing,
)
from dropsearch.search.init.order import find_order, hinted, with_joined_times
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
from dropsearch.search.init.wide import WideGuess, find_wide
from dropsearch.search.init.window import Stream, find_stream, guess_window

NUMERIC = ("numbers", "unclear", "marked", "truth")
FEWEST_GROUPS = 5  # values of a column of words that is a group without being called so


def guess(table: Table) -> Guess:
    """Raises DataError where the file is no table of series, sequences or texts."""
    table = with_joined_times(table)
    columns = looks(table)
    wide = find_wide(table, columns)
    if wide is not None:
        return _wide_without_codes(table, wide)
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
    stream = find_stream(scene) if label is None else None
    if stream is None:
        refuse_examples(scene)
    named = label.name if label is not None else stream.label if stream is not None else None
    codes = missing_codes(scene, named)
    if codes:
        scene = without_missing(scene, tuple(codes))
        label = next((look for look in scene.others if label and look.name == label.name), None)
    if stream is not None:
        found = _stream(scene, stream)
    else:
        found = _forecast(scene) if label is None else _sequences(scene, label)
    _tell_codes(found, codes)
    return found


def _tell_codes(found: Guess, codes: Mapping[float, Suspect]) -> None:
    if codes:
        found.data["missing_codes"] = [int(code) if code % 1 == 0 else code for code in codes]
        found.why["data.missing_codes"] = "; ".join(map(str, codes.values()))


def _wide_without_codes(table: Table, wide: WideGuess) -> Guess:
    """What a wide table is for, with blanks in place of numbers that stand for them."""
    scene = scene_of(wide.table, looks(wide.table), wide.order)
    codes = missing_codes(scene, wide.label)
    if codes:
        emptied, _ = without_codes(table, tuple(codes), ())
        wide = find_wide(emptied, looks(emptied)) or wide
    found = _wide(wide)
    _tell_codes(found, codes)
    return found


def _wide(found: WideGuess) -> Guess:
    """What a table is for that was unfolded; the columns that were made for it are not named."""
    columns = looks(found.table)
    scene = scene_of(found.table, columns, found.order)
    if found.label is None:
        guessed = _forecast(scene)
        guessed.why["data.target"] = "what the cells hold"
    else:
        guessed = _sequences(scene, columns[found.label])
    asked = found.asked
    time = list(asked.time) if isinstance(asked.time, tuple) else asked.time
    named = {"layout": asked.shape, "time": time, "series": asked.series}
    told = {key: value for key, value in named.items() if value is not None}
    rest = {key: value for key, value in guessed.data.items() if key not in ("time", "series")}
    guessed.data = {"task": rest.pop("task"), **told, **rest}
    guessed.why = {"data.layout": found.why, **guessed.why}
    if "static" in guessed.data and asked.shape == "rows":
        guessed.why["data.static"] = "one value for each row"
    return guessed


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
    return _with_inputs(found, scene, label, "sequences")


def _stream(scene: Scene, stream: Stream) -> Guess:
    """Windows of streams whose rows each carry a label."""
    label = next(look for look in scene.others if look.name == stream.label)
    found = _start(scene, "classify", label)
    many = f"{scene.number:,} streams" if scene.order.series else "one stream"
    found.why["data.task"] = f"{many} in which {quote(label.name)} changes"
    found.why["data.target"] = f"by its name; one of {len(label.levels):,} in each row"
    found.data |= {"window": stream.window, "stride": stream.stride}
    found.why |= {"data.window": stream.why, "data.stride": "half a window: each row is in two"}
    return _with_inputs(found, scene, label, "streams")


def _with_inputs(found: Guess, scene: Scene, label: Look, noun: str) -> Guess:
    """And with what stays together in folds, and what is seen."""
    group = _group(scene, label, found.data["task"])
    if group is not None:
        found.data["group"] = group.name
        found.why["data.group"] = _why_group(group, scene, noun)
    _use_parts(found, scene, group)
    choose_features(found, scene, label, group)
    return found


def _forecast(scene: Scene) -> Guess:
    order = scene.order
    if order.time is None:
        raise DataError(
            f"{scene.table.path}: no column is a label for each {quote(str(order.series))}, and "
            "none orders its rows as a forecast needs: add a label, or dates or a count of steps."
        )
    target, why = find_target(scene)
    scene = without_future(scene, target)
    target = next(look for look in scene.others if look.name == target.name)
    order = scene.order
    found = _start(scene, "forecast", target)
    many = f"{scene.number:,} series" if order.series else "one series"
    found.why["data.task"] = f"{many} of numbers in time, and no label"
    found.why["data.target"] = why
    _use_parts(found, scene, None)
    choose_features(found, scene, target, None)
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
