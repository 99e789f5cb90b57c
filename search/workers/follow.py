"""What a launch shows while its workers run, and how it ends them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from dropsearch.search.errors import SearchError
from dropsearch.search.signals import interrupts
from dropsearch.search.workers.engines import Engine
from dropsearch.studies.claims.lifecycle import close_search
from dropsearch.studies.claims.progress import Progress, progress
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.outage import is_outage
from dropsearch.studies.store.records import DONE, FAILED, FINISHED, PHASES, SEARCH, StudyRecord
from dropsearch.studies.store.store import Store

T = TypeVar("T")

LOOK = 0.25  # seconds between two looks at the store


class Left(NamedTuple):
    """Seconds that a study will still take, at the pace since the launch."""

    phase: float
    all: float


class View(Protocol):
    """Where a launch tells what it does: a terminal, a pipe, or nowhere."""

    def say(self, sentence: str) -> None: ...

    def show(self, seen: Progress, left: Left | None) -> None:
        """Show how far the study is, and what is left of it, where known."""


class Quiet:
    """Shows nothing: the view of `launch()` in Python."""

    def say(self, sentence: str) -> None:
        del sentence

    def show(self, seen: Progress, left: Left | None) -> None:
        del seen, left


def follow(
    store: Store,
    record: StudyRecord,
    engine: Engine,
    *,
    deadline: float | None,
    planned: Mapping[str, int],
    view: View,
) -> None:
    """Return when the workers have ended; close the search at the deadline (monotonic seconds).

    planned: the fits of the phases after the search, for the time left. Raises KeyboardInterrupt
    after Ctrl-C, once the workers have left: at the first they stop cleanly, at the second they
    are killed. Raises SearchError where workers died without end.
    """
    began = time.monotonic()
    look = partial(_look, store, record)
    seen = look()
    before = _fits(seen)
    leaving = closed = False
    told = 0
    if ended := seen.count(FINISHED, FAILED):
        view.say(f"Resumed: {ended:,} of {seen.count():,} trials have ended.")
    with interrupts() as asked, store.hurried(lambda: asked() > 0), _left_in_order(engine):
        while engine.running(done=seen.study.phase == DONE):
            seen = _reached(look, seen)
            if engine.replaced > told:
                told = engine.replaced
                view.say(f"A worker died and was replaced ({told} so far).")
            view.show(seen, _left(seen, planned, before, time.monotonic() - began))
            if asked() > 1:
                engine.kill()
                break
            if asked() and not leaving:
                leaving = True
                view.say("Stopping: running trials are given back. Ctrl-C again ends at once.")
                engine.ask_to_leave()
            late = deadline is not None and time.monotonic() > deadline
            if late and not closed and seen.study.phase == SEARCH:
                closed = _reached(lambda: _close(store, record), None) is not None
                if closed:
                    view.say("The time limit has passed: the search ends with what it has.")
            time.sleep(LOOK)
        engine.join()
        seen = _reached(look, seen)
        view.show(seen, None)
        if asked():
            raise KeyboardInterrupt
        if seen.study.halted and seen.study.phase != DONE:
            view.say(f"Study {record.name} was stopped: the same command goes on from here.")
    if engine.gave_up:
        raise SearchError(engine.gave_up)


@contextmanager
def _left_in_order(engine: Engine) -> Iterator[None]:
    """Let the workers give their fits back where the launch cannot go on, as into a closed pipe."""
    try:
        yield
    except BaseException:
        engine.ask_to_leave()
        engine.join()
        raise


def _look(store: Store, record: StudyRecord) -> Progress:
    seen = progress(store, record.uuid)
    if seen is None:
        raise StudiesError(f"Study {record.name!r} was deleted while it ran.")
    return seen


def _close(store: Store, record: StudyRecord) -> int:
    return close_search(store, record.uuid, "The time limit ended the search.")


def _reached(call: Callable[[], T], otherwise: T) -> T:
    """What `call` gives; `otherwise`, while the database is away, for which the workers wait."""
    try:
        return call()
    except SQLAlchemyError as error:
        if not is_outage(error):
            raise
        return otherwise


def _fits(seen: Progress, *phases: str) -> float:
    """Fits done in these phases, or in all, those that run counted by their epochs."""
    epochs = seen.study.config["training"]["epochs"]
    asked = phases or PHASES
    begun = sum(
        (claim.epoch + 1) / epochs
        for claim in seen.running
        if claim.epoch is not None and claim.phase in asked
    )
    return sum(seen.count(FINISHED, FAILED, phase=phase) for phase in asked) + begun


def _left(seen: Progress, planned: Mapping[str, int], before: float, seconds: float) -> Left | None:
    """What is left, at the pace since the launch; None before a quarter of a fit is done."""
    done, phase = _fits(seen), seen.study.phase
    if done - before < 0.25:
        return None
    pace = seconds / (done - before)
    return Left(
        phase=pace * (seen.count(phase=phase) - _fits(seen, phase)),
        all=pace * (seen.total(planned) - done),
    )
