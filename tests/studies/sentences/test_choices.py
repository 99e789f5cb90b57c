"""How the sentence on other choices names them, and what it says of how sure it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.sentences.choices import of_choices

OPEN = "not told apart"
KEYS = ("hidden_size", "layers", "pooling", "mask", "bidirectional")
MEMBER = {
    "hidden_size": 8,
    "layers": 2,
    "pooling": "mean",
    "mask": "locked",
    "bidirectional": False,
}


def said_of(*standings: str, family: tuple[int, ...] = (), **changed: Any) -> str:
    answer = SimpleNamespace(
        rivals=dict(zip(KEYS, range(len(standings)), strict=False)),
        standings=dict(enumerate(standings)),
        beside=dict(enumerate([Difference(0.01, -0.02, 0.04, 0.01)] * len(standings))),
        curve={"members": [MEMBER] * len(standings), "sites": {}},
        family=family,
        descriptive=False,
        level=0.95,
    )
    vars(answer).update(changed)
    return of_choices(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standings", "said"),
    [
        (
            ("worse", OPEN),
            "8 units worse (between 0.04 worse and 0.02 better), 2 layers with no",
        ),
        (
            ("worse", OPEN, OPEN, OPEN),
            "0.02 better), 3 others with no clear difference; 95 % for",
        ),
        ((OPEN,) * 5, "at this rate: 5 with no clear difference; 95 % for all at once."),
        (
            (OPEN, OPEN, OPEN, "better"),
            "difference; 95 % for all at once. The rates",
        ),
    ],
)
def test_those_decided_are_named_and_many_others_counted(
    standings: tuple[str, ...], said: str
) -> None:
    assert said in said_of(*standings)


def test_a_rival_that_is_one_of_the_rates_is_sure_beside_these() -> None:
    assert said_of("worse", "worse", family=(1,)).endswith(
        "95 % for all at once, 2 layers beside the other rates."
    )
    assert "95 %" not in said_of(OPEN, OPEN, descriptive=True)
    assert said_of() == ""
