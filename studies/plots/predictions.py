"""Figures of predictions beside what is true. n examples, C classes, H steps of a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dropsearch.studies.intervals.statistics import Array
from dropsearch.studies.plots.split import position
from dropsearch.studies.plots.style import BLUE, ORANGE, SLATE, plain, rule, styled

SHADES = [[0.0, "rgba(42,125,225,0)"], [1.0, "rgba(42,125,225,.6)"]]
LONGEST = 14  # letters of a class beside an axis
WIDEST = 40  # letters of all classes, up to which they lie beside each other
PANEL, BETWEEN = 240, 75  # pixels of a series, of them below it


def confusion(table: NDArray[np.int64], names: Sequence[str]) -> go.Figure:
    """(C, C) examples by class, in rows, and by what they are taken for; coloured by their share of
    the row."""
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    places = list(range(len(names)))
    words = [plain(name) for name in names]
    size = 13 if len(names) <= 10 else 11 if len(names) <= 16 else 10
    figure = go.Figure()
    figure.add_heatmap(
        z=share.tolist(),
        x=places,
        y=places,
        zmin=0,
        zmax=1,
        text=[[f"{cell:,}" for cell in row] for row in table.tolist()],
        customdata=[[[own, other] for other in words] for own in words],
        hovertemplate="%{customdata[0]} taken for %{customdata[1]}: %{text} (%{z:.0%})"
        "<extra></extra>",
        colorscale=SHADES,
        showscale=False,
        xgap=1,
        ygap=1,
    )
    there = np.argwhere(table)
    figure.add_scatter(  # its ink is the reader's
        x=there[:, 1].tolist(),
        y=there[:, 0].tolist(),
        mode="text",
        text=[f"{count:,}" for count in table[table > 0].tolist()],
        textfont={"size": size},
        hoverinfo="skip",
        showlegend=False,
    )
    ticks = {
        "tickvals": places,
        "ticktext": [plain(_short(name)) for name in names],
        "showgrid": False,
        "tickfont": {"size": size},
    }
    last, wide = len(names) - 0.5, sum(len(_short(name)) for name in names) > WIDEST
    figure.update_xaxes(title_text="taken for", range=[-0.5, last], **ticks)
    figure.update_xaxes(tickangle=(-45 if len(names) <= 12 else -90) if wide else 0)
    figure.update_yaxes(title_text="is", range=[last, -0.5], **ticks)
    return styled(figure, 150 + max(25 * len(names), 150))


def _short(name: str) -> str:
    """Its beginning and its end, by which classes are told apart."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 + 1 :]}"


def against_actual(actual: Array, predicted: Array, names: Sequence[str], target: str) -> go.Figure:
    """(n,) numbers in the user's unit; on the line they are equal."""
    ends = [float(min(actual.min(), predicted.min())), float(max(actual.max(), predicted.max()))]
    figure = go.Figure()
    figure.add_scatter(
        x=ends, y=ends, mode="lines", line=rule(), name="predicted = actual", hoverinfo="skip"
    )
    figure.add_scatter(
        x=actual.tolist(),
        y=predicted.tolist(),
        mode="markers",
        name="an example",
        marker={"color": BLUE, "size": 7, "opacity": 0.5},
        text=[plain(name) for name in names],
        hovertemplate="%{text}: %{y:.4g} where it is %{x:.4g}<extra></extra>",
    )
    figure.update_xaxes(title_text=f"{plain(target)}, actual")
    figure.update_yaxes(title_text=f"{plain(target)}, predicted")
    return styled(figure, 460)


@dataclass(frozen=True)
class Panel:
    """A series and forecasts over it.

    times, actual: of its steps, None where there is a gap. forecasts: each with the times, the
    numbers, and whose they are, `fold 2`.
    """

    name: str
    times: Sequence[str | None]
    actual: Sequence[float | None]
    forecasts: Sequence[tuple[Sequence[str | None], Sequence[float], str]]


def forecasts(panels: Sequence[Panel], target: str) -> go.Figure:
    """One below the other."""
    titles = [plain(panel.name) for panel in panels] if len(panels) > 1 else None
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        subplot_titles=titles,
        vertical_spacing=BETWEEN / (PANEL * len(panels)),
    )
    figure.update_annotations(font={"size": 13})
    dates = all(position(time) is not None for p in panels for time in p.times if time is not None)
    for row, panel in enumerate(panels, 1):
        figure.add_scatter(
            x=_axis(panel.times, dates),
            y=list(panel.actual),
            mode="lines",
            name="actual",
            showlegend=row == 1,
            line={"color": SLATE, "width": 1.5},
            hovertemplate="%{x}: %{y:.4g}<extra></extra>",
            row=row,
            col=1,
        )
        x: list[Any] = []
        y: list[float | None] = []
        text: list[str] = []
        single = all(len(said) == 1 for _, said, _ in panel.forecasts)
        for times, said, fold in panel.forecasts:
            x += [*_axis(times, dates), *([] if single else [None])]
            y += [*said, *([] if single else [None])]
            text += [fold and f", {fold}"] * (len(said) + (not single))
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines" if single else "lines+markers",
            name="forecast",
            showlegend=row == 1,
            line={"color": ORANGE, "width": 1.5},
            marker={"color": ORANGE, "size": 3},
            text=text,
            hovertemplate="%{x}: forecast %{y:.4g}%{text}<extra></extra>",
            row=row,
            col=1,
        )
    numbers = dates and isinstance(position(panels[0].times[0] or ""), float)
    figure.update_xaxes(type="linear" if numbers else "date" if dates else "category")
    figure.update_xaxes(title_text="time", row=len(panels), col=1)
    figure.update_yaxes(title_text=plain(target))
    return styled(figure, 110 + PANEL * len(panels))


def _axis(times: Sequence[str | None], dates: bool) -> list[Any]:
    return [None if time is None else position(time) if dates else time for time in times]
