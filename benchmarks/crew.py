"""A crew of worker processes at one study, of which one that holds a claim is killed now and then.

Who is killed is stopped first, so that it holds its claim for certain when it dies.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess

import psutil
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks import stub
from benchmarks.stub import Settings
from dropsearch.studies.store.records import DONE, RUNNING, Claim, StudyRecord
from dropsearch.studies.store.store import Store

Wanted = Callable[[Claim], bool]


def anybody(claim: Claim) -> bool:
    del claim
    return True


class Crew:
    """So many workers; those that die are replaced, until the study is done."""

    def __init__(self, store: Store, record: StudyRecord, count: int, settings: Settings) -> None:
        self.started = self.killed = 0
        self.last: Claim | None = None  # whose holder was killed
        self._store = store
        self._record = record
        self._count = count
        self._arguments = (store.url, str(store.artifacts), record.name, settings)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.stub"])
        self._processes: list[BaseProcess] = []
        self._dead: set[int | None] = set()

    def fill(self) -> None:
        """Replace whoever has died; who ended in order has nothing left to do."""
        self._processes = [p for p in self._processes if p.is_alive() or p.exitcode == 0]
        while len(self._processes) < self._count:
            process = self._context.Process(target=stub.work, args=self._arguments)
            process.start()
            self._processes.append(process)
            self.started += 1

    @property
    def alive(self) -> list[BaseProcess]:
        return [process for process in self._processes if process.is_alive()]

    def running(self) -> list[Claim]:
        """The claims that run; none while the database is away."""
        try:
            with self._store.read() as session:
                held = select(Claim).where(Claim.study == self._record.uuid, Claim.state == RUNNING)
                return list(session.scalars(held))
        except SQLAlchemyError:
            return []

    def stop_one(self, wanted: Wanted = anybody) -> tuple[psutil.Process, Claim] | None:
        """Stop (SIGSTOP) a worker that holds a wanted claim; None where there is none just now."""
        ours = {process.pid for process in self.alive} - self._dead
        held = [claim for claim in self.running() if wanted(claim) and _pid(claim) in ours]
        random.shuffle(held)
        for claim in held:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(_pid(claim))
                process.suspend()
                if any(_same(claim, now) and wanted(now) for now in self.running()):
                    return process, claim
                process.resume()
        return None

    def kill_one(self, wanted: Wanted = anybody) -> Claim | None:
        """Kill (SIGKILL) a worker that holds a wanted claim; None where there is none just now."""
        stopped = self.stop_one(wanted)
        if stopped is None:
            return None
        stopped[0].kill()
        self._dead.add(stopped[0].pid)
        self.killed += 1
        self.last = stopped[1]
        return stopped[1]

    def done(self) -> bool:
        try:
            record = self._store.study(self._record.uuid)
        except SQLAlchemyError:
            return False
        return record is not None and record.phase == DONE

    def storm(
        self,
        *,
        every: float,
        limit: float,
        wanted: Wanted = anybody,
        tick: Callable[[float], None] = lambda _: None,
    ) -> float:
        """Work to the end, one of the crew killed every so many seconds; the seconds it took.

        `tick` is called all the time with the seconds so far. Raises TimeoutError after `limit`.
        """
        began = time.monotonic()
        due = every
        self.fill()
        try:
            while not self.done():
                time.sleep(0.02)
                seconds = time.monotonic() - began
                if seconds > limit:
                    raise TimeoutError(f"not done after {limit:.0f} s")
                tick(seconds)
                if seconds >= due and self.kill_one(wanted):
                    due = max(due + every, seconds + every / 2)
                self.fill()
            for process in self._processes:
                process.join(30)
        finally:
            self.end()
        return time.monotonic() - began

    def end(self) -> None:
        for process in self.alive:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGCONT)
            process.kill()
        for process in self._processes:
            process.join()


def _pid(claim: Claim) -> int:
    return int(str(claim.holder).rsplit(":", 3)[1])


def _same(claim: Claim, now: Claim) -> bool:
    return (claim.id, claim.holder) == (now.id, now.holder)
