"""Figures of a study, as plotly objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dropsearch.studies.recommend import Recommendation, rate_in_words
from dropsearch.studies.records import Claim, FoldScore

BLUE, ORANGE, GREY = "#2a7de1", "#e1762a", "#8795a3"


def _figure(x: str, y: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "size": 13},
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        height=380,
        xaxis={"title": {"text": x}, "gridcolor": "rgba(135,149,163,.25)", "zeroline": False},
        yaxis={"title": {"text": y}, "gridcolor": "rgba(135,149,163,.25)", "zeroline": False},
        legend={"orientation": "h", "y": 1.08},
    )
    return figure


def score_against_rate(
    claims: Sequence[Claim], key: str, metric: str, chosen: Recommendation
) -> go.Figure:
    """Every complete trial's score against the rate `key`, the recommended one marked."""
    figure = _figure(key.replace("dropout", "dropout rate").replace(".", " at "), metric)
    done = [claim for claim in claims if claim.value is not None and key in (claim.point or {})]
    figure.add_scatter(
        x=[(claim.point or {})[key] for claim in done],
        y=[claim.value for claim in done],
        mode="markers",
        name="trials",
        marker={"color": GREY, "size": 9, "opacity": 0.7},
        text=[words(claim) for claim in done],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_scatter(
        x=[chosen.point[key]],
        y=[chosen.score],
        error_y={"array": [chosen.standard_error], "color": BLUE},
        mode="markers",
        name="best, with its standard error",
        marker={"color": BLUE, "size": 13},
        hovertemplate=f"trial {chosen.trial}: {metric} %{{y:.4g}}<extra></extra>",
    )
    return figure


def words(claim: Claim) -> str:
    point: dict[str, Any] = claim.point or {}
    value = "" if claim.value is None else f"{claim.value:.4g}"
    return (
        f"trial {claim.trial}: {value}, dropout {rate_in_words(point)}, "
        f"{point.get('layers')} x {point.get('hidden_size')}"
    )


def learning_curves(rows: Sequence[FoldScore], metric: str, best_epoch: int) -> go.Figure:
    """Training and validation loss of one fit: the mean over the folds, with the folds' range."""
    figure = _figure("epoch", "loss")
    epochs = sorted({row.epoch for row in rows})
    for name, color in (("train_loss", ORANGE), ("val_loss", BLUE)):
        folds = [[getattr(row, name) for row in rows if row.epoch == epoch] for epoch in epochs]
        shown = [epoch + 1 for epoch in epochs]
        label = "training, dropout off" if name == "train_loss" else "validation"
        figure.add_scatter(
            x=shown + shown[::-1],
            y=[max(fold) for fold in folds] + [min(fold) for fold in folds][::-1],
            fill="toself",
            mode="none",
            fillcolor=color,
            opacity=0.15,
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=shown,
            y=[sum(fold) / len(fold) for fold in folds],
            mode="lines",
            name=label,
            line={"color": color},
        )
    figure.add_vline(x=best_epoch + 1, line={"color": GREY, "dash": "dot"})
    return figure


def fold_bars(chosen: Recommendation, metric: str) -> go.Figure:
    """The score of each fold at the best epoch, with their mean."""
    figure = _figure("fold", metric)
    figure.add_scatter(
        x=[str(k) for k in range(1, len(chosen.fold_scores) + 1)],
        y=list(chosen.fold_scores),
        mode="markers",
        name="fold",
        marker={"color": BLUE, "size": 12},
    )
    figure.update_xaxes(type="category")
    figure.add_hline(y=chosen.score, line={"color": GREY, "dash": "dot"})
    return figure
