"""The blanks of a new file, taken as those of the training were."""

from __future__ import annotations

from dropsearch.models.table.ends import without_ends
from dropsearch.models.table.layout import Layout, lay_out
from dropsearch.models.table.read import Table
from dropsearch.models.trained.reader import Reader


def without_blanks(table: Table, reader: Reader) -> tuple[Table, Layout, Table | None, list[str]]:
    """No rows of blanks at the end of a series; those that are to be forecast; and notes."""
    layout, told = lay_out(table, reader.series), list[str]()
    coming = None
    if reader.task == "forecast":
        whole = table
        table, layout, kept, ends = without_ends(whole, layout, reader.predicted, reader.series)
        coming = None if kept.all() else whole.keep(~kept)
        reach = f"{reader.horizon} step{'s' if reader.horizon > 1 else ''}"
        told += [f"{ends} without a target: forecast, {reach} from there."] if ends else []
    elif reader.missing == "end":
        seen = (*reader.features, *reader.categories)
        table, layout, _, ends = without_ends(table, layout, seen, reader.series)
        told += [f"{ends} are blank: taken as the end, as in the training."] if ends else []
    return table, layout, coming, told
