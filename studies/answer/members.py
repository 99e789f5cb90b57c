"""The configurations that a phase after the search has fitted, with their scores.

E epochs, K folds, R repeats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from dropsearch.studies.claims.progress import by_epoch
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.intervals.statistics import chosen_epochs, observations
from dropsearch.studies.store.contract import FoldRow, Point
from dropsearch.studies.store.records import (
    CURVE,
    FAILED,
    FINISHED,
    Claim,
    FoldScore,
    StudyRecord,
    point_text,
)
from dropsearch.studies.store.store import Store

REDRAWN = ("kfold", "stratified")  # kinds of folds that each repeat draws anew


@dataclass(frozen=True)
class Member:
    """One configuration of a phase.

    claims: of its R fits. scores: (R, K), each fold at the epoch that the other folds chose;
    epochs: (R, K), those epochs, from 0; val_loss and train_loss (dropout off): (R, K), at the same
    epochs.
    """

    point: Point
    claims: tuple[int, ...]
    parameters: int
    scores: NDArray[np.float64]
    epochs: NDArray[np.int64]
    val_loss: NDArray[np.float64]
    train_loss: NDArray[np.float64]

    @property
    def mean(self) -> float:
        return float(self.scores.mean())

    @property
    def training_epochs(self) -> int:
        """How many epochs to train for good."""
        return middle_epoch(self.epochs) + 1


@dataclass(frozen=True)
class Phase:
    """What a phase has given for the points asked for: a member each, None where a fit failed."""

    members: tuple[Member | None, ...]
    reasons: tuple[str, ...]  # of the failures


def read_phase(store: Store, record: StudyRecord, phase: str, points: Sequence[Point]) -> Phase:
    """The fits of `points` in `phase`. A point without any ended fit counts as failed, too."""
    repeats = repeats_of(record, phase)
    with store.read() as session:
        claims = session.scalars(
            select(Claim)
            .where(Claim.study == record.uuid, Claim.phase == phase, Claim.repeat < repeats)
            .order_by(Claim.repeat, Claim.number)
        ).all()
        rows: dict[int, list[FoldScore]] = {}
        for row in session.scalars(
            select(FoldScore)
            .join(Claim, Claim.id == FoldScore.claim)
            .where(Claim.study == record.uuid, Claim.phase == phase)
            .order_by(FoldScore.claim, FoldScore.epoch, FoldScore.fold)
        ):
            rows.setdefault(row.claim, []).append(row)
    by_point: dict[str, list[Claim]] = {}
    for claim in claims:
        by_point.setdefault(point_text(claim.point or {}), []).append(claim)
    members: list[Member | None] = []
    reasons = []
    for point in points:
        own = by_point.get(point_text(point), [])
        reasons += [claim.reason or "" for claim in own if claim.state == FAILED]
        whole = own and all(claim.state == FINISHED for claim in own)
        members.append(member_of(own, rows, record.direction) if whole else None)
    return Phase(tuple(members), tuple(reasons))


def repeats_of(record: StudyRecord, phase: str) -> int:
    """How many repeats the phase has, as far as they are asked for."""
    assert record.config["confirm"] is not None
    asked, plan = record.config["confirm"]["repeats"], record.plan
    if phase == CURVE and plan is not None and "repeats" in plan:
        return plan["repeats"]
    return least_and_most(asked)[0]


def member_of(
    claims: Sequence[Claim], rows: Mapping[int, list[FoldScore]], direction: str
) -> Member:
    picked = [at_chosen(by_epoch(rows[claim.id]), direction) for claim in claims]
    first = claims[0]
    assert first.point is not None
    return Member(
        point=first.point,
        claims=tuple(claim.id for claim in claims),
        parameters=first.parameters or 0,
        scores=np.array([one.scores for one in picked]),
        epochs=np.array([one.epochs for one in picked]),
        val_loss=np.array([one.val_loss for one in picked]),
        train_loss=np.array([one.train_loss for one in picked]),
    )


@dataclass(frozen=True)
class Picked:
    """A fit with each fold at an epoch of its own; (K,) each, epochs from 0."""

    scores: NDArray[np.float64]
    epochs: NDArray[np.int64]
    val_loss: NDArray[np.float64]
    train_loss: NDArray[np.float64]


def at_chosen(epochs: Mapping[int, Sequence[FoldRow]], direction: str) -> Picked:
    """Each fold at the epoch that the other folds chose.

    epochs: by number, in order, those that were scored, each with its folds.
    """
    numbers, every = np.array([*epochs]), epochs.values()
    metric = np.array([[row["metric"] for row in rows] for rows in every])
    val_loss = np.array([[row["val_loss"] for row in rows] for rows in every])
    train_loss = np.array([[row["train_loss"] for row in rows] for rows in every])
    chosen = chosen_epochs(metric, val_loss, direction)
    at = chosen, np.arange(metric.shape[1])
    return Picked(metric[at], numbers[chosen], val_loss[at], train_loss[at])


def middle_epoch(epochs: NDArray[np.int64]) -> int:
    """How far to train for good: the median of the chosen epochs, rounded up, from 0."""
    return math.ceil(float(np.median(epochs)))


def is_redrawn(record: StudyRecord) -> bool:
    """Whether each repeat of a phase has folds of its own."""
    return record.summary["fold_kind"] in REDRAWN


def observed(member: Member, record: StudyRecord) -> NDArray[np.float64]:
    """The J observations of a member for paired comparisons."""
    return observations(member.scores, is_redrawn(record))


def without_dropout(point: Point) -> Point:
    return {key: 0.0 if key.startswith("dropout") else value for key, value in point.items()}


def is_zero(point: Point) -> bool:
    return point == without_dropout(point)
