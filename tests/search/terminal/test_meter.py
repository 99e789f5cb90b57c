"""What a command says while it works."""

from __future__ import annotations

import time

import pytest

from dropsearch.search.terminal import meter


def test_what_takes_long_is_told_and_what_is_quick_is_not(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with meter.stages() as tell:
        tell("Reading")
        tell("Thinking")
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(meter, "BETWEEN", 0.1)
    with meter.stages() as tell:
        tell("Reading")
        tell("Thinking")
        time.sleep(0.3)
        tell("Writing")
    time.sleep(0.2)
    assert capfd.readouterr().err == "Thinking ...\nWriting ...\n"
