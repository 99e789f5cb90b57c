"""The figure of the choices that were tried otherwise."""

from __future__ import annotations

import plotly.graph_objects as go

from dropsearch.studies.answer.answer import Answer, Standing
from dropsearch.studies.answer.words import metric_in_words, standing_in_words
from dropsearch.studies.plots.style import BLUE, GREEN, GREY, RED, rule, styled, wrapped_name

MARKS: dict[Standing, tuple[str, str]] = {
    "better": (GREEN, "triangle-right"),
    "worse": (RED, "triangle-left"),
    "as good": (BLUE, "circle"),
    "not told apart": (GREY, "circle-open"),
}
ROW = 36  # pixels


def choices(answer: Answer) -> go.Figure:
    """What each rival gains over the recommended configuration, with the interval."""
    figure = go.Figure()
    places = [*dict.fromkeys(answer.rivals.values())]
    for standing, (color, symbol) in MARKS.items():
        own = [place for place in places if answer.standings[place] == standing]
        gains = [answer.beside[place].turned for place in own]
        if not own:
            continue
        said = standing_in_words(standing)
        figure.add_scatter(
            x=[gain.mean for gain in gains],
            y=[wrapped_name(answer, place) for place in own],
            error_x={
                "array": [gain.high - gain.mean for gain in gains],
                "arrayminus": [gain.mean - gain.low for gain in gains],
                "symmetric": False,
                "color": color,
                "thickness": 2,
                "width": 5,
            },
            mode="markers",
            name=said,
            marker={"color": color, "size": 10, "symbol": symbol},
            customdata=[[gain.low, gain.high] for gain in gains],
            hovertemplate=f"%{{y}}: {said}, %{{x:.3g}} (%{{customdata[0]:.3g}} to "
            "%{customdata[1]:.3g})<extra></extra>",
        )
    figure.add_vline(x=0, line=rule())
    if answer.worth:
        figure.add_vrect(
            x0=-answer.worth, x1=answer.worth, fillcolor=GREY, opacity=0.12, line_width=0
        )
    gained = f"{metric_in_words(answer.record)} gained<br>over the recommended<br>(+ is better)"
    figure.update_xaxes(title_text=gained)
    names = [wrapped_name(answer, place) for place in reversed(places)]
    ends = [-0.6, len(places) - 0.4]
    figure.update_yaxes(categoryorder="array", categoryarray=names, range=ends)
    return styled(figure, 145 + ROW * len(places)).update_layout(showlegend=True)
