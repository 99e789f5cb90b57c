"""Whether a study's page in the dashboard tells of the study as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optuna_dashboard import get_note

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases import phases
from dropsearch.search.registration import register
from dropsearch.studies.claims import moves
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.dashboard.note import publish_missing
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.records import CURVE, DONE
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill


def _told(store: Store) -> bool:
    """Whether the page tells the present answer, once the dashboard has looked."""
    publish_missing(store)
    record = store.find("tones")
    chosen = recommend(store, record)
    assert chosen is not None
    study = load_study(store, record)
    said = study.user_attrs["answer"]
    return bool(said == chosen.headline.said and get_note(study).startswith(f"**{said}**"))


def test_a_page_tells_how_a_study_that_runs_again_stands(study: Any, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)

    def asked(repeats: int) -> StudyConfig:
        confirm = {"repeats": repeats, "rates": [0.3], "rivals": None}
        folds = {"count": 3, "holdout": 0.0}
        mapping = study(search={"trials": 6}, confirm=confirm, folds=folds)
        return config_from(mapping, tmp_path)

    record = fill(store, asked(1), until=CURVE)
    publish_missing(store)
    assert "answer" not in load_study(store, record).user_attrs
    assert phases.advance(store, record)
    assert _told(store)
    register(store, asked(2), Inputs.of(asked(2)))
    assert _told(store)
    record = fill(store, asked(2), until=CURVE)
    assert moves.advance(store, record.uuid, CURVE, DONE)  # by a worker that is killed now
    assert _told(store)
    store.close()
