"""The figure of the workers' time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from dropsearch.studies.claims.leases import host_of
from dropsearch.studies.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SLATE, styled
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
