"""The figure of what dropout does to overfitting."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.intervals.statistics import Array, corrected_standard_error, observations
from dropsearch.studies.plots.style import (
    BLUE,
    ORANGE,
    rate_axis,
    star,
    styled,
    wrapped_name,
)


def overfitting(answer: Answer) -> go.Figure:
    """Training loss, dropout off, against validation loss, by rate, with corrected errors."""
    figure = go.Figure()
    rates = sorted((rate, place) for place, rate in answer.rates.items())
    x: list[float] | list[str] = [rate for rate, _ in rates]
    places = [place for _, place in rates]
    if not rates:
        places = answer.family
        x = [wrapped_name(answer, place) for place in places]
        figure.update_xaxes(tickangle=0)
    for column, name, color, symbol, dash in (
        ("train_loss", "training, dropout off", ORANGE, "square", "dash"),
        ("val_loss", "validation", BLUE, "circle", "solid"),
    ):
        seen = [_losses(answer, place, column) for place in places]
        mean = [float(one.mean()) for one in seen]
        error = [corrected_standard_error(one.tolist(), answer.ratio) for one in seen]
        error = [one if np.isfinite(one) else 0.0 for one in error]
        figure.add_scatter(
            x=x,
            y=mean,
            error_y={"array": error, "color": color, "thickness": 1.5, "width": 3},
            mode="lines+markers" if rates else "markers",
            name=name,
            line={"color": color, "width": 2, "dash": dash},
            marker={"color": color, "size": 8, "symbol": symbol},
            customdata=error,
            hovertemplate=f"{name}: %{{y:.4g}} ± %{{customdata:.2g}}<extra></extra>",
        )
    if answer.recommended in answer.rates:
        member = answer.members[answer.recommended]
        assert member is not None
        figure.add_scatter(
            x=[answer.rates[answer.recommended]] * 2,
            y=[float(member.train_loss.mean()), float(member.val_loss.mean())],
            mode="markers",
            name="recommended",
            marker=star(),
            hoverinfo="skip",
        )
    if answer.curve["key"] is not None:
        figure.update_xaxes(title_text=rate_axis(answer.curve["key"]))
    figure.update_yaxes(title_text="loss (lower is better)")
    return styled(figure)


def _losses(answer: Answer, place: int, column: str) -> Array:
    member = answer.members[place]
    assert member is not None
    return observations(getattr(member, column), is_redrawn(answer.record))
