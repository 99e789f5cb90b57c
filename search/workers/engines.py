"""Where the workers of a launch run: processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_int
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Literal, Self

from dropsearch.search.loading import loading
from dropsearch.search.signals import noted, shielded, unshielded

if TYPE_CHECKING:
    from dropsearch.studies.store.store import Store

REPLACEMENTS = 10
ON_A_GPU = 6  # each takes memory of its own there; docs/performance.md
SOCKET = "/pymp-12345678/listener-12345678"  # of multiprocessing's server, as long as its name
LONGEST_SOCKET = 107  # bytes, on Linux
GONE = 3  # exit code of a worker whose study or database was removed


def default_workers(device: str = "cpu") -> int:
    """One worker per core that this process may use, as a container's limit leaves them, too; on a
    GPU at most `ON_A_GPU`."""
    from joblib import cpu_count

    cores = int(cpu_count())
    return min(cores, ON_A_GPU) if device == "cuda" else cores


def _start_method() -> Literal["forkserver", "spawn"]:
    """How workers begin; Windows has no server to fork from, on macOS forking is not safe, and the
    server's socket lies in the folder for temporary files, whose name can be too long for that."""
    offered = multiprocessing.get_all_start_methods()
    fits = len(os.fsencode(tempfile.gettempdir() + SOCKET)) <= LONGEST_SOCKET
    forks = "forkserver" in offered and sys.platform != "darwin" and fits
    return "forkserver" if forks else "spawn"


def preload() -> None:
    """Start the server of the workers, where there is one, which then loads torch meanwhile.

    This module imports next to nothing, so that it can be called before all else.
    """
    if _start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.set_forkserver_preload(["dropsearch.search.workers.preloaded"])
        with shielded():
            forkserver.ensure_running()


class Engine(ABC):
    """Where workers run, from its block's begin to its end, which leaves none alive.

    `replaced`: workers that died and for which others came; `gave_up`: why no more workers are
    started, where they died again and again.
    """

    def __init__(self) -> None:
        self.replaced = 0
        self.gave_up: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @abstractmethod
    def start(self, store: Store, name: str) -> None:
        """Let workers serve the study."""

    @abstractmethod
    def running(self, *, done: bool) -> bool:
        """Whether any worker lives or is to come, after replacing those that died.

        done: whether the study is, so that no worker has to come any more.
        """

    @abstractmethod
    def ask_to_leave(self) -> None:
        """Tell the workers to give their fits back and leave."""

    @abstractmethod
    def kill(self) -> None: ...

    @abstractmethod
    def join(self) -> None:
        """Return when the last worker has ended."""


class LocalEngine(Engine):
    """Worker processes on this machine, forked, where it can be, from a server with torch loaded.

    They are ordinary workers, which Ctrl-C in the terminal does not end: the launch asks them to
    leave. A worker that died is replaced, up to a limit.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self._leaving = False
        self._processes: list[BaseProcess] = []
        self._context: Any = multiprocessing.get_context(_start_method())
        self._leave = self._context.RawValue("i", 0)

    def __enter__(self) -> Self:
        """Start the server at once: it loads torch while the data is read."""
        preload()
        return self

    def start(self, store: Store, name: str) -> None:
        self._arguments = (store.url, str(store.artifacts), name, self._leave)
        self._processes = [self._process() for _ in range(self._count)]

    def _process(self) -> BaseProcess:
        process = self._context.Process(
            target=_work, args=self._arguments, name="dropsearch-worker"
        )
        with _main_hidden(), shielded():
            process.start()
        return process

    def running(self, *, done: bool) -> bool:
        """Whether any worker lives, after replacing those that died."""
        del done  # they are all there from the start
        for slot, process in enumerate(self._processes):
            if process.is_alive() or process.exitcode in (0, None, GONE) or self._leaving:
                continue
            if self.replaced >= REPLACEMENTS:
                self.gave_up = (
                    f"{self.replaced} workers have died one after another (the last with exit "
                    f"code {process.exitcode}): see the messages above."
                )
                continue
            self.replaced += 1
            self._processes[slot] = self._process()
        return any(process.is_alive() for process in self._processes)

    def ask_to_leave(self) -> None:
        self._leaving = True
        self._leave.value = 1

    def kill(self) -> None:
        self._leaving = True
        for process in self._processes:
            process.kill()

    def join(self) -> None:
        for process in self._processes:
            process.join()


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep new processes from importing the user's script, which then needs no main guard."""
    main = sys.modules["__main__"]
    kept: dict[str, Any] = {
        key: vars(main)[key] for key in ("__spec__", "__file__") if key in vars(main)
    }
    main.__spec__ = None
    vars(main).pop("__file__", None)
    try:
        yield
    finally:
        vars(main).update(kept)


def _work(storage: str, artifacts: str, name: str, leave: c_int) -> None:
    """What a worker process runs. leave: not 0 where the launch asks it to."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    signalled = noted()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches all where there are no groups
    unshielded()

    with loading():  # seconds where it is spawned
        from dropsearch.search.workers.serving import work
    from dropsearch.studies.claims.optuna_study import StudyGone
    from dropsearch.studies.store.held_file import StoreGone
    from dropsearch.studies.store.store import await_study

    def told() -> int:
        return leave.value + signalled()

    def leave_with_launch() -> None:
        parent = multiprocessing.parent_process()
        if told() or (parent is not None and not parent.is_alive()):
            sys.exit()

    try:
        work(*await_study(storage, artifacts, name, leave_with_launch), told)
    except (StudyGone, StoreGone):
        sys.exit(GONE)  # the launch says it
