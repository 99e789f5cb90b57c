"""The trials of a search in order: the best first, or the best trade-offs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from dropsearch.studies.store.records import FINISHED, SEARCH, Claim, FoldScore, StudyRecord
from dropsearch.studies.store.store import Store


def ranked(store: Store, record: StudyRecord, limit: int | None = None) -> list[Claim]:
    """The `complete` trials; with several objectives only those on the Pareto front."""
    if len(record.directions) == 1:
        return complete(store, record, limit)
    return front(complete(store, record), record.config["search"]["objectives"][1])


def complete(store: Store, record: StudyRecord, limit: int | None = None) -> list[Claim]:
    """Complete trials, the best score first; ties go to the lower loss, then the earlier trial."""
    value = Claim.value.desc() if record.direction == "maximize" else Claim.value.asc()
    query = (
        select(Claim)
        .join(FoldScore, (FoldScore.claim == Claim.id) & (FoldScore.epoch == Claim.best_epoch))
        .where(
            Claim.study == record.uuid,
            Claim.phase == SEARCH,
            Claim.state == FINISHED,
            Claim.value.is_not(None),
        )
        .group_by(Claim.id)
        .order_by(value, func.avg(FoldScore.val_loss), Claim.number)
        .limit(limit)
    )
    with store.read() as session:
        return list(session.scalars(query))


def front(claims: Sequence[Claim], other: str) -> list[Claim]:
    """Of claims in order of their score those that none beats in score and in `other`, too."""
    kept: list[Claim] = []
    for claim in claims:
        if not kept or getattr(claim, other) < getattr(kept[-1], other):
            kept.append(claim)
    return kept


def scored(claims: Sequence[Claim], key: str | None = None) -> list[Claim]:
    """The complete trials, those with a value for `key`."""
    return [
        claim
        for claim in claims
        if claim.value is not None and claim.point and (key is None or key in claim.point)
    ]
