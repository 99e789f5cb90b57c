"""A user's file -> SequenceData."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.cells.form import Form
from dropsearch.models.data.documents import documents, row_layout
from dropsearch.models.data.forecasts import forecasts
from dropsearch.models.data.roles import Roles, check_names, choose, units
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.sequences import sequences
from dropsearch.models.data.statics import kinds_of, statics
from dropsearch.models.data.stored import content_hash
from dropsearch.models.data.streams import streams
from dropsearch.models.errors import DataError
from dropsearch.models.names import Cycle, Labelling, Missing, Repeated, Shape, Task, Tokens
from dropsearch.models.table.codes import coded_cells
from dropsearch.models.table.ends import without_ends
from dropsearch.models.table.layout import Layout, data_error, lay_out
from dropsearch.models.table.missing_codes import code_notes, without_codes
from dropsearch.models.table.profile import measures
from dropsearch.models.table.read import Table, form_of, read_table
from dropsearch.models.table.split import with_time
from dropsearch.models.wide.steps import refuse_rows
from dropsearch.models.wide.unfold import Asked, unfold

Held = NDArray[np.bool_] | None  # (rows,)


def read_data(
    path: str | os.PathLike[str],
    *,
    task: Task,
    target: str | Sequence[str],
    layout: Shape | None = None,
    time: str | Sequence[str] | None = None,
    series: str | None = None,
    features: Sequence[str] | None = None,
    categories: Sequence[str] = (),
    static: Sequence[str] = (),
    known: Sequence[str] = (),
    cycles: Sequence[Cycle] = (),
    group: str | None = None,
    missing: Missing = "refuse",
    missing_codes: Sequence[float] = (),
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

    missing_codes: numbers that stand for a missing value. layout: how the table is wide, if it is;
    None: it is long, unless it looks otherwise. time: a column, or several that are one time
    together. target: of a forecast one column, or several. known, cycles: columns, and cycles of
    the calendar, that are inputs at the steps to be forecast, too. window: steps that a forecast
    sees, or of a window of streams; these lie `stride` rows apart and are labelled by `label`.
    vectors: a file of word vectors. form: how the file is written, as far as that is known. table:
    the data file, where it has been read.
    """
    table = table or read_table(path, form=form)
    target, *others = (target,) if isinstance(target, str) else target
    kept = _form_to_keep(table, form)
    times = (time,) if isinstance(time, str) else tuple(time or ())
    spared = {group, fold_column, holdout_column, series, text, *times}
    spared |= {target} if task == "classify" else set()
    table, told = without_codes(table, missing_codes, spared)
    aside = {"group": group, "fold": fold_column, "holdout": holdout_column}
    wide = None
    if layout is not None and layout != "long":
        check_names(table, {**aside, "series": series, "text": text})
        asked = Asked(
            shape=layout,
            forecast=task == "forecast",
            target=target,
            time=time if time is None or isinstance(time, str) else tuple(time),
            series=series,
            beside=(*(features or ()), *categories, *static, *known),
            aside=tuple(name for name in aside.values() if name is not None),
        )
        unfolded = unfold(table, asked)
        table, time, series = unfolded.table, unfolded.time, unfolded.series
        wide = unfolded.form(asked)
    table, time = with_time(table, time)
    named = {"target": target, "time": time, "series": series, "text": text, **aside}
    check_names(table, named)
    laid_out = lay_out(table, series) if text is None else row_layout(table)
    roles = choose(table, laid_out, named, features, categories, task, static, known, others)
    held = _held_rows(table, holdout_column, holdout_value)
    table, laid_out, held, ends = _without_ends(table, laid_out, roles, held, task, missing)
    fixed = statics(table, laid_out, series, *kinds_of(table, static)) if static else None
    if task == "forecast":
        fields = forecasts(
            table,
            laid_out,
            roles,
            missing=missing,
            window=window,
            horizon=horizon,
            cycles=cycles,
            held=held,
        )
    elif text is not None:
        fields = documents(
            table,
            laid_out,
            roles,
            task=task,
            repeated=repeated,
            held=held,
            tokens=tokens,
            vocabulary=vocabulary,
            max_tokens=max_tokens,
            vectors=vectors,
        )
    elif stride:
        fields = streams(
            table,
            laid_out,
            roles,
            task=task,
            missing=missing,
            window=window,
            stride=stride,
            label=label,
            held=held,
        )
    else:
        fields = sequences(
            table, laid_out, roles, task=task, missing=missing, repeated=repeated, held=held
        )
    numbers = roles.features if task == "classify" else (*roles.features, *roles.targets)
    if fixed is not None:
        place = {name: number for number, name in enumerate(laid_out.names)}
        fields["statics"] = fixed.of([place[name] for name in fields["series_names"]])
    if text is None and wide is None and not stride:
        refuse_rows(table, laid_out, task, target if layout is None else None)
    told = [*units(table, roles.used), *roles.notes(), *told, *code_notes(table, numbers), *ends]
    fields["notes"] = (*table.sights, *told, *fields["notes"])
    fields["commas"] = table.with_commas(fields["features"])
    fields["units"] = measures(
        table, (*fields["features"], *(() if fixed is None else fixed.features))
    )
    fields |= {"form": kept, "wide": wide}
    data = SequenceData(task=task, left_out=roles.left_out, doubtful=roles.doubtful, **fields)
    return replace(data, fingerprint=content_hash(data))


def _form_to_keep(table: Table, said: Form | None) -> Form:
    """The form for new files of the kind of `table`: the lines of its header and of what is no row
    are kept only where they were said, and looking would find others."""
    looked_for = table.form.lines_looked_for
    if said is None or said.lines_looked_for == said:
        return looked_for
    with suppress(DataError):
        found = form_of(table.path, said.lines_looked_for)
        if (found.header, found.skip) == (table.form.header, table.form.skip):
            return looked_for
    return table.form


def _without_ends(
    table: Table, layout: Layout, roles: Roles, held: Held, task: Task, missing: Missing
) -> tuple[Table, Layout, Held, list[str]]:
    """Without the rows at the end of a series that are to be forecast or, where that is said, are
    blank; and a note. Raises DataError where all of the holdout, or of the rest, are such rows."""
    if task == "forecast":
        names = roles.targets
        why = "without a target: to be forecast, and not trained on."
    elif missing == "end":
        names = (*roles.features, *roles.categories)
        why = "are blank: taken as the end (data.missing end)."
    else:
        return table, layout, held, []
    table, layout, kept, rows = without_ends(table, layout, names, roles.series)
    if held is not None:
        held = held[kept]
        if held.all() or not held.any():
            which = "the holdout" if not held.any() else "what is not held out"
            raise data_error(
                table,
                f"no row of {which} (column {quote(str(roles.holdout))}) is left without {rows}, "
                "which hold nothing: hold out others.",
            )
    return table, layout, held, [f"{rows} {why}"] * bool(rows)


def _held_rows(table: Table, column: str | None, value: object) -> NDArray[np.bool_] | None:
    """(rows,) whether the row is in the holdout. Raises DataError where none or all are."""
    if column is None:
        return None
    (codes, found), wanted = coded_cells(table, column), str(value)
    same = [spelling == wanted for spelling in found]
    if not any(same) and isinstance(value, bool):
        same = [spelling.lower() == wanted.lower() for spelling in found]
    held = np.append(np.array(same, bool), False)[codes]
    if held.any() and not held.all():
        return held
    if held.all():
        what = f"holds {quote(wanted)} in every row: nothing is left to train on"
    else:
        what = f"holds no {quote(wanted)}: folds.holdout.value must be one of {listed(list(found))}"
    raise DataError(f"{table.path}: column {quote(column)} {what}.")
