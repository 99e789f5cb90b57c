"""The report of a study: one HTML file that opens without a network."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, select_autoescape

from dropsearch.studies.claims import claims_of, fold_scores
from dropsearch.studies.plots import fold_bars, learning_curves, score_against_rate
from dropsearch.studies.recommend import Recommendation, recommend
from dropsearch.studies.records import SEARCH, StudyRecord
from dropsearch.studies.store import Store
from dropsearch.studies.tables import trials_table


def report_html(store: Store, record: StudyRecord) -> str:
    """The whole page. A study without a score gives a page that says so."""
    chosen = recommend(store, record)
    table = trials_table(store, record)
    page = Environment(
        loader=PackageLoader("dropsearch.studies", "templates"), autoescape=select_autoescape()
    )
    page.filters["short"] = _short
    return page.get_template("report.html").render(
        study=record.name,
        sentences=chosen.sentences if chosen else ["No trial has a score yet."],
        figures=_figures(store, record, chosen) if chosen else [],
        columns=table.columns,
        rows=table.rows(),
        data=_data(record),
        versions=record.versions,
    )


def _figures(store: Store, record: StudyRecord, chosen: Recommendation) -> list[dict[str, str]]:
    metric = record.metric.replace("_", " ")
    claims = claims_of(store, record.uuid, SEARCH)
    best = next(claim for claim in claims if claim.trial == chosen.trial)
    complete = sum(claim.value is not None for claim in claims)
    keys = [key for key in chosen.point if key.startswith("dropout")]
    figures = [
        (
            f"Score against {key.replace('dropout', 'the dropout rate').replace('.', ' at ')}",
            score_against_rate(claims, key, metric, chosen),
            f"The {complete} complete trials of the search. They differ in sizes and learning rate "
            "too, so the cloud shows where to look, not what a rate does by itself.",
        )
        for key in keys
    ]
    figures.append(
        (
            "Folds of the best trial",
            fold_bars(chosen, metric),
            f"The {metric} of each fold lies between {min(chosen.fold_scores):.4g} and "
            f"{max(chosen.fold_scores):.4g}; the dotted line is their mean, {chosen.score:.4g}.",
        )
    )
    rows = fold_scores(store, best.id)
    last = max(row.epoch for row in rows) + 1
    figures.append(
        (
            "Learning curves of the best trial",
            learning_curves(rows, metric, chosen.epochs - 1),
            f"Mean over the folds, with their range, over {last} epochs; epoch {chosen.epochs}, "
            f"the dotted line, has the best {metric}.",
        )
    )
    return [
        {"title": title, "html": _html(figure, first=number == 0), "caption": caption}
        for number, (title, figure, caption) in enumerate(figures)
    ]


def _html(figure: go.Figure, *, first: bool) -> str:
    """The figure as HTML; the first one brings plotly's script along."""
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=first,
        config={"displayModeBar": False, "responsive": True},
    )
    return html


def _data(record: StudyRecord) -> list[str]:
    found = record.summary
    lines = [
        f"File {record.config['data']['path']}, SHA-256 {record.fingerprint}",
        f"{found['examples']} examples from {found['series']} series, {found['rows']} rows",
        f"Features: {', '.join([*found['features'], *found['categories']])}",
        *(f"Left out: {column}: {why}" for column, why in found["left_out"].items()),
        f"Folds: {found['fold_why']}",
        f"Holdout: {found['holdout']} examples that the search did not see",
        *found["notes"],
        *found["fold_notes"],
    ]
    return lines + [
        f"Without a network, {name}: {sum(scores) / len(scores):.4g}"
        for name, scores in found["baselines"].items()
    ]


def _short(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
