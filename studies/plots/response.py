"""The figure that answers "which rate?": the response curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.words import best_baseline, metric_in_words
from dropsearch.studies.plots.search import pale
from dropsearch.studies.plots.style import (
    BAND,
    BLUE,
    GREY,
    RED,
    SLATE,
    level,
    metric_axis,
    rate_axis,
    star,
    styled,
    wrapped_name,
)
from dropsearch.studies.store.records import Claim

# How an interval over rate 0 lies: colour and shape
SURE, HURTS, OPEN = (BLUE, "triangle-up"), (RED, "triangle-down"), (SLATE, "circle-open")


def response_curve(answer: Answer, trials: Sequence[Claim]) -> go.Figure:
    """Score against rate at the recommended sizes; below it the differences to no dropout.

    Above: means with their standard errors, controls marked, the search's complete trials pale
    behind. Several searched rates: one panel for each site, the other rates held.
    """
    if not answer.rates:
        return _sites(answer, trials)
    differences = _over_zero(answer)
    rows = 2 if differences else 1
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.07,
        row_heights=[0.62, 0.38] if rows == 2 else None,
    )
    key = answer.curve["key"]
    assert key is not None
    figure.add_trace(pale(trials, key, answer.record), row=1, col=1)
    _curve(figure, answer, answer.rates)
    _controls(figure, answer)
    low, high = frame(answer, trials)
    _without_network(figure, answer, low, high)
    if differences:
        _differences(figure, answer, differences)
    figure.update_yaxes(title_text=metric_axis(answer.record), range=[low, high], row=1, col=1)
    figure.update_xaxes(title_text=rate_axis(key), row=rows, col=1)
    return styled(figure, 500 if rows == 2 else 400)


def _without_network(figure: go.Figure, answer: Answer, low: float, high: float) -> None:
    """The best baseline as a line, with its standard error where it ran on the curve's folds."""
    found = network(answer)
    if found is None:
        name, score, error = "without a network", best_baseline(answer.record)[1], 0.0
    else:
        place = found.baselines[found.best]
        name, score = found.best, float(answer.observations[place].mean())
        error = answer.standard_error(place)
    if score is None or not low < score < high:
        return
    line = level(score, [*answer.rates.values()], name, "dashdot")
    figure.add_trace(line, row=1, col=1)
    if 0 < error < np.inf:
        ends = {"y0": max(score - error, low), "y1": min(score + error, high)}
        figure.add_hrect(**ends, fillcolor=GREY, opacity=0.12, line_width=0, row=1, col=1)


def frame(answer: Answer, trials: Sequence[Claim]) -> tuple[float, float]:
    """Ends of the score's axis: the curve with its errors, and trials and the best baseline as far
    as one more span.

    So that a few hopeless trials do not flatten the curve.
    """
    places = [*answer.rates] or answer.networks
    means = [(answer.observations[p].mean(), answer.standard_error(p)) for p in places]
    control = answer.curve["control"]
    if control in answer.observations:
        means.append((answer.observations[control].mean(), answer.standard_error(control)))
    ends = [mean + sign * error for mean, error in means for sign in (-1, 1) if error < np.inf]
    low, high = min(ends), max(ends)
    span = high - low or abs(high) or 1.0
    values = [claim.value for claim in trials if claim.value is not None]
    found = network(answer)
    if found is not None:
        values.append(float(answer.observations[found.baselines[found.best]].mean()))
    low = max(min([low, *values]), low - span)
    high = min(max([high, *values]), high + span)
    edge = 0.05 * (high - low or span)
    return low - edge, high + edge


def _over_zero(answer: Answer) -> list[tuple[float, int]]:
    """(rate, place) of the rates that are held against rate 0."""
    zero = answer.curve["zero"]
    return [
        (rate, place)
        for place, rate in answer.rates.items()
        if (place, zero) in answer.against_zero
    ]


def _curve(
    figure: go.Figure, answer: Answer, rates: Mapping[int, float], col: int = 1, legend: bool = True
) -> None:
    """Means of the places at their rates, their errors as a band, the recommended one marked."""
    metric = metric_in_words(answer.record)
    places = sorted(rates, key=rates.__getitem__)
    x = [rates[place] for place in places]
    mean = np.array([answer.observations[place].mean() for place in places])
    error = np.array([answer.standard_error(place) for place in places])
    error = np.where(np.isfinite(error), error, 0.0)
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*(mean + error).tolist(), *(mean - error)[::-1].tolist()],
        fill="toself",
        mode="none",
        fillcolor=BAND[BLUE],
        showlegend=False,
        hoverinfo="skip",
        row=1,
        col=col,
    )
    figure.add_scatter(
        x=x,
        y=mean.tolist(),
        mode="lines+markers",
        name="mean ± standard error",
        showlegend=legend,
        line={"color": BLUE, "width": 2},
        marker={"size": 7, "color": BLUE},
        customdata=error.tolist(),
        hovertemplate=f"rate %{{x:.3g}}: {metric} %{{y:.4g}} ± %{{customdata:.2g}}<extra></extra>",
        row=1,
        col=col,
    )
    chosen = answer.recommended
    if chosen in rates:
        figure.add_scatter(
            x=[rates[chosen]],
            y=[float(answer.observations[chosen].mean())],
            mode="markers",
            name="recommended",
            showlegend=legend,
            marker=star(),
            hovertemplate=f"recommended: {metric} %{{y:.4g}}<extra></extra>",
            row=1,
            col=col,
        )


def _controls(figure: go.Figure, answer: Answer) -> None:
    curve, metric = answer.curve, metric_in_words(answer.record)
    tuned = None if curve["control"] == curve["zero"] else curve["control"]
    marks = [
        (curve["zero"], 0.0, "square-open", "no dropout"),
        (curve["half"], 0.5, "diamond-open", "0.5, the habit"),
        (tuned, 0.0, "x-thin-open", "best without dropout"),
    ]
    for place, rate, symbol, name in marks:
        if place not in answer.observations:
            continue
        figure.add_scatter(
            x=[rate],
            y=[float(answer.observations[place].mean())],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 15, "color": SLATE, "line": {"width": 2}},
            hovertemplate=f"{name}: {metric} %{{y:.4g}}<extra></extra>",
            row=1,
            col=1,
        )


def _differences(figure: go.Figure, answer: Answer, rates: Sequence[tuple[float, int]]) -> None:
    """Each rate minus rate 0 with its interval, positive where it is better.

    A triangle upwards lies wholly above 0, one downwards wholly below.
    """
    metric, zero = metric_in_words(answer.record), answer.curve["zero"]
    found = [answer.against_zero[place, zero] for _, place in rates]
    reach = [(one.high - one.mean, one.mean - one.low) for one in found]
    bars = [pair if np.isfinite(pair).all() else (0.0, 0.0) for pair in reach]
    marks = [SURE if one.low > 0 else HURTS if one.high < 0 else OPEN for one in found]
    # one trace for each colour, since error bars have but one
    for color, symbol in dict.fromkeys(marks):
        own = [i for i, other in enumerate(marks) if other == (color, symbol)]
        figure.add_scatter(
            x=[rates[i][0] for i in own],
            y=[found[i].mean for i in own],
            error_y={
                "array": [bars[i][0] for i in own],
                "arrayminus": [bars[i][1] for i in own],
                "symmetric": False,
                "color": color,
                "thickness": 2,
                "width": 5,
            },
            mode="markers",
            marker={"color": color, "size": 9, "symbol": symbol},
            showlegend=False,
            customdata=[[found[i].low, found[i].high] for i in own],
            hovertemplate="rate %{x:.3g}: %{y:.3g} better than none, between %{customdata[0]:.3g} "
            "and %{customdata[1]:.3g}<extra></extra>",
            row=2,
            col=1,
        )
    figure.add_hline(y=0, line={"color": SLATE, "width": 1.5}, row=2, col=1)
    if answer.worth:
        ends = [*answer.rates.values()]
        figure.add_trace(
            level(answer.worth, ends, f"worth having: {answer.worth:.2g}"), row=2, col=1
        )
    figure.update_yaxes(title_text=f"{metric} gained<br>over no dropout", row=2, col=1)


def _sites(answer: Answer, trials: Sequence[Claim]) -> go.Figure:
    """One panel for each searched rate, the others as recommended; without any: the controls."""
    sites = answer.curve["sites"]
    if not sites:
        return _family(answer)
    figure = make_subplots(rows=1, cols=len(sites), shared_yaxes=True, horizontal_spacing=0.04)
    for col, (key, rates) in enumerate(sites.items(), 1):
        figure.add_trace(pale(trials, key, answer.record), row=1, col=col)
        figure.data[-1].showlegend = col == 1
        fitted = {place: rate for rate, place in rates if place in answer.observations}
        _curve(figure, answer, fitted, col, legend=col == 1)
        figure.update_xaxes(title_text=rate_axis(key), row=1, col=col)
    figure.update_yaxes(title_text=metric_axis(answer.record), row=1, col=1)
    figure.update_yaxes(range=frame(answer, trials))
    return styled(figure)


def _family(answer: Answer) -> go.Figure:
    """The configurations compared, as dots with their errors."""
    figure = go.Figure()
    places = answer.family
    figure.add_scatter(
        x=[float(answer.observations[place].mean()) for place in places],
        y=[wrapped_name(answer, place) for place in places],
        error_x={"array": [answer.standard_error(place) for place in places], "color": BLUE},
        mode="markers",
        marker={"color": BLUE, "size": 10},
        hovertemplate="%{y}: %{x:.4g}<extra></extra>",
    )
    figure.update_xaxes(title_text=metric_axis(answer.record))
    return styled(figure, 120 + 45 * len(places))
