"""The Optuna trials of a study: each search claim has one, made whole and told once."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import SearchError
from dropsearch.search.fit.epochs import first_counted
from dropsearch.search.fit.fit import FitResult
from dropsearch.search.phases import space
from dropsearch.search.phases.before import as_trials
from dropsearch.search.phases.distributions import distributions
from dropsearch.search.phases.queued import asked, fault, queued
from dropsearch.search.phases.sampling import draws
from dropsearch.search.workers.pruning import PRUNERS, Peers, own_trials
from dropsearch.studies.claims import claims, optuna_study
from dropsearch.studies.claims.optuna_study import ensure_study, load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.starts import source_of
from dropsearch.studies.intervals.statistics import corrected_standard_error
from dropsearch.studies.store.records import FAILED, SEARCH, Claim, StudyRecord, point_text
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

CHECKED = 1.0  # seconds for which Optuna's study is taken to be there still


class NoPointError(SearchError):
    """A claim of the search can have no trial: it has failed."""


def _trial_of(claim: Claim, trials: Sequence[FrozenTrial]) -> FrozenTrial | None:
    if claim.trial is not None:
        return next((trial for trial in trials if trial.number == claim.trial), None)
    return None if claim.point is None else own_trials(trials).get(claim.id)


class Trials:
    """Optuna's side of the search of one study."""

    def __init__(self, store: Store, record: StudyRecord, config: StudyConfig) -> None:
        self._store = store
        self._record = record
        self._config = config
        self._first_pruned = first_counted(config.training.epochs)
        self._checked = float("-inf")
        self._study: Study = load_study(
            store,
            record,
            sampler=optuna.samplers.RandomSampler(),
            pruner=PRUNERS[config.search.pruner](self._first_pruned),
        )
        self._peers = Peers(self._study)

    @property
    def name(self) -> str:
        """What Optuna calls the study."""
        return self._study.study_name

    def moved(self) -> bool:
        """Whether Optuna's study was deleted since, or renamed, which makes a copy."""
        return not optuna_study.is_ours(self._store.optuna, self._record, self._study._study_id)

    def _check(self) -> None:
        """Raises KeyError, as Optuna does, where the study's trials are not there any more.

        Optuna alone may then write into another study, since SQLite gives ids out again.
        """
        if self.moved():
            raise KeyError(self._study._study_id)

    def of(self, claim: Claim) -> FrozenTrial:
        """The trial of a claim: made by an earlier holder, or now, whole and running.

        Raises NoPointError where the claim can have none.
        """
        self._peers.forget()
        self._checked = float("-inf")
        trials = self._study.get_trials(deepcopy=False)
        trial = _trial_of(claim, trials)
        if trial is None:
            trial = self._from_queue(claim, trials) or self._drawn(claim, trials)
        if claim.trial != trial.number:  # made now, or by a holder who died between the two
            claims.attach_trial(self._store, claim, trial.number)
        if trial.state == TrialState.WAITING:
            trial = self._begun(trial, claim)
        self._study.get_trials(deepcopy=False)
        return trial

    def _from_queue(self, claim: Claim, trials: list[FrozenTrial]) -> FrozenTrial | None:
        """The first queued trial that the claim can run, now the claim's; None: there is none.

        One that the study cannot run at all is failed with the reason.
        """
        waiting = queued(trials)
        if not waiting or claim.point is not None:
            return None
        held = {other.trial for other in claims_of(self._store, self._record.uuid, SEARCH)}
        for trial in waiting:
            if trial.number in held:
                continue
            reason = fault(trial, self._config)
            if reason is None:
                wanted = asked(trial, self._config)
                if any(wanted.get(key, value) != value for key, value in claim.fixed.items()):
                    continue
                if self._settle(claim, trials, {**claim.fixed, **wanted}, trial.number):
                    return trial
                if claims.is_held(self._store, self._record.uuid, trial.number):
                    continue
                reason = "Another trial of the study has these values."
            with suppress(UpdateFinishedTrialError):  # another worker was quicker
                self.fail(trial, reason)
        return None

    def _drawn(self, claim: Claim, trials: list[FrozenTrial]) -> FrozenTrial:
        """A new trial, at a point that no other claim has."""
        if claim.point is None and not (
            self._settle(claim, trials, claim.fixed) or self._settle(claim, trials, {})
        ):
            raise NoPointError("Every point of the space has been tried: ask for fewer trials.")
        params = space.params_of(claim.point or {}, self._config)
        source = source_of(self._record, claim)
        template = create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=distributions(self._config, params),
            user_attrs={"claim": claim.id} | ({"source": source} if source else {}),
        )
        study_id = ensure_study(self._store, self._record)
        try:
            made = self._store.optuna.create_new_trial(study_id, template)
        except ValueError as error:
            raise NoPointError(
                f"A trial that was added by hand has other kinds of values, and Optuna takes no "
                f"others beside it: {error}"
            ) from None
        return self._store.optuna.get_trial(made)

    def _settle(
        self,
        claim: Claim,
        trials: list[FrozenTrial],
        fixed: Mapping[str, Any],
        queued_trial: int | None = None,
    ) -> bool:
        """Give the claim a point with the values in `fixed` that no other has, if there is one."""
        taken: set[str] | None = None
        own = list(own_trials(trials).values())
        for params in draws(
            self._config,
            [*as_trials(self._record.summary, own, self._config), *own],
            number=claim.number,
            fixed=fixed,
            directions=self._record.directions,
        ):
            point = space.point_of(params, self._config)
            if taken is not None and point_text(point) in taken:
                continue
            if claims.settle(self._store, claim, point, trial=queued_trial):
                return True
            if queued_trial is not None and claims.is_held(
                self._store, self._record.uuid, queued_trial
            ):
                return False
            every = claims_of(self._store, self._record.uuid, SEARCH)
            taken = {point_text(other.point) for other in every if other.point is not None}
        return False

    def _begun(self, trial: FrozenTrial, claim: Claim) -> FrozenTrial:
        """A queued trial with the claim's values, running; may be repeated."""
        storage = self._store.optuna
        storage.set_trial_user_attr(trial._trial_id, "claim", claim.id)
        params = space.params_of(claim.point or {}, self._config)
        for key, distribution in distributions(self._config, params).items():
            if key not in trial.params:
                internal = distribution.to_internal_repr(params[key])
                storage.set_trial_param(trial._trial_id, key, internal, distribution)
        storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING)
        return storage.get_trial(trial._trial_id)

    def report(self, trial: FrozenTrial, score: float, epoch: int) -> None:
        """Tell the score of an epoch. Raises TrialPruned where the trial has to end.

        Optuna takes no such scores where there are several objectives.
        """
        if time.monotonic() - self._checked > CHECKED:
            self._check()
            self._checked = time.monotonic()
        if len(self._record.directions) > 1:
            return
        if epoch not in trial.intermediate_values:  # else an earlier attempt has told it
            self._store.optuna.set_trial_intermediate_value(trial._trial_id, epoch, score)
            trial.intermediate_values[epoch] = score
        if epoch >= self._first_pruned and self._peers.ends(trial):
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
        trials = self._study.get_trials(deepcopy=False)
        if all(trial.state.is_finished() for trial in trials):
            return
        for claim in claims_of(self._store, self._record.uuid, SEARCH, FAILED):
            trial = _trial_of(claim, trials)
            if trial is not None and not trial.state.is_finished():
                with suppress(UpdateFinishedTrialError):  # another worker was quicker
                    self.fail(trial, claim.reason)

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
