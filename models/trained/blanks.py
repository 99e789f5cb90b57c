"""The blanks of a new file, taken as those of the training were."""

from __future__ import annotations

from dropsearch.models.table.ends import without_ends
from dropsearch.models.table.layout import Layout, lay_out
from dropsearch.models.table.missing_codes import without_codes
from dropsearch.models.table.read import Table
from dropsearch.models.trained.reader import Reader


def without_blanks(
    table: Table, time: str | None, reader: Reader
) -> tuple[Table, Layout, list[str]]:
    """Blanks in place of codes for them, no rows of blanks at the end of a series; and notes."""
    spared = {name for name in (reader.series, time, *reader.times) if name is not None}
    table, told = without_codes(table, reader.missing_codes, spared)
    layout = lay_out(table, reader.series)
    if reader.task == "forecast":
        table, layout, ends = without_ends(table, layout, (reader.target,), reader.series)
        reach = f"{reader.horizon} step{'s' if reader.horizon > 1 else ''}"
        told += [f"{ends} without a target: forecast, {reach} from there."] if ends else []
    elif reader.missing == "end":
        seen = (*reader.features, *reader.categories)
        table, layout, ends = without_ends(table, layout, seen, reader.series)
        told += [f"{ends} are blank: taken as the end, as in the training."] if ends else []
    return table, layout, told
