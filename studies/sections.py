"""The report's pictures in their order, each with the sentence that says what it shows here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dropsearch.studies import plots, plots_data, plots_fits, plots_search
from dropsearch.studies.answer import Answer
from dropsearch.studies.evidence import Evidence
from dropsearch.studies.members import is_redrawn
from dropsearch.studies.ranking import front
from dropsearch.studies.records import FAILED, FINISHED, RUNNING, Claim
from dropsearch.studies.statistics import Array
from dropsearch.studies.words import (
    metric_in_words,
    rate_in_words,
    sizes_in_words,
)

NONE_YET = "Not shown: no trial has a score yet."


@dataclass(frozen=True)
class Section:
    """slug: names its file and its place on the page. figure: None where it cannot be drawn."""

    slug: str
    title: str
    sentence: str
    figure: go.Figure | None = None


def before_the_trials(evidence: Evidence) -> list[Section]:
    """What comes before the table of trials."""
    several = len(evidence.record.directions) > 1
    made = [_response, *([_pareto] if several else []), _overfitting, _folds, _learning]
    return [make(evidence) for make in (*made, _importance, _parallel)]


def after_the_trials(evidence: Evidence) -> list[Section]:
    """What comes after it; the picture of the split is the last."""
    return [_timeline(evidence), _split(evidence)]


def _response(evidence: Evidence) -> Section:
    slug, title = "response-curve", "Score by dropout rate"
    answer, best = evidence.answer, evidence.best
    if answer is not None:
        figure = plots.response_curve(answer, evidence.trials)
        return Section(slug, title, _of_curve(answer, evidence.complete), figure)
    if best is None or not any(key.startswith("dropout") for key in best.point or {}):
        return Section(slug, title, NONE_YET)
    why = (
        "The study leaves the curve out (confirm: null)"
        if evidence.record.config["confirm"] is None
        else "The curve at equal sizes has not been fitted"
    )
    said = (
        f"The {_count(evidence.complete, 'complete trial')} of the search. {why}; these trials "
        "differ in sizes and learning rate too, so the cloud shows where to look, not what a rate "
        "does by itself."
    )
    return Section(
        slug, title, said, plots_search.search_rates(evidence.record, evidence.complete, best)
    )


def _of_curve(answer: Answer, trials: Sequence[Claim]) -> str:
    unit = metric_in_words(answer.record)
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    said = [f"With {sizes_in_words(chosen.point)}, {unit} is {_scores(answer)}."]
    family = [
        answer.against_zero[place, answer.plan["zero"]]
        for place in answer.rates
        if (place, answer.plan["zero"]) in answer.against_zero
    ]
    if family:
        above, below = sum(d.low > 0 for d in family), sum(d.high < 0 for d in family)
        said.append(
            f"Below, what each rate gains over none, with intervals that hold for all at once at "
            f"{100 * answer.level:.4g} %: {above} of {len(family)} lie wholly above 0, {below} "
            "wholly below."
        )
    if not answer.rates:
        said.append("Each panel changes one rate, the others as recommended; it only describes.")
    low, high = plots.frame(answer, trials)
    outside = sum(not low <= (claim.value or 0.0) <= high for claim in trials)
    if outside:
        said.append(f"{_count(outside, 'trial')} of the search lie outside the picture.")
    return " ".join(said)


def _scores(answer: Answer) -> str:
    """`0.95 ± 0.01 at the recommended rate of 0.3, 0.93 ± 0.01 without dropout`"""
    parts = [(answer.recommended, f"at the recommended rate of {_rate(answer)}")]
    parts += [
        (place, words)
        for place, words in (
            (answer.plan["zero"], "without dropout"),
            (answer.plan["half"], "at 0.5"),
        )
        if place in answer.observations and place != answer.recommended
    ]
    return _listed(
        f"{answer.observations[place].mean():.4g} ± {answer.standard_error(place):.2g} {words}"
        for place, words in parts
    )


def _overfitting(evidence: Evidence) -> Section:
    slug, title = "overfitting", "What dropout does to overfitting"
    answer = evidence.answer
    if answer is not None:
        said = [
            "Training loss, measured with dropout off, against validation loss. Validation is "
            f"above training by {_gaps(answer)}."
        ]
        return Section(slug, title, " ".join(said), plots.overfitting(answer))
    best = evidence.best
    key = next((key for key in (best and best.point) or {} if key.startswith("dropout")), None)
    if best is None or key is None:
        return Section(slug, title, NONE_YET)
    train, validate = evidence.losses[best.id]
    said = [
        "Training loss, measured with dropout off, against validation loss of the search's "
        f"complete trials; in the best one validation is above training by {validate - train:.2g}."
    ]
    figure = plots_search.search_losses(evidence.complete, evidence.losses, key)
    return Section(slug, title, " ".join(said), figure)


def _gaps(answer: Answer) -> str:
    names = {answer.plan["zero"]: "without dropout", answer.plan["half"]: "at 0.5"}
    names[answer.recommended] = "as recommended"
    parts = []
    for place, words in names.items():
        member = None if place is None else answer.members[place]
        if member is not None:
            parts.append(f"{member.val_loss.mean() - member.train_loss.mean():.2g} {words}")
    return _listed(parts)


def _folds(evidence: Evidence) -> Section:
    slug, title = "folds", "Fold by fold"
    columns, chosen = _columns(evidence)
    if not columns:
        return Section(slug, title, NONE_YET)
    record = evidence.record
    sign = 1 if record.direction == "maximize" else -1
    own = columns[chosen]
    what = "each a fold of one repeat" if _redrawn(evidence) else "each a fold"
    said = [
        f"{_count(len(own), 'line')}, {what}.",
        f"The {_lower(chosen)} lies between {own.min():.4g} and {own.max():.4g}.",
    ]
    said += [
        f"Against {_lower(name)} it is {_won(sign * (own - other))}."
        for name, other in columns.items()
        if name != chosen
    ]
    return Section(slug, title, " ".join(said), plots_fits.paired_folds(columns, record, chosen))


def _won(gains: Array) -> str:
    """`better in 5 folds, equal in 1, worse in 3`"""
    counts = {"better": (gains > 0).sum(), "equal": (gains == 0).sum(), "worse": (gains < 0).sum()}
    return ", ".join(f"{word} in {count}" for word, count in counts.items() if count)


def _redrawn(evidence: Evidence) -> bool:
    return evidence.answer is not None and is_redrawn(evidence.record)


def _columns(evidence: Evidence) -> tuple[dict[str, Array], str]:
    """Fold scores of the best and the controls, by name, and the name of the best."""
    answer = evidence.answer
    if answer is not None:
        plan = answer.plan
        names = {plan["control"]: "The best without dropout", plan["zero"]: "No dropout"}
        names[answer.recommended] = f"Recommended ({_rate(answer)})"
        names.setdefault(plan["half"], "Dropout 0.5")
        columns = {
            name: answer.observations[place]
            for place, name in names.items()
            if place in answer.observations
        }
        return columns, names[answer.recommended]
    best = evidence.best
    if best is None:
        return {}, ""
    chosen = f"Best trial, dropout {rate_in_words(best.point or {})}"
    columns = {}
    for name, rate in (("No dropout", 0.0), ("Dropout 0.5", 0.5)):
        other = _best_at(evidence, rate)
        if other is not None and other is not best:
            columns[name] = np.array(evidence.scores_of(other))
    columns[chosen] = np.array(evidence.scores_of(best))
    return columns, chosen


def _rate(answer: Answer) -> str:
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    return rate_in_words(chosen.point)


def _best_at(evidence: Evidence, rate: float) -> Claim | None:
    """The best complete trial with every rate at `rate`."""
    sign = 1 if evidence.record.direction == "maximize" else -1
    own = [
        claim
        for claim in evidence.complete
        if all(v == rate for k, v in (claim.point or {}).items() if k.startswith("dropout"))
    ]
    return max(own, key=lambda claim: sign * (claim.value or 0.0), default=None)


def _learning(evidence: Evidence) -> Section:
    slug, title = "learning-curves", "Learning curves"
    chosen = evidence.chosen
    if chosen is None or not evidence.fits:
        return Section(slug, title, NONE_YET)
    tables = [plots_fits.as_table(rows, "val_loss") for rows in evidence.fits]
    shared = min(map(len, tables))
    loss = np.concatenate([table[:shared] for table in tables], axis=1).mean(1)
    lowest = int(loss.argmin())
    whose = "the recommended configuration" if evidence.answer else f"trial {chosen.trial}"
    folds = tables[0].shape[1]
    repeats = "" if len(tables) == 1 else f"{len(tables)} x "
    end = "" if lowest == shared - 1 else f" and {loss[-1]:.4g} after epoch {shared}"
    said = (
        f"Means over {repeats}{folds} folds of {whose}, with the range of the folds. Validation "
        f"loss is lowest after epoch {lowest + 1} ({loss[lowest]:.4g}){end}; the dotted line is "
        "the recommended length of training."
    )
    if max(map(len, tables)) > shared:
        said += " Thin lines: repeats that went on longer."
    figure = plots_fits.learning_curves(evidence.fits, evidence.record, chosen.epochs)
    return Section(slug, title, said, figure)


def _importance(evidence: Evidence) -> Section:
    slug, title = "importance", "What mattered in the search"
    found = evidence.importance
    if found is None:
        return Section(slug, title, _why_no_importance(evidence))
    names = [
        f"{key.replace('_', ' ')} ({share:.0%})" for key, share in list(found.shares.items())[:3]
    ]
    said = (
        f"What sets the best {found.best} of {found.trials} complete trials apart from the rest: "
        f"{_listed(names)}. Shares by PED-ANOVA; they say where good trials lie, not by how much a "
        "value changes the score."
    )
    if found.trials < 50:
        said += " With so few trials they are rough."
    return Section(slug, title, said, plots_search.importance(found.shares))


def _why_no_importance(evidence: Evidence) -> str:
    if evidence.optuna_study is None:
        return "Not shown: the trials in Optuna's tables are gone."
    values = {claim.value for claim in evidence.complete}
    if len(evidence.complete) >= 10 and len(values) == 1:
        return "Not shown: all complete trials have the same score."
    return (
        "Not shown: this needs ten complete trials with scores that differ, and two searched "
        f"values; there are {_count(evidence.complete, 'complete trial')}."
    )


def _parallel(evidence: Evidence) -> Section:
    slug, title = "parallel-coordinates", "Trials side by side"
    study = evidence.optuna_study
    if study is None:
        return Section(slug, title, "Not shown: the trials in Optuna's tables are gone.")
    if len(evidence.complete) < 2:
        return Section(slug, title, "Not shown: fewer than two trials have a score.")
    sign = 1 if evidence.record.direction == "maximize" else -1
    ranked = sorted(evidence.complete, key=lambda claim: -sign * (claim.value or 0.0))
    top = ranked[: max(3, len(ranked) // 10)]
    shown = min(len(ranked), plots_search.MOST_LINES)
    which = "Each line is a trial" if shown == len(ranked) else f"The best {shown} trials"
    said = (
        f"{which}, from its score on the left through its values; the bluer, the better. "
        f"The best {len(top)} have {_ranges(top)}."
    )
    return Section(slug, title, said, plots_search.parallel(study, evidence.record))


def _ranges(claims: Sequence[Claim]) -> str:
    """`dropout 0.1 to 0.3 and hidden size 64`, of what differs in the search or is a rate."""
    keys = [
        key
        for key in claims[0].point or {}
        if key.startswith("dropout") or key in ("hidden_size", "layers", "learning_rate")
    ]
    parts = []
    for key in keys:
        values = [(claim.point or {})[key] for claim in claims if key in (claim.point or {})]
        ends = dict.fromkeys(
            f"{value:.2g}" if isinstance(value, float) else f"{value}"
            for value in (min(values), max(values))
        )
        parts.append(f"{key.replace('_', ' ')} {' to '.join(ends)}")
    return _listed(parts)


def _number(value: float) -> str:
    return f"{value:.2g}" if isinstance(value, float) else f"{value:,}"


def _pareto(evidence: Evidence) -> Section:
    slug, title = "pareto", "Score against effort"
    other = evidence.record.config["search"]["objectives"][1]
    done = [claim for claim in evidence.complete if getattr(claim, other) is not None]
    if not done:
        return Section(slug, title, NONE_YET)
    sign = 1 if evidence.record.direction == "maximize" else -1
    best = front(sorted(done, key=lambda c: (-sign * (c.value or 0.0), getattr(c, other))), other)
    unit = metric_in_words(evidence.record)
    said = (
        f"{len(best)} of {_count(done, 'complete trial')} lie on the front, where no other is "
        f"better in both: from {unit} {best[0].value:.4g} at {getattr(best[0], other):,.4g} to "
        f"{best[-1].value:.4g} at {getattr(best[-1], other):,.4g} {plots_search.UNITS[other]}. "
        "With two objectives no trial is pruned."
    )
    return Section(slug, title, said, plots_search.pareto(evidence.record, done))


def trials_sentence(evidence: Evidence) -> str:
    """How many trials ended how."""
    trials = evidence.trials
    if not trials:
        return "No trial has been begun."
    ended = [claim for claim in trials if claim.state == FINISHED]
    counts = {
        "complete": len(evidence.complete),
        "pruned": sum(claim.value is None for claim in ended),
        "failed": sum(claim.state == FAILED for claim in trials),
        "running": sum(claim.state == RUNNING for claim in trials),
    }
    counts["given back"] = len(trials) - sum(counts.values())
    said = f"{_count(trials, 'trial')} begun: "
    said += ", ".join(f"{count} {name}" for name, count in counts.items() if count) + "."
    reason = next((claim.reason for claim in trials if claim.state == FAILED), None)
    return f"{said} The first failure: {reason}" if reason else said


def _timeline(evidence: Evidence) -> Section:
    slug, title = "workers", "Workers"
    begun = plots_data.begun(evidence.claims)
    if not begun:
        return Section(slug, title, "Not shown: no fit has been begun.")
    workers = plots_data.workers_of(begun)
    spans = plots_data.seconds_of(begun)
    first = min(claim.started for claim in begun if claim.started)
    last = max(claim.ended or claim.started for claim in begun if claim.started)
    said = (
        f"{_count(workers, 'worker')} ran {_count(begun, 'fit')} between {first:%Y-%m-%d %H:%M} "
        f"and {last:%Y-%m-%d %H:%M} UTC; from start to end the fits took {_time(sum(spans))} "
        "together."
    )
    return Section(slug, title, said, plots_data.timeline(begun))


def _split(evidence: Evidence) -> Section:
    found = evidence.record.summary
    trained = [fold["train"] for fold in found["folds"]]
    scored = [fold["validate"] for fold in found["folds"]]
    said = (
        f"{len(trained)} folds: each trains on {_span(trained)} and validates on {_span(scored)} "
        f"of {found['examples']:,} examples; the holdout has {found['holdout']:,}."
    )
    return Section("split", "The data and its folds", said, plots_data.split(found))


def _count(things: Any, name: str) -> str:
    count = things if isinstance(things, int) else len(things)
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _listed(parts: Iterable[str]) -> str:
    every = list(parts)
    return every[0] if len(every) == 1 else ", ".join(every[:-1]) + " and " + every[-1]


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
