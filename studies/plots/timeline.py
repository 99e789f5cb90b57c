"""The figure of the workers' time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dropsearch.studies.claims.leases import host_of
from dropsearch.studies.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SLATE, plain, styled
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

PATTERNS = {"pruned trial": "/", "failed": "x", "running": "."}
SLACK = 60.0  # seconds of a fit beside its epochs, beyond half of its span, if it was not cut off
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


def busy_of(claims: Sequence[Claim], spent: Mapping[int, float]) -> list[float]:
    """The seconds of each before its end that its bar takes: all, or those of its epochs where it
    was cut off and went on later.

    spent: seconds of the epochs by id.
    """
    return [
        span if span <= 2 * spent.get(claim.id, span) + SLACK else spent[claim.id]
        for claim, span in zip(claims, seconds_of(claims), strict=True)
    ]


def timeline(claims: Sequence[Claim], spent: Mapping[int, float]) -> go.Figure:
    """One row for each worker, one bar for each fit, from its first start to its end.

    Of a fit that was cut off and went on later only what its epochs took is a bar, and a thin line
    goes back to its first start.
    """
    names = workers_of(claims)
    figure = go.Figure()
    _cut_off(figure, begun(claims), names, spent)
    seam = 0.5 if len(claims) < MANY else 0.0
    for kind, color in KINDS.items():
        own = [claim for claim in begun(claims) if kind_of(claim) == kind]
        if not own:
            continue
        spans = busy_of(own, spent)
        figure.add_bar(
            base=[
                _end(claim) - timedelta(seconds=span)
                for claim, span in zip(own, spans, strict=True)
            ],
            x=[1000 * span for span in spans],
            y=[plain(names[claim.holder or ""]) for claim in own],
            orientation="h",
            name=kind,
            marker={
                "color": color,
                "line": {"width": seam, "color": "white"},
                "pattern": {
                    "shape": PATTERNS.get(kind, ""),
                    "fillmode": "overlay",
                    "fgcolor": "white",
                    "size": 6,
                },
            },
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


def _cut_off(
    figure: go.Figure, claims: Sequence[Claim], names: dict[str, str], spent: Mapping[int, float]
) -> None:
    x: list[object] = []
    y: list[str | None] = []
    for claim, span, busy in zip(claims, seconds_of(claims), busy_of(claims, spent), strict=True):
        if busy < span:
            x += [claim.started, _end(claim) - timedelta(seconds=busy), None]
            y += [plain(names[claim.holder or ""])] * 2 + [None]
    if x:
        line = {"color": GREY, "width": 1.5, "dash": "dot"}
        name = "cut off, gone on with later"
        figure.add_scatter(x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip")


def _end(claim: Claim) -> datetime:
    return claim.ended or now()
