"""A user's file -> SequenceData."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from dropsearch.models.cells.form import Form
from dropsearch.models.data.documents import documents, row_layout
from dropsearch.models.data.forecasts import forecasts
from dropsearch.models.data.roles import check_names, choose, held_rows, units
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.sequences import sequences
from dropsearch.models.data.statics import kinds_of, statics
from dropsearch.models.data.stored import content_hash
from dropsearch.models.data.streams import streams
from dropsearch.models.names import Labelling, Missing, Repeated, Task, Tokens
from dropsearch.models.table.layout import lay_out
from dropsearch.models.table.read import Table, read_table
from dropsearch.models.table.split import with_time


def read_data(
    path: str | os.PathLike[str],
    *,
    task: Task,
    target: str,
    time: str | Sequence[str] | None = None,
    series: str | None = None,
    features: Sequence[str] | None = None,
    categories: Sequence[str] = (),
    static: Sequence[str] = (),
    group: str | None = None,
    missing: Missing = "refuse",
    repeated: Repeated = "keep",
    window: int = 0,
    horizon: int = 0,
    stride: int = 0,
    label: Labelling = "majority",
    fold_column: str | None = None,
    holdout_column: str | None = None,
    holdout_value: object = None,
    text: str | None = None,
    tokens: Tokens = "words",
    vocabulary: int = 20_000,
    max_tokens: int = 400,
    vectors: str | os.PathLike[str] | None = None,
    form: Form | None = None,
    table: Table | None = None,
) -> SequenceData:
    """Read a CSV or Parquet file and check it. Raises DataError naming file, column and row.

    window: steps that a forecast sees, or of a window of streams; these lie `stride` rows apart and
    are labelled by `label`. time: a column, or several that are one time together. vectors: a
    file of word vectors.
    form: how the file is written, as far as that is known. table: the data file, where it has
    been read.
    """
    table, time = with_time(table or read_table(path, form=form), time)
    named = {
        "target": target,
        "time": time,
        "series": series,
        "text": text,
        "group": group,
        "fold": fold_column,
        "holdout": holdout_column,
    }
    check_names(table, named)
    layout = lay_out(table, series) if text is None else row_layout(table)
    roles = choose(table, layout, named, features, categories, task, static)
    fixed = statics(table, layout, series, *kinds_of(table, static)) if static else None
    held = held_rows(table, holdout_column, holdout_value)
    if task == "forecast":
        fields = forecasts(
            table, layout, roles, missing=missing, window=window, horizon=horizon, held=held
        )
    elif text is not None:
        fields = documents(
            table,
            layout,
            roles,
            task=task,
            repeated=repeated,
            held=held,
            tokens=tokens,
            vocabulary=vocabulary,
            max_tokens=max_tokens,
            vectors=vectors,
        )
    elif window:
        fields = streams(
            table,
            layout,
            roles,
            task=task,
            missing=missing,
            window=window,
            stride=stride or window,
            label=label,
            held=held,
        )
    else:
        fields = sequences(
            table, layout, roles, task=task, missing=missing, repeated=repeated, held=held
        )
    if fixed is not None:
        place = {name: number for number, name in enumerate(layout.names)}
        fields["statics"] = fixed.of([place[name] for name in fields["series_names"]])
    fields["notes"] = (*table.sights, *units(table, roles.used), *roles.notes(), *fields["notes"])
    fields["commas"] = tuple(n for n in fields["features"] if table.readings[n].comma)
    fields["form"] = table.form
    data = SequenceData(task=task, left_out=roles.left_out, doubtful=roles.doubtful, **fields)
    return replace(data, fingerprint=content_hash(data))
