"""A worker: takes claims of a study, runs their fits and tells the results, until none is left."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from dropsearch.models.data.stored import load_data
from dropsearch.models.errors import ModelsError
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.fit.fit import FitResult, Stopped
from dropsearch.search.phases import phases, space
from dropsearch.search.workers.checkpoints import remove_checkpoints
from dropsearch.search.workers.fits import Fits
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.trials import NoPointError, Trials
from dropsearch.studies.answer.members import at_chosen, middle_epoch
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.claims import LostClaim
from dropsearch.studies.claims.leases import LeaseWatch, new_holder
from dropsearch.studies.claims.lifecycle import data_folder
from dropsearch.studies.claims.release import release_dead
from dropsearch.studies.store.records import DONE, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

PAUSE = 0.5  # seconds between two looks for a claim while others hold the last ones

FAULTS = (ModelsError, RuntimeError, MemoryError)  # what ends one fit, not its worker


@dataclass
class Worker:
    """One worker at one study. `run` returns when the study is done or the worker has to leave."""

    store: Store
    record: StudyRecord
    heartbeat: Heartbeat

    def __post_init__(self) -> None:
        self.holder = new_holder()
        self.config = StudyConfig.model_validate(self.record.config)
        data = load_data(data_folder(self.store), self.record.fingerprint)
        self.fits = Fits(self.store, self.record, self.config, data, self.heartbeat)
        self.trials = Trials(self.store, self.record, self.config)

    def run(self) -> None:
        watch = LeaseWatch()
        with suppress(Stopped):
            step = partial(self._step, watch)
            while not self.heartbeat.leave and self.heartbeat.patiently(step):
                pass

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
            result = self.fits.run(
                claim,
                space.point_of(trial.params, self.config),
                lambda epoch: self.trials.report(trial, epoch.score, epoch.number),
            )
        except optuna.TrialPruned as pruned:
            reason = str(pruned)
            self.heartbeat.patiently(lambda: self.trials.prune(trial))
            self._finish(claim, "done", reason=reason)
        except FAULTS as error:
            reason = claims.reasoned(error, claim)
            self.heartbeat.patiently(lambda: self.trials.fail(trial, reason))
            self._finish(claim, "failed", reason=reason)
        else:
            seconds = time.perf_counter() - started
            self.heartbeat.patiently(lambda: self.trials.complete(trial, result, seconds))
            self._done(claim, result, result.best.score, result.best.number)

    def _run_fit(self, claim: Claim) -> None:
        """A fit of a later phase: each fold is scored at the epoch that the others chose."""
        assert claim.point is not None
        try:
            result = self.fits.run(claim, claim.point)
        except FAULTS as error:
            reason = claims.reasoned(error, claim)
            self._finish(claim, "failed", reason=reason)
            return
        epochs = {epoch.number: epoch.rows for epoch in result.epochs}
        chosen = at_chosen(epochs, self.record.direction)
        self._done(claim, result, float(chosen.scores.mean()), middle_epoch(chosen.epochs))

    def _done(self, claim: Claim, result: FitResult, score: float, best_epoch: int) -> None:
        self.fits.keep(claim, result)
        self._finish(
            claim,
            "done",
            value=score,
            best_epoch=best_epoch,
            parameters=result.parameters,
            cost=result.cost,
            details=result.details,
        )

    def _finish(self, claim: Claim, state: Literal["done", "failed"], **found: Any) -> None:
        self.heartbeat.patiently(partial(claims.finish, self.store, claim, state, **found))
