"""Functions in processes of their own, forked from the server of the workers.

They have what a process has: an id, a session, signals, an exit code; but torch is loaded already.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
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
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.exit(function(*arguments))
