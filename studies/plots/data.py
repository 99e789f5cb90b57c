"""Figures of the workers' time and of the split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import plotly.graph_objects as go

from dropsearch.studies.claims.leases import host_of
from dropsearch.studies.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SLATE, styled
from dropsearch.studies.store.documents import FoldTimes, Summary
from dropsearch.studies.store.records import CURVE, FAILED, FINALISTS, HOLDOUT, RUNNING, Claim, now

KINDS = {
    "complete trial": BLUE,
    "pruned trial": GREY,
    "finalists": ORANGE,
    "curve": GREEN,
    "holdout": "#8c6bb1",
    "failed": RED,
    "running": SLATE,
}

MANY = 200  # bars, whose seams would hide them


def kind_of(claim: Claim) -> str:
    """What a claim that was begun is called in the timeline."""
    if claim.state == FAILED:
        return "failed"
    if claim.state == RUNNING:
        return "running"
    if claim.phase in (FINALISTS, CURVE, HOLDOUT):
        return claim.phase
    return "pruned trial" if claim.value is None else "complete trial"


def workers_of(claims: Sequence[Claim]) -> dict[str, str]:
    """A short name for each holder, in the order in which they began."""
    names: dict[str, str] = {}
    for claim in sorted(begun(claims), key=lambda claim: claim.started or now()):
        holder = claim.holder or ""
        names.setdefault(holder, f"{len(names) + 1}: {host_of(holder)}")
    return names


def begun(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.started is not None and claim.holder]


def seconds_of(claims: Sequence[Claim]) -> list[float]:
    """From the first start of each to its end, or to now."""
    return [
        ((claim.ended or now()) - claim.started).total_seconds()
        for claim in claims
        if claim.started
    ]


def timeline(claims: Sequence[Claim]) -> go.Figure:
    """One row for each worker, one bar for each fit, from its first start to its end."""
    names = workers_of(claims)
    figure = go.Figure()
    seam = 0.5 if len(claims) < MANY else 0.0
    for kind, color in KINDS.items():
        own = [claim for claim in begun(claims) if kind_of(claim) == kind]
        if not own:
            continue
        spans = seconds_of(own)
        figure.add_bar(
            base=[claim.started for claim in own],
            x=[1000 * span for span in spans],
            y=[escape(names[claim.holder or ""]) for claim in own],
            orientation="h",
            name=kind,
            marker={"color": color, "line": {"width": seam, "color": "white"}},
            text=[
                f"trial {claim.trial}" if claim.trial is not None else f"repeat {claim.repeat + 1}"
                for claim in own
            ],
            textposition="none",
            customdata=spans,
            hovertemplate=f"{kind}, %{{text}}: %{{customdata:.1f}} s<extra></extra>",
        )
    figure.update_layout(barmode="overlay", bargap=0.25)
    figure.update_xaxes(type="date", title_text="time (UTC)")
    figure.update_yaxes(autorange="reversed", type="category", title_text="worker")
    return styled(figure, 150 + 26 * max(len(names), 2))


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
            customdata=[[escape(first), escape(last)] for first, last in labels],
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
