"""Is a study's budget spent exactly? Every row of Optuna's tables and of ours is looked at."""

from __future__ import annotations

from collections import Counter
from typing import Any

from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import select

from benchmarks import databases, stub
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import FAILED, FINISHED, SEARCH, Claim, FoldScore, StudyRecord
from dropsearch.studies.store.store import Store

ENDED = {FINISHED: {TrialState.COMPLETE, TrialState.PRUNED}, FAILED: {TrialState.FAIL}}


def broken(
    store: Store, record: StudyRecord, budget: int, *, folds: int, stubbed: bool = True
) -> list[str]:
    """The promises that the search of an ended study does not keep, in words."""
    claims = claims_of(store, record.uuid, SEARCH)
    trials = load_study(store, record).get_trials(deepcopy=False)
    found = []

    def check(kept: bool, said: str) -> None:
        if not kept:
            found.append(said)

    states = Counter(claim.state for claim in claims)
    check(sum(states.values()) == budget and set(states) <= set(ENDED), f"claims {dict(states)}")
    told = Counter(trial.state.name for trial in trials)
    check(len(trials) == budget, f"{len(trials)} trials, {dict(told)}")
    check(all(trial.state.is_finished() for trial in trials), f"trials {dict(told)}")
    points = Counter(str(sorted(trial.params.items())) for trial in trials)
    check(max(points.values()) == 1, f"{len(trials) - len(points)} points twice")
    check(not (twice := databases.noted(store)), f"told twice: {twice[:5]}")
    by_claim = {trial.user_attrs["claim"]: trial for trial in trials}
    check(set(by_claim) == {claim.id for claim in claims}, "trials and claims do not pair")
    for claim in claims:
        trial = by_claim.get(claim.id)
        if trial is not None:
            check(claim.trial == trial.number, f"claim {claim.id}: trial {claim.trial}")
            check(trial.state in ENDED.get(claim.state, ()), f"claim {claim.id}: {trial.state}")
            check(_alike(claim, trial), f"claim {claim.id}: {claim.value}, trial {trial.values}")
    found += _scores(store, record, folds, stubbed)
    return found


def _alike(claim: Claim, trial: FrozenTrial) -> bool:
    if trial.state == TrialState.COMPLETE:
        return claim.value is not None and claim.value == trial.value
    return claim.value is None


def _scores(store: Store, record: StudyRecord, folds: int, stubbed: bool) -> list[str]:
    """Each epoch of each fit has its rows, once, and a stub's are what the stub gives."""
    with store.read() as session:
        rows = session.scalars(
            select(FoldScore)
            .join(Claim, Claim.id == FoldScore.claim)
            .where(Claim.study == record.uuid, Claim.phase == SEARCH)
            .order_by(FoldScore.claim, FoldScore.epoch, FoldScore.fold)
        ).all()
    by_claim: dict[int, list[FoldScore]] = {}
    for row in rows:
        by_claim.setdefault(row.claim, []).append(row)
    found = []
    for claim in claims_of(store, record.uuid, SEARCH):
        of_claim = by_claim.get(claim.id, [])
        last = -1 if claim.epoch is None else claim.epoch
        wanted = [(epoch, fold) for epoch in range(last + 1) for fold in range(folds)]
        if [(row.epoch, row.fold) for row in of_claim] != wanted:
            found.append(f"claim {claim.id}: its fold scores are not whole")
        if stubbed and any(_wrong(claim, row) for row in of_claim):
            found.append(f"claim {claim.id}: a score that the stub did not give")
        if stubbed and claim.value is not None:
            best = min(
                sum(row.metric for row in of_claim if row.epoch == epoch) / folds
                for epoch in range(last + 1)
            )
            if abs(best - claim.value) > 1e-12:
                found.append(f"claim {claim.id}: value {claim.value}, best epoch {best}")
    return found


def _wrong(claim: Claim, row: FoldScore) -> bool:
    return row.metric != stub.score(claim.point or {}, row.epoch, row.fold)


def scores(store: Store, record: StudyRecord) -> dict[tuple[Any, ...], tuple[float, ...]]:
    """What every fit of every phase gave, to be compared bit for bit with another run."""
    with store.read() as session:
        rows = session.execute(
            select(Claim, FoldScore)
            .join(FoldScore, Claim.id == FoldScore.claim)
            .where(Claim.study == record.uuid)
        ).all()
    return {
        (claim.phase, claim.number, claim.repeat, str(claim.point), row.epoch, row.fold): (
            *(row.train_loss, row.val_loss, row.metric),
            *(claim.value, claim.best_epoch, claim.parameters, claim.cost),
        )
        for claim, row in rows
    }
