"""What is said of what would decide an answer that is open."""

from __future__ import annotations

import re

import pytest

from dropsearch.search.config.schema.search import Confirm
from dropsearch.studies.answer.outlook import Outlook
from dropsearch.studies.intervals.error_spending import MOST
from dropsearch.studies.sentences.dropout import in_words


@pytest.mark.parametrize("by_examples", [True, False])
@pytest.mark.parametrize("repeats", [4, MOST, MOST + 1, 10**6, None])
def test_no_more_repeats_are_named_than_study_yaml_takes(
    repeats: int | None, by_examples: bool
) -> None:
    said = in_words(Outlook(repeats, examples=1200), by_examples)
    named = re.search(r"(\d+) repeats would decide|about (\d+) repeats", said)
    assert (named is not None) == (repeats is not None and repeats <= MOST)
    if named is not None:
        asked = int(named[1] or named[2])
        assert Confirm(repeats=asked).repeats == repeats
    assert ("1,200 examples" in said) == by_examples


def test_as_many_repeats_can_be_asked_for() -> None:
    with pytest.raises(ValueError, match="less than or equal to"):
        Confirm(repeats=MOST + 1)
