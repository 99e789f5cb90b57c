"""The answer of a study in words and numbers.

It rests on the search alone, and says so: the best of many scores is likely too good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from dropsearch.studies.records import FINISHED, SEARCH, Claim, FoldScore, StudyRecord
from dropsearch.studies.statistics import corrected_standard_error
from dropsearch.studies.store import Store


@dataclass(frozen=True)
class Recommendation:
    """The configuration chosen, with its certainty. Scores are in the metric's own unit.

    score: mean over the folds at `epochs` epochs; standard_error: the corrected one. point: every
    value of the configuration, fixed ones too.
    """

    study: str
    trial: int
    point: dict[str, Any]
    metric: str
    direction: str
    score: float
    standard_error: float
    fold_scores: tuple[float, ...]
    epochs: int
    trials: int
    baseline: str | None
    baseline_score: float | None

    @property
    def rate(self) -> str:
        """The dropout rate in words: the shared one, or one for each site."""
        return rate_in_words(self.point)

    @property
    def sentences(self) -> tuple[str, ...]:
        words = self.metric.replace("_", " ")
        layers = "1 layer" if self.point["layers"] == 1 else f"{self.point['layers']} layers"
        said = [
            f"Best of {self.trials} trials (number {self.trial}): dropout {self.rate}, {layers} of "
            f"{self.point['hidden_size']} units.",
            f"Its {words} over {len(self.fold_scores)} folds is {self.score:.4g}, give or take "
            f"{self.standard_error:.2g} (corrected standard error), after {self.epochs} epochs.",
        ]
        if self.baseline_score is not None:
            better = (self.score - self.baseline_score) * (
                1 if self.direction == "maximize" else -1
            )
            verdict = "" if better > 0 else " The network is not better than that."
            said.append(
                f"With no network, {self.baseline} has {self.baseline_score:.4g} on the same folds."
                + verdict
            )
        said.append(
            "This rests on the search alone: the best of many scores is lucky, so it is likely too "
            "good."
        )
        return tuple(said)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"sentences": list(self.sentences)}

    def __str__(self) -> str:
        return " ".join(self.sentences)


def rate_in_words(point: Mapping[str, Any]) -> str:
    """`0.31`, or `input 0.1, between 0.2`."""
    if "dropout" in point:
        return f"{point['dropout']:.3g}"
    return ", ".join(
        f"{key.removeprefix('dropout.')} {rate:.3g}"
        for key, rate in point.items()
        if key.startswith("dropout.")
    )


def recommend(store: Store, record: StudyRecord, trial: int | None = None) -> Recommendation | None:
    """The best complete trial, ties to the lower loss; or the trial of that number.

    None where no trial (or not that one) has a score.
    """
    with store.read() as session:
        value = Claim.value.desc() if record.direction == "maximize" else Claim.value.asc()
        ranked = (
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
        )
        if trial is not None:
            ranked = ranked.where(Claim.trial == trial)
        best = session.scalars(ranked.limit(1)).first()
        if best is None:
            return None
        assert best.trial is not None
        assert best.point is not None
        assert best.value is not None
        assert best.best_epoch is not None
        scores = session.scalars(
            select(FoldScore.metric)
            .where(FoldScore.claim == best.id, FoldScore.epoch == best.best_epoch)
            .order_by(FoldScore.fold)
        ).all()
        trials = session.scalar(
            select(func.count()).where(
                Claim.study == record.uuid, Claim.phase == SEARCH, Claim.ended.is_not(None)
            )
        )
    baseline = best_baseline(record)
    return Recommendation(
        study=record.name,
        trial=best.trial,
        point=best.point,
        metric=record.metric,
        direction=record.direction,
        score=best.value,
        standard_error=corrected_standard_error(scores, record.summary["fold_ratio"]),
        fold_scores=tuple(scores),
        epochs=best.best_epoch + 1,
        trials=trials or 0,
        baseline=baseline[0] if baseline else None,
        baseline_score=baseline[1] if baseline else None,
    )


def best_baseline(record: StudyRecord) -> tuple[str, float] | None:
    """Name and mean score of the best baseline on the study's folds."""
    means = {
        name: sum(scores) / len(scores)
        for name, scores in record.summary.get("baselines", {}).items()
    }
    if not means:
        return None
    best = (max if record.direction == "maximize" else min)(means, key=means.__getitem__)
    return best, means[best]
