"""Functions in processes of their own, forked from the server of the workers.

They have what a process has: an id, a session, signals, an exit code; but torch is loaded already,
also in the server of the workers that they start.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, util
from pathlib import Path
from typing import Any

from dropsearch.search.signals import unshielded
from dropsearch.search.workers.engines import preload
from tests.support.processes import end_session


class Forked:
    """A process that calls a function, whose result is its exit code, and prints into a file."""

    def __init__(self, output: Path, function: Callable[..., int | None], *arguments: Any) -> None:
        preload()
        self._output = output
        output.touch()
        given = (output, os.getcwd(), dict(os.environ), function, *arguments)
        self._process = get_context("forkserver").Process(target=_call, args=given)
        self._process.start()
        self.pid = int(self._process.pid or 0)

    def wait(self, seconds: float) -> int | None:
        """The exit code; None where the process goes on."""
        self._process.join(seconds)
        return self._process.exitcode

    def poll(self) -> int | None:
        """Its exit code, where it has ended."""
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def said(self) -> str:
        """What it has printed."""
        return self._output.read_text()


Forking = Callable[..., Forked]


@contextmanager
def forking() -> Iterator[Forking]:
    """Calls functions so, each process in a session of its own, whose last member ends here."""
    forked: list[Forked] = []
    with tempfile.TemporaryDirectory() as folder:

        def fork(function: Callable[..., int | None], *arguments: Any) -> Forked:
            forked.append(Forked(Path(folder, str(len(forked))), function, *arguments))
            return forked[-1]

        try:
            yield fork
        finally:
            for process in forked:
                end_session(process.pid)
                process.kill()


def _call(
    output: Path,
    folder: str,
    environment: dict[str, str],
    function: Callable[..., int | None],
    *arguments: Any,
) -> None:
    os.setsid()
    unshielded()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(file, stream)
    util.spawnv_passfds = _run
    sys.exit(function(*arguments))


def _run(path: bytes, arguments: Sequence[str], kept: Sequence[int]) -> int:
    """Begin a server of workers that is forked, too, and has only these files open."""
    if pid := os.fork():
        return pid
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            with suppress(OSError):  # by which they were listed
                os.close(number)
    try:
        exec(arguments[-1])
    finally:
        os._exit(0)
