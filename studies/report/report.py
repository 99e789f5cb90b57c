"""The report of a study: one HTML file that opens without a network."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.words import (
    ahead_in_words,
    metric_in_words,
    scaling_in_words,
    targets_in_words,
    texts_in_words,
)
from dropsearch.studies.claims.progress import progress
from dropsearch.studies.commands import command
from dropsearch.studies.recommend.answer_table import answer_rows
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.recommend.yaml_text import write_yaml
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.of_search import trials_sentence
from dropsearch.studies.report.part import Part
from dropsearch.studies.report.parts import after_the_trials, before_the_trials
from dropsearch.studies.report.tables import best_first, trials_table, without_alike
from dropsearch.studies.report.use import use
from dropsearch.studies.snippets.paper import Paper
from dropsearch.studies.store.records import DONE, FAILED, FINISHED, StudyRecord
from dropsearch.studies.store.store import Store


def report_html(store: Store, record: StudyRecord) -> str:
    """The whole page. What a study has not (yet) is said in its place."""
    evidence = Evidence(store, record)
    chosen, answer = evidence.chosen, evidence.answer
    before, after = before_the_trials(evidence), after_the_trials(evidence)
    trials, alike = without_alike(best_first(trials_table(store, record), record))
    text: str = _page().render(
        study=record.name,
        state=_state(store, record),
        headline=chosen.headline if chosen else None,
        sentences=chosen.sentences if chosen else [_no_answer(record)],
        warnings=chosen.warnings if chosen else [],
        metric=metric_in_words(record),
        table=answer_rows(chosen.table) if chosen else [],
        level=None if chosen is None or chosen.level is None else f"{100 * chosen.level:.4g} %",
        error_name="corrected standard error" if answer is None else answer.error_name,
        holding=_holding(answer),
        answer=Markup(_inert(_answer(chosen))),
        before=before,
        after=after,
        figures=Markup(_inert(_figures([*before, *after]))),
        trials_sentence=trials_sentence(evidence),
        finalists=evidence.finalists,
        heads={"value": metric_in_words(record)},
        order="descending" if record.direction == "maximize" else "ascending",
        trials=trials,
        alike=[f"{key.replace('_', ' ')} {_short(value)}" for key, value in alike.items()],
        data=_data(record),
        config=write_yaml(record.config),
        use=use(evidence),
        paper=None if chosen is None else Paper.of(store, record, answer, chosen),
        again=command("launch", "study.yaml"),
        fingerprint=record.fingerprint,
        versions=record.versions,
        plotly=Markup(get_plotlyjs()),
    )
    return text


@cache
def _page() -> Template:
    loader = PackageLoader("dropsearch.studies.report")
    templates = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    templates.filters |= {"short": _short, "exact": _exact}
    return templates.get_template("report.html")


def _holding(answer: Answer | None) -> str:
    """What the intervals in the table hold for."""
    each = [False] if answer is None else [answer.of_each(v) for v in (answer.zero, answer.half)]
    if all(each):
        return "each rate"
    if not any(each):
        return "all rates at once"
    one, other = ("no dropout", "0.5") if each[0] else ("0.5", "no dropout")
    return f"each rate (over {one}) or all rates at once (over {other})"


def _no_answer(record: StudyRecord) -> str:
    return f"No trial has a score{'' if record.phase == DONE else ' yet'}, so there is no answer."


def _state(store: Store, record: StudyRecord) -> list[str]:
    """Sentences on a study that is not finished, or whose search ended early."""
    said = [record.note] if record.note else []
    seen = progress(store, record.uuid)
    if record.phase == DONE or seen is None:
        return said
    ended = seen.count(FINISHED, FAILED, phase=record.phase)
    stands = "was stopped" if record.halted else "is not finished"
    return [
        f"The study {stands}: in its phase {record.phase!r} {ended} of "
        f"{seen.count(phase=record.phase):,} fits have ended. This page shows what there is.",
        *said,
    ]


def _answer(chosen: Recommendation | None) -> str:
    return json.dumps(None if chosen is None else _finite(chosen.as_dict()), indent=1)


def _finite(value: Any) -> Any:
    """The same with null for what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _figures(parts: list[Part]) -> str:
    """JSON of all figures by slug."""
    shown = {part.slug: part.figure for part in parts if part.figure is not None}
    return "{" + ",".join(f"{json.dumps(slug)}:{_json(one)}" for slug, one in shown.items()) + "}"


def _json(figure: go.Figure) -> str:
    text: str = figure.to_json(validate=False)
    return text


def _inert(text: str) -> str:
    """JSON that cannot end its <script>: in it, < stands in strings alone."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _data(record: StudyRecord) -> list[str]:
    found = record.summary
    lines = [f"File {record.config['data']['path']}"]
    if "text" in found:
        lines.append(texts_in_words(found["text"], found["lengths"], found["examples"]))
    else:
        lines += [
            f"{found['examples']:,} examples from {found['series']:,} series, "
            f"{found['rows']:,} rows",
            f"Features: {', '.join([*found['features'], *found['categories']]) or 'none'}",
        ]
        if ahead := ahead_in_words(found.get("known", ()), found.get("cycles", ())):
            lines.append(f"Known ahead: {ahead}")
        if "scaling" in found:
            lines.append(f"Scaling: {scaling_in_words(found['scaling'])}")
    if "classes" in found:
        counts = ", ".join(f"{name} ({count:,})" for name, count in found["classes"].items())
        lines.append(f"Classes: {counts}")
    if "targets" in found:
        targets = targets_in_words(found["targets"], found.get("weights", {}))
        lines.append(f"Targets: {targets}")
    lines += [f"Folds: {found['fold_why']}", *found["notes"], *found["fold_notes"]]
    lines += [
        f"Without a network, {name}: {sum(scores) / len(scores):.4g} on the folds"
        for name, scores in found["baselines"].items()
    ]
    return lines + [
        f"Without a network, {name} of {target}: {score:.4g} on the folds"
        for target, scores in found.get("target_baselines", {}).items()
        for name, score in scores.items()
    ]


def _short(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _exact(cell: Any) -> str | None:
    """What the short form of a number has lost; None where it has lost nothing."""
    return repr(cell) if isinstance(cell, float) and float(_short(cell)) != cell else None
