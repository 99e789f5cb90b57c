"""The phases after the search, end to end: finalists, curve, holdout, and what they answer."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.stored import load_data
from dropsearch.search import launch
from dropsearch.search.config.load import load_config
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.final.export import export_text
from dropsearch.search.folds.inputs import split_of
from dropsearch.search.run import detach
from dropsearch.search.workers.engines import LocalEngine
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.lifecycle import data_folder
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.predictions import Predictions
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.intervals.statistics import chosen_epochs
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import open_store

CONFIRM = {"finalists": 1, "rates": [0.3], "repeats": 2}
SEARCH = {"trials": 3, "sampler": "random"}


@pytest.fixture
def asked(study: Any) -> dict[str, Any]:
    return study(confirm=CONFIRM, search=SEARCH, model={"hidden_size": 8})


def done(storage: str, name: str = "tones") -> Counter[str]:
    store = open_store(storage, create=False)
    claims = claims_of(store, store.find(name).uuid)
    assert {claim.state for claim in claims} <= {"done"}
    return Counter(claim.phase for claim in claims)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, study_in: Any) -> tuple[Any, Path]:
    """What was asked, and the database of the study that came to its answer."""
    folder = tmp_path_factory.mktemp("ended")
    asked = study_in(folder)(confirm=CONFIRM, search=SEARCH, model={"hidden_size": 8})
    launch(asked, storage=str(folder / "s.db"))
    return asked, folder / "s.db"


def test_the_whole_way(ended: tuple[Any, Path], tmp_path: Path) -> None:
    asked, path = ended
    result = launch(asked, storage=str(path))
    store, record = result.store, result.record
    claims = claims_of(store, record.uuid)
    phases = Counter(claim.phase for claim in claims)
    assert record.phase == "done"
    assert phases == {"search": 3, "finalists": 1, "curve": 12, "holdout": len(held(claims))}
    assert {claim.state for claim in claims} == {"done"}
    curve = [c for c in claims if c.phase == "curve" and BASELINE not in (c.point or {})]
    assert Counter((c.point or {})["dropout"] for c in curve) == {0.0: 2, 0.3: 2, 0.5: 2}
    assert all(claim.trial is None for claim in curve)
    assert len(load_study(store, record).trials) == 3  # Optuna's trials are the search's alone

    found = result.recommendation
    answer = read_answer(store, record)
    assert answer is not None
    means = {
        rate: np.mean([c.value for c in curve if (c.point or {})["dropout"] == rate])
        for rate in (0.0, 0.3, 0.5)
    }
    assert found.point["dropout"] == max(means, key=lambda rate: (round(means[rate], 6), rate))
    assert found.score == pytest.approx(max(means.values()))
    assert found.rests_on == "curve"
    assert 4 <= len(found.sentences) <= 9
    assert found.verdict in ("helps", "hurts", "does not help", "not decided")
    assert json.loads(json.dumps(found.as_dict())) == record.answer
    assert found.holdout is not None
    assert found.holdout["times_scored"] == 1
    assert 0 <= found.holdout["score"] <= 1
    assert found.holdout["interval"]["low"] <= found.holdout["score"]
    assert found.holdout["score"] <= found.holdout["interval"]["high"]

    predictions = Evidence(store, record).predictions
    assert isinstance(predictions, Predictions)
    right = predictions.said.argmax(2) == predictions.examples.actual[predictions.index]
    by_fold = [
        hits[fold == k].mean()
        for hits, fold in zip(right, predictions.fold, strict=True)
        for k in range(fold.max() + 1)
    ]
    assert by_fold == pytest.approx(found.fold_scores)

    config = load_config(_written(tmp_path, export_text(store, "tones", "recommended", "yaml")))
    assert config.model.dropout == found.point["dropout"]
    assert config.training.epochs == found.epochs
    assert config.selected is not None
    assert config.selected.score == found.score
    assert config.selected.holdout == found.holdout["score"]
    ends = found.holdout["interval"]
    assert config.selected.holdout_interval == (ends["low"], ends["high"])
    assert config.confirm is None

    # Every fold is scored at the epoch that the others chose.
    for claim in curve:
        rows = fold_scores(store, claim.id)
        table = np.array([row.metric for row in rows]).reshape(-1, 3)
        loss = np.array([row.val_loss for row in rows]).reshape(-1, 3)
        chosen = chosen_epochs(table, loss, "maximize")
        assert claim.value == pytest.approx(table[chosen, np.arange(3)].mean())
    # The model of the holdout was trained so long as the folds chose, and scored once.
    for claim in held(claims):
        assert [row.epoch for row in fold_scores(store, claim.id)] == [claim.fixed["epochs"] - 1]

    # A launch again changes nothing.
    before = [(claim.id, claim.ended) for claim in claims]
    assert launch(asked, storage=str(path)).recommendation == found
    assert [(claim.id, claim.ended) for claim in claims_of(store, record.uuid)] == before


def held(claims: list[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.phase == "holdout"]


def _written(folder: Path, text: str) -> Path:
    (folder / "best.yaml").write_text(text)
    return folder / "best.yaml"


def test_folds_are_drawn_anew_in_each_repeat_and_the_holdout_never(
    ended: tuple[Any, Path],
) -> None:
    result = launch(ended[0], storage=str(ended[1]))
    data = load_data(data_folder(result.store), result.record.fingerprint)
    config = StudyConfig.model_validate(result.record.config)
    drawings = [("search", 0), ("finalists", 0), ("finalists", 1), ("curve", 0), ("curve", 1)]
    splits = [split_of(config, data, *drawing) for drawing in drawings]
    assert len({tuple(split.folds[0].validate) for split in splits}) == len(drawings)
    assert len({tuple(split.holdout) for split in splits}) == 1
    (last,) = split_of(config, data, "holdout").folds
    assert last.validate.tolist() == splits[0].holdout.tolist()
    assert not set(last.train) & set(last.validate)
    assert set(last.train) == {i for fold in splits[0].folds for i in fold.validate}


def test_more_trials_and_another_confirm_keep_the_fits_that_are_there(
    asked: Any, tmp_path: Path
) -> None:
    storage = str(tmp_path / "s.db")
    asked["search"]["trials"] = 1
    asked["folds"] = {"count": 2}
    launch(asked, storage=storage, workers=1)
    store = open_store(storage, create=False)
    uuid = store.find("tones").uuid
    first = {claim.id: claim.ended for claim in claims_of(store, uuid)}

    wider = asked | {"confirm": CONFIRM | {"rates": [0.3, 0.6]}}
    result = launch(wider, storage=storage, workers=1)
    claims = claims_of(store, uuid)
    assert {claim.id: claim.ended for claim in claims if claim.id in first} == first
    new = [claim for claim in claims if claim.id not in first and claim.phase != "holdout"]
    assert {(claim.point or {})["dropout"] for claim in new} == {0.6}
    assert len(new) == 2
    assert any("look 2" in warning for warning in result.recommendation.warnings)
    assert result.recommendation.level == pytest.approx(0.975)

    none = launch(asked | {"confirm": None}, storage=storage, workers=1)
    assert none.recommendation.rests_on == "search"
    assert "search alone" in " ".join(none.recommendation.sentences)
    assert len(claims_of(store, uuid)) == len(claims)


def test_a_kill_in_any_phase_loses_nothing(asked: Any, tmp_path: Path) -> None:
    whole, cut = str(tmp_path / "whole.db"), str(tmp_path / "cut.db")
    asked["folds"] = {"count": 2}
    asked["training"] = asked["training"] | {"epochs": 8, "patience": None}
    asked["confirm"] = CONFIRM | {"repeats": 1}
    expected = launch(asked, storage=whole, workers=1).recommendation
    name = detach(asked, storage=cut).name
    store = open_store(cut, create=False)
    for phase in ("finalists", "curve", "holdout"):
        with LocalEngine(1) as engine:
            engine.start(store, name)
            try:
                _wait_for(store, phase, engine)
            finally:
                engine.kill()
            engine.join()
    found = launch(asked, storage=cut, workers=1).recommendation
    assert (found.point, found.score, found.sentences) == (
        expected.point, expected.score, expected.sentences,
    )  # fmt: skip
    assert done(cut) == done(whole)


def _wait_for(store: Any, phase: str, engine: LocalEngine) -> None:
    """Until a fit of the phase runs."""
    for _ in range(2400):
        studies = store.studies()
        if studies and any(
            claim.state == "running" for claim in claims_of(store, studies[0].uuid, phase)
        ):
            return
        if not engine.running(done=False):
            return
        time.sleep(0.05)
    raise AssertionError(f"no fit of the phase {phase} was seen")


def test_labels_that_are_noise_are_never_said_to_be_helped(study: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [
        (number, step, float(rng.normal()), str(label))
        for number, label in enumerate(rng.permutation(["a", "b"] * 30))
        for step in range(6)
    ]
    path = tmp_path / "noise.csv"
    pl.DataFrame(rows, schema=["series", "step", "x", "label"], orient="row").write_csv(path)
    asked = study(data={"path": str(path)}, confirm=CONFIRM | {"rates": [0.3, 0.7]}, search=SEARCH)
    found = launch(asked, storage=str(tmp_path / "s.db"), workers=1).recommendation
    assert found.verdict in ("not decided", "does not help", "hurts")
    assert found.network in ("not decided", "not needed")


def test_a_configuration_with_a_failed_fit_leaves_its_phase(
    ended: tuple[Any, Path], tmp_path: Path
) -> None:
    storage = str(tmp_path / "s.db")
    asked, path = ended
    with closing(sqlite3.connect(path)) as whole, closing(sqlite3.connect(storage)) as copy:
        whole.backup(copy)
    shutil.copytree(f"{path}.artifacts", f"{storage}.artifacts")
    result = launch(asked, storage=storage)
    store, record = result.store, result.record
    with store.write() as session:
        claim = next(
            claim
            for claim in claims_of(store, record.uuid, "curve")
            if (claim.point or {})["dropout"] == 0.0
        )
        session.merge(claim)
        session.get(Claim, claim.id).state = "failed"  # type: ignore[union-attr]
        session.get(Claim, claim.id).reason = "The fit diverged."  # type: ignore[union-attr]
    found = result.recommendation
    assert found.verdict == "no verdict"
    assert found.point["dropout"] != 0.0
    assert any("left the curve" in warning for warning in found.warnings)
    assert "there is no score without it" in " ".join(found.sentences)


def test_several_objectives_end_in_trade_offs_without_pruning(study: Any, tmp_path: Path) -> None:
    asked = study(
        folds={"count": 2},
        model={"hidden_size": [2, 4, 16]},
        search={"trials": 6, "objectives": ["score", "parameters"]},
        confirm=CONFIRM | {"repeats": 1},
    )
    result = launch(asked, storage=str(tmp_path / "s.db"), workers=1)
    trials = load_study(result.store, result.record).trials
    assert all(len(trial.values) == 2 for trial in trials)
    assert all(trial.values[1] == trial.user_attrs["parameters"] for trial in trials)
    assert result.record.phase == "done"
    best = {trial.number for trial in load_study(result.store, result.record).best_trials}
    from dropsearch.studies.claims.ranking import ranked

    assert {claim.trial for claim in ranked(result.store, result.record)} <= best
