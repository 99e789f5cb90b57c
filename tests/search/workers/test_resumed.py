"""A state whose hash is right and whose content is not that of its fit."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlalchemy import update

from dropsearch.search.run import detach
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.search.workers.worker import Worker
from dropsearch.studies.claims.claims import take
from dropsearch.studies.claims.lifecycle import checkpoint_folder
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store, open_store


def served(store: Store, rows: int | None = None) -> Claim:
    """The study's one claim, after a worker that left once there were so many rows of scores."""
    (record,) = store.studies()
    (claim,) = claims_of(store, record.uuid)

    def told() -> int:
        return int(rows is not None and len(fold_scores(store, claim.id)) >= rows)

    worker = Worker(store, record, Heartbeat(store, record.uuid, told))
    taken = take(store, record.uuid, worker.holder)
    assert taken is not None
    worker._serve(taken)
    (claim,) = claims_of(store, record.uuid)
    return claim


@pytest.fixture(scope="module")
def cut_off(
    study_in: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any], float]:
    """A folder with a study whose one fit was cut off; its state; the score of a whole fit."""
    folder = tmp_path_factory.mktemp("cut")
    mapping = study_in(folder)(
        folds={"count": 2},
        model={"hidden_size": 4, "dropout": 0.2},
        search={"trials": 1},
        training={"epochs": 3},
    )
    detach(mapping, storage=str(folder / "whole.db"))
    value = served(open_store(str(folder / "whole.db"), create=False)).value
    assert value is not None
    (folder / "study").mkdir()
    detach(mapping, storage=str(folder / "study" / "s.db"))
    store = open_store(str(folder / "study" / "s.db"), create=False)
    claim = served(store, rows=4)
    assert claim.checkpoint is not None
    content = (checkpoint_folder(store, claim.study) / claim.checkpoint).read_bytes()
    store.close()
    return folder / "study", torch.load(io.BytesIO(content), weights_only=True), value


def resumed(
    cut_off: tuple[Path, dict[str, Any], float], tmp_path: Path, content: bytes
) -> tuple[Claim, float]:
    """The claim after a worker found `content` as its state, and the score it should have."""
    shutil.copytree(cut_off[0], tmp_path / "study")
    store = open_store(str(tmp_path / "study" / "s.db"), create=False)
    (record,) = store.studies()
    (claim,) = claims_of(store, record.uuid)
    name = f"{claim.id}-{hashlib.sha256(content).hexdigest()}.ckpt"
    (checkpoint_folder(store, record.uuid) / name).write_bytes(content)
    with store.write() as session:
        session.execute(update(Claim).values(checkpoint=name))
    return served(store), cut_off[2]


def saved(state: Any, **settings: Any) -> bytes:
    content = io.BytesIO()
    torch.save(state, content, **settings)
    return content.getvalue()


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data.pkl", "no pickle")
    return content.getvalue()


def weights(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[dict[str, Any]], Any]:
    def changed(state: dict[str, Any]) -> dict[str, Any]:
        own = {
            name: change(value) if value.ndim else value
            for name, value in state["state_dict"].items()
            if isinstance(value, torch.Tensor)
        }
        return {**state, "state_dict": {**state["state_dict"], **own}}

    return changed


def optimizers(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def changed(state: dict[str, Any]) -> dict[str, Any]:
        first = state["optimizer_states"][0]
        own = {number: change(slot) for number, slot in first["state"].items()}
        return {**state, "optimizer_states": [{**first, "state": own}]}

    return changed


def patience(**changed: Any) -> Callable[[dict[str, Any]], Any]:
    def change(state: dict[str, Any]) -> dict[str, Any]:
        ((key, own),) = state["callbacks"].items()
        return {**state, "callbacks": {key: {**own, **changed}}}

    return change


def looping(count: Any) -> Callable[[dict[str, Any]], Any]:
    """What is counted only when an epoch is done."""

    def change(state: dict[str, Any]) -> dict[str, Any]:
        loop = state["loops"]["fit_loop"]
        current = {**loop["epoch_progress"]["current"], "completed": count}
        progress = {**loop["epoch_progress"], "current": current}
        return {**state, "loops": {"fit_loop": {**loop, "epoch_progress": progress}}}

    return change


def without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda state: {name: value for name, value in state.items() if name != key}


CHANGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda _: {},
    "a list": lambda state: list(state.values()),
    "a tensor": lambda _: torch.zeros(3),
    "nothing": lambda _: None,
    "no epoch": without("epoch"),
    "an epoch in words": lambda state: {**state, "epoch": "one"},
    "another epoch": lambda state: {**state, "epoch": state["epoch"] - 1},
    "an epoch below 0": lambda state: {**state, "epoch": -5},
    "no weights": without("state_dict"),
    "a weight less": lambda state: {
        **state,
        "state_dict": dict(list(state["state_dict"].items())[1:]),
    },
    "weights of other shapes": weights(lambda weight: weight[:-1]),
    "weights of another type": lambda state: {**state, "state_dict": 7},
    "no optimizer": without("optimizer_states"),
    "another optimizer": optimizers(lambda _: {"momentum_buffer": torch.zeros(2)}),
    "an optimizer of other shapes": optimizers(
        lambda slot: {**slot, "exp_avg": torch.zeros(1, 2, 3)}
    ),
    "an optimizer of nothing": optimizers(lambda _: {}),
    "an optimizer of other settings": lambda state: {
        **state,
        "optimizer_states": [
            {
                **state["optimizer_states"][0],
                "param_groups": [
                    {**group, "lr": 3.0} for group in state["optimizer_states"][0]["param_groups"]
                ],
            }
        ],
    },
    "an optimizer of words": optimizers(lambda _: "adam"),
    "no loops": without("loops"),
    "empty loops": lambda state: {**state, "loops": {"fit_loop": {}}},
    "loops of another type": lambda state: {**state, "loops": [1]},
    "callbacks of another type": lambda state: {**state, "callbacks": 3},
    "a patience of other kinds": patience(best_score="x"),
    "a patience of many scores": patience(best_score=torch.zeros(3)),
    "a patience of no number": patience(best_score=torch.tensor(float("nan"))),
    "a patience that waits for words": patience(wait_count="long"),
    "another patience": patience(patience=10**12),
    "loops that count in words": looping("many"),
    "loops that count nothing": looping(None),
    "no version": without("pytorch-lightning_version"),
    "no version's name": lambda state: {**state, "pytorch-lightning_version": "the newest"},
    "an old version": lambda state: {"epoch": 0, "pytorch-lightning_version": "0.9.0"},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_state_of_another_content_is_told_and_the_fit_starts_over(
    cut_off: tuple[Path, dict[str, Any], float],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[dict[str, Any]], Any],
) -> None:
    claim, value = resumed(cut_off, tmp_path, saved(change(cut_off[1])))
    assert (claim.state, claim.value) == ("done", value)
    assert "starts over, its checkpoint is no good: " in caplog.text


@pytest.mark.parametrize(
    "content",
    [b"", b"a text", zipped(), pickle.dumps({"epoch": 0}), saved(Path("a class")), saved(len)],
    ids=["empty", "a text", "a zip", "a pickle", "a class", "a function"],
)
def test_a_state_of_another_format_is_told_and_the_fit_starts_over(
    cut_off: tuple[Path, dict[str, Any], float],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    content: bytes,
) -> None:
    claim, value = resumed(cut_off, tmp_path, content)
    assert (claim.state, claim.value) == ("done", value)
    assert "starts over, its checkpoint is no good: " in caplog.text


def test_a_state_of_a_later_version_and_of_an_older_format_is_gone_on_from(
    cut_off: tuple[Path, dict[str, Any], float], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = {**cut_off[1], "pytorch-lightning_version": "99.0.0"}
    content = saved(state, _use_new_zipfile_serialization=False)
    claim, value = resumed(cut_off, tmp_path, content)
    assert (claim.state, claim.value) == ("done", value)
    assert "starts over" not in caplog.text
