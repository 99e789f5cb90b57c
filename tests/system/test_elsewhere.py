"""A launch where only what Windows has is there: no such machine is at hand, so the rest is hidden.

The rooms see neither the modules and signals of POSIX alone nor a way to fork.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.support.databases import rows_of
from tests.support.paths import COMMAND
from tests.support.waiting import wait_for

HIDING = '''
import builtins, multiprocessing.reduction, os, signal, sys, types
from tests.support.paths import COMMAND

MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
CALLS = """chown fchmod fchown fork forkpty getgid getpgid getpgrp getuid killpg mkfifo nice
    pipe2 pread pwrite register_at_fork sched_getaffinity setpgid setpgrp setsid statvfs uname
    wait3 wait4""".split()
SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"}


def without(module, hidden):
    shown = types.ModuleType(module.__name__)
    vars(shown).update((key, kept) for key, kept in vars(module).items() if not hidden(key))
    return shown


SHOWN = {
    "os": without(os, lambda key: key in CALLS),
    "signal": without(
        signal, lambda key: key.startswith(("SIG", "pthread_")) and key not in SIGNALS
    ),
}
found = builtins.__import__


def __import__(name, globals=None, *arguments, **settings):
    if str((globals or {}).get("__name__")).startswith("dropsearch."):
        if name in MODULES:
            raise ModuleNotFoundError(f"{name} is hidden")
        if name in SHOWN:
            return SHOWN[name]
    return found(name, globals, *arguments, **settings)


builtins.__import__ = __import__
multiprocessing.reduction.HAVE_SEND_HANDLE = False
'''


def test_launch_ctrl_c_and_resume_with_what_windows_has(study: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    training = {"epochs": 30, "patience": None}
    asked = study(training=training, folds={"count": 2}, search={"trials": 2, "pruner": "none"})
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(asked))

    def launch() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, "launch", "study.yaml", "--workers", "1", "--storage", "s.db"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def states() -> list[str]:
        return [row[0] for row in rows_of(tmp_path / "s.db", "SELECT state FROM dropsearch_claim")]

    for code, ended in ((130, ["waiting"] * 2), (0, ["done"] * 2)):
        launched = launch()
        try:
            if code == 130:
                wait_for(lambda: "running" in states())
                os.killpg(launched.pid, signal.SIGINT)  # as a console does
            said, _ = launched.communicate(timeout=60)
        finally:
            launched.kill()
            launched.wait()
        assert launched.returncode == code, said
        assert "Traceback" not in said
        assert states() == ended
