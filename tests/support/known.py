"""Tables of a forecast whose prices are known ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

FIRST = datetime(2024, 1, 1)
KNOWN: dict[str, Any] = {
    "task": "forecast",
    "target": "load",
    "time": "hour",
    "series": "place",
    "categories": ["tariff"],
    "known": ["price", "tariff"],
    "window": 6,
    "horizon": 3,
}


def loads(steps: int = 60, places: str = "AB", first: datetime = FIRST) -> pl.DataFrame:
    """Hours of each place: a load that the price of the same hour makes, and a wind."""
    rng = np.random.default_rng(4)
    rows = []
    for place in places:
        for step in range(steps):
            price = round(float(rng.normal(5, 2)), 3)
            rows.append(
                {
                    "place": place,
                    "hour": f"{first + timedelta(hours=step):%Y-%m-%d %H:%M}",
                    "load": round(20 - 2 * price + float(rng.normal(0, 0.1)), 3),
                    "price": price,
                    "tariff": ("day", "night", "peak")[int(rng.integers(3))],
                    "wind": round(float(rng.normal()), 3),
                }
            )
    return pl.DataFrame(rows)


def blank_load(frame: pl.DataFrame, steps: int) -> pl.DataFrame:
    """The last `steps` of each place without a load: to be forecast."""
    place = pl.int_range(pl.len()).over("place")
    late = place >= pl.len().over("place") - steps
    return frame.with_columns(pl.when(late).then(None).otherwise(pl.col("load")).alias("load"))
