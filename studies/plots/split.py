"""The figure of the folds and the holdout."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from dropsearch.studies.plots.style import BLUE, GREY, ORANGE, SLATE, plain, styled
from dropsearch.studies.store.contract import FoldTimes, Summary


def split(summary: Summary) -> go.Figure:
    """The folds over time, where the times can be read; else their sizes."""
    return _over_time(summary) or _sizes(summary)


def _over_time(summary: Summary) -> go.Figure | None:
    rows: dict[str, FoldTimes] = {
        f"fold {number}": fold for number, fold in enumerate(summary["folds"], 1)
    }
    if summary["holdout_times"]:
        rows["holdout"] = summary["holdout_times"]
    figure = go.Figure()
    none = ["", ""]
    trained = [row.get("train_times", none) for row in rows.values()]
    validated = [row.get("validate_times", none) for row in rows.values()]
    drawn: list[list[tuple[Any, Any]]] = []
    for labels, name, color in (
        (trained, "training", BLUE),
        (validated, "validation, or the holdout's test", ORANGE),
    ):
        spans = [(position(first), position(last)) for first, last in labels]
        if any(None in span for span in spans):
            return None
        drawn.append(spans)
        figure.add_bar(
            base=[first for first, _ in spans],
            x=[_length(first, last) for first, last in spans],
            y=list(rows),
            width=0.6,
            orientation="h",
            name=name,
            marker={"color": color},
            customdata=[[plain(first), plain(last)] for first, last in labels],
            hovertemplate="%{y}: %{customdata[0]} to %{customdata[1]}",
        )
    if any(span in drawn[1] for span in drawn[0]):
        return None  # whole series are held out: time does not tell the parts apart
    numbers = isinstance(drawn[0][0][0], float)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(type="linear" if numbers else "date", title_text="time")
    figure.update_yaxes(autorange="reversed", type="category")
    return styled(figure, 130 + 34 * len(rows))


def _length(first: Any, last: Any) -> float:
    """In the axis's unit: milliseconds for dates."""
    if isinstance(first, datetime):
        return 1000.0 * float((last - first).total_seconds())
    return float(last - first)


def position(label: str) -> float | datetime | None:
    """A time as written by the user; None where it cannot be read for certain."""
    if re.fullmatch(r"-?\d+(\.\d+)?", label) and len(label) != 8:
        return float(label)
    month = re.fullmatch(r"(\d{4})[-/](\d{1,2})", label)
    try:
        if month:
            return datetime(int(month[1]), int(month[2]), 1)
        return datetime.fromisoformat(label.replace("/", "-")).replace(tzinfo=None)
    except ValueError:
        return None


def _sizes(summary: Summary) -> go.Figure:
    folds = summary["folds"]
    held = summary["holdout"]
    names = [f"fold {number}" for number in range(1, len(folds) + 1)]
    figure = go.Figure()
    rest = summary["examples"] - held
    parts = (
        ("training", [fold["train"] for fold in folds], BLUE),
        ("validation", [fold["validate"] for fold in folds], ORANGE),
        ("not used", [rest - fold["train"] - fold["validate"] for fold in folds], GREY),
        ("holdout", [held] * len(folds), SLATE),
    )
    for name, counts, color in parts:
        if any(counts):
            figure.add_bar(
                x=counts,
                y=names,
                orientation="h",
                name=name,
                marker={"color": color},
                hovertemplate=f"%{{y}}, {name}: %{{x:,}} examples<extra></extra>",
            )
    figure.update_layout(barmode="stack", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_xaxes(title_text="examples")
    figure.update_yaxes(autorange="reversed", type="category")
    return styled(figure, 130 + 34 * len(folds))
