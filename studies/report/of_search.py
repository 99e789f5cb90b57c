"""The report's parts on the search, the workers and the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dropsearch.studies.answer.words import count, duration, metric_in_words
from dropsearch.studies.claims.ranking import front
from dropsearch.studies.claims.starts import source_of
from dropsearch.studies.plots import search as plots_search
from dropsearch.studies.plots import split as plots_split
from dropsearch.studies.plots import timeline as plots_timeline
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.part import NONE_YET, Part, large, listed, span
from dropsearch.studies.store.records import FAILED, FINISHED, RUNNING, Claim


def importance(evidence: Evidence) -> Part:
    slug, title = "importance", "What mattered in the search"
    found = evidence.importance
    if found is None:
        return Part(slug, title, _why_no_importance(evidence))
    names = [
        f"{key.replace('_', ' ')} ({100 * share:.0f} %)"
        for key, share in list(found.shares.items())[:3]
    ]
    said = (
        f"What sets the best {found.best} of {found.trials:,} complete trials apart from the rest: "
        f"{listed(names)}. Shares by PED-ANOVA; they say where good trials lie, not by how much a "
        "value changes the score."
    )
    if found.trials < 50:
        said += " With so few trials they are rough."
    return Part(slug, title, said, plots_search.importance(found.shares))


def _why_no_importance(evidence: Evidence) -> str:
    if evidence.optuna_study is None:
        return "Not shown: the trials in Optuna's tables are gone."
    values = {claim.value for claim in evidence.complete}
    if len(evidence.complete) >= 10 and len(values) == 1:
        return "Not shown: all complete trials have the same score."
    return (
        "Not shown: this needs ten complete trials with scores that differ, and two searched "
        f"values; the study has {count(evidence.complete, 'complete trial')}."
    )


def parallel(evidence: Evidence) -> Part:
    slug, title = "parallel-coordinates", "Trials side by side"
    study = evidence.optuna_study
    if study is None:
        return Part(slug, title, "Not shown: the trials in Optuna's tables are gone.", folded=True)
    if len(evidence.complete) < 2:
        return Part(slug, title, "Not shown: fewer than two trials have a score.", folded=True)
    sign = evidence.record.sign
    ranked = sorted(evidence.complete, key=lambda claim: -sign * (claim.value or 0.0))
    top = ranked[: max(3, len(ranked) // 10)]
    shown = min(len(ranked), plots_search.MOST_LINES)
    which = "a trial" if shown == len(ranked) else f"one of the best {shown:,} trials"
    said = (
        f"Each line is {which}, from its score on the left, the best on top, through its values; "
        f"the bluer, the better. The best {len(top)} have {_ranges(top, ranked)}."
    )
    figure = plots_search.parallel(study, evidence.record)
    width = plots_search.AXIS * len(figure.layout.xaxis.tickvals)
    return Part(slug, title, said, figure, width=width, folded=True)


def _ranges(top: Sequence[Claim], every: Sequence[Claim]) -> str:
    """`dropout 0.1 to 0.3 and hidden size 64`, of rates and sizes that differ among all trials."""

    def values_of(key: str, claims: Sequence[Claim]) -> list[Any]:
        return [(claim.point or {})[key] for claim in claims if key in (claim.point or {})]

    keys = [
        key
        for key in every[0].point or {}
        if key.startswith("dropout") or key in ("hidden_size", "layers", "learning_rate")
    ]
    parts = []
    for key in keys:
        if len(set(values_of(key, every))) < 2:
            continue
        values = values_of(key, top)
        ends = dict.fromkeys(
            f"{value:.2g}" if isinstance(value, float) else f"{value}"
            for value in (min(values), max(values))
        )
        parts.append(f"{key.replace('_', ' ')} {' to '.join(ends)}")
    return listed(parts) if parts else "the rates and sizes of all others"


def pareto(evidence: Evidence) -> Part:
    slug, title = "pareto", "Score against effort"
    other = evidence.record.config["search"]["objectives"][1]
    done = [claim for claim in evidence.complete if getattr(claim, other) is not None]
    if not done:
        return Part(slug, title, NONE_YET)
    sign = evidence.record.sign
    best = front(sorted(done, key=lambda c: (-sign * (c.value or 0.0), getattr(c, other))), other)
    unit = metric_in_words(evidence.record)
    said = (
        f"{len(best)} of {count(done, 'complete trial')} lie on the front, where no other is "
        f"better in both: from {unit} {best[0].value:.4g} at {large(getattr(best[0], other))} to "
        f"{best[-1].value:.4g} at {large(getattr(best[-1], other))} {plots_search.UNITS[other]}. "
        "With two objectives no trial is pruned."
    )
    return Part(slug, title, said, plots_search.pareto(evidence.record, done))


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
    said = f"{count(trials, 'trial')} begun: "
    said += ", ".join(f"{count} {name}" for name, count in counts.items() if count) + "."
    if sources := [s for s in (source_of(evidence.record, claim) for claim in trials) if s]:
        named = listed(list(dict.fromkeys(sources)))
        said += f" Tried first, not drawn: {count(sources, 'trial')}, from {named}."
    if learnt := evidence.record.summary.get("before"):
        said += f" The sampler has also learnt from {count(learnt, 'trial')} of an earlier study."
    reason = next((claim.reason for claim in trials if claim.state == FAILED), None)
    return f"{said} The first failure: {reason.rstrip('.')}." if reason else said


def timeline(evidence: Evidence) -> Part:
    slug, title = "workers", "Workers"
    begun = plots_timeline.begun(evidence.claims)
    if not begun:
        return Part(slug, title, "Not shown: no fit has been begun.", folded=True)
    workers = plots_timeline.workers_of(begun)
    spans = plots_timeline.busy_of(begun, evidence.spent)
    first = min(claim.started for claim in begun if claim.started)
    last = max(claim.ended or claim.started for claim in begun if claim.started)
    said = (
        f"{count(workers, 'worker')} ran {count(begun, 'fit')} between {first:%Y-%m-%d %H:%M} "
        f"and {last:%Y-%m-%d %H:%M} UTC; the fits took {duration(sum(spans))} together."
    )
    cut = sum(b < s for b, s in zip(spans, plots_timeline.seconds_of(begun), strict=True))
    if cut:
        said += f" {count(cut, 'fit')} cut off and gone on with later: a dotted line to the rest."
    return Part(slug, title, said, plots_timeline.timeline(begun, evidence.spent), folded=True)


def split(evidence: Evidence) -> Part:
    found = evidence.record.summary
    trained = [fold["train"] for fold in found["folds"]]
    scored = [fold["validate"] for fold in found["folds"]]
    said = (
        f"{len(trained)} folds: each trains on {span(trained)} and validates on {span(scored)} "
        f"of {found['examples']:,} examples; the holdout has {found['holdout']:,}."
    )
    return Part("split", "The data and its folds", said, plots_split.split(found))
