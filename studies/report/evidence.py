"""All that a study's pages show, read from the store once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import optuna
from sqlalchemy import func, select

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.predictions import Predictions, read_predictions
from dropsearch.studies.claims.progress import claims_of, epoch_seconds, fold_scores
from dropsearch.studies.claims.ranking import scored
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.plots.importance import Importance, importance_of
from dropsearch.studies.recommend.recommend import of_answer
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import (
    PHASES,
    SEARCH,
    Claim,
    FoldScore,
    StudyRecord,
    point_text,
)
from dropsearch.studies.store.store import Store


@dataclass(frozen=True)
class Evidence:
    """A study as its pages see it. Nothing is read before it is asked for, and then once."""

    store: Store
    record: StudyRecord

    @cached_property
    def chosen(self) -> Recommendation | None:
        return of_answer(self.store, self.record, self.answer)

    @cached_property
    def answer(self) -> Answer | None:
        return read_answer(self.store, self.record)

    @cached_property
    def claims(self) -> list[Claim]:
        """Of all phases."""
        return claims_of(self.store, self.record.uuid)

    @cached_property
    def trials(self) -> list[Claim]:
        """The search's claims that were begun."""
        return [c for c in self.claims if c.phase == SEARCH and c.started is not None]

    @cached_property
    def complete(self) -> list[Claim]:
        return scored(self.trials)

    @cached_property
    def best(self) -> Claim | None:
        """The trial that the answer rests on, where it rests on the search; else the best one."""
        if self.chosen is not None and self.chosen.trial is not None:
            return next(c for c in self.complete if c.trial == self.chosen.trial)
        return max(self.complete, key=lambda c: self.record.sign * (c.value or 0.0), default=None)

    @cached_property
    def losses(self) -> Mapping[int, tuple[float, float]]:
        """By id of a complete trial: its training (dropout off) and validation loss at its best."""
        with self.store.read() as session:
            rows = session.execute(
                select(Claim.id, func.avg(FoldScore.train_loss), func.avg(FoldScore.val_loss))
                .join(
                    FoldScore,
                    (FoldScore.claim == Claim.id) & (FoldScore.epoch == Claim.best_epoch),
                )
                .where(Claim.study == self.record.uuid, Claim.phase == SEARCH)
                .where(Claim.value.is_not(None))
                .group_by(Claim.id)
            )
            return {claim: (float(train), float(val)) for claim, train, val in rows}

    @cached_property
    def spent(self) -> Mapping[int, float]:
        """By id of a claim of any phase that has an epoch: the seconds of its epochs."""
        return epoch_seconds(self.store, self.record.uuid)

    @cached_property
    def finalists(self) -> set[int]:
        """The numbers of the trials that were fitted again."""
        plan = self.record.plan
        points = {point_text(point) for point in plan["finalists"]} if plan else set()
        return {
            claim.trial
            for claim in self.complete
            if claim.trial is not None and point_text(claim.point or {}) in points
        }

    @cached_property
    def fits(self) -> list[list[FoldScore]]:
        """Epochs and folds of the fits behind the answer: the recommended one's repeats."""
        own: tuple[int, ...]
        if self.answer is None:
            own = () if self.best is None else (self.best.id,)
        else:
            member = self.answer.members[self.answer.recommended]
            assert member is not None
            own = member.claims
        found = [fold_scores(self.store, claim) for claim in own]
        return [rows for rows in found if rows]

    @cached_property
    def predictions(self) -> Predictions | str | None:
        """Out of fold, of the recommended configuration; why there are none; None: no curve."""
        member = self.answer and self.answer.members[self.answer.recommended]
        return read_predictions(self.store, self.record, member.claims) if member else None

    @cached_property
    def detailed(self) -> Claim | None:
        """The fit of the recommended configuration that tells where it does worst, the holdout's
        before the curve's last."""
        member = self.answer and self.answer.members[self.answer.recommended]
        if not member:
            return None
        point = point_text(member.point)
        told = [
            claim
            for claim in self.claims
            if claim.details is not None and point_text(claim.point or {}) == point
        ]
        return max(told, key=lambda c: (PHASES.index(c.phase), c.repeat), default=None)

    def scores_of(self, claim: Claim) -> list[float]:
        """The trial's fold scores at its best epoch."""
        return [row.metric for row in fold_scores(self.store, claim.id, claim.best_epoch)]

    @cached_property
    def optuna_study(self) -> optuna.study.Study | None:
        """None where Optuna's study is gone."""
        try:
            return load_study(self.store, self.record)
        except StudiesError:
            return None

    @cached_property
    def importance(self) -> Importance | None:
        study = self.optuna_study
        return None if study is None else importance_of(study, self.record.direction)
