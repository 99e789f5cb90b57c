"""A worker: takes claims of a study, runs their fits and tells the results, until none is left."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from dropsearch.models.data import load_data
from dropsearch.models.errors import DivergedError
from dropsearch.search import phases, space
from dropsearch.search.checkpoints import Keeper, remove_checkpoints
from dropsearch.search.config import StudyConfig
from dropsearch.search.inputs import split_of
from dropsearch.search.objective import (
    Epoch,
    FitResult,
    FoldSet,
    Stopped,
    fit,
    fold_seeds,
    prepare_process,
)
from dropsearch.search.trials import Trials
from dropsearch.studies import claims
from dropsearch.studies.claims import Claim, LeaseWatch, LostClaim
from dropsearch.studies.members import at_chosen, middle_epoch
from dropsearch.studies.optuna_tables import StudyGone
from dropsearch.studies.outage import is_outage, patiently
from dropsearch.studies.records import CURVE, DONE, FAILED, HOLDOUT, SEARCH
from dropsearch.studies.store import Store, StudyRecord
from dropsearch.studies.studies import data_folder

log = logging.getLogger("dropsearch")

PAUSE = 0.5  # seconds between two looks for a claim while others hold the last ones
BEAT = 1.0  # seconds between two heartbeats
LOOK = 2.0  # seconds between two looks for studies of a worker that waits for more

T = TypeVar("T")

FAULTS = (DivergedError, RuntimeError, MemoryError)  # what ends one fit, not its worker


class Heartbeat(threading.Thread):
    """Renews the claim at hand and learns whether the worker or its fit has to end.

    `leave`: end, and give the claim back, since the process was told to, or the study was stopped
    or deleted; `lost`: the claim is another worker's; `closed`: the search is over. A database that
    is away is waited for: a beat that fails is tried again at the next.
    """

    def __init__(self, store: Store, study: str, told: Callable[[], bool]) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self.claim: Claim | None = None
        self._left = False
        self.lost = False
        self.closed = False
        self._store = store
        self._study = study
        self._told = told
        self._over = threading.Event()

    @property
    def leave(self) -> bool:
        return self._left or self._told()

    def run(self) -> None:
        while not self._over.wait(BEAT):
            if _orphaned():
                self._left = True
            try:
                self._beat()
            except Exception as error:
                if not is_outage(error):  # that is told by what waits for it
                    log.warning("heartbeat: %s", error)

    def _beat(self) -> None:
        claim = self.claim
        if claim is not None and not claims.renew(self._store, claim) and claim is self.claim:
            self.lost = True
        record = self._store.study(self._study)
        if record is None or record.halted:
            self._left = True
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
        for dead in claims.release_dead(self.store, record.uuid, watch):
            if dead.state == FAILED:
                self.trials.fail_claim(dead)
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
        trial = self.trials.of(claim)
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
            reason = _reason(error, claim)
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
            reason = _reason(error, claim)
            self._patiently(lambda: claims.finish(self.store, claim, "failed", reason=reason))
            return
        rows = [row | {"epoch": epoch.number} for epoch in result.epochs for row in epoch.rows]
        chosen = at_chosen(rows, self.record.direction)
        self._finish(claim, result, float(chosen["metric"].mean()), middle_epoch(chosen["epoch"]))

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
        try:
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
        except Stopped:
            keeper.write()
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
            parts = split_of(self.config, self.data, *drawing)
            folds = FoldSet.of(self.config, self.data, parts, self.record.metric)
            self._folds = drawing, folds
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


def _reason(error: Exception, claim: Claim) -> str:
    return f"{error} ({', '.join(f'{k} {v}' for k, v in (claim.point or {}).items())})"


def work(store: Store, record: StudyRecord, told: Callable[[], bool] | None = None) -> None:
    """Serve one study until it is done, stopped or deleted, or until this process is told to leave.

    told: whether it was; None: SIGTERM and SIGINT tell it. The fit at hand ends at its next batch,
    and its claim is given back. Raises StudyGone where Optuna's study was deleted.
    """
    prepare_process()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    heartbeat = Heartbeat(store, record.uuid, told or leaves_on_signals())
    heartbeat.start()
    try:
        Worker(store, record, heartbeat).run()
    finally:
        heartbeat.end()


def leaves_on_signals() -> Callable[[], bool]:
    """From now on SIGTERM and SIGINT only set a flag, which the function returned reads."""
    seen: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: seen.append(number))
    return lambda: bool(seen)


def serve(store: Store, names: Sequence[str], *, forever: bool = False) -> None:
    """Serve the named studies, or all, the oldest first, until none has anything left to do.

    With `forever` it then waits for more. Raises StudiesError for an unknown name,
    KeyboardInterrupt where told to leave.
    """
    records = [store.find(name) for name in names] or store.studies()
    told = leaves_on_signals()
    lost: set[str] = set()
    while True:
        idle = True
        for record in records:
            if record.phase == DONE or record.halted or record.uuid in lost:
                continue
            idle = False
            print(f"Serving {record.name}", flush=True)
            try:
                work(store, record, told)
            except StudyGone as gone:
                print(gone, file=sys.stderr, flush=True)
                lost.add(record.uuid)
            if told():
                raise KeyboardInterrupt
        if idle and not forever:
            print("Nothing is left to do.")
            return
        if idle:
            _pause(told)
        records = [store.find(name) for name in names] or store.studies()


def _pause(told: Callable[[], bool]) -> None:
    """Wait for some seconds, less where this process is told to leave."""
    end = time.monotonic() + LOOK
    while time.monotonic() < end:
        if told():
            raise KeyboardInterrupt
        time.sleep(0.1)
