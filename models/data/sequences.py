"""A long table -> one example per series, to be classified or regressed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.doubts import (
    identical,
    merged,
    repeat_notes,
    telling_columns,
    word_notes,
)
from dropsearch.models.data.filling import (
    REFUSED,
    filled_notes,
    inputs,
    refuse_unfilled,
    words,
)
from dropsearch.models.data.roles import Roles, parts_of_rows, refuse_without_inputs
from dropsearch.models.table.codes import (
    coded_labels,
    coded_values,
    sorted_codes,
    spelling_notes,
    written_once,
)
from dropsearch.models.table.ends import only_ends
from dropsearch.models.table.layout import Layout, constant_in_series, data_error, refuse_missing
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import times_of

_NOTHING_BEFORE = (
    "no value of its series comes before it to fill it: set data.missing to linear, which takes "
    "the one after it, or take the row out"
)
_NOTHING_AT_ALL = "its series has no value of it: take the whole series out, or name other columns"
_MOST_CLASSES = 20  # different numbers with decimals


def sequences(
    table: Table,
    layout: Layout,
    roles: Roles,
    *,
    task: str,
    missing: str,
    repeated: str,
    held: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """The fields of SequenceData for a classification or regression. Raises DataError."""
    if roles.series is None:
        raise data_error(
            table, f"task {task} needs data.series, the column that names each sequence."
        )
    refuse_without_inputs(table, roles)
    style = "" if roles.time is None else times_of(table, roles.time, layout).style
    target, classes = target_of(table, layout, roles, task)
    belonging = belonging_of(table, layout, roles, held)
    refused, ending = _of_ends(table, layout, roles, missing)
    values = inputs(table, layout, roles.features, missing, refused=refused)
    worded, levels = words(table, layout, roles, missing, refused=refused)
    mend = _NOTHING_AT_ALL if missing == "linear" else _NOTHING_BEFORE
    refuse_unfilled(table, layout, roles, np.hstack([np.isnan(values), worded < 0]), mend)
    same = identical(values, worded, layout.start)
    notes = [*filled_notes(table, roles, (), missing), *ending]
    notes += repeat_notes(same, target, repeated)
    if repeated == "group" and same.max() + 1 < len(same):
        belonging["group"] = merged(belonging["group"], same)
    notes += spelling_notes(table, roles.target) if classes else []
    notes += word_notes(table, (*((roles.target,) if classes else ()), *roles.categories))
    notes += telling_columns(table, layout, roles, target)
    return {
        "features": roles.features,
        "values": values,
        "categories": roles.categories,
        "levels": levels,
        "codes": worded,
        "start": layout.start,
        "length": np.diff(layout.start, append=len(layout.series)),
        "target": target,
        "series": np.arange(len(layout.names)),
        "series_names": layout.names,
        "classes": classes,
        "row_series": layout.series,
        "time_style": style,
        "notes": notes,
        **belonging,
    }


def _of_ends(table: Table, layout: Layout, roles: Roles, missing: str) -> tuple[str, list[str]]:
    """The mend of missing values that are refused, and a note on those that are filled, where they
    may be the end of sequences."""
    ending = only_ends(table, layout, (*roles.features, *roles.categories))
    if not ending:
        return REFUSED, []
    where = f"only at the end of {ending:,} of {len(layout.names):,} sequences"
    if missing == "refuse":
        return (
            f"blanks stand {where}: set data.missing to end if that is where they end, or to "
            "forward to fill them"
        ), []
    return REFUSED, [f"Blanks stand {where}: data.missing: end would end them there."]


def belonging_of(
    table: Table, layout: Layout, roles: Roles, held: NDArray[np.bool_] | None
) -> dict[str, Any]:
    """The fields group, part, part_names and held of SequenceData. Raises DataError."""
    rows, names = parts_of_rows(table, layout, roles, held)
    columns = {"group": (roles.group, "group"), "held": (roles.holdout, "part")}
    columns["part"] = (roles.fold, "fold")
    found: dict[str, Any] = dict.fromkeys(columns)
    for key, codes in rows.items():
        column, what = columns[key]
        own = constant_in_series(table, str(column), codes, layout, what)
        found[key] = own.astype(np.int64, copy=False)
    inside = found["held"]
    return {**found, "part_names": names, "held": None if inside is None else inside.astype(bool)}


def target_of(
    table: Table, layout: Layout, roles: Roles, task: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """(N,) the target of each series, and the classes in the user's spelling."""
    name = roles.target
    alone = roles.text is not None or written_once(table, name) is not None  # one row for each
    mend = f"give it, or take the {'row' if alone else 'whole series'} out"
    if task == "regress":
        numbers = table.numbers(name, "words are classes, set data.task to classify") + 0.0
        refuse_missing(table, name, np.isnan(numbers), mend)
        codes = layout.placed(coded_values(table, name))
        constant_in_series(table, name, codes, layout, "target")
        if not codes.any():
            raise table.fault(
                name, 0, f"the target is {numbers[0]:g} in every row: there is nothing to learn"
            )
        return numbers[layout.rows(layout.start)], ()
    labels = coded_labels(table, name)
    if table.kind(name) in ("times", "other"):
        raise table.fault(name, 0, "it holds no classes: name another column in data.target")
    codes, classes = sorted_codes(*labels)
    refuse_missing(table, name, codes < 0, mend)
    target = constant_in_series(table, name, layout.placed(codes), layout, "label")
    if len(classes) == 1:
        raise table.fault(
            name, 0, f"the only class is {classes[0]!r}: there is nothing to tell apart"
        )
    once = written_once(table, name)
    cells = (table if once is None else once[0]).readings[name].values
    decimals = cells is not None and bool((np.trunc(cells) != cells)[np.isfinite(cells)].any())
    if decimals and len(classes) > max(_MOST_CLASSES, len(target) / 2):
        raise table.fault(
            name,
            0,
            f"it holds {len(classes):,} different numbers with decimals over {len(target):,} "
            "examples, which are no classes: set data.task to regress",
        )
    return target.astype(np.int64, copy=False), classes
