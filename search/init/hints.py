"""Words by which columns are called."""

from __future__ import annotations

import re
from collections.abc import Collection

TIMES = frozenset(
    (
        *("time", "times", "timestamp", "ts", "ds", "t", "datetime", "date", "dates"),
        *("year", "quarter", "month", "week", "day", "hour", "minute", "second", "seconds", "ms"),
        *("step", "steps", "tick", "frame", "period"),
    )
)
SERIES = frozenset(
    (
        *("series", "sequence", "sequences", "seq", "trace", "trajectory", "recording", "case"),
        *("trial", "episode", "sample", "example", "instance", "utterance", "item", "product"),
        *("sku", "store", "shop", "station", "sensor", "symbol", "ticker"),
    )
)
KEYS = frozenset(("id", "uid", "uuid", "key"))
VARIABLES = frozenset(
    (
        *("variable", "variables", "parameter", "parameters", "metric", "measure", "measurement"),
        *("attribute", "feature", "indicator", "channel", "quantity", "property", "signal", "tag"),
        *("element", "field"),
    )
)


def hinted(name: str, words: Collection[str]) -> bool:
    """Whether a column's name has one of the words in it: `store_id`, `StoreID`."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+", name)
    return any(part.lower() in words for part in [name, *parts])
