"""The answer of a study: from the curve where there is one, else from the search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import func, select

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.behind import behind
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.answer.words import best_baseline, name_of
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.claims.ranking import ranked
from dropsearch.studies.intervals.statistics import corrected_standard_error
from dropsearch.studies.recommend.answer_table import Compared
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.sentences import cautions, headline, lead
from dropsearch.studies.sentences import holdout as of_holdout
from dropsearch.studies.sentences import network as of_network
from dropsearch.studies.sentences.choices import choices
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FAILED,
    FINALISTS,
    FINISHED,
    SEARCH,
    Claim,
    StudyRecord,
)
from dropsearch.studies.store.store import Store


def recommend(store: Store, record: StudyRecord, trial: int | None = None) -> Recommendation | None:
    """What the curve says; before that, or with a trial's number, what the search says.

    None where no trial (or not that one) has a score.
    """
    if trial is None:
        return of_answer(store, record, read_answer(store, record))
    asked = _complete(store, record, trial)
    return None if asked is None else _from_search(store, record, asked)


def of_answer(store: Store, record: StudyRecord, answer: Answer | None) -> Recommendation | None:
    """What the curve says, where it has been read."""
    if answer is None:
        return best_trial(store, record, _lost(store, record))
    return _from_curve(store, answer)


def best_trial(store: Store, record: StudyRecord, lost: str | None = None) -> Recommendation | None:
    """The best trial of the search, whatever the curve says; lost: why there will be none."""
    best = next(iter(ranked(store, record, limit=1)), None)
    return None if best is None else _from_search(store, record, best, lost)


def _lost(store: Store, record: StudyRecord) -> str | None:
    """Why a study that has ended has no curve, though it was asked for: a fit that failed."""
    if record.phase != DONE or record.config["confirm"] is None:
        return None
    failed = [
        claim.reason
        for phase in (FINALISTS, CURVE)
        for claim in claims_of(store, record.uuid, phase, FAILED)
    ]
    return next((reason for reason in failed if reason), None)


def _complete(store: Store, record: StudyRecord, trial: int) -> Claim | None:
    with store.read() as session:
        return session.scalars(
            select(Claim).where(
                Claim.study == record.uuid,
                Claim.phase == SEARCH,
                Claim.state == FINISHED,
                Claim.value.is_not(None),
                Claim.trial == trial,
            )
        ).first()


def _ended(store: Store, record: StudyRecord) -> int:
    with store.read() as session:
        count = session.scalar(
            select(func.count()).where(
                Claim.study == record.uuid, Claim.phase == SEARCH, Claim.ended.is_not(None)
            )
        )
    return count or 0


def _from_search(
    store: Store, record: StudyRecord, best: Claim, lost: str | None = None
) -> Recommendation:
    assert best.point is not None
    assert best.value is not None
    assert best.best_epoch is not None
    scores = [row.metric for row in fold_scores(store, best.id, best.best_epoch)]
    error = corrected_standard_error(scores, record.summary["fold_ratio"])
    trials = _ended(store, record)
    name, baseline = best_baseline(record)
    return Recommendation(
        study=record.name,
        rests_on="search",
        trial=best.trial,
        point=best.point,
        metric=record.metric,
        direction=record.direction,
        score=best.value,
        standard_error=error,
        fold_scores=tuple(scores),
        epochs=best.best_epoch + 1,
        trials=trials,
        baseline=name,
        baseline_score=baseline,
        network=None,
        baselines=(),
        worst_beside=None,
        verdict=None,
        verdict_against_half=None,
        smallest_effect=None,
        level=None,
        intervals="folds",
        holdout=None,
        headline=headline.of_search(record, best, lost),
        sentences=lead.of_search(record, best, trials, scores, error),
        warnings=tuple(cautions.of_features(record)),
        table=(),
        choices=(),
    )


def _from_curve(store: Store, answer: Answer) -> Recommendation:
    record, place = answer.record, answer.recommended
    member = answer.members[place]
    assert member is not None
    found = network(answer)
    worst = behind(store, answer, found)
    beside = of_network.in_numbers(answer, found)
    name, baseline = (
        (beside[0]["baseline"], beside[0]["score"]) if beside else best_baseline(record)
    )
    return Recommendation(
        study=record.name,
        rests_on="curve",
        trial=None,
        point=member.point,
        metric=record.metric,
        direction=record.direction,
        score=member.mean,
        standard_error=answer.standard_error(place),
        fold_scores=tuple(answer.observations[place].tolist()),
        epochs=member.training_epochs,
        trials=_ended(store, record),
        baseline=name,
        baseline_score=baseline,
        network=None if found is None else found.word,
        baselines=beside,
        worst_beside=worst,
        verdict=answer.zero.word,
        verdict_against_half=answer.half.word,
        smallest_effect=answer.worth,
        level=answer.level,
        intervals="examples" if answer.by_examples else "folds",
        holdout=of_holdout.in_numbers(answer),
        headline=headline.of_curve(answer),
        sentences=lead.of_curve(answer, worst),
        warnings=cautions.warnings(store, answer),
        table=tuple(_row(answer, place) for place in _compared(answer)),
        choices=choices(answer),
    )


def _compared(answer: Answer) -> Iterable[int]:
    return dict.fromkeys([*answer.family, *answer.rivals.values()])


def _row(answer: Answer, place: int) -> Compared:
    """One configuration: score, and its differences with their intervals."""
    member = answer.members[place]
    assert member is not None
    beside = answer.beside.get(place)
    zero = answer.against_zero.get((place, answer.curve["zero"]))
    half = answer.against_half.get((place, answer.curve["half"]))
    return {
        "configuration": name_of(answer, place),
        "rate": answer.rates.get(place),
        "recommended": place == answer.recommended,
        "score": member.mean,
        "standard_error": answer.standard_error(place),
        "epochs": member.training_epochs,
        "over_zero": None if zero is None else asdict(zero),
        "over_half": None if half is None else asdict(half),
        "behind_recommended": None if beside is None else asdict(beside),
        "standing": answer.standings.get(place),
    }
