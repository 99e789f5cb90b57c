"""The windows of a new file's streams, and where each ends.

R rows in the layout's order, N windows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dropsearch.models.data.streams import window_starts
from dropsearch.models.table.clock import clock_of, refuse_other_steps
from dropsearch.models.table.layout import Layout, data_error
from dropsearch.models.table.read import Table
from dropsearch.models.trained.reader import Reader

Cells = tuple[tuple[tuple[str, ...], ...], ...]
Windows = tuple[dict[str, Any], Cells, list[str]]


def windows_of(table: Table, time: str | None, layout: Layout, reader: Reader) -> Windows:
    """Fields of SequenceData, the cells of the time, or the row, in which each window ends (N, 1,
    columns), and notes.

    Raises DataError where no stretch of rows is as long as a window, or rows come at another step
    than the training's.
    """
    clock = clock_of(table, layout, time, reader.time_style)
    if time is not None and reader.calendar is not None:
        refuse_other_steps(table, layout, time, clock, reader.calendar, reader.window)
    start = window_starts(clock.position, layout.series, reader.window, reader.stride)
    if not len(start):
        longest = int(np.bincount(layout.series).max())
        raise data_error(
            table,
            f"no stretch of rows without a gap has the {reader.window:,} rows that the model "
            f"reads; the longest series has {longest:,}.",
        )
    last = layout.rows(start + reader.window - 1)
    columns = [table.text(name).gather(last).to_list() for name in reader.times]
    ends = columns or [table.rows[last].astype(str).tolist()]
    fields = {"start": start, "length": np.full(len(start), reader.window), "time": clock.position}
    notes = [*clock.notes, *clock.without_window(layout, layout.series[start], reader.window)]
    return fields, tuple((cells,) for cells in zip(*ends, strict=True)), notes
