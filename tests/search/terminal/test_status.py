"""What `list` and `status` say."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dropsearch.search.config.load import config_from
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases import phases
from dropsearch.search.registration import register
from dropsearch.search.terminal.status import (
    following,
    listing,
    listing_in_words,
    status,
    status_in_words,
)
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.lifecycle import set_halted
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.records import CURVE, DONE, FINALISTS, HOLDOUT, SEARCH, Claim
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill

PRESENT = {  # what an answer rests on in a phase, where the study goes on
    SEARCH: None,
    FINALISTS: "search",
    CURVE: "search",
    HOLDOUT: "curve",
    DONE: None,
}


def test_a_trial_whose_worker_died_here_waits_and_does_not_run(study: Any, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    config = config_from(study(search={"trials": 5}), tmp_path)
    fill(store, config, until="search", fate=lambda number: "running" if number else "complete")
    alive = new_holder()
    host, number, _, mark = alive.rsplit(":", 3)
    holders = [
        "elsewhere/ab:1:0:ff",
        alive,
        f"{host}:{number}:0:{mark}",
        f"{host}:{2**22 + 1}:0:ff",
    ]
    with store.write() as session:
        for claim in session.query(Claim).where(Claim.state == "running").order_by(Claim.number):
            claim.holder = holders.pop(0)
    found = status(store, "tones")
    assert (found["running"], found["waiting"]) == (2, 2)
    assert [one["abandoned"] for one in found["running_trials"]] == [False, False, True, True]
    assert status_in_words(found).count("(its worker died: the next one goes on with it)") == 2
    assert "2 running, 2 waiting" in status_in_words(found)
    (entry,) = listing(store)
    assert (entry["running"], entry["waiting"]) == (2, 2)
    store.close()


@pytest.mark.parametrize(("phase", "source"), PRESENT.items())
def test_what_the_present_answer_rests_on_and_the_command_that_suits_are_said(
    study: Any, tmp_path: Path, phase: str, source: str | None
) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    mapping = study(
        search={"trials": 6}, confirm={"repeats": 1, "rates": [0.3], "rivals": None}
    ) | {"folds": {"count": 3, "holdout": 0.2}}
    config = config_from(mapping, tmp_path)
    record = fill(store, config, until=phase)
    with store.write() as session:  # as while its last fit runs
        last = session.query(Claim).order_by(Claim.id.desc()).first()
        assert last is not None
        if phase != DONE:
            last.state, last.holder = "running", new_holder()
    found = status(store, record.name)
    said = f"The present answer, from the {source}; the study goes on:"
    assert (said in status_in_words(found)) == (source is not None)
    assert "The present answer" not in status_in_words(found) or source is not None
    assert following(store, found).startswith("dropsearch report")
    set_halted(store, record.uuid, halted=True)
    found = status(store, record.name)
    assert "goes on:" not in status_in_words(found)
    assert ("launch" in following(store, found)) == (phase != DONE)
    store.close()


@pytest.mark.parametrize("changed", [{"search": {"trials": 8}}, {"confirm": {"repeats": 2}}])
def test_an_answer_is_told_as_that_of_a_study_that_is_done_and_of_no_other(
    study: Any, tmp_path: Path, changed: dict[str, Any]
) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    before = {"search": {"trials": 6}, "confirm": {"repeats": 1, "rates": [0.3], "rivals": None}}
    after = {key: own | changed.get(key, {}) for key, own in before.items()}
    folds = {"count": 3, "holdout": 0.0}

    def told() -> tuple[str | None, str]:
        found, (entry,) = status(store, "tones"), listing(store)
        assert found["headline"] in (None, found["recommendation"]["headline"]["said"])
        assert (found["headline"], found["score"]) == (entry["headline"], entry["score"])
        return entry["headline"], listing_in_words([entry])

    config = config_from(study(**before) | {"folds": folds}, tmp_path)
    record = fill(store, config, until=CURVE)
    assert told()[0] is None
    assert phases.advance(store, record)
    headline, line = told()
    assert headline is not None
    assert headline in line
    config = config_from(study(**after) | {"folds": folds}, tmp_path)
    register(store, config, Inputs.of(config))
    assert told()[0] is None
    assert "trials, best accuracy" in told()[1]
    store.close()


@pytest.mark.parametrize(
    ("metric", "spelt"),
    [("f1", "F1"), ("auroc", "AUROC"), ("balanced_accuracy", "balanced accuracy")],
)
def test_a_metric_is_spelt_as_people_write_it_wherever_its_score_is_told(
    study: Any, tmp_path: Path, metric: str, spelt: str
) -> None:
    asked = config_from(
        study(search={"trials": 4, "metric": metric}, confirm={"repeats": 1}), tmp_path
    )
    with closing(open_store(str(tmp_path / "studies.db"), create=True)) as store:
        fill(store, asked, until=CURVE)
        (one,) = listing(store)
        assert f"best {spelt} " in listing_in_words([one])
        found = recommend(store, fill(store, asked))
        assert found is not None
        assert found.rows()[0][1] == spelt
        one |= {"headline": found.headline.said, "score": found.score}
        assert f" {spelt} {found.score:.4g}" in listing_in_words([one])
