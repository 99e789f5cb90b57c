"""The Optuna trials of a study: each search claim has one, made whole and told once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.search import space
from dropsearch.search.config import StudyConfig
from dropsearch.search.errors import SearchError
from dropsearch.search.objective import FitResult, first_counted
from dropsearch.search.sampling import draws
from dropsearch.studies import claims, optuna_tables
from dropsearch.studies.claims import Claim
from dropsearch.studies.records import FAILED, SEARCH
from dropsearch.studies.statistics import corrected_standard_error
from dropsearch.studies.store import Store, StudyRecord
from dropsearch.studies.studies import optuna_study_id

log = logging.getLogger("dropsearch")

FRESH = 1.0  # seconds for which a fit takes what it has read of Optuna's study for true

PRUNERS: dict[str, Callable[[int], optuna.pruners.BasePruner]] = {
    "median": lambda first: optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=first),
    "none": lambda _: optuna.pruners.NopPruner(),
}


class _Peers(Study):
    """A study whose trials are read once a second at most, for its pruner."""

    def __init__(self, study: Study) -> None:
        self.__dict__.update(vars(study))
        self._read = float("-inf")
        self._trials: list[FrozenTrial] = []

    def get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if time.monotonic() - self._read > FRESH:
            self._trials = super().get_trials(deepcopy, states)
            self._read = time.monotonic()
        return self._trials


class Trials:
    """Optuna's side of the search of one study."""

    def __init__(self, store: Store, record: StudyRecord, config: StudyConfig) -> None:
        self._store = store
        self._record = record
        self._config = config
        self._first_pruned = first_counted(config.training.epochs)
        self._checked = float("-inf")
        self._study: Study = store.optuna_study(
            record,
            sampler=optuna.samplers.RandomSampler(),
            pruner=PRUNERS[config.search.pruner](self._first_pruned),
        )
        self._peers = _Peers(self._study)

    @property
    def name(self) -> str:
        """What Optuna calls the study."""
        return self._study.study_name

    def moved(self) -> bool:
        """Whether Optuna's study was deleted since, or renamed, which makes a copy."""
        return not optuna_tables.is_ours(self._store.optuna, self._record, self._study._study_id)

    def _check(self) -> None:
        """Raises KeyError, as Optuna does, where the study's trials are not there any more.

        Optuna alone may then write into another study, since SQLite gives ids out again.
        """
        if self.moved():
            raise KeyError(self._study._study_id)

    def of(self, claim: Claim) -> FrozenTrial:
        """The trial of a claim: made by an earlier holder, or now, whole and running."""
        self._peers = _Peers(self._study)
        self._checked = float("-inf")
        trials = self._study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.user_attrs.get("claim") == claim.id:
                if claim.trial is None:  # the holder before died between the two
                    claims.attach_trial(self._store, claim, trial.number)
                return trial
        params, distributions = self._point(claim, trials)
        storage = self._store.optuna
        template = create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=distributions,
            user_attrs={"claim": claim.id},
        )
        study_id = optuna_study_id(self._store, self._record)
        trial = storage.get_trial(storage.create_new_trial(study_id, template))
        claims.attach_trial(self._store, claim, trial.number)
        self._study.get_trials(deepcopy=False)
        return trial

    def _point(
        self, claim: Claim, trials: list[FrozenTrial]
    ) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Parameters that no other claim has, kept in the claim's row before they are used."""
        for params, distributions in draws(
            self._config,
            trials,
            number=claim.number,
            fixed=claim.point or claim.fixed,
            directions=self._record.directions,
        ):
            if claims.settle(self._store, claim, space.point_of(params, self._config)):
                return params, distributions
        raise SearchError("Every point of the space is taken: ask for fewer trials.")

    def report(self, trial: FrozenTrial, score: float, epoch: int) -> None:
        """Tell the score of an epoch. Raises TrialPruned where the trial has to end.

        Optuna takes no such scores where there are several objectives.
        """
        if time.monotonic() - self._checked > FRESH:
            self._check()
            self._checked = time.monotonic()
        if len(self._record.directions) > 1:
            return
        if epoch not in trial.intermediate_values:  # else an earlier attempt has told it
            self._store.optuna.set_trial_intermediate_value(trial._trial_id, epoch, score)
            trial.intermediate_values[epoch] = score
        if epoch >= self._first_pruned and self._study.pruner.prune(self._peers, trial):
            raise optuna.TrialPruned("worse than the median of the trials before it")

    def complete(self, trial: FrozenTrial, result: FitResult, seconds: float) -> None:
        self._check()
        scores = [row["metric"] for row in result.best.rows]
        ratio = self._record.summary["fold_ratio"]
        noted = {
            "fold_scores": scores,
            "standard_error": corrected_standard_error(scores, ratio),
            "best_epoch": result.best.number,
            "parameters": result.parameters,
            "cost": result.cost,
            "seconds": round(seconds, 3),
        }
        for key, value in noted.items():
            self._store.optuna.set_trial_user_attr(trial._trial_id, key, value)
        named = {"score": result.best.score, "parameters": result.parameters, "cost": result.cost}
        values = [float(named[name]) for name in self._config.search.objectives]
        self._tell(trial._trial_id, TrialState.COMPLETE, values)

    def prune(self, trial: FrozenTrial) -> None:
        """End the trial early; it keeps the last score told."""
        self._check()
        reported = self._store.optuna.get_trial(trial._trial_id).intermediate_values
        values = [reported[max(reported)]] if reported else None
        self._tell(trial._trial_id, TrialState.PRUNED, values)

    def fail(self, trial: FrozenTrial, reason: str | None) -> None:
        self._check()
        self._store.optuna.set_trial_user_attr(trial._trial_id, "reason", reason)
        self._tell(trial._trial_id, TrialState.FAIL)

    def end_failed(self) -> None:
        """End the trials, still running, of claims that have failed with their workers."""
        running = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        by_claim = {trial.user_attrs.get("claim"): trial for trial in running}
        if not by_claim:
            return
        for claim in claims.claims_of(self._store, self._record.uuid, SEARCH, FAILED):
            if claim.id in by_claim:
                with suppress(UpdateFinishedTrialError):  # another worker was quicker
                    self.fail(by_claim[claim.id], claim.reason)

    def finish_alike(self, claim: Claim, trial: FrozenTrial) -> None:
        """End the claim as its trial has ended: the holder before died between the two.

        A trial that a person has ended, in the dashboard, has no score of ours: it has failed.
        """
        noted = trial.user_attrs
        complete = trial.state == TrialState.COMPLETE and "best_epoch" in noted
        pruned = trial.state == TrialState.PRUNED
        claims.finish(
            self._store,
            claim,
            "done" if complete or pruned else "failed",
            value=trial.values[0] if complete and trial.values else None,
            best_epoch=noted["best_epoch"] if complete else None,
            parameters=noted["parameters"] if complete else None,
            cost=noted["cost"] if complete else None,
            reason=noted.get("reason", None if complete or pruned else "ended in the dashboard"),
        )

    def _tell(self, trial_id: int, state: TrialState, values: list[float] | None = None) -> None:
        """End the trial; one that another process has ended meanwhile stays as it is."""
        try:
            self._store.optuna.set_trial_state_values(trial_id, state, values)
        except UpdateFinishedTrialError:
            log.warning("the trial with id %d had been ended already", trial_id)
