"""A new file -> what a trained model predicts from, read by the rules that it was trained by.

R rows, F numeric features, C columns of words, N examples, S series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.filling import filled_notes, inputs, refuse_unfilled, words
from dropsearch.models.data.roles import Roles
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.missing_codes import without_codes
from dropsearch.models.table.read import Table, read_like
from dropsearch.models.table.split import with_time
from dropsearch.models.table.times import times_of
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.times.time_styles import Times
from dropsearch.models.trained.blanks import without_blanks
from dropsearch.models.trained.future import read_future, times_like
from dropsearch.models.trained.matching import (
    in_units,
    known,
    need_columns,
    refuse_far,
    statics_of,
    steps_beyond,
    unfolded,
)
from dropsearch.models.trained.new_examples import NewData, without_target
from dropsearch.models.trained.new_forecasts import last_windows
from dropsearch.models.trained.new_streams import Windows, windows_of
from dropsearch.models.trained.reader import Reader

_REFUSED = "the training had none missing; fill it in, or take the rows out"
_WORDED = "the training had numbers there"

Following = tuple[Table, str] | None  # rows of the steps to be forecast, and their column of times


def read_new(
    path: Path, reader: Reader, preparation: Preparation, future: Path | None = None
) -> NewData:
    """Read a CSV or Parquet file; the target is read of forecasts alone, where it is an input.

    future: a file that says what is known of the steps to be forecast; None: rows at the end of
    `path` whose target is blank do. Raises DataError naming file, column and row, and where no
    series can be predicted.
    """
    following = None if future is None else read_future(future, reader)
    whole = reader.wide is not None
    table = read_like(path, reader.commas, reader.form, reader.columns, whole=whole)
    need_columns(table, reader, reader.columns)
    table, told = without_codes(table, reader.missing_codes, {reader.series, *reader.times})
    wide = None
    if reader.wide is not None:
        wide = unfolded(table, reader, reader.wide)
        names = () if reader.has_nameless_rows else reader.series_names
        reader = replace(reader, time=wide.time, series=wide.series, series_names=names)
        table, told = wide.table, [*told, *steps_beyond(table, reader)]
    new = _long(table, reader, preparation, following)
    return replace(new, unfolded=wide, notes=(*told, *new.notes))


def _long(table: Table, reader: Reader, preparation: Preparation, following: Following) -> NewData:
    if reader.text is not None:
        return _texts(table, reader, preparation)
    table, time = with_time(table, reader.time)
    table, layout, blank, told = without_blanks(table, reader)
    told += in_units(table, reader)
    if blank is not None and following is None and time is not None:
        following = blank, time
    new = _read(table, time, layout, reader, preparation, following)
    fixed, notes = statics_of(table, layout, reader, preparation, new.data.series_names)
    return replace(new, data=replace(new.data, statics=fixed), notes=(*told, *new.notes, *notes))


def _read(
    table: Table,
    time: str | None,
    layout: Layout,
    reader: Reader,
    preparation: Preparation,
    following: Following,
) -> NewData:
    """What changes in a series."""
    forecast = reader.task == "forecast"
    roles = Roles(
        target=reader.target,
        time=time,
        series=reader.series,
        group=None,
        fold=None,
        holdout=None,
        features=reader.features[len(reader.predicted) :] if forecast else reader.features,
        others=reader.targets[1:],
        categories=reader.categories,
        left_out={},
    )
    ordered = _ordered(table, time, layout, reader)
    values = inputs(
        table, layout, reader.features, reader.missing, refused=_REFUSED, worded=_WORDED
    )
    refuse_far(table, layout, reader, preparation, values)
    read, spellings = words(table, layout, roles, reader.missing, refused=_REFUSED)
    codes, notes = known(read, spellings, reader.levels, reader.categories)
    own = reader.predicted if forecast else ()
    notes += filled_notes(table, roles, own, reader.missing)
    if isinstance(ordered, Times):
        found = last_windows(table, layout, ordered, reader, preparation, values, codes, following)
        return replace(found, notes=(*notes, *found.notes))
    refuse_unfilled(table, layout, roles, np.hstack([np.isnan(values), codes < 0]))
    if ordered is not None:
        fields, ends, said = ordered
        data = without_target(reader, layout, values=values, codes=codes, **fields)
        keys = tuple(layout.names[number] for number in data.series)
        return NewData(data, preparation, keys, ends, (*notes, *said))
    data = without_target(
        reader,
        layout,
        values=values,
        codes=codes,
        start=layout.start,
        length=np.diff(layout.start, append=len(layout.series)),
    )
    return NewData(data, preparation, layout.names, (), tuple(notes))


def _ordered(
    table: Table, time: str | None, layout: Layout, reader: Reader
) -> Times | Windows | None:
    """A forecast's times, the windows of streams, None of sequences.

    Raises DataError where times are not in order, before anything is said of blanks: in rows that
    run backwards these stand where nobody meant them to.
    """
    if reader.task == "forecast":
        assert reader.calendar is not None
        assert time is not None
        return times_like(table, time, layout, reader.calendar)
    if reader.window:
        return windows_of(table, time, layout, reader)
    if time is not None:
        times_of(table, time, layout, reader.time_style)
    return None


def _texts(table: Table, reader: Reader, preparation: Preparation) -> NewData:
    """One example for each row, blank ones too."""
    assert reader.text is not None
    assert preparation.vocabulary is not None
    texts = tuple(table.text(reader.text).fill_null("").to_list())
    if table.kind(reader.text) == "other":
        raise table.fault(reader.text, 0, f"it holds {table.readings[reader.text].what}, not texts")
    counts = preparation.vocabulary.count(texts)
    rows = np.arange(table.height)
    keys = tuple(map(str, np.asarray(table.rows).tolist()))
    data = without_target(
        reader,
        Layout(None, rows, len(rows), keys),
        values=np.zeros((len(rows), 0)),
        codes=np.zeros((len(rows), 0), np.int32),
        start=rows,
        length=counts.clip(1),
    )
    notes = tuple(_text_notes(preparation.vocabulary, texts, counts))
    return NewData(replace(data, text=reader.text, texts=texts), preparation, keys, (), notes)


def _text_notes(
    vocabulary: Vocabulary, texts: tuple[str, ...], counts: NDArray[np.int64]
) -> Iterator[str]:
    """counts: (N,) tokens of each text, as far as they are read."""
    most = counts.max()
    full = [text for text, count in zip(texts, counts, strict=True) if count == most]
    empty, cut = int((counts == 0).sum()), vocabulary.cut(full)
    if empty:
        yield f"{empty:,} of {len(texts):,} texts hold no token: each counts as one unknown token."
    if cut:
        yield (
            f"{cut:,} of {len(texts):,} texts have more tokens than the model reads, and are cut "
            "as those of its training were."
        )
