"""The report's parts with a picture or small tables, in their order."""

from __future__ import annotations

from dropsearch.studies.report import of_answer as answer
from dropsearch.studies.report import of_search as search
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.of_predictions import predictions
from dropsearch.studies.report.of_worst import worst
from dropsearch.studies.report.part import Part


def before_the_trials(evidence: Evidence) -> list[Part]:
    """What comes before the table of trials."""
    several = len(evidence.record.directions) > 1
    other = answer.choices(evidence)
    made = [
        *([search.pareto] if several else []),
        *(answer.overfitting, answer.folds, answer.learning),
        *(search.importance, search.parallel),
    ]
    after = [*([other] if other else []), *(make(evidence) for make in made)]
    return [answer.response(evidence), *after]


def after_the_trials(evidence: Evidence) -> list[Part]:
    """What comes after it; the picture of the split is the last."""
    told = [part for part in (predictions(evidence), worst(evidence)) if part]
    return [*told, search.timeline(evidence), search.split(evidence)]
