"""Columns, words, numbers and series that a new file names -> those that the training had.

R rows, C columns of words, S series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.data.statics import Statics, statics
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.profile import measures
from dropsearch.models.table.read import Table
from dropsearch.models.trained.reader import Reader
from dropsearch.models.wide.families import families
from dropsearch.models.wide.unfold import Asked, Unfolded, WideForm, unfold

_FAR = 1e30  # deviations of the training


def need_columns(table: Table, reader: Reader, columns: Sequence[str]) -> None:
    """Raises DataError where a new file lacks one of the columns, which the model needs."""
    named = [n for n in table.names if n not in table.unnamed or n in reader.times]
    lacking = [n for n in columns if n not in named]
    if len(lacking) == 1:
        table.need(lacking[0], "which the model needs")
    if lacking:
        raise data_error(
            table,
            f"it lacks {len(lacking)} of the {len(columns)} columns that the model needs: "
            f"{listed(lacking)}; it has {listed(list(table.names))}.",
        )


def known(
    codes: NDArray[np.int32],
    spellings: tuple[tuple[str, ...], ...],
    levels: tuple[tuple[str, ...], ...],
    names: tuple[str, ...],
) -> tuple[NDArray[np.int32], list[str]]:
    """Codes (R, C) of the file's spellings -> those of the training's levels; past its last where
    unseen. names: of the C columns."""
    notes = []
    found = np.empty_like(codes)
    for column, (here, there) in enumerate(zip(spellings, levels, strict=True)):
        places = _places(here, there)
        table = np.array([*places, -1], np.int32)
        found[:, column] = table[codes[:, column]]
        new = [one for one, place in zip(here, places, strict=True) if place == len(there)]
        if new:
            count = int((found[:, column] == len(there)).sum())
            notes.append(
                f"Column {quote(names[column])}: {count:,} values were not seen in "
                f"training ({listed(new)}); they count as unseen."
            )
    return found, notes


def _places(here: tuple[str, ...], there: tuple[str, ...]) -> list[int]:
    """Where each spelling stands among those of the training, past the last where it is new.

    Where those are all numbers, another spelling of one (1.0 for 1) is the same.
    """
    exact = {spelling: place for place, spelling in enumerate(there)}
    numbers = {_number(spelling): place for place, spelling in enumerate(there)}
    if None in numbers:
        numbers = {}
    return [exact.get(one, numbers.get(_number(one), len(there))) for one in here]


def _number(spelling: str) -> float | None:
    try:
        return float(spelling.replace("_", "?"))
    except ValueError:
        return None


def of_series(
    preparation: Preparation, trained: tuple[str, ...], names: tuple[str, ...]
) -> Preparation:
    """What was learnt of each series, for the series of a new file; 0 for a new one."""
    new = np.zeros_like(preparation.series_spread[:1])
    known = preparation.series_spread[: len(trained)]
    spread = np.concatenate([known, new])[_places(names, trained)]
    units = np.ones((len(names), *preparation.units.shape[1:]))
    return replace(preparation, series_spread=spread, units=units)


def statics_of(
    table: Table,
    layout: Layout,
    reader: Reader,
    preparation: Preparation,
    series: Sequence[str],
) -> tuple[Statics | None, list[str]]:
    """The static features of these series of a new file, where the training had any, and notes.

    Raises DataError as reading them for a training does, and for a number so large that 32 bits
    might not hold it.
    """
    if not (reader.static or reader.static_words):
        return None, []
    found = statics(table, layout, reader.series, reader.static, reader.static_words)
    apart = np.abs((found.values - preparation.static_centre) / preparation.static_spread)
    _refuse_far(table, reader.static, apart > _FAR, layout.rows(layout.start))
    codes, notes = known(found.codes, found.levels, reader.static_levels, reader.static_words)
    place = {name: number for number, name in enumerate(layout.names)}
    matched = replace(found, codes=codes, levels=reader.static_levels)
    return matched.of([place[name] for name in series]), notes


def in_units(table: Table, reader: Reader) -> list[str]:
    """A note on columns without a unit, where the training had one.

    Raises DataError for numbers in another unit than the training's.
    """
    trained = dict(reader.units)
    here = dict(measures(table, trained))
    for name, unit in here.items():
        if unit != trained[name]:
            values = table.readings[name].values
            first = 0 if values is None else int(np.argmin(np.isnan(values)))
            text = (
                f"the numbers are in {unit}, and the model was trained on {trained[name]}: convert "
                f"them to {trained[name]}, or train on such a file"
            )
            raise table.fault(name, first, text)
    bare = [f"{quote(name)} ({unit})" for name, unit in trained.items() if name not in here]
    return [f"Taken in the units of the training: {', '.join(bare)}."] if bare else []


def refuse_far(
    table: Table,
    layout: Layout,
    reader: Reader,
    preparation: Preparation,
    values: NDArray[np.float64],
) -> None:
    """Raises DataError for a number of `values` (R, F) so large that 32 bits might not hold it."""
    by_window = preparation.scale == "window"
    if by_window and not preparation.keeps_level:
        return
    far = np.abs((values - preparation.centre) / preparation.spread) > _FAR
    past = by_window * len(reader.predicted)
    far[:, :past] = False  # that of the targets is scaled by its window alone
    _refuse_far(table, reader.features, far, layout.rows(np.arange(len(far))))


def _refuse_far(
    table: Table, names: Sequence[str], far: NDArray[np.bool_], rows: NDArray[np.int64]
) -> None:
    for name, column in zip(names, far.T, strict=True):
        if column.any():
            found = np.sort(rows[column])
            text = "the number is far outside those of the training: correct it"
            raise table.fault(name, int(found[0]), text, len(found))


def unfolded(table: Table, reader: Reader, wide: WideForm) -> Unfolded:
    """A wide file as that of the training was. Raises DataError."""
    asked = Asked(
        shape=wide.shape,
        forecast=reader.task == "forecast",
        target=reader.target,
        time=reader.time,
        series=reader.series,
        beside=reader.inputs,
        aside=wide.aside,
    )
    seen = (*reader.features, *reader.categories)
    steps = {name: columns for name, columns in wide.steps.items() if name in seen}
    return unfold(table, asked, None if asked.forecast else steps)


def steps_beyond(table: Table, reader: Reader) -> list[str]:
    """A note on steps of a wide file's rows that the training's rows had not, and which are not
    read."""
    if reader.wide is None or reader.wide.shape != "rows" or reader.task == "forecast":
        return []
    trained = {column for columns in reader.wide.steps.values() for column in columns}
    alike = (one.columns for one in families(table.names) if trained.intersection(one.columns))
    beyond = [name for columns in alike for name in columns if name not in trained]
    if not beyond:
        return []
    return [f"Steps that the training had not are not read: {listed(beyond)}."]
