"""A new file -> what a trained model predicts from, read by the rules that it was trained by.

R rows, F numeric features, C columns of words, N examples, S series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed
from dropsearch.models.data.filling import cut_leading, filled_notes, inputs, refuse_leading, words
from dropsearch.models.data.roles import Roles
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.missing_codes import without_codes
from dropsearch.models.table.read import Table, read_like
from dropsearch.models.table.split import with_time
from dropsearch.models.table.times import times_of
from dropsearch.models.text.vocabulary import Vocabulary
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.times.steps import follows
from dropsearch.models.trained.blanks import without_blanks
from dropsearch.models.trained.matching import (
    in_units,
    known,
    need_columns,
    of_series,
    refuse_far,
    statics_of,
    steps_beyond,
    unfolded,
)
from dropsearch.models.trained.new_streams import Cells, windows_of
from dropsearch.models.trained.reader import Reader
from dropsearch.models.wide.unfold import Unfolded

_REFUSED = "the training had none missing; fill it in, or take the rows out"
_WORDED = "the training had numbers there"


@dataclass(frozen=True, eq=False)
class NewData:
    """The examples of a new file, in its order, prepared as the training was."""

    data: SequenceData  # its target says nothing
    preparation: Preparation
    keys: tuple[str, ...]  # (N,) the series; of texts the row
    steps: Cells  # forecast: (N, horizon, columns of the time); streams: (N, 1, columns), its end
    notes: tuple[str, ...]  # warnings, whole sentences
    ahead: tuple[tuple[int | float, ...], ...] = ()  # forecast: (N, horizon) stamps
    unfolded: Unfolded | None = None  # of a wide file

    @property
    def times(self) -> tuple[tuple[str, ...], ...]:
        """(N, horizon) of a forecast, in the style of the file."""
        return tuple(tuple(" ".join(cells) for cells in steps) for steps in self.steps)


def read_new(path: Path, reader: Reader, preparation: Preparation) -> NewData:
    """Read a CSV or Parquet file; the target is read of forecasts alone, where it is an input.

    Raises DataError naming file, column and row, and where no series can be predicted.
    """
    whole = reader.wide is not None
    table = read_like(path, reader.commas, reader.form, reader.columns, whole=whole)
    need_columns(table, reader)
    table, told = without_codes(table, reader.missing_codes, {reader.series, *reader.times})
    wide = None
    if reader.wide is not None:
        wide = unfolded(table, reader, reader.wide)
        names = () if reader.has_nameless_rows else reader.series_names
        reader = replace(reader, time=wide.time, series=wide.series, series_names=names)
        table, told = wide.table, [*told, *steps_beyond(table, reader)]
    new = _long(table, reader, preparation)
    return replace(new, unfolded=wide, notes=(*told, *new.notes))


def _long(table: Table, reader: Reader, preparation: Preparation) -> NewData:
    if reader.text is not None:
        return _texts(table, reader, preparation)
    table, time = with_time(table, reader.time)
    table, layout, told = without_blanks(table, reader)
    told += in_units(table, reader)
    new = _read(table, time, layout, reader, preparation)
    fixed, notes = statics_of(table, layout, reader, preparation, new.data.series_names)
    return replace(new, data=replace(new.data, statics=fixed), notes=(*told, *new.notes, *notes))


def _read(
    table: Table, time: str | None, layout: Layout, reader: Reader, preparation: Preparation
) -> NewData:
    """What changes in a series."""
    roles = Roles(
        target=reader.target,
        time=time,
        series=reader.series,
        group=None,
        fold=None,
        holdout=None,
        features=reader.features[1:] if reader.task == "forecast" else reader.features,
        categories=reader.categories,
        left_out={},
    )
    values = inputs(
        table, layout, reader.features, reader.missing, refused=_REFUSED, worded=_WORDED
    )
    refuse_far(table, layout, reader, preparation, values)
    found, spellings = words(table, layout, roles, reader.missing, refused=_REFUSED)
    codes, notes = known(found, spellings, reader.levels, reader.categories)
    own = reader.target if reader.task == "forecast" else None
    notes += filled_notes(table, roles, own, reader.missing)
    if reader.task == "forecast":
        return _forecast(table, layout, roles, reader, preparation, values, codes, notes)
    if time is not None:
        times_of(table, time, layout, reader.time_style)
    refuse_leading(table, layout, roles, np.hstack([np.isnan(values), codes < 0]))
    if reader.window:
        fields, ends, said = windows_of(table, time, layout, reader)
        data = _data(reader, layout, values=values, codes=codes, **fields)
        keys = tuple(layout.names[number] for number in data.series)
        return NewData(data, preparation, keys, ends, (*notes, *said))
    data = _data(
        reader,
        layout,
        values=values,
        codes=codes,
        start=layout.start,
        length=np.diff(layout.start, append=len(layout.series)),
    )
    return NewData(data, preparation, layout.names, (), tuple(notes))


def _texts(table: Table, reader: Reader, preparation: Preparation) -> NewData:
    """One example for each row, blank ones too."""
    assert reader.text is not None
    assert preparation.vocabulary is not None
    texts = tuple(table.text(reader.text).fill_null("").to_list())
    if table.kind(reader.text) == "other":
        raise table.fault(reader.text, 0, f"it holds {table.readings[reader.text].what}, not texts")
    counts = preparation.vocabulary.count(texts)
    rows = np.arange(table.height)
    keys = tuple(map(str, table.rows.tolist()))
    data = _data(
        reader,
        Layout(None, rows, keys),
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


def _forecast(
    table: Table,
    layout: Layout,
    roles: Roles,
    reader: Reader,
    preparation: Preparation,
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    notes: list[str],
) -> NewData:
    """The last window of every series, and the times of the steps after it."""
    assert roles.time is not None
    assert reader.calendar is not None
    numbered = reader.calendar.unit == "number"
    times = times_of(table, roles.time, layout, reader.calendar.style, numbered=numbered)
    if (times.style == "") != numbered:
        learnt, here = ("numbers", "dates") if times.style else ("dates", "numbers")
        raise table.fault(
            roles.time, 0, f"it holds {here}, and the model was trained on {learnt}: write those"
        )
    calendar = replace(
        reader.calendar,
        origin=times.stamps.min().item(),
        style=times.style,
        offsets=times.offsets,
        local=reader.calendar.local and bool(times.offsets),
    )
    kept, cut = cut_leading(table, layout, np.hstack([np.isnan(values), codes < 0]))
    layout, stamps = layout.keep(kept), times.stamps[kept]
    values, codes = values[kept], codes[kept]

    breaks = layout.first | ~follows(stamps, calendar)
    begin = np.maximum.accumulate(np.where(breaks, np.arange(len(breaks)), 0))
    last = np.append(layout.start[1:], len(breaks)) - 1
    fits = last - begin[last] + 1 >= reader.window
    need = f"{reader.window:,} rows without a gap at its end ({calendar.describe()})"
    if not fits.any():
        raise data_error(
            table,
            f"no series has {need}, which a forecast sees; the longest has "
            f"{int((last - begin[last]).max()) + 1:,}.",
        )
    gone = [layout.names[number] for number in np.flatnonzero(~fits)]
    if gone:
        many = f"{len(gone):,} of {len(fits):,} series are not forecast"
        notes.append(f"{many}: a series needs {need}; these are {listed(gone)}.")
    end = last[fits]
    names = layout.names if reader.series is not None else (reader.target,)
    data = _data(
        reader,
        replace(layout, names=names),
        values=values,
        codes=codes,
        start=end - reader.window + 1,
        length=np.full(len(end), reader.window),
    )
    ahead = tuple(
        _stamps_after(table, stamp, calendar, reader.horizon) for stamp in stamps[end].tolist()
    )
    return NewData(
        data=replace(
            data,
            series=layout.series[end],
            time=np.arange(len(breaks)) + np.cumsum(breaks),
            stamps=stamps,
            calendar=calendar,
        ),
        preparation=of_series(preparation, reader.series_names, names),
        keys=tuple(names[number] for number in layout.series[end]),
        steps=tuple(tuple(map(calendar.cells, stamps)) for stamps in ahead),
        ahead=ahead,
        notes=(*notes, *cut),
    )


def _stamps_after(
    table: Table, stamp: int | float, calendar: Calendar, horizon: int
) -> tuple[int | float, ...]:
    """The steps after a stamp. Raises DataError where the calendar ends before."""
    try:
        found = tuple(calendar.after(stamp, n) for n in range(1, horizon + 1))
        calendar.label(found[-1])
        return found
    except OverflowError:
        raise data_error(
            table,
            f"a forecast of {horizon:,} steps after {calendar.label(stamp)} leaves the years 1 to "
            "9999: correct the times.",
        ) from None


def _data(
    reader: Reader,
    layout: Layout,
    *,
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    start: NDArray[np.int64],
    length: NDArray[np.int64],
    time: NDArray[np.int64] | None = None,
) -> SequenceData:
    """Examples without a target, one for each series or window of a stream."""
    number = len(values) if reader.task == "forecast" else len(start)
    target = np.zeros(number, np.int64 if reader.task == "classify" else np.float64)
    return SequenceData(
        task=reader.task,
        features=reader.features,
        values=values,
        categories=reader.categories,
        levels=reader.levels,
        codes=codes,
        start=start,
        length=length,
        target=target,
        series=layout.series[start] if reader.stride else np.arange(len(start)),
        series_names=layout.names,
        classes=reader.classes,
        window=reader.window,
        stride=reader.stride,
        time=time,
        horizon=reader.horizon,
        row_series=layout.series,
        left_out={},
    )
