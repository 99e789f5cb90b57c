"""Figures of single fits: their folds, paired, and their learning curves. E epochs, K folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dropsearch.studies.answer.words import metric_in_words
from dropsearch.studies.intervals.statistics import Array
from dropsearch.studies.plots.style import (
    BAND,
    BLUE,
    GREY,
    ORANGE,
    below,
    metric_axis,
    rule,
    star,
    styled,
)
from dropsearch.studies.store.records import FoldScore, StudyRecord

LOSSES = (
    ("train_loss", "training, dropout off", ORANGE, "dash"),
    ("val_loss", "validation", BLUE, "solid"),
)
FEW = 10  # epochs, up to which each has a tick: else plotly puts some between them
COLUMN = 105  # pixels that a configuration needs


def paired_folds(scores: Mapping[str, Array], record: StudyRecord, chosen: str) -> go.Figure:
    """One line for each fold through the configurations, in order of `scores`; means above them.

    scores: (J,) of each configuration, the same folds in the same order.
    """
    names = list(scores)
    table = np.array([scores[name] for name in names])
    figure = go.Figure()
    x: list[str | None] = []
    y: list[float | None] = []
    text: list[str] = []
    for fold, column in enumerate(table.T, 1):
        x += [*names, None]
        y += [*column.tolist(), None]
        text += [f"fold {fold}"] * (len(names) + 1)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name="a fold" if len(names) > 1 else "folds",
        line={"color": GREY, "width": 1},
        marker={"color": GREY, "size": 6},
        opacity=0.6,
        text=text,
        hovertemplate="%{text}, %{x}: %{y:.4g}<extra></extra>",
    )
    figure.add_scatter(
        x=names,
        y=table.mean(1).tolist(),
        mode="lines+markers" if len(names) > 1 else "markers",
        name="mean",
        line={"color": BLUE, "width": 2},
        marker={"color": BLUE, "size": 11},
        hovertemplate="mean, %{x}: %{y:.4g}<extra></extra>",
    )
    figure.add_scatter(
        x=[chosen],
        y=[float(np.mean(scores[chosen]))],
        mode="markers",
        name="recommended" if len(names) > 1 else "mean",
        marker=star(),
        showlegend=len(names) > 1,
        hoverinfo="skip",
    )
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=names)
    words = [below(name) for name in names]
    figure.update_xaxes(tickvals=names, ticktext=words, tickangle=0)
    figure.update_yaxes(title_text=metric_axis(record))
    return styled(figure)


def learning_curves(
    fits: Sequence[Sequence[FoldScore]], record: StudyRecord, epochs: int
) -> go.Figure:
    """Loss and score by epoch: the mean over folds and repeats with the folds' range as a band.

    fits: the rows of each repeat. The means end where the first repeat ended; each repeat's own
    mean goes on as a thin line. epochs: how long the answer trains, marked.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.07)
    for column, name, color, dash in LOSSES:
        _band(figure, [as_table(rows, column) for rows in fits], name, color, row=1, dash=dash)
    metric = metric_in_words(record)
    _band(figure, [as_table(rows, "metric") for rows in fits], metric, BLUE, row=2)
    figure.add_vline(
        x=epochs, line=rule(), name=f"trained to epoch {epochs}", showlegend=True, row=1, col=1
    )
    figure.add_vline(x=epochs, line=rule(), row=2, col=1)
    figure.data[-1].showlegend = False
    figure.update_yaxes(title_text="loss (lower is better)", row=1, col=1)
    figure.update_yaxes(title_text=metric_axis(record), row=2, col=1)
    figure.update_xaxes(title_text="epoch", row=2, col=1)
    if max(len(as_table(rows, "metric")) for rows in fits) <= FEW:
        figure.update_xaxes(dtick=1)
    return styled(figure, 560)


def as_table(rows: Sequence[FoldScore], column: str) -> Array:
    """(E, K) of a fit's rows, which come by epoch and fold."""
    folds = 1 + max(row.fold for row in rows)
    return np.array([getattr(row, column) for row in rows], dtype=np.float64).reshape(-1, folds)


def _band(
    figure: go.Figure, tables: list[Array], name: str, color: str, row: int, dash: str = "solid"
) -> None:
    shared = min(map(len, tables))
    for table in tables:
        if len(table) > shared:
            figure.add_scatter(
                x=list(range(shared, len(table) + 1)),
                y=table.mean(1)[shared - 1 :].tolist(),
                mode="lines",
                line={"color": color, "width": 1},
                opacity=0.5,
                showlegend=False,
                hoverinfo="skip",
                row=row,
                col=1,
            )
    every = np.concatenate([table[:shared] for table in tables], axis=1)
    epochs = list(range(1, shared + 1))
    figure.add_scatter(
        x=[*epochs, *epochs[::-1]],
        y=[*every.max(1).tolist(), *every.min(1)[::-1].tolist()],
        fill="toself",
        mode="none",
        fillcolor=BAND[color],
        showlegend=False,
        hoverinfo="skip",
        row=row,
        col=1,
    )
    figure.add_scatter(
        x=epochs,
        y=every.mean(1).tolist(),
        mode="lines" if shared > 1 else "markers",
        name=name,
        line={"color": color, "width": 2, "dash": dash},
        hovertemplate=f"epoch %{{x}}, {name}: %{{y:.4g}}<extra></extra>",
        row=row,
        col=1,
    )
