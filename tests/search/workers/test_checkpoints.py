"""The state of a fit as a file: whole, known by its hash, and no fault of the disk ends a fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dropsearch.search.workers.checkpoints import Keeper, remove_checkpoints
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.lifecycle import checkpoint_folder, create_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store, open_store

STATE = {"epoch": 3, "state_dict": {"w": torch.arange(1000.0)}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "studies.db"), create=True)


def claim_of(store: Store) -> Claim:
    config = {"study": "s", "search": {"objectives": ["score"]}}
    record, _ = create_study(store, "s", config, "f0", {}, {}, "rmse", "minimize", [{}])
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None
    return claim


def keep(store: Store, claim: Claim) -> list[Path]:
    keeper = Keeper(store, claim)
    keeper.memory.save_checkpoint(STATE, "memory")
    keeper.write()
    return list(checkpoint_folder(store, claim.study).glob("*"))


def test_a_state_is_read_again_and_replaced_by_the_next(store: Store) -> None:
    claim = claim_of(store)
    assert Keeper(store, claim).memory.state is None
    (file,) = keep(store, claim)
    assert claim.checkpoint == file.name
    held = claims_of(store, claim.study)[0]
    assert (held.checkpoint, held.advanced) == (file.name, True)
    again = Keeper(store, held)
    assert again.memory.state is not None
    assert torch.equal(again.memory.state["state_dict"]["w"], STATE["state_dict"]["w"])
    again.memory.save_checkpoint({**STATE, "epoch": 4}, "memory")
    again.write()
    (other,) = checkpoint_folder(store, claim.study).glob("*")
    assert other != file
    remove_checkpoints(store, claim)
    assert not other.exists()


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_state_is_dropped(
    store: Store, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    claim = claim_of(store)
    (file,) = keep(store, claim)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(content if damage == "flipped" else content[:100])
    assert Keeper(store, claim).memory.state is None
    assert "starts over" in caplog.text


def test_on_a_full_disk_the_fit_goes_on(
    store: Store, disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(disk))
    claim = claim_of(store)
    (disk / "filler").write_bytes(bytes(12 * 1024))
    assert keep(store, claim) == []
    assert "No space left" in caplog.text
    assert claims.renew(store, claim)
