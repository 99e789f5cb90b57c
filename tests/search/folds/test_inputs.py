"""What the store keeps of data and folds has the keys that its readers know."""

from __future__ import annotations

import json

import pytest

from dropsearch.search.config.load import load_config
from dropsearch.search.folds.inputs import Inputs, summary_of
from dropsearch.studies.store.contract import Summary
from dropsearch.studies.store.damage import _misshapen
from tests.support.paths import ROOT


@pytest.mark.parametrize("example", ["sunspots", "japanese-vowels", "movie-sentences"])
def test_a_summary_is_what_its_type_says(example: str) -> None:
    config = load_config(ROOT / "examples" / f"{example}.yaml")
    found = json.loads(json.dumps(summary_of(Inputs.of(config))))
    assert set(found) <= set(Summary.__annotations__)
    assert _misshapen(found, Summary) is None
    del found["lengths"]["max"]
    assert _misshapen(found, Summary) == "lengths.max is missing"
