"""Sequences read from small files of the tests, and from two examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from tests.support.paths import EXAMPLES

FORECAST: dict[str, Any] = {"task": "forecast", "target": "y", "time": "t"}


def read(folder: Path, frame: pl.DataFrame, **keys: Any) -> SequenceData:
    path = folder / "data.csv"
    frame.write_csv(path)
    return read_data(path, **keys)


def vowels(path: Path | None = None, **keys: Any) -> SequenceData:
    return read_data(
        path or EXAMPLES / "japanese-vowels.csv",
        **{"task": "classify", "target": "label", "series": "series", "time": "step"} | keys,
    )


def sunspots(path: Path | None = None, **keys: Any) -> SequenceData:
    path = path or EXAMPLES / "sunspots.csv"
    return read_data(
        path,
        **FORECAST | {"target": "sunspots", "time": "month", "window": 48, "horizon": 12} | keys,
    )


def labelled(count: int = 20, steps: int = 3, **columns: list[Any]) -> pl.DataFrame:
    """Sequences of random numbers, labels a and b by turns; columns have a value per sequence."""
    rng = np.random.default_rng(0)
    per = {"s": [f"n{i}" for i in range(count)], "y": list("ab") * (count // 2)} | columns
    frame = pl.DataFrame({name: np.repeat(values, steps) for name, values in per.items()})
    return frame.with_columns(pl.Series("x", rng.normal(size=count * steps)))


def notes(data: SequenceData, text: str) -> list[str]:
    return [note for note in data.notes if text in note]
