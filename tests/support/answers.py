"""What is recommended from studies whose scores come from a formula."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dropsearch.search.config.load import config_from
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill


def answered(mapping: dict[str, Any], folder: Path, **settings: Any) -> Recommendation:
    store = open_store(str(folder / "s.db"), create=True)
    found = recommend(store, fill(store, config_from(mapping, folder), **settings))
    assert found is not None
    assert 4 <= len(found.sentences) <= 8
    return found


def rate(point: Mapping[str, Any]) -> float:
    return float(point["dropout"])
