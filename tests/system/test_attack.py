"""The short form of `python -m benchmarks.attack`: some twenty-five hostile inputs."""

from __future__ import annotations

import sys

from benchmarks.attack.__main__ import main
from tests.support.forked import Forking


def test_hostile_inputs_end_with_a_sentence(fork: Forking) -> None:
    attack = fork(attack_shortly)
    assert attack.wait(240) == 0, attack.said()


def attack_shortly() -> None:
    sys.argv = ["benchmarks.attack", "--short"]
    main()
