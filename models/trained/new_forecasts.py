"""The last window of each series of a new file, and the steps after it.

R rows, F numeric features, C columns of words, N examples.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed
from dropsearch.models.data.filling import cut_leading
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.spread import Spread
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.read import Table
from dropsearch.models.times.calendar import Calendar, write_time
from dropsearch.models.times.steps import follows, grain_of
from dropsearch.models.times.time_styles import Times
from dropsearch.models.trained.future import Coming, Wanted, known_ahead
from dropsearch.models.trained.matching import of_series
from dropsearch.models.trained.new_examples import NewData, without_target
from dropsearch.models.trained.reader import Reader


def last_windows(
    table: Table,
    layout: Layout,
    times: Times,
    reader: Reader,
    preparation: Preparation,
    values: NDArray[np.float64],
    codes: NDArray[np.int32],
    following: tuple[Table, str] | None,
) -> NewData:
    """The last window of every series, and the times of the steps after it.

    times: in the layout's order. following: rows of those steps and their column of times. Raises
    DataError.
    """
    assert reader.calendar is not None
    coming = None
    if following is not None and reader.known:
        coming = Coming.of(table.path, times, *following, reader.series, reader.calendar)
    calendar = _calendar(reader.calendar, times, None if coming is None else coming.times)
    kept, cut = cut_leading(table, layout, np.hstack([np.isnan(values), codes < 0]))
    every = frozenset(layout.names)
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
    notes = _on_clocks(reader, calendar)
    if gone:
        many = f"{len(gone):,} of {len(fits):,} series are not forecast"
        notes.append(f"{many}: a series needs {need}; these are {listed(gone)}.")
    end = last[fits]
    ahead = tuple(
        _stamps_after(table, stamp, calendar, reader.horizon) for stamp in stamps[end].tolist()
    )
    if preparation.known:
        own = tuple(layout.names[number] for number in layout.series[end])
        wanted = Wanted(reader, preparation, calendar, own, every, ahead, values[end], codes[end])
        numbers, words, said = known_ahead(wanted, coming, table.path)
        notes += said
        place = np.repeat(end + 1, reader.horizon)  # the steps stand behind their series
        values = np.insert(values, place, numbers.reshape(len(place), -1), axis=0)
        codes = np.insert(codes, place, words.reshape(len(place), -1), axis=0)
        stamps = np.insert(stamps, place, np.ravel(ahead))
        breaks = np.insert(breaks, place, False)
        every_row = layout.rows(np.arange(len(layout.series)))
        order, series = (
            np.insert(rows, place, rows[place - 1]) for rows in (every_row, layout.series)
        )
        layout = Layout.of(order, series, layout.names)
        end = end + reader.horizon * np.arange(len(end))
    names = layout.names if reader.series is not None else (", ".join(reader.predicted),)
    data = without_target(
        reader,
        replace(layout, names=names),
        values=values,
        codes=codes,
        start=end - reader.window + 1,
        length=np.full(len(end), reader.window),
    )
    return NewData(
        data=replace(
            data,
            series=layout.series[end],
            time=Spread(np.arange(len(breaks)) + np.cumsum(breaks)),
            stamps=Spread(stamps),
            calendar=calendar,
        ),
        preparation=of_series(preparation, reader.series_names, names),
        keys=tuple(names[number] for number in layout.series[end]),
        steps=tuple(tuple(map(calendar.cells, stamps)) for stamps in ahead),
        ahead=ahead,
        notes=(*notes, *cut),
    )


def _calendar(trained: Calendar, times: Times, later: Times | None) -> Calendar:
    """The training's with the style and the offsets of a new file, and of what follows it."""
    offsets = times.offsets
    if later is not None and offsets:
        offsets += tuple(one for one in later.offsets if one[0] > offsets[-1][0])
    return replace(
        trained,
        origin=times.stamps.min().item(),
        style=times.style,
        offsets=offsets,
        local=trained.local and bool(offsets),
        grain=max(trained.grain, grain_of(times.stamps, trained.step)),
    )


def _on_clocks(reader: Reader, calendar: Calendar) -> list[str]:
    """A note where the cycles go by clocks that the training had not."""
    assert reader.calendar is not None
    trained = sorted({minutes for _, minutes in reader.calendar.offsets})
    new = sorted({minutes for _, minutes in calendar.offsets} - {*trained})
    if not (reader.cycles and trained and new):
        return []
    here, there = (", ".join(write_time("{z}", 0, one) for one in own) for own in (new, trained))
    return [
        f"Times are at {here} from UTC, and were at {there} in the training: "
        f"data.calendar ({', '.join(reader.cycles)}) goes by the clock of the file."
    ]


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
