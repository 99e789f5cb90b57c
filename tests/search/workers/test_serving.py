"""Which studies a worker serves, one after another."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.search.run import detach
from dropsearch.search.signals import interrupts
from dropsearch.search.workers import serving
from dropsearch.studies.claims.lifecycle import data_file
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import DONE, WAITING
from dropsearch.studies.store.store import open_store
from tests.support.waiting import wait_for


def test_a_study_without_its_data_keeps_nobody_from_the_others_and_is_served_once_they_are_back(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "LOOK", 0.1)
    storage = str(tmp_path / "s.db")
    asked = study(search={"trials": 1}, training={"epochs": 1})
    fewer = pl.read_csv(tmp_path / "tones.csv").filter(pl.col("series") > 2)
    fewer.write_csv(tmp_path / "fewer.csv")
    lost = detach(asked, storage=storage)
    other = asked["data"] | {"path": str(tmp_path / "fewer.csv")}
    kept = detach(asked | {"study": "kept", "data": other}, storage=storage)
    store = open_store(storage, create=False)
    file = data_file(store, lost.fingerprint)
    content = file.read_bytes()
    file.unlink()
    with interrupts(), pytest.raises(DataError, match="is missing"):
        serving.serve(store, [])
    assert store.find(kept.name).phase == DONE
    assert {claim.state for claim in claims_of(store, lost.uuid)} == {WAITING}

    def put_back() -> None:
        time.sleep(1)
        file.write_bytes(content)
        try:
            wait_for(lambda: store.find(lost.name).phase == DONE, seconds=150)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=put_back)
    with interrupts():
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            serving.serve(store, [], forever=True)
    thread.join()
    assert capfd.readouterr().err.count("is missing") == 1
    store.close()
