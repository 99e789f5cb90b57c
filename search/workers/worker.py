"""A worker: takes claims of a study, runs their fits and tells the results, until none is left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from dropsearch.models.data.stored import load_data
from dropsearch.models.errors import DivergedError
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import GpuLostError
from dropsearch.search.fit.device import gpu_is_lost
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.fit import FitResult, Stopped, UnusableState, fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.folds.inputs import Inputs, split_of
from dropsearch.search.phases import phases, space
from dropsearch.search.workers.checkpoints import Keeper, remove_checkpoints
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.trials import NoPointError, Trials
from dropsearch.studies.answer.members import at_chosen, middle_epoch
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.claims import LostClaim
from dropsearch.studies.claims.leases import LeaseWatch, new_holder
from dropsearch.studies.claims.lifecycle import data_folder
from dropsearch.studies.claims.release import release_dead
from dropsearch.studies.store.outage import patiently
from dropsearch.studies.store.records import CURVE, DONE, HOLDOUT, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

PAUSE = 0.5  # seconds between two looks for a claim while others hold the last ones

T = TypeVar("T")

FAULTS = (DivergedError, RuntimeError, MemoryError)  # what ends one fit, not its worker


@dataclass
class Worker:
    """One worker at one study. `run` returns when the study is done or the worker has to leave."""

    store: Store
    record: StudyRecord
    heartbeat: Heartbeat

    def __post_init__(self) -> None:
        self.holder = new_holder()
        self.config = StudyConfig.model_validate(self.record.config)
        self.data = load_data(data_folder(self.store), self.record.fingerprint)
        self.trials = Trials(self.store, self.record, self.config)
        self._folds: tuple[tuple[str, int], FoldSet] | None = None

    def run(self) -> None:
        watch = LeaseWatch()
        with suppress(Stopped):
            while not self.heartbeat.leave and self._patiently(partial(self._step, watch)):
                pass

    def _patiently(self, call: Callable[[], T]) -> T:
        """What `call` gives, once the database is there. Raises Stopped where told to leave."""

        def give_up() -> None:
            if self.heartbeat.leave:
                raise Stopped

        return patiently(call, give_up)

    def _step(self, watch: LeaseWatch) -> bool:
        """Run one claim, or look after those of others; False where nothing is left to do."""
        if self.trials.moved() and not self._follow():
            return False
        claim = claims.take(self.store, self.record.uuid, self.holder)
        if claim is not None:
            self._serve(claim)
            return True
        record = self.store.study(self.record.uuid)
        if record is None or record.phase == DONE:
            return False
        release_dead(self.store, record.uuid, watch)
        if record.phase == SEARCH:
            self.trials.end_failed()
        if not phases.advance(self.store, record):
            time.sleep(PAUSE)
        return True

    def _follow(self) -> bool:
        """Go on with Optuna's study under its new name; False while `delete` removes the study.

        Raises StudyGone where Optuna's alone was deleted.
        """
        record = self.store.study(self.record.uuid)
        if record is None or record.halted:
            return False
        self.trials = Trials(self.store, self.record, self.config)
        log.warning(
            "Optuna's study of %r is called %r now (renamed in the dashboard?): going on with it.",
            self.record.name,
            self.trials.name,
        )
        return True

    def _serve(self, claim: Claim) -> None:
        self.heartbeat.lost = self.heartbeat.closed = False
        self.heartbeat.claim = claim
        try:
            if claim.phase == SEARCH:
                self._run_trial(claim)
            else:
                self._run_fit(claim)
        except Stopped:
            with suppress(LostClaim):
                claims.give_back(self.store, claim)
        except LostClaim:
            log.warning(
                "claim %d was taken over by another worker; its result is dropped", claim.id
            )
        except UpdateFinishedTrialError:  # by a person, in the dashboard
            self.trials.finish_alike(claim, self.trials.of(claim))
        except KeyError:  # a trial that is not there any more
            if not self.trials.moved():
                raise
            claims.give_back(self.store, claim)
        else:
            remove_checkpoints(self.store, claim)
        finally:
            self.heartbeat.claim = None

    def _run_trial(self, claim: Claim) -> None:
        try:
            trial = self.trials.of(claim)
        except NoPointError as error:
            claims.finish(self.store, claim, "failed", reason=str(error))
            return
        if trial.state.is_finished():
            self.trials.finish_alike(claim, trial)
            return
        started = time.perf_counter()
        try:
            result = self._fit(
                claim,
                space.point_of(trial.params, self.config),
                lambda epoch: self.trials.report(trial, epoch.score, epoch.number),
            )
        except optuna.TrialPruned as pruned:
            reason = str(pruned)
            self._patiently(lambda: self.trials.prune(trial))
            self._patiently(lambda: claims.finish(self.store, claim, "done", reason=reason))
        except FAULTS as error:
            reason = claims.reasoned(error, claim)
            self._patiently(lambda: self.trials.fail(trial, reason))
            self._patiently(lambda: claims.finish(self.store, claim, "failed", reason=reason))
        else:
            seconds = time.perf_counter() - started
            self._patiently(lambda: self.trials.complete(trial, result, seconds))
            self._finish(claim, result, result.best.score, result.best.number)

    def _run_fit(self, claim: Claim) -> None:
        """A fit of a later phase: each fold is scored at the epoch that the others chose."""
        assert claim.point is not None
        try:
            result = self._fit(claim, claim.point)
        except FAULTS as error:
            reason = claims.reasoned(error, claim)
            self._patiently(lambda: claims.finish(self.store, claim, "failed", reason=reason))
            return
        epochs = {epoch.number: epoch.rows for epoch in result.epochs}
        chosen = at_chosen(epochs, self.record.direction)
        self._finish(claim, result, float(chosen.scores.mean()), middle_epoch(chosen.epochs))

    def _fit(
        self, claim: Claim, point: space.Point, report: Callable[[Epoch], None] = lambda _: None
    ) -> FitResult:
        def on_batch() -> None:
            if self.heartbeat.lost:
                raise LostClaim(f"Claim {claim.id} is held by another worker now.")
            if self.heartbeat.leave:
                raise Stopped
            if self.heartbeat.closed and claim.phase == SEARCH:
                raise optuna.TrialPruned("the time limit of the search has passed")

        def on_epoch(epoch: Epoch) -> None:
            self._patiently(lambda: claims.write_epoch(self.store, claim, epoch.number, epoch.rows))
            self._patiently(lambda: report(epoch))

        folds = self._folds_of(claim)
        seed = self.config.search.seed
        keeper = Keeper(self.store, claim)

        def run() -> FitResult:
            return fit(
                point,
                folds,
                seeds=fold_seeds(seed, claim.phase, claim.repeat, len(folds.train)),
                direction=self.record.direction,
                exactly=claim.fixed.get("epochs") if claim.phase == HOLDOUT else None,
                detailed=self._detailed(claim),
                memory=keeper.memory,
                before=keeper.epochs(),
                on_epoch=on_epoch,
                on_batch=on_batch,
            )

        try:
            try:
                return run()
            except UnusableState as unusable:
                keeper.start_over(str(unusable))
                return run()
        except Stopped:
            keeper.write()
            raise
        except RuntimeError:
            if gpu_is_lost():
                raise GpuLostError from None
            raise

    def _detailed(self, claim: Claim) -> bool:
        """Whether the fit tells where it does worst: on the holdout, else in the last repeat."""
        if claim.phase != CURVE or self.config.confirm is None:
            return claim.phase == HOLDOUT
        last = claim.repeat >= self.config.confirm.repeats - 1
        return last and not self.record.summary["holdout"]

    def _folds_of(self, claim: Claim) -> FoldSet:
        """The folds of the claim's phase and repeat; the last ones are kept."""
        drawing = claim.phase, claim.repeat
        if self._folds is None or self._folds[0] != drawing:
            split = split_of(self.config, self.data, *drawing)
            inputs = Inputs(self.data, split, self.record.metric, self.record.direction)
            self._folds = drawing, FoldSet.of(self.config, inputs)
        return self._folds[1]

    def _finish(self, claim: Claim, result: FitResult, score: float, best_epoch: int) -> None:
        ended = partial(claims.finish, self.store, claim, "done", value=score)
        self._patiently(
            partial(
                ended,
                best_epoch=best_epoch,
                parameters=result.parameters,
                cost=result.cost,
                details=result.details,
            )
        )
