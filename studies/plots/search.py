"""Figures of a search: its scores by rate, importance, parallel coordinates, the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import optuna
import plotly.graph_objects as go
from optuna.distributions import IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from optuna.visualization import plot_parallel_coordinate
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from dropsearch.studies.answer.words import metric_in_words
from dropsearch.studies.claims.ranking import front, scored
from dropsearch.studies.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    below,
    metric_axis,
    plain,
    rate_axis,
    star,
    styled,
    trial_in_words,
)
from dropsearch.studies.store.records import Claim, StudyRecord

UNITS = {"parameters": "parameters of one network", "cost": "multiply-adds of its training"}
SCALE = [GREY, BLUE]  # worse to better
AXIS = 110  # pixels that an axis of the parallel coordinates needs
PANEL = 125  # that a rate beside others needs
NOT_DRAWN = "not drawn"  # a rate that the network of a trial has no place for
MOST_LINES = 300  # of the parallel coordinates: more cannot be told apart


def pale(trials: Sequence[Claim], key: str, record: StudyRecord) -> go.Scatter:
    """The complete trials' scores by the rate `key`, to stand behind something."""
    done = scored(trials, key)
    return go.Scatter(
        x=[claim.point[key] for claim in done],  # type: ignore[index]
        y=[claim.value for claim in done],
        mode="markers",
        name="trials of the search",
        marker={"color": GREY, "size": 6, "opacity": 0.45},
        text=[trial_in_words(claim) for claim in done],
        hovertemplate="%{text}: " + metric_in_words(record) + " %{y:.4g}<extra></extra>",
    )


def searched_rates(claims: Sequence[Claim]) -> list[str]:
    """The rates that differ among the trials; where none does, the first that is above 0."""
    points = [claim.point for claim in claims if claim.point]
    keys = dict.fromkeys(k for point in points for k in point if k.startswith("dropout"))
    values = {key: {point[key] for point in points if key in point} for key in keys}
    differing = [key for key in keys if len(values[key]) > 1]
    return differing or sorted(keys, key=lambda key: not any(values[key]))[:1]


def search_rates(record: StudyRecord, claims: Sequence[Claim], best: Claim) -> go.Figure:
    """Every complete trial's score against each rate, the best trial marked."""
    assert best.point is not None
    keys = searched_rates(claims)
    figure = make_subplots(rows=1, cols=len(keys), shared_yaxes=True, horizontal_spacing=0.04)
    for col, key in enumerate(keys, 1):
        dots = pale(claims, key, record)
        dots.update(showlegend=col == 1, marker={"opacity": 0.7, "size": 8})
        figure.add_trace(dots, row=1, col=col)
        figure.add_scatter(
            x=[best.point[key]],
            y=[best.value],
            mode="markers",
            name="best trial",
            showlegend=col == 1,
            marker=star(),
            hovertemplate=f"{trial_in_words(best)}: %{{y:.4g}}<extra></extra>",
            row=1,
            col=col,
        )
        figure.update_xaxes(title_text=rate_axis(key), row=1, col=col)
    figure.update_yaxes(title_text=metric_axis(record), row=1, col=1)
    return styled(figure)


def search_losses(
    claims: Sequence[Claim], losses: Mapping[int, tuple[float, float]], key: str
) -> go.Figure:
    """Training and validation loss of the complete trials at their best epochs, by rate.

    losses: by id of the claim, (training with dropout off, validation).
    """
    figure = go.Figure()
    done = [claim for claim in scored(claims, key) if claim.id in losses]
    for which, name, color, symbol in (
        (0, "training, dropout off", ORANGE, "square"),
        (1, "validation", BLUE, "circle"),
    ):
        figure.add_scatter(
            x=[claim.point[key] for claim in done],  # type: ignore[index]
            y=[losses[claim.id][which] for claim in done],
            mode="markers",
            name=name,
            marker={"color": color, "size": 8, "opacity": 0.75, "symbol": symbol},
            text=[trial_in_words(claim) for claim in done],
            hovertemplate=f"%{{text}}: {name} loss %{{y:.4g}}<extra></extra>",
        )
    figure.update_xaxes(title_text=rate_axis(key))
    figure.update_yaxes(title_text="loss (lower is better)")
    return styled(figure)


def importance(shares: Mapping[str, float]) -> go.Figure:
    """Shares that sum to 1, the largest above."""
    order = sorted(shares, key=shares.__getitem__)
    figure = go.Figure(
        go.Bar(
            x=[shares[key] for key in order],
            y=[key.replace("_", " ") for key in order],
            orientation="h",
            marker={"color": BLUE},
            texttemplate="%{x:.0%}",
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.2 * max(shares.values())])
    figure.update_xaxes(title_text="share of the importance")
    return styled(figure, 110 + 36 * len(order))


def pareto(record: StudyRecord, claims: Sequence[Claim]) -> go.Figure:
    """Score against the second objective, with the front that no trial beats in both."""
    other = record.config["search"]["objectives"][1]
    sign = -1 if record.direction == "maximize" else 1
    done = [claim for claim in scored(claims) if getattr(claim, other) is not None]
    done.sort(key=lambda claim: (sign * (claim.value or 0.0), getattr(claim, other)))
    best = front(done, other)
    figure = go.Figure()
    for name, own, style in (
        ("others", [c for c in done if c not in best], {"mode": "markers"}),
        ("front", best, {"mode": "lines+markers", "line": {"shape": "vh", "color": BLUE}}),
    ):
        figure.add_scatter(
            x=[getattr(claim, other) for claim in own],
            y=[claim.value for claim in own],
            name=name,
            marker={"color": BLUE if name == "front" else GREY, "size": 9},
            text=[trial_in_words(claim) for claim in own],
            hovertemplate="%{text}: %{y:.4g} at %{x:,.4g}<extra></extra>",
            **style,
        )
    values = [getattr(claim, other) for claim in done]
    wide = bool(values) and min(values) > 0 and max(values) > 20 * min(values)
    figure.update_xaxes(title_text=UNITS[other], type="log" if wide else "linear")
    figure.update_yaxes(title_text=metric_axis(record))
    return styled(figure)


def parallel(study: optuna.study.Study, record: StudyRecord) -> go.Figure:
    """Optuna's parallel coordinates of the complete trials, of the best `MOST_LINES` at most.

    The better a line, the bluer it is, the higher it begins, and the nearer it is to the eye.
    """
    sign = -1 if record.direction == "maximize" else 1
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(trials) > MOST_LINES:
        trials.sort(key=lambda trial: sign * trial.values[0])
        study = _in_memory(study.directions, trials[:MOST_LINES])
    figure = plot_parallel_coordinate(
        study, target=lambda trial: trial.values[0], target_name=metric_in_words(record)
    )
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    (scale,) = [trace for trace in figure.data if trace.mode == "markers"]
    if sign == 1:
        _turn(figure, lines)
    good = [trace.y[0] for trace in lines]
    colors = sample_colorscale(SCALE, [min(max(share, 0.0), 1.0) for share in good])
    for trace, color, share in zip(lines, colors, good, strict=True):
        trace.line.color, trace.opacity = color, 0.3 + 0.6 * share
    colored = SCALE if sign == -1 else SCALE[::-1]
    scale.marker.update(colorscale=colored, reversescale=False)
    scale.marker.colorbar.update(
        title={"text": metric_axis(record).replace(" (", "<br>("), "side": "top"},
        thickness=12,
        outlinewidth=0,
    )
    figure.data = [scale, *(lines[i] for i in sorted(range(len(lines)), key=good.__getitem__))]
    figure.update_annotations(font={"size": 10, "color": None})
    _spell(figure, lines, study, metric_in_words(record))
    styled(figure, 420).update_xaxes(showline=False)
    return figure.update_layout(margin={"t": 15})


def _turn(figure: go.Figure, lines: Sequence[go.Scatter]) -> None:
    """The first axis upside down: the lowest score on top."""
    for trace in lines:
        trace.y = [1 - trace.y[0], *trace.y[1:]]
    figure.for_each_annotation(lambda a: a.update(y=1 - a.y), selector={"x": 0})


def _spell(
    figure: go.Figure, lines: Sequence[go.Scatter], study: optuna.Study, metric: str
) -> None:
    """Its axes in words: Optuna cuts names of 20 letters, calls a value that a trial does not have
    None, and puts ticks between whole numbers."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    kinds = {key: kind for trial in trials for key, kind in trial.distributions.items()}
    keys = sorted(kinds)  # as Optuna has them
    names = [name.replace("_", " ") for name in (metric, *keys)]
    figure.update_xaxes(ticktext=["<br>".join(map(below, name.split("."))) for name in names])
    for trace in lines:
        values = [NOT_DRAWN if value == "None" else value for _, value in trace.customdata]
        trace.customdata = [[plain(name), value] for name, value in zip(names, values, strict=True)]
    whole = {i for i, key in enumerate(keys, 1) if isinstance(kinds[key], IntDistribution)}
    notes = [a for a in figure.layout.annotations if a.x not in whole or _is_whole(a.text)]
    figure.layout.annotations = notes
    figure.for_each_annotation(lambda a: a.update(text=NOT_DRAWN), selector={"text": "None"})


def _is_whole(tick: str) -> bool:
    return tick == "None" or float(tick).is_integer()


def _in_memory(directions: Sequence[StudyDirection], trials: list[FrozenTrial]) -> optuna.Study:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of each new study
    try:
        study = optuna.create_study(directions=directions)
    finally:
        optuna.logging.set_verbosity(before)
    study.add_trials(trials)
    return study
