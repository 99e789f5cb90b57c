"""How long a study takes: timed beside another program, it says that the machine is busy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dropsearch.search.config.load import config_from
from dropsearch.search.fit.estimate import BUSY, Estimate, estimate
from dropsearch.search.folds.inputs import Inputs

BURN = "print(flush=True)\nwhile True: pass"


@contextmanager
def shared_core() -> Iterator[None]:
    """This process on one core, which another program wants, too."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with subprocess.Popen([sys.executable, "-c", BURN], stdout=subprocess.PIPE) as burning:
            assert burning.stdout is not None
            burning.stdout.readline()
            yield
            burning.kill()
    finally:
        os.sched_setaffinity(0, cores)


def test_a_busy_machine_is_told(study: Any) -> None:
    config = config_from(study(), Path.cwd())
    inputs = Inputs.of(config)
    with shared_core():
        found = estimate(config, inputs)
    assert BUSY < found.waited < 1
    (note,) = found.notes
    assert note.startswith(f"The machine is busy: other programs had {found.waited:.0%} of the")


def test_a_machine_of_its_own_is_not() -> None:
    assert Estimate(1.0, 2.0, {}, 0.0, waited=BUSY / 2).notes == []
