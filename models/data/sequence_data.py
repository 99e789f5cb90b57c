"""SequenceData: what is trained on, read once from a user's file, checked and fingerprinted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.documents import documents, row_layout
from dropsearch.models.data.forecasts import forecasts
from dropsearch.models.data.roles import check_names, choose, held_rows
from dropsearch.models.data.sequences import sequences
from dropsearch.models.data.stored import canonical, damaged, read_stored, write_stored
from dropsearch.models.data.vocabulary import Tokens
from dropsearch.models.table.calendar import Calendar
from dropsearch.models.table.layout import lay_out
from dropsearch.models.table.read import Table, read_table

Task = Literal["forecast", "classify", "regress"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SequenceData:
    """Rows of all series end to end, and the examples that lie in them.

    R rows, F numeric features, C columns of words, N examples. An example of a
    sequence task is one series, or one row with a text. Example i of a forecast has the
    input rows start[i] : start[i] + window and the target rows of the next `horizon`; it
    crosses neither a gap in the calendar nor another series.
    """

    task: Task
    features: tuple[str, ...]  # F; forecast: features[0] is the target's own past
    values: NDArray[np.float64]  # (R, F), filled, finite
    categories: tuple[str, ...]  # C columns of words
    levels: tuple[tuple[str, ...], ...]  # per column of words the spellings in the whole file
    codes: NDArray[np.int32]  # (R, C) index into levels
    start: NDArray[np.int64]  # (N,) first row of each example's input
    length: NDArray[np.int64]  # (N,) input steps; forecast: window, all equal
    target: NDArray[Any]  # classify (N,) int64; regress (N,) float64; forecast (R,) float64, NaN
    series: NDArray[np.int64]  # (N,) index into series_names
    series_names: tuple[str, ...]  # in the user's spelling
    classes: tuple[str, ...]  # classify: in the user's spelling; else ()
    window: int = 0  # forecast
    horizon: int = 0  # forecast
    row_series: NDArray[np.int64]  # (R,) series of each row
    time: NDArray[np.int64] | None = None  # forecast: (R,) calendar steps on the axis of all
    stamps: NDArray[Any] | None = None  # forecast: (R,) int64 microseconds, or the number itself
    calendar: Calendar | None = None  # forecast with a time column
    time_style: str = ""  # classify, regress: how the times are written, a template
    commas: tuple[str, ...] = ()  # features that are written with decimal commas
    group: NDArray[np.int64] | None = None  # (N,) examples of one group are never split
    part: NDArray[np.int64] | None = None  # (N,) predefined fold (forecast: of its first target)
    part_names: tuple[str, ...] = ()  # part indexes it; -1: in the holdout, without a fold
    held: NDArray[np.bool_] | None = None  # (N,) in the predefined holdout; forecast: (R,)
    notes: tuple[str, ...] = ()  # warnings, whole sentences
    left_out: dict[str, str]  # column -> reason
    fingerprint: str = ""  # SHA-256 of the canonical content that is used
    text: str | None = None  # column of texts: each row is an example, F and C are 0
    texts: tuple[str, ...] | None = None  # (N,), "" where there was none
    tokens: Tokens = "words"  # what a text is cut into; `length` counts them
    vocabulary: int = 0  # tokens that a fold learns, at most
    max_tokens: int = 0  # of a text
    cut: int = 0  # texts that are longer
    wordless: int = 0  # texts without a token

    def summary(self) -> dict[str, Any]:
        """What `check`, the store and the report say of the data; ready for JSON."""
        forecast = self.task == "forecast"
        lengths = np.bincount(self.row_series) if forecast else self.length
        found: dict[str, Any] = {
            "task": self.task,
            "rows": len(self.values),
            "series": len(self.series_names),
            "examples": len(self.start),
            "lengths": {
                "min": int(lengths.min()),
                "median": float(np.median(lengths)),
                "max": int(lengths.max()),
            },
            "features": list(self.features),
            "categories": list(self.categories),
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
            "fingerprint": self.fingerprint,
        }
        if self.text is not None:
            found["text"] = {
                "column": self.text,
                "tokens": self.tokens,
                "vocabulary": self.vocabulary,
                "max_tokens": self.max_tokens,
                "cut": self.cut,
                "wordless": self.wordless,
            }
        if self.classes:
            counts = np.bincount(self.target, minlength=len(self.classes))
            found["classes"] = dict(zip(self.classes, counts.tolist(), strict=True))
        if self.group is not None:
            found["groups"] = len(np.unique(self.group))
        if self.calendar is not None and self.stamps is not None:
            found["calendar"] = self.calendar.describe()
            found["first"] = self.calendar.label(self.stamps.min().item())
            found["last"] = self.calendar.label(self.stamps.max().item())
        return found


def read_data(
    path: str | os.PathLike[str],
    *,
    task: Task,
    target: str,
    time: str | None = None,
    series: str | None = None,
    features: Sequence[str] | None = None,
    categories: Sequence[str] = (),
    group: str | None = None,
    missing: Literal["refuse", "forward", "linear"] = "refuse",
    repeated: Literal["keep", "group"] = "keep",
    window: int = 0,
    horizon: int = 0,
    fold_column: str | None = None,
    holdout_column: str | None = None,
    holdout_value: object = None,
    text: str | None = None,
    tokens: Tokens = "words",
    vocabulary: int = 20_000,
    max_tokens: int = 400,
    table: Table | None = None,
) -> SequenceData:
    """Read a CSV or Parquet file and check it. Raises DataError naming file, column and row.

    table: the file, where it has been read.
    """
    table = table or read_table(path)
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
    roles = choose(table, layout, named, features, categories, task == "forecast")
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
        )
    else:
        fields = sequences(
            table, layout, roles, task=task, missing=missing, repeated=repeated, held=held
        )
    fields["notes"] = (*roles.notes(), *fields["notes"])
    fields["commas"] = tuple(n for n in fields["features"] if table.readings[n].comma)
    data = SequenceData(task=task, left_out=roles.left_out, **fields)
    return replace(data, fingerprint=content_hash(data))


def content_hash(data: SequenceData) -> str:
    """SHA-256 of roles, names and values: the same for CSV and Parquet and any separator."""
    digest = hashlib.sha256()
    for piece in canonical(data):
        digest.update(piece)
    return digest.hexdigest()


def save_data(data: SequenceData, folder: Path) -> Path:
    """Write folder/<fingerprint>.safetensors, under another name first, then renamed."""
    return write_stored(data, folder / f"{data.fingerprint}.safetensors")


def load_data(folder: Path, fingerprint: str) -> SequenceData:
    """Read what save_data wrote. Raises DataError where the file is missing or damaged."""
    path = folder / f"{fingerprint}.safetensors"
    data = SequenceData(**read_stored(path))
    if content_hash(data) != fingerprint:
        raise damaged(path, "its content does not match its name")
    return data
