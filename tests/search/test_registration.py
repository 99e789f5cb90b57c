"""A study taken up again: what its file may leave out, and what not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.starts import BEFORE
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.registration import register
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.store import open_store


def test_a_study_from_before_keeps_what_a_key_left_out_meant_then(
    study: Any, tmp_path: Path
) -> None:
    """One that was begun with the defaults of an older dropsearch, as its config has them."""
    mapping = study()
    for key in BEFORE:
        del mapping["model"][key]
    now = config_from(mapping, tmp_path)
    then = now.model_copy(update={"model": now.model.model_copy(update=BEFORE)})
    then = StudyConfig.model_validate(then.model_dump(mode="json"))
    store = open_store(str(tmp_path / "s.db"), create=True)
    inputs = Inputs.of(now)
    register(store, then, inputs)
    record, said = register(store, now, inputs)
    assert StudyConfig.model_validate(record.config).model == then.model
    assert 'The study was begun with model.pooling: "last", and keeps it.' in said
    assert "The study was begun with model.layers: {low: 1, high: 3}, and keeps it." in said
    assert len(said) == 3
    mapping["model"]["pooling"] = "max"
    with pytest.raises(ConfigError, match=r'model\.pooling: "last" in the study, "max" in'):
        register(store, config_from(mapping, tmp_path), inputs)


def test_of_several_launches_at_once_the_largest_budget_holds(study: Any, tmp_path: Path) -> None:
    mapping, storage = study(search={"trials": 2}), str(tmp_path / "s.db")
    config = config_from(mapping, tmp_path)
    inputs = Inputs.of(config)
    store = open_store(storage, create=True)
    record, _ = register(store, config, inputs)
    budgets = (4, 9, 5, 12, 7, 6)
    at_once = Barrier(len(budgets))

    def launch(trials: int) -> None:
        own = open_store(storage, create=False)
        asked = config_from(study(search={"trials": trials}), tmp_path)
        at_once.wait()
        register(own, asked, inputs)
        own.close()

    with ThreadPoolExecutor(len(budgets)) as pool:
        list(pool.map(launch, budgets))
    numbers = [claim.number for claim in claims_of(store, record.uuid)]
    assert numbers == list(range(max(budgets)))
    store.close()
