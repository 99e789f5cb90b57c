"""What `list` and `status` say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dropsearch.search.config.load import config_from
from dropsearch.search.terminal.status import listing, status, status_in_words
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill


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
