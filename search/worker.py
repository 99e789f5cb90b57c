"""A worker: takes claims of a study, runs their fits and tells the results, until none is left."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.models.data import load_data
from dropsearch.models.errors import DivergedError
from dropsearch.search import phases, space
from dropsearch.search.config import StudyConfig
from dropsearch.search.errors import SearchError
from dropsearch.search.inputs import split_of
from dropsearch.search.objective import (
    Epoch,
    FitResult,
    FoldSet,
    Stopped,
    first_counted,
    fit,
    fold_seeds,
    prepare_process,
)
from dropsearch.search.sampling import draws
from dropsearch.studies import claims
from dropsearch.studies.claims import Claim, LeaseWatch, LostClaim
from dropsearch.studies.records import DONE, FAILED
from dropsearch.studies.statistics import corrected_standard_error
from dropsearch.studies.store import Store, StudyRecord
from dropsearch.studies.studies import data_folder, optuna_study_id

log = logging.getLogger("dropsearch")

PAUSE = 0.5  # seconds between two looks for a claim while others hold the last ones
BEAT = 1.0  # seconds between two heartbeats


PRUNERS: dict[str, Callable[[int], optuna.pruners.BasePruner]] = {
    "median": lambda first: optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=first),
    "none": lambda _: optuna.pruners.NopPruner(),
}


class Heartbeat(threading.Thread):
    """Renews the claim at hand and learns whether the worker or its fit has to end.

    `leave`: end, and give the claim back; `lost`: the claim is another worker's; `closed`: the
    search is over. They are plain flags, since a signal handler sets one of them. A database that
    is away is waited for: a beat that fails is tried again at the next.
    """

    def __init__(self, store: Store, study: str) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self.claim: Claim | None = None
        self.leave = False
        self.lost = False
        self.closed = False
        self._store = store
        self._study = study
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(BEAT):
            if _orphaned():
                self.leave = True
            try:
                self._beat()
            except Exception as error:
                log.warning("heartbeat: %s", error)

    def _beat(self) -> None:
        claim = self.claim
        if claim is not None and not claims.renew(self._store, claim) and claim is self.claim:
            self.lost = True
        record = self._store.study(self._study)
        if record is None or record.halted:
            self.leave = True
        elif record.closed:
            self.closed = True

    def end(self) -> None:
        self._over.set()
        self.join()


def _orphaned() -> bool:
    """Whether this process was started by a launch that is gone."""
    from multiprocessing import parent_process

    parent = parent_process()
    return parent is not None and not parent.is_alive()


@dataclass
class Worker:
    """One worker at one study. `run` returns when the study is done or the worker has to leave."""

    store: Store
    record: StudyRecord
    heartbeat: Heartbeat

    def __post_init__(self) -> None:
        self.holder = claims.new_holder()
        self.config = StudyConfig.model_validate(self.record.config)
        data = load_data(data_folder(self.store), self.record.fingerprint)
        self.folds = FoldSet.of(self.config, data, split_of(self.config, data), self.record.metric)
        self.first_pruned = first_counted(self.config.training.epochs)
        pruner = PRUNERS[self.config.search.pruner](self.first_pruned)
        self.study: Study = self.store.optuna_study(
            self.record, sampler=optuna.samplers.RandomSampler(), pruner=pruner
        )

    def run(self) -> None:
        watch = LeaseWatch()
        while not self.heartbeat.leave:
            claim = claims.take(self.store, self.record.uuid, self.holder)
            if claim is not None:
                self._serve(claim)
                continue
            record = self.store.study(self.record.uuid)
            if record is None or record.phase == DONE:
                return
            self._release(watch)
            if not claims.advance(
                self.store, record.uuid, record.phase, phases.NEXT[record.phase], []
            ):
                time.sleep(PAUSE)

    def _release(self, watch: LeaseWatch) -> None:
        """Let the claims of dead workers be taken again; those failed for good end their trials."""
        for claim in claims.release_dead(self.store, self.record.uuid, watch):
            if claim.state == FAILED and claim.trial is not None:
                trial = self.study.get_trials(deepcopy=False)[claim.trial]
                self.store.optuna.set_trial_user_attr(trial._trial_id, "reason", claim.reason)
                self._tell(trial._trial_id, TrialState.FAIL)

    def _serve(self, claim: Claim) -> None:
        self.heartbeat.lost = self.heartbeat.closed = False
        self.heartbeat.claim = claim
        try:
            self._run(claim)
        except LostClaim:
            log.warning(
                "claim %d was taken over by another worker; its result is dropped", claim.id
            )
        finally:
            self.heartbeat.claim = None

    def _run(self, claim: Claim) -> None:
        trial = self._trial(claim)
        if trial.state.is_finished():
            self._finish_as(claim, trial)
            return
        handle = optuna.trial.Trial(self.study, trial._trial_id)
        point = space.point_of(trial.params, self.config)
        started = time.perf_counter()

        def on_batch() -> None:
            if self.heartbeat.lost:
                raise LostClaim(f"Claim {claim.id} is held by another worker now.")
            if self.heartbeat.leave:
                raise Stopped
            if self.heartbeat.closed:
                raise optuna.TrialPruned("the time limit of the search has passed")

        def on_epoch(epoch: Epoch) -> None:
            claims.write_epoch(self.store, claim, epoch.number, epoch.rows)
            handle.report(epoch.score, epoch.number)
            if epoch.number >= self.first_pruned and handle.should_prune():
                raise optuna.TrialPruned("worse than the median of the trials before it")

        try:
            result = fit(
                point,
                self.folds,
                seeds=fold_seeds(
                    self.config.search.seed, claim.phase, claim.repeat, len(self.folds.train)
                ),
                direction=self.record.direction,
                on_epoch=on_epoch,
                on_batch=on_batch,
            )
        except Stopped:
            claims.give_back(self.store, claim)
        except optuna.TrialPruned as pruned:
            self._tell(trial._trial_id, TrialState.PRUNED)
            claims.finish(self.store, claim, "done", reason=str(pruned))
        except LostClaim:
            raise
        except (DivergedError, RuntimeError, MemoryError) as error:
            reason = f"{error} ({', '.join(f'{k} {v}' for k, v in point.items())})"
            handle.set_user_attr("reason", reason)
            self._tell(trial._trial_id, TrialState.FAIL)
            claims.finish(self.store, claim, "failed", reason=reason)
        else:
            self._keep(handle, result, time.perf_counter() - started)
            self._tell(trial._trial_id, TrialState.COMPLETE, result.best.score)
            claims.finish(
                self.store, claim, "done", value=result.best.score, best_epoch=result.best.number
            )

    def _finish_as(self, claim: Claim, trial: FrozenTrial) -> None:
        """End the claim as its trial has ended: the holder before died between the two."""
        complete = trial.state == TrialState.COMPLETE
        claims.finish(
            self.store,
            claim,
            "failed" if trial.state == TrialState.FAIL else "done",
            value=trial.value if complete else None,
            best_epoch=trial.user_attrs["best_epoch"] if complete else None,
            reason=trial.user_attrs.get("reason"),
        )

    def _trial(self, claim: Claim) -> FrozenTrial:
        """The trial of a claim: made by an earlier holder, or now, whole and running."""
        trials = self.study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.user_attrs.get("claim") == claim.id:
                return trial
        params, distributions = self._point(claim, trials)
        storage = self.store.optuna
        template = create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=distributions,
            user_attrs={"claim": claim.id},
        )
        study_id = optuna_study_id(self.store, self.record)
        trial = storage.get_trial(storage.create_new_trial(study_id, template))
        claims.attach_trial(self.store, claim, trial.number)
        self.study.get_trials(deepcopy=False)
        return trial

    def _point(
        self, claim: Claim, trials: list[FrozenTrial]
    ) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Parameters that no other claim has, kept in the claim's row before they are used."""
        for params, distributions in draws(
            self.config,
            trials,
            number=claim.number,
            fixed=claim.point or claim.fixed,
            direction=self.record.direction,
        ):
            if claims.settle(self.store, claim, space.point_of(params, self.config)):
                return params, distributions
        raise SearchError("Every point of the space is taken: ask for fewer trials.")

    def _keep(self, handle: optuna.Trial, result: FitResult, seconds: float) -> None:
        scores = [row["metric"] for row in result.best.rows]
        handle.set_user_attr("fold_scores", scores)
        handle.set_user_attr(
            "standard_error", corrected_standard_error(scores, self.record.summary["fold_ratio"])
        )
        handle.set_user_attr("best_epoch", result.best.number)
        handle.set_user_attr("parameters", result.parameters)
        handle.set_user_attr("seconds", round(seconds, 3))

    def _tell(self, trial_id: int, state: TrialState, value: float | None = None) -> None:
        """End the trial; one that another process has ended meanwhile stays as it is."""
        storage = self.store.optuna
        if state == TrialState.PRUNED:
            reported = storage.get_trial(trial_id).intermediate_values
            value = reported[max(reported)] if reported else None
        try:
            storage.set_trial_state_values(trial_id, state, None if value is None else [value])
        except optuna.exceptions.UpdateFinishedTrialError:
            log.warning("the trial with id %d had been ended already", trial_id)


def work(store: Store, record: StudyRecord) -> bool:
    """Serve one study until it is done; False where this process was told to leave before.

    SIGTERM and SIGINT let the fit at hand end at its next batch; its claim is given back.
    """
    prepare_process()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    heartbeat = Heartbeat(store, record.uuid)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(heartbeat, "leave", True))
    heartbeat.start()
    try:
        Worker(store, record, heartbeat).run()
    finally:
        heartbeat.end()
    return not heartbeat.leave


def serve(store: Store, names: Sequence[str]) -> None:
    """Serve the named studies, or all that are not done, one after the other.

    Raises StudiesError for an unknown name, KeyboardInterrupt where told to leave.
    """
    records = [store.find(name) for name in names] or store.studies()
    for record in records:
        if record.phase != DONE and not record.halted:
            print(f"Serving {record.name}", flush=True)
            if not work(store, record):
                raise KeyboardInterrupt
    print("Nothing is left to do.")
