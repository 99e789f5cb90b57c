"""The short form of `python -m benchmarks.attack`: some thirty hostile inputs."""

from __future__ import annotations

import subprocess
import sys

from tests.support.paths import ROOT


def test_hostile_inputs_end_with_a_sentence() -> None:
    command = [sys.executable, "-m", "benchmarks.attack", "--short"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
