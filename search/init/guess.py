"""What a file is for, guessed from its columns: the task, the target and the role of each column.

Every guess has its reason. Whether the data suffice is not asked here: reading them says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.layout import lay_out
from dropsearch.models.table.missing_codes import Suspect, without_codes
from dropsearch.models.table.profile import Look, looks, steady
from dropsearch.models.table.read import TIME_KEY, Table
from dropsearch.models.table.split import candidates, join, with_time
from dropsearch.search.init.features import (
    Guess,
    choose_features,
    group_of,
    missing_codes,
    use_parts,
    why_group,
    without_future,
    without_missing,
)
from dropsearch.search.init.order import NOTHING, SAID, Order, Said, find_order
from dropsearch.search.init.target import (
    NEARLY,
    Scene,
    find_label,
    find_target,
    refuse_examples,
    scene_of,
    task_of,
    why_label,
)
from dropsearch.search.init.texts import guess_texts, label_is_of_rows
from dropsearch.search.init.wide import WideGuess, find_wide
from dropsearch.search.init.window import Stream, find_stream, guess_window, steps_ahead

NUMERIC = ("numbers", "unclear", "marked", "truth")


def guess(table: Table, said: Said = NOTHING) -> Guess:
    """said: keys of data that are known; the rest is guessed around them.

    Raises DataError where the file is no table of series, sequences or texts.
    """
    found = _guess(table, said)
    columns = (said.get(key) for key in ("target", "time", "series", "group", "text"))
    lists = (said.get(key) for key in ("time", "features", "categories", "static"))
    taken = {name for name in columns if isinstance(name, str)}
    taken |= {name for names in lists if isinstance(names, list) for name in names}
    for key in {"features", "categories", "static"} & found.data.keys() - said.keys():
        ahead = said.get("known") or () if key == "static" else ()  # else it is seen as before
        found.data[key] = [name for name in found.data[key] if name not in {*taken, *ahead}]
    found.data |= said
    found.why |= {f"data.{key}": SAID for key in said}
    return found


def _with_joined_times(table: Table) -> Table:
    """With a column more for each set of columns that may be one time together."""
    for names in candidates(table):
        table, _ = join(table, names)
    return table


def _guess(table: Table, said: Said) -> Guess:
    table = _with_joined_times(table)
    if said.get("layout", "long") == "long":
        for key in {"target", "series", "text"} & said.keys():
            table.need(said[key], f"data.{key}")
    table, time = _with_time(table, said)
    if "missing_codes" in said:
        labels = [said.get("target")] if said.get("task") == "classify" else []
        spared = {said.get("series"), time, *labels}
        table, _ = without_codes(table, said["missing_codes"], spared)
    columns = looks(table)
    wide = find_wide(table, columns, said)
    if wide is not None:
        return _wide_without_codes(table, wide, said)
    texts = [look.name for look in columns.values() if look.kind == "text"]
    if "text" in said:
        return guess_texts(table, columns, [said["text"]], said)
    numbers = [look for look in columns.values() if look.kind in NUMERIC]
    if not any(look.varies for look in numbers):
        if texts:
            return guess_texts(table, columns, texts, said)
        raise _without_numbers(table, columns)
    try:
        scene = scene_of(table, columns, _order(table, columns, time, said))
    except DataError:
        if texts and not said.keys() & {"time", "series"}:
            return guess_texts(table, columns, texts, said)
        raise
    label = _label(scene, said)
    if texts and not said and label_is_of_rows(scene, few_numbers=len(numbers) <= 2):
        return guess_texts(table, columns, texts, said)  # a counter, a label
    stream = _stream_of(scene, said) if label is None else None
    if stream is None and label is None and _is_cut(said):
        raise DataError(
            f"{table.path}: no column is found that labels sequences, or rows of streams: say in "
            "data.target which does."
        )
    if stream is None and "target" not in said and said.get("task") != "forecast":
        refuse_examples(scene)
    named = label.name if label is not None else stream.label if stream is not None else None
    codes = {} if "missing_codes" in said else missing_codes(scene, named)
    if codes:
        scene = without_missing(scene, tuple(codes))
        label = next((look for look in scene.others if label and look.name == label.name), None)
    if stream is not None:
        found = _stream(scene, stream, said)
    else:
        found = _forecast(scene, said) if label is None else _sequences(scene, label, said)
    _tell_codes(found, codes)
    return found


def _with_time(table: Table, said: Said) -> tuple[Table, str | None]:
    """With a column for times that are known to stand in several, and its name."""
    time = said.get("time")
    if not isinstance(time, list):
        return (table, None) if time is None else (table, table.need(time, TIME_KEY))
    joined = (name for name, parts in table.joined.items() if parts == tuple(time))
    known = next(joined, None)
    return (table, known) if known is not None else with_time(table, time)


def _is_cut(said: Said) -> bool:
    """Whether there is to be a label, of sequences or of windows."""
    return said.get("task", "forecast") != "forecast"


def _order(table: Table, columns: dict[str, Look], time: str | None, said: Said) -> Order:
    """Of the rows; streams come as they stand in the file, where nothing orders them."""
    series = said.get("series")
    others = {name: look for name, look in columns.items() if name != said.get("target")}
    try:
        return find_order(table, others, time, series)
    except DataError:
        if not (_is_cut(said) and said.keys() & {"window", "stride"}):
            raise
        return Order(lay_out(table, series), None, series, False, {})


def _label(scene: Scene, said: Said) -> Look | None:
    """The label of sequences; None: a forecast, or streams."""
    windows = said.keys() & {"window", "stride"}
    if said.get("task") == "forecast" or (_is_cut(said) and windows):
        return None
    if "target" not in said:
        return find_label(scene)
    look = next((look for look in scene.others if look.name == said["target"]), None)
    one_each = scene.order.series is not None and look is not None
    return look if one_each and look and steady(look, scene.order.layout) >= NEARLY else None


def _stream_of(scene: Scene, said: Said) -> Stream | None:
    if said.get("task") == "forecast" or "horizon" in said:
        return None
    sure = (_is_cut(said) or "stride" in said) and "target" in said
    return find_stream(scene, said.get("target"), sure=sure)


def _tell_codes(found: Guess, codes: Mapping[float, Suspect]) -> None:
    if codes:
        found.data["missing_codes"] = [int(code) if code % 1 == 0 else code for code in codes]
        found.why["data.missing_codes"] = "; ".join(map(str, codes.values()))


def _wide_without_codes(table: Table, wide: WideGuess, said: Said) -> Guess:
    """What a wide table is for, with blanks in place of numbers that stand for them."""
    scene = scene_of(wide.table, looks(wide.table), wide.order)
    codes = {} if "missing_codes" in said else missing_codes(scene, wide.label)
    if codes:
        emptied, _ = without_codes(table, tuple(codes), ())
        wide = find_wide(emptied, looks(emptied), said) or wide
    found = _wide(wide, said)
    _tell_codes(found, codes)
    return found


def _wide(found: WideGuess, said: Said) -> Guess:
    """What a table is for that was unfolded; the columns that were made for it are not named."""
    columns = looks(found.table)
    scene = scene_of(found.table, columns, found.order)
    if found.label is None:
        guessed = _forecast(scene, {**said, "target": found.asked.target})
        guessed.why["data.target"] = "what the cells hold"
    else:
        guessed = _sequences(scene, columns[found.label], said)
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
    why = dict(order.why)
    if order.fault is not None:
        why["data.time"] = f"none, the rows stay as they stand: {order.fault}"
    return Guess({key: value for key, value in data.items() if value is not None}, why=why)


def _sequences(scene: Scene, label: Look, said: Said) -> Guess:
    task, kind = task_of(label, scene)
    task = said.get("task", task)
    found = _start(scene, task, label)
    found.why["data.task"] = f"{quote(label.name)} is {kind} for each of {scene.number:,} sequences"
    found.why["data.target"] = why_label(label, scene)
    return _with_inputs(found, scene, label, "sequences")


def _stream(scene: Scene, stream: Stream, said: Said) -> Guess:
    """Windows of streams whose rows each carry a label."""
    label = next(look for look in scene.others if look.name == stream.label)
    found = _start(scene, said.get("task", "classify"), label)
    many = f"{scene.number:,} streams" if scene.order.series else "one stream"
    found.why["data.task"] = f"{many} in which {quote(label.name)} changes"
    found.why["data.target"] = f"by its name; one of {len(label.levels):,} in each row"
    window = said.get("window", stream.window)
    found.data |= {"window": window, "stride": max(window // 2, 1)}
    found.why |= {"data.window": stream.why, "data.stride": "half a window: each row is in two"}
    return _with_inputs(found, scene, label, "streams")


def _with_inputs(found: Guess, scene: Scene, label: Look, noun: str) -> Guess:
    """And with what stays together in folds, and what is seen."""
    group = group_of(scene, label, found.data["task"])
    if group is not None:
        found.data["group"] = group.name
        found.why["data.group"] = why_group(group, scene, noun)
    use_parts(found, scene, group)
    choose_features(found, scene, label, group)
    return found


def _forecast(scene: Scene, said: Said) -> Guess:
    order = scene.order
    if order.time is None:
        if order.fault is not None:
            raise DataError(f"{scene.table.path}: {order.fault}")
        raise DataError(
            f"{scene.table.path}: no column is a label for each {quote(str(order.series))}, and "
            "none orders its rows as a forecast needs: add a label, or dates or a count of steps."
        )
    named = (look for look in scene.others if look.name == said.get("target"))
    known = next(named, None)
    target, why = find_target(scene) if known is None else (known, SAID)
    ahead = steps_ahead(scene.table, order.layout, target.name)
    scene = without_future(scene, target)
    target = next(look for look in scene.others if look.name == target.name)
    order = scene.order
    found = _start(scene, "forecast", target)
    many = f"{scene.number:,} series" if order.series else "one series"
    found.why["data.task"] = f"{many} of numbers in time, and no label"
    found.why["data.target"] = why
    use_parts(found, scene, None)
    choose_features(found, scene, target, None)
    window = guess_window(scene.table, order, target.name, ahead)
    found.data |= {"window": window.window, "horizon": window.horizon}
    found.why |= {"data.window": window.why, "data.horizon": window.why_horizon}
    found.season = window.season
    return found
