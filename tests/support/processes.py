"""Processes that a test starts, none of which outlives it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

Starting = Callable[..., "subprocess.Popen[Any]"]


@contextmanager
def starting() -> Iterator[Starting]:
    """`subprocess.Popen`, each process in a session of its own, whose last member ends here."""
    started: list[subprocess.Popen[Any]] = []

    def start(command: Sequence[str], **settings: Any) -> subprocess.Popen[Any]:
        started.append(subprocess.Popen(command, start_new_session=True, **settings))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            end_session(process.pid)
            with process:  # closes its pipes
                process.kill()


def loads_torch(pid: int) -> bool:
    """Whether a process has begun to."""
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def end_session(session: int) -> None:
    """Kill whoever is in the session; one that comes meanwhile, too."""
    while members := list(_members(session)):
        for member in members:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(members, timeout=5)


def _members(session: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield process
