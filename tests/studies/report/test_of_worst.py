"""The report's part on the worst classes, series and steps, from what the fits have told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dropsearch.search.config.load import config_from
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.of_worst import worst
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.records import CURVE, HOLDOUT, Claim, StudyRecord, point_text
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, study_in: Any
) -> Iterator[tuple[Store, StudyRecord]]:
    folder: Path = tmp_path_factory.mktemp("worst")
    store = open_store(str(folder / "s.db"), create=True)
    asked = study_in(folder)(confirm={"repeats": 2, "rates": [0.3]}, search={"trials": 3})
    yield store, fill(store, config_from(asked, folder))
    store.close()


def tell(filled: tuple[Store, StudyRecord], phase: str, found: dict[str, Any] | None) -> None:
    """Let the fits of the recommended configuration in this phase tell `found`."""
    store, record = filled
    answer = Evidence(store, record).answer
    assert answer is not None
    member = answer.members[answer.recommended]
    assert member is not None
    own = [
        claim.id
        for claim in claims_of(store, record.uuid, phase)
        if point_text(claim.point or {}) == point_text(member.point)
    ]
    assert own
    with store.write() as session:
        session.execute(update(Claim).where(Claim.id.in_(own)).values(details=found))


CLASSES = {
    "examples": 15,
    "classes": {
        "number": 2,
        "worst": [
            {"name": "<b>slow</b>", "examples": 7, "recall": 2 / 7, "taken_for": "fast"},
            {"name": "fast", "examples": 8, "recall": 1.0, "taken_for": None},
        ],
    },
}
NUMBERS = {
    "examples": 60,
    "series": {
        "number": 1200,
        "median": 0.5,
        "worst": [{"name": f"s{n}", "targets": 4, "score": 9.0 - n} for n in range(10)],
    },
    "steps": [{"step": n, "targets": 60, "score": 1 + n / 10} for n in range(1, 13)],
}


def test_nothing_is_shown_where_no_fit_has_told(filled: tuple[Store, StudyRecord]) -> None:
    tell(filled, HOLDOUT, None)
    tell(filled, CURVE, None)
    assert worst(Evidence(*filled)) is None
    assert "Where it does worst" not in report_html(*filled)
    tell(filled, HOLDOUT, {"examples": 20})  # one series, one step
    assert worst(Evidence(*filled)) is None


def test_classes_of_the_holdout_before_those_of_the_curve(
    filled: tuple[Store, StudyRecord],
) -> None:
    tell(filled, HOLDOUT, None)
    tell(filled, CURVE, CLASSES | {"examples": 99})
    section = worst(Evidence(*filled))
    assert section is not None
    assert "the folds of the curve's last repeat, 99 examples" in section.sentence
    tell(filled, HOLDOUT, CLASSES)
    section = worst(Evidence(*filled))
    assert section is not None
    assert section.sentence == (
        "The recommended configuration on the holdout, 15 examples. Of '<b>slow</b>' it finds 2 of "
        "7 examples; no other class is found less often. What it misses is mostly taken for 'fast'."
    )
    (table,) = section.tables
    assert table.title == "All 2 classes, worst first"
    assert table.rows == (
        ("<b>slow</b>", "7", "2", "0.286", "fast"),
        ("fast", "8", "8", "1", "–"),
    )
    page = report_html(*filled)
    assert "<b>slow</b>" not in page
    assert '<th scope="row">&lt;b&gt;slow&lt;/b&gt;</th><td>7</td>' in page


def test_series_and_steps(filled: tuple[Store, StudyRecord]) -> None:
    tell(filled, HOLDOUT, NUMBERS)
    section = worst(Evidence(*filled))
    assert section is not None
    series, steps = section.tables
    assert series.title == "The worst 10 of 1,200 series"
    assert series.rows[0] == ("s0", "4", "9")
    assert steps.title == "The worst 10 of 12 forecast steps"
    assert [row[0] for row in steps.rows] == [str(n) for n in range(12, 2, -1)]
    assert "The worst of 1,200 series is 's0': accuracy 9, where half of" in section.sentence
    assert "worst at step 12 (2.2) and best at step 1 (1.1)" in section.sentence


def test_every_class_found(filled: tuple[Store, StudyRecord]) -> None:
    rows = [{"name": "fast", "examples": 8, "recall": 1.0, "taken_for": None}]
    tell(filled, HOLDOUT, {"examples": 8, "classes": {"number": 1, "worst": rows}})
    section = worst(Evidence(*filled))
    assert section is not None
    assert section.sentence.endswith("Every class is found each time.")
