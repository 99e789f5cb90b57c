"""A study taken up again: what its file may leave out, and what not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.starts import BEFORE
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.registration import register
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
