"""How much each searched value decides whether a trial is among the best: PED-ANOVA."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import optuna
from optuna.trial import TrialState

FEWEST = 10  # complete trials
BEST = 5  # trials that count as good, at the fewest, for the estimate to be steady
SHARE = 0.1


@dataclass(frozen=True)
class Importance:
    """shares: by key, the largest first, they sum to 1; best: so many of `trials` count as good."""

    shares: dict[str, float]
    best: int
    trials: int


def importance_of(study: optuna.study.Study, direction: str) -> Importance | None:
    """By the first objective. None where trials are few or alike, or one value alone is searched.

    PED-ANOVA (Watanabe, Bansal & Hutter 2023) compares where the best trials lie with where all
    lie; values that exist for some trials only are included (Optuna 5).
    """
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    searched = {
        key for trial in trials for key, spec in trial.distributions.items() if not spec.single()
    }
    if len(trials) < FEWEST or len(searched) < 2:
        return None
    from optuna.importance import PedAnovaImportanceEvaluator  # brings scikit-learn: seconds

    sign = -1.0 if direction == "maximize" else 1.0
    quantile = max(SHARE, BEST / len(trials))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that few trials have: their share is small
        found = PedAnovaImportanceEvaluator(target_quantile=quantile).evaluate(
            study, target=lambda trial: sign * trial.values[0]
        )
    total = sum(found.values())
    if not total > 0:
        return None
    cut = sorted(sign * trial.values[0] for trial in trials)[round(quantile * len(trials)) - 1]
    best = sum(sign * trial.values[0] <= cut for trial in trials)
    return Importance({key: share / total for key, share in found.items()}, best, len(trials))
