"""A part of the report: a picture, and the sentence that says what it shows in this study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

NONE_YET = "Not shown: no trial has a score."


@dataclass(frozen=True)
class Table:
    """A small table in words; the first cell of a row names it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """slug: names its file and its place on the page. figure: None where it cannot be drawn; width:
    the fewest pixels that it needs, below which it scrolls. folded: opened by a click."""

    slug: str
    title: str
    sentence: str
    figure: go.Figure | None = None
    tables: tuple[Table, ...] = ()
    width: int = 0
    folded: bool = False


def span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def listed(parts: Iterable[str]) -> str:
    every = list(parts)
    return every[0] if len(every) == 1 else ", ".join(every[:-1]) + " and " + every[-1]


def lower(name: str) -> str:
    return name[0].lower() + name[1:]


def large(value: float) -> str:
    return f"{value:,.0f}" if value < 1e7 else f"{value:.2e}"
