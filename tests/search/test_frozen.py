"""A study begun before, by the code that made the files of frozen/, goes on after it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from dropsearch.search import launch
from dropsearch.search.result import Result
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import open_store
from tests.search.freeze import CUT, FOLDER, STUDY


def claims_in(result: Result) -> list[Claim]:
    return claims_of(result.store, result.record.uuid)


def fits(result: Result) -> list[Any]:
    """What each fit was and scored."""
    return [
        (claim.phase, claim.number, claim.point, claim.fixed, claim.value, claim.best_epoch)
        for claim in claims_in(result)
    ]


def scores(result: Result) -> list[Any]:
    """The fold scores of the second fit."""
    rows = fold_scores(result.store, claims_in(result)[1].id)
    return [(row.epoch, row.fold, row.metric, row.train_loss, row.val_loss) for row in rows]


def test_a_study_begun_before_comes_to_the_answer_of_an_uncut_run(tmp_path: Path) -> None:
    storage = str(tmp_path / "s.db")
    with closing(sqlite3.connect(storage)) as database:
        database.executescript((FOLDER / "study.sql").read_text())
    shutil.copytree(FOLDER / "artifacts", f"{storage}.artifacts")
    store = open_store(storage, create=False)
    claims = claims_of(store, store.find("tones").uuid)
    assert [claim.state for claim in claims] == ["done", "waiting", "waiting"]
    before = fold_scores(store, claims[1].id)
    assert max(row.epoch for row in before) > CUT
    store.close()

    found = launch(STUDY, storage=storage, workers=1)
    then = {"bidirectional": False, "pooling": "last"}  # what is left out of the file meant then
    whole = {**STUDY, "model": {**STUDY["model"], **then}}
    uncut = launch(whole, storage=str(tmp_path / "uncut.db"), workers=1)
    assert found.record.phase == uncut.record.phase == "done"
    assert fits(found) == fits(uncut)
    assert scores(found) == scores(uncut)
    # Its intervals are by the rule of its day: its summary does not say by how much scores step.
    alike = ("point", "score", "fold_scores", "epochs", "trials", "baseline", "baseline_score")
    chosen = [one.recommendation.as_dict() for one in (found, uncut)]
    assert [chosen[0][key] for key in alike] == [chosen[1][key] for key in alike]
    assert "step" in uncut.record.summary.keys() - found.record.summary.keys()
    trials = [load_study(one.store, one.record).trials for one in (found, uncut)]
    assert [trial.params for trial in trials[0]] == [trial.params for trial in trials[1]]
    assert [trial.values for trial in trials[0]] == [trial.values for trial in trials[1]]
    # The fit went on from its state: the epochs before that were not trained again.
    kept = [row.seconds for row in before if row.epoch <= CUT]
    after = [row.seconds for row in fold_scores(found.store, claims[1].id) if row.epoch <= CUT]
    assert after == kept
