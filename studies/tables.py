"""Tables of a study, as polars data frames."""

from __future__ import annotations

import polars as pl
from sqlalchemy import func, select

from dropsearch.studies.claims import claims_of
from dropsearch.studies.records import FAILED, FINISHED, SEARCH, Claim, FoldScore, StudyRecord
from dropsearch.studies.store import Store


def trials_table(store: Store, record: StudyRecord) -> pl.DataFrame:
    """One row per trial of the search that was begun.

    trial, state (complete, pruned, failed, running, waiting), value (mean over folds at the best
    epoch; null unless complete), epochs (run so far), best_epoch (from 1), seconds, every value
    of the point, and the reason of an early end.
    """
    with store.read() as session:
        seconds = dict(
            session.execute(
                select(FoldScore.claim, func.sum(FoldScore.seconds))
                .join(Claim, Claim.id == FoldScore.claim)
                .where(Claim.study == record.uuid, FoldScore.fold == 0)
                .group_by(FoldScore.claim)
            ).all()
        )
    rows = [
        {
            "trial": claim.trial,
            "state": _state(claim),
            "value": claim.value,
            "epochs": None if claim.epoch is None else claim.epoch + 1,
            "best_epoch": None if claim.best_epoch is None else claim.best_epoch + 1,
            "seconds": seconds.get(claim.id),
            **(claim.point or {}),
            "reason": claim.reason,
        }
        for claim in claims_of(store, record.uuid, SEARCH)
        if claim.trial is not None
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _state(claim: Claim) -> str:
    if claim.state == FINISHED:
        return "pruned" if claim.value is None else "complete"
    return "failed" if claim.state == FAILED else claim.state
