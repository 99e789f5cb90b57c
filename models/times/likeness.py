"""Whether cells are times in the eyes of a person, be it in a way that nothing here reads."""

from __future__ import annotations

import re

import polars as pl

from dropsearch.models.times.calendar import DAY_NAMES, MONTH_NAMES

_WORDS = (
    *(word for name in (*MONTH_NAMES, *DAY_NAMES) for word in (name.lower(), name.lower()[:3])),
    *("am", "pm", "gmt", "utc", "z", "cet", "cest", "est", "edt", "cst", "cdt", "mst", "mdt"),
    *("pst", "pdt", "bst", "ist", "jst", "h", "t", "q", "w", "st", "nd", "rd", "th", "to", "bis"),
    *("sept", "week", "uhr", "of", "fy", "kw"),
)
_YEAR = r"(^|[^0-9.,])(1[5-9]|2[01])[0-9]{2}([^0-9]|$)"
_CLOCK = r"(^|[^0-9])[0-9]{1,2}:[0-9]{2}([^0-9]|$)"
_NAMED = re.compile(r"(^|[^a-z])(date|time|datum|zeit|datetime|timestamp)([^a-z]|$)", re.I)
_MOST = 1_000  # cells that are looked at
_SHARE = 0.9  # of them, from which on the others are faults


def resembles_times(text: pl.Series, name: str = "") -> bool:
    """Whether nearly all cells hold a year or a clock, other numbers, and no words but those of
    times; where the column is called a time, numbers alone."""
    cells = text.head(_MOST).str.strip_chars().str.to_lowercase()
    words = cells.str.extract_all(r"\p{L}+")
    known = words.list.eval(pl.element().is_in(_WORDS)).list.all()
    if _NAMED.search(name) is not None:
        return _nearly_all(cells.str.contains("[0-9]"))
    numbers = cells.str.count_matches(r"[0-9]+") >= 2
    told = cells.str.contains(_YEAR) | cells.str.contains(_CLOCK)
    return _nearly_all(known & numbers & told)


def _nearly_all(cells: pl.Series) -> bool:
    share = cells.mean()
    return isinstance(share, float) and share >= _SHARE
