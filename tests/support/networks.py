"""Networks of the tests."""

from __future__ import annotations

from dropsearch.models.lstm.network import DropoutLSTM


def network(**changed) -> DropoutLSTM:
    given = {"task": "classify", "hidden_size": 16, "layers": 2, "seed": 5} | changed
    return DropoutLSTM(3, 4, **given)
