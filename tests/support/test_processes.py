"""What tests start ends with them."""

from __future__ import annotations

import sys
from contextlib import suppress
from subprocess import PIPE

import psutil
import pytest

from tests.support.processes import starting

FAMILY = """
import subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(sleeper, process_group=0).pid, flush=True)
if sys.argv[1] == "parent ends":
    sys.exit()
time.sleep(600)
"""


@pytest.mark.parametrize("way", ["parent ends", "parent stays"])
def test_a_test_that_fails_leaves_no_process_behind(way: str) -> None:
    with suppress(ZeroDivisionError), starting() as start:
        parent = start([sys.executable, "-c", FAMILY, way], stdout=PIPE, text=True)
        child = psutil.Process(int(parent.stdout.readline()))
        if way == "parent ends":
            assert parent.wait(20) == 0
        assert child.is_running()
        _ = 1 / 0
    assert parent.poll() is not None
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert parent.stdout.closed
