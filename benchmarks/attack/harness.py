"""Runs commands in forks of one process that has imported all, and watches time and memory.

The parent itself calls neither polars nor torch: their threads would not live on in a fork.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SECONDS, BYTES = 10.0, 10**9  # of one command
IDLE = 3  # times as long may pass on the clock, and more where the machine is busy with others
PREPARING = 120.0  # seconds, for what is no command
CODES = (0, 1, 2, 130)
PR_SET_PDEATHSIG = 1  # of Linux: a fork ends with its parent
FOREIGN = 99  # exit code of an exception that the command line has not caught

WARM = (
    "dropsearch.search.terminal.check",
    "dropsearch.search.cli",
    "dropsearch.search.fit.estimate",
    "dropsearch.search.final.export",
    "dropsearch.search.init.write",
    "dropsearch.search.final.predict",
    "dropsearch.search.final.train",
    "dropsearch.search.run",
    "dropsearch.search.workers.serving",
    "dropsearch.search.terminal.status",
    "dropsearch.studies.report.images",
    "dropsearch.studies.report.report",
)


@dataclass(frozen=True)
class Result:
    """How a command ended. code: negative for a signal; fault: what broke the promise, or ""."""

    code: int
    seconds: float
    output: str
    fault: str


def warm_up() -> None:
    """Import what the commands import, so that a fork starts at once."""
    for module in WARM:
        importlib.import_module(module)


def command(arguments: Sequence[str], folder: Path) -> Result:
    """`dropsearch` with `arguments` in `folder`; its output is printed to a file there."""
    from dropsearch.search.cli import main

    def run() -> None:
        sys.argv = ["dropsearch", *arguments]
        main()

    code, seconds, stopped, output = forked(run, folder)
    return Result(code, seconds, output, stopped or _fault(code, output))


def _fault(code: int, output: str) -> str:
    if code not in CODES:
        return f"exit code {code}"
    for sign in ("Traceback", "fault of dropsearch"):
        if sign in output:
            return sign
    return "no sentence" if code and not output.strip() else ""


def forked(
    call: Callable[[], None], folder: Path, seconds: float = SECONDS
) -> tuple[int, float, str, str]:
    """Exit code of `call` in a fork, its time, why it was stopped or "", and what it printed."""
    began = time.monotonic()
    printed = folder / ".output"
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(_child(call, folder, printed))
    usual = psutil.Process().memory_info().rss
    patience = IDLE * seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    stopped = ""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if _busy(pid) > seconds or time.monotonic() - began > patience:
            stopped = stopped or f"over {seconds:.0f} s"
        elif _memory(pid) - usual > BYTES:
            stopped = "over 1 GB"
        if stopped:
            _end(pid)
        time.sleep(0.02)
    output = printed.read_bytes().decode(errors="replace")
    return os.waitstatus_to_exitcode(status), time.monotonic() - began, stopped, output


def _child(call: Callable[[], None], folder: Path, printed: Path) -> int:
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    file = os.open(printed, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(descriptor, place)
    os.chdir(folder)
    try:
        call()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
        code = FOREIGN
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _busy(pid: int) -> float:
    """Seconds of the processor, which others on the machine do not lengthen."""
    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(used.user + used.system)


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _end(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
