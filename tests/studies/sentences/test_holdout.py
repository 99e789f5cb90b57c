"""What the holdout says in words and numbers: its intervals, and where it contradicts the curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dropsearch.search.config.load import config_from
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.validated import validated_file
from dropsearch.studies.dashboard.note import note_of
from dropsearch.studies.recommend.export import exported
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.records import CURVE, FAILED, HOLDOUT, Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.pages import sentences

Truth = Callable[[float], float]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


def answered(
    study: Any, store: Store, curve: Truth, held: Truth, low: float = 0.0, noise: float = 0.002
) -> tuple[Recommendation, StudyRecord]:
    def of(truth: Truth) -> Callable[[Mapping[str, Any]], float]:
        return lambda point: truth(float(point["dropout"]))

    asked = study(
        search={"trials": 12, "metric": "log_loss"},
        folds={"holdout": 0.3},
        model={"dropout": {"low": low, "high": 0.8}},
        confirm={"rates": [0.0, 0.3, 0.5, 0.8]},
    )
    how = {"truth": of(curve), "held": of(held), "noise": noise, "examples": 0.02}
    record = fill(store, config_from(asked, Path.cwd()), **how)
    found = recommend(store, record)
    assert found is not None
    return found, record


def peak(rate: float) -> float:
    return 0.8 - (rate - 0.3) ** 2


def hole(rate: float) -> float:
    return 0.7 + (rate - 0.3) ** 2


def falling(rate: float) -> float:
    return 0.8 - 0.2 * rate


def rising(rate: float) -> float:
    return 0.7 + 0.2 * rate


def flat(rate: float) -> float:
    return 0.8


@pytest.mark.parametrize(
    ("curve", "held", "low", "verdict", "said"),
    [
        (peak, peak, 0.0, "helps", None),
        (peak, hole, 0.0, "helps", "There it is worse than without dropout, by "),
        (falling, falling, 0.2, "hurts", None),
        (falling, rising, 0.2, "hurts", "There it is better than without dropout, by "),
        (flat, flat, 0.2, "does not help", None),
        (flat, rising, 0.2, "does not help", "on the curve it is as good at most."),
        (peak, lambda rate: peak(rate) - 0.2, 0.0, "helps", "which is worse than on the curve"),
        (peak, lambda rate: peak(rate) + 0.15, 0.0, "helps", "which is better than on the curve"),
    ],
    ids=[
        *("they agree", "helps, but not there", "hurts", "hurts, but not there"),
        *("does not help", "does not help, but there", "lower", "higher"),
    ],
)
def test_where_the_holdout_contradicts_the_curve_is_said(
    study: Any, store: Store, curve: Truth, held: Truth, low: float, verdict: str, said: str | None
) -> None:
    found, _ = answered(study, store, curve, held, low, noise=0.0005)
    assert found.verdict == verdict
    assert found.holdout is not None
    told = [one for one in found.warnings if "contradicts the curve" in one]
    assert found.holdout["contradicts_curve"] == bool(told)
    if said is None:
        assert not told
    else:
        assert said in told[0]
        assert told[0].startswith("The holdout contradicts the curve. ")
        assert "trust neither alone" in told[0]


def test_a_curve_by_fold_scores_is_contradicted_too(study: Any, store: Store) -> None:
    _, record = answered(study, store, peak, lambda rate: peak(rate) - 0.2, noise=0.0005)
    for claim in claims_of(store, record.uuid, CURVE):
        validated_file(store, record.uuid, claim.id).unlink()
    found = recommend(store, record)
    assert found is not None
    assert found.intervals == "folds"
    assert any("which is worse than on the curve" in warning for warning in found.warnings)


def test_the_interval_is_shown_wherever_the_score_is(study: Any, store: Store) -> None:
    found, record = answered(study, store, peak, peak)
    held = found.holdout
    assert held is not None
    assert held["interval"]["low"] < held["score"] < held["interval"]["high"]
    assert held["units"] == held["examples"]
    assert held["level"] == 0.95
    assert held["over_zero"]["mean"] == pytest.approx(held["without_dropout"] - held["score"])
    ends = f"{held['interval']['low']:.4g} to {held['interval']['high']:.4g} at 95 %"
    for page in (str(found), sentences(report_html(store, record)), note_of(record, found)):
        assert ends in page
    assert exported(store, record, found)["selected"]["holdout_interval"] == list(
        held["interval"].values()
    )


def test_without_what_each_example_contributed_there_is_no_interval(
    study: Any, store: Store
) -> None:
    _, record = answered(study, store, peak, hole)
    for claim in claims_of(store, record.uuid, HOLDOUT):
        validated_file(store, record.uuid, claim.id).unlink()
    found = recommend(store, record)
    assert found is not None
    assert found.holdout is not None
    none = ("interval", "units", "without_dropout_interval", "over_zero", "over_half")
    assert all(found.holdout[key] is None for key in none)
    assert not found.holdout["contradicts_curve"]
    assert "(without dropout: " in str(found)
    assert exported(store, record, found)["selected"]["holdout_interval"] is None


def test_where_the_best_baseline_is_lost_on_the_holdout_the_others_are_told(
    study: Any, store: Store
) -> None:
    asked = study(
        folds={"holdout": 0.3},
        model={"dropout": {"input": 0.0, "output": 0.0}, "hidden_size": [4, 8]},
        confirm={"repeats": 3, "rivals": None},
    )
    record = fill(store, config_from(asked, Path.cwd()))

    def lose(name: str | None, phase: str) -> None:
        own = [
            c.id for c in claims_of(store, record.uuid, phase) if name in (c.point or {}).values()
        ]
        with store.write() as session:
            session.execute(update(Claim).where(Claim.id.in_(own)).values(state=FAILED))

    lose("majority class", CURVE)
    found = recommend(store, record)
    assert found is not None
    lose(found.baseline, HOLDOUT)
    again = recommend(store, record)
    assert again is not None
    (said,) = [sentence for sentence in again.sentences if "On the holdout" in sentence]
    assert found.baseline not in said
    assert "majority class" in said
