"""Tables that init looks at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

Frame = pl.DataFrame
Label = Callable[[int], Any]
rng = np.random.default_rng(0)


def sequences(label: Label | None = None, number: int = 40, **columns: Label) -> Frame:
    """Sequences of 5 to 9 steps; further columns have one value in each."""
    rows = []
    for i in range(number):
        for step in range(int(rng.integers(5, 10))):
            row: dict[str, Any] = {"series": i, "step": step, "x": round(float(rng.normal()), 4)}
            row["label"] = label(i) if label else ("slow", "fast")[i % 2]
            rows.append(row | {name: value(i) for name, value in columns.items()})
    return pl.DataFrame(rows)


def daily(number: int = 400) -> Frame:
    """A series with a week in it, two features."""
    steps = np.arange(number)
    return pl.DataFrame(
        {
            "date": [date(2020, 1, 1) + timedelta(days=i) for i in range(number)],
            "sales": np.round(9 + 3 * np.sin(steps * 2 * np.pi / 7) + rng.normal(size=number), 3),
            "promo": rng.integers(0, 2, number),
            "weather": rng.choice(["sun", "rain"], number),
        }
    )
