"""Class weights, F1 and the worst classes, through a whole study without a holdout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dropsearch.search import launch
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.of_worst import worst


def test_the_last_repeat_of_the_curve_tells_where_it_does_worst(study: Any, tmp_path: Path) -> None:
    asked = study(
        folds={"count": 2, "holdout": 0},
        training={"class_weights": True},
        search={"trials": 3, "sampler": "random", "metric": "f1"},
        confirm={"finalists": 1, "rates": [0.3], "repeats": 2, "rivals": None},
    )
    result = launch(asked, storage=str(tmp_path / "s.db"), workers=1)
    store, record = result.store, result.record
    told = [c for c in claims_of(store, record.uuid) if c.details is not None]
    assert {(c.phase, c.repeat) for c in told} == {("curve", 1)}
    assert len(told) == 3
    for claim in told:
        assert claim.details is not None
        assert claim.details["examples"] == 48
        rows = claim.details["classes"]["worst"]
        assert sorted(row["name"] for row in rows) == ["fast", "slow"]
        assert sum(row["examples"] for row in rows) == 48
        assert rows[0]["recall"] <= rows[1]["recall"]
    found = result.recommendation
    assert found.sentences[1].startswith("Its F1 is ")
    assert found.smallest_effect == 0.01
    section = worst(Evidence(store, record))
    assert section is not None
    assert "the curve's last repeat" in section.sentence
