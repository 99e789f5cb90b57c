"""A Parquet file -> its columns: those that can be read and are needed, and why others are not."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

import polars as pl

from dropsearch.models.cells.columns import Reading, opaque
from dropsearch.models.cells.panics import PolarsFaultError, polars_faults
from dropsearch.models.errors import DataError

_NESTED = ("nested values", "write each part as a column of its own")
_DURATIONS = ("durations", "write numbers, as seconds")
_UNKNOWN = ("values of an unknown kind", "write numbers, words or dates")
_UNASKED = ("values that were not asked for", "leave it out")


def read_parquet(
    path: Path, content: bytes, needed: Collection[str] | None = None
) -> tuple[pl.DataFrame, dict[str, Reading]]:
    """All columns, empty where unread, and what stands for the unread ones.

    needed: the names of the columns to be read; None: all. Raises DataError where the file as a
    whole cannot be read.
    """
    source = io.BytesIO(content)
    try:
        with polars_faults():
            schema = pl.read_parquet_schema(source)
            height = int(pl.scan_parquet(source, glob=False).select(pl.len()).collect().item())
    except PolarsFaultError as error:
        raise DataError(f"{path} cannot be read as Parquet ({error}): write it again.") from None
    if not height or not schema:
        raise DataError(f"{path} has no rows: give it some.")
    names, unread = list(schema), {}
    for name, kind in schema.items():
        what = _UNASKED if needed is not None and name not in needed else unreadable(kind)
        if what is not None:
            unread[name] = opaque(height, *what)
    places = [place for place, name in enumerate(names) if name not in unread]
    read, faults = _columns(source, places)
    for place, column in read.items():
        if len(column) != height:
            faults[place] = f"{len(column):,} rows where the file has {height:,}"
    for place, reason in faults.items():
        what = (f"values that cannot be read ({reason})", "write the file again")
        unread[names[place]] = opaque(height, *what)
    blank = pl.Series([None] * height, dtype=pl.Null)
    columns = [
        (blank if name in unread else read[place]).alias(name) for place, name in enumerate(names)
    ]
    return pl.DataFrame(columns), unread


def unreadable(kind: pl.DataType) -> tuple[str, str] | None:
    """What a column holds that polars gives no text or number for, and the mend."""
    if kind.is_nested():
        return _NESTED
    if kind == pl.Duration:
        return _DURATIONS
    return _UNKNOWN if kind in (pl.Object, pl.Unknown) else None


def _columns(source: io.BytesIO, places: list[int]) -> tuple[dict[int, pl.Series], dict[int, str]]:
    """The columns at these places, and why others cannot be read: halved until those are found."""
    if not places:
        return {}, {}
    try:
        with polars_faults():
            frame = pl.read_parquet(source, columns=places, glob=False)
        return dict(zip(places, frame.get_columns(), strict=True)), {}
    except PolarsFaultError as error:
        if len(places) == 1:
            return {}, {places[0]: str(error)}
    half = len(places) // 2
    read, faults = _columns(source, places[:half])
    more, others = _columns(source, places[half:])
    return read | more, faults | others
