"""How our figures look.

They carry their own colours and stand on white, as optuna-dashboard and PNG files need; the report
changes ground and ink with the reader's theme. The marks can be told from white and near black.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.words import metric_in_words, name_of, rate_in_words, sizes_in_words
from dropsearch.studies.store.records import Claim, StudyRecord

BLUE, ORANGE, RED, GREEN = "#2a7de1", "#d9691f", "#d64550", "#2e9e62"
GREY, SLATE = "#8795a3", "#6f7f8f"
INK, LINE = "#33404d", "rgba(135,149,163,.3)"
BAND = {BLUE: "rgba(42,125,225,.18)", ORANGE: "rgba(217,105,31,.18)"}
LONG = 12  # letters, beyond which a title has two lines
WRAPPED = 14  # letters of a line below an axis or a panel
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


LAYOUT: dict[str, Any] = {
    "template": "none",
    "title": None,
    "paper_bgcolor": "white",
    "plot_bgcolor": "white",
    "font": {"color": INK, "size": 13, "family": FONT},
    "margin": {"l": 60, "r": 15, "t": 30, "b": 45},
    "hovermode": "closest",
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
}
AXIS: dict[str, Any] = {
    "gridcolor": LINE,
    "linecolor": LINE,
    "zeroline": False,
    "automargin": True,
    "title": {"font": {"size": 13}, "standoff": 8},
}
NOTE: dict[str, Any] = {"bgcolor": "rgba(255,255,255,.8)", "borderpad": 1}


def styled(figure: go.Figure, height: int = 400) -> go.Figure:
    """The figure in our style: no title, a faint grid, the legend above. Heights in pixels."""
    layout = figure.layout.to_plotly_json()
    axes = [name for name in ("xaxis", "yaxis", *layout) if name.startswith(("xaxis", "yaxis"))]
    notes = [note | NOTE for note in layout.get("annotations", ())]
    ours = LAYOUT | {"height": height, "annotations": notes or None} | dict.fromkeys(axes, AXIS)
    figure.layout = _with(layout, ours)  # at once: plotly takes five times as long one by one
    return figure


def _with(layout: dict[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """A layout with our values in the place of its own, those within others, too."""
    within = {
        key: _with(layout.get(key) or {}, value)
        for key, value in ours.items()
        if isinstance(value, dict)
    }
    return {**layout, **ours, **within}


def rule(dash: str = "dot") -> dict[str, Any]:
    """The style of a line that marks a value."""
    return {"color": GREY, "dash": dash, "width": 1.5}


def level(y: float, ends: Sequence[float], name: str, dash: str = "dot") -> go.Scatter:
    """Such a line at a height, between two places; the legend names it, which hides no mark."""
    return go.Scatter(
        x=[min(ends), max(ends)],
        y=[y, y],
        mode="lines",
        line=rule(dash),
        name=plain(name),
        hovertemplate=f"{plain(name)}: %{{y:.4g}}<extra></extra>",
    )


def star(size: int = 15) -> dict[str, Any]:
    """The mark of what is recommended, told by its shape, too."""
    line = {"color": "white", "width": 1}
    return {"symbol": "star", "color": ORANGE, "size": size, "line": line}


def plain(text: str) -> str:
    """Text for plotly as it stands: plotly reads tags and some entities, those of quotes not."""
    return escape(text, quote=False)


def below(text: str) -> str:
    """On lines that fit below an axis or a panel beside others."""
    return "<br>".join(map(plain, wrap(text, WRAPPED)))


def rate_axis(key: str) -> str:
    """`dropout rate`, or `dropout rate,` and the site on lines below it."""
    site = key.removeprefix("dropout").removeprefix(".").replace("_", " ")
    return f"dropout rate,<br>{below(site)}" if site else "dropout rate"


def metric_axis(record: StudyRecord) -> str:
    better = "higher" if record.direction == "maximize" else "lower"
    metric = metric_in_words(record)
    return f"{metric}{'<br>' if len(metric) > LONG else ' '}({better} is better)"


def trial_in_words(claim: Claim) -> str:
    point = claim.point or {}
    said = f"trial {claim.trial}, dropout {rate_in_words(point)}, {sizes_in_words(point)}"
    return plain(said)


def wrapped_name(answer: Answer, place: int) -> str:
    """What a configuration is called, on lines of their own beside an axis."""
    return name_of(answer, place).replace(", ", ",<br>")
