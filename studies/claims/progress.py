"""What a study has done so far, by sums over its claims; the many fold scores are not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from dropsearch.studies.claims.leases import holder_alive
from dropsearch.studies.store.contract import FoldRow
from dropsearch.studies.store.records import (
    FINISHED,
    PHASES,
    RUNNING,
    SEARCH,
    Claim,
    FoldScore,
    StudyRecord,
)
from dropsearch.studies.store.store import Store


@dataclass(frozen=True)
class Progress:
    """Where a study stands. `counts`: phase -> state -> claims; `pruned`: done without a value."""

    study: StudyRecord
    counts: dict[str, dict[str, int]]
    pruned: int
    running: list[Claim]
    best: Claim | None
    best_scores: list[FoldScore]

    @property
    def abandoned(self) -> list[Claim]:
        """Of those that run, the ones whose worker on this host is dead: another will go on."""
        return [claim for claim in self.running if holder_alive(str(claim.holder)) is False]

    def count(self, *states: str, phase: str = SEARCH) -> int:
        """Claims of the phase in one of these states; in any, where none is named."""
        counts = self.counts.get(phase, {})
        return sum(counts.get(state, 0) for state in states or counts)

    def total(self, planned: Mapping[str, int]) -> int:
        """Claims of all phases; `planned` has those of a phase that is still to come."""
        present = PHASES.index(self.study.phase)
        return sum(
            planned.get(phase, 0) if place > present else self.count(phase=phase)
            for place, phase in enumerate(PHASES)
        )


def progress(store: Store, study: str) -> Progress | None:
    """Sums over the study's claims, what runs, and the search's best so far; None: it is gone."""
    with store.read() as session:
        record = session.get(StudyRecord, study)
        if record is None:
            return None
        counts: dict[str, dict[str, int]] = {}
        pruned = 0
        without_value = func.sum(case((Claim.value.is_(None), 1), else_=0))
        for phase, state, number, unscored in session.execute(
            select(Claim.phase, Claim.state, func.count(), without_value)
            .where(Claim.study == study)
            .group_by(Claim.phase, Claim.state)
        ):
            counts.setdefault(phase, {})[state] = number
            pruned += int(unscored) if (phase, state) == (SEARCH, FINISHED) else 0
        running = session.scalars(
            select(Claim).where(Claim.study == study, Claim.state == RUNNING).order_by(Claim.number)
        )
        order = Claim.value.desc() if record.direction == "maximize" else Claim.value.asc()
        best = session.scalars(
            select(Claim)
            .where(
                Claim.study == study,
                Claim.state == FINISHED,
                Claim.phase == SEARCH,
                Claim.value.is_not(None),
            )
            .order_by(order, Claim.number)
            .limit(1)
        ).one_or_none()
        scores = [] if best is None else _scores(session, best.id, best.best_epoch)
        return Progress(record, counts, pruned, list(running), best, scores)


def claims_of(
    store: Store, study: str, phase: str | None = None, state: str | None = None
) -> list[Claim]:
    """The study's claims, of one phase or all, in one state or any, by phase and number."""
    wanted = {"study": study, "phase": phase, "state": state}
    query = select(Claim).filter_by(**{k: v for k, v in wanted.items() if v is not None})
    with store.read() as session:
        return list(session.scalars(query.order_by(Claim.phase, Claim.number)))


def fold_scores(store: Store, claim: int, epoch: int | None = None) -> list[FoldScore]:
    """A claim's scores by epoch and fold, of one epoch or of all."""
    with store.read() as session:
        return _scores(session, claim, epoch)


def epoch_seconds(store: Store, study: str) -> dict[int, float]:
    """By id of a claim of any phase that has an epoch: the seconds of its epochs."""
    with store.read() as session:
        rows = session.execute(
            select(FoldScore.claim, func.sum(FoldScore.seconds))
            .join(Claim, Claim.id == FoldScore.claim)
            .where(Claim.study == study, FoldScore.fold == 0)
            .group_by(FoldScore.claim)
        )
        return {claim: float(seconds) for claim, seconds in rows}


def by_epoch(rows: Iterable[FoldScore]) -> dict[int, list[FoldRow]]:
    """Rows in the order of `fold_scores`, as the fits give them."""
    return {
        epoch: [row.row for row in own] for epoch, own in groupby(rows, key=lambda row: row.epoch)
    }


def _scores(session: Session, claim: int, epoch: int | None) -> list[FoldScore]:
    query = select(FoldScore).where(FoldScore.claim == claim)
    if epoch is not None:
        query = query.where(FoldScore.epoch == epoch)
    return list(session.scalars(query.order_by(FoldScore.epoch, FoldScore.fold)))
