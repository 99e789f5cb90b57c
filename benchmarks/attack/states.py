"""Files of a study whose fit was cut off: its state, with a hash that is right, and its data."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.attack import worlds
from benchmarks.attack.hostile import VALUES, changed_bytes, changed_tree

COUNT, SHORT = 400, 2
STORAGE = ("--storage", "s.db")
COMMANDS = (
    ("worker", "s", *STORAGE),
    ("status", "s", *STORAGE),
    ("delete", "s", "--yes", *STORAGE),
)


def prepare(base: Path) -> None:
    from dropsearch.search.config.load import load_config
    from dropsearch.search.run import detach
    from dropsearch.search.workers.heartbeat import Heartbeat
    from dropsearch.search.workers.worker import Worker
    from dropsearch.studies.claims.progress import claims_of, fold_scores
    from dropsearch.studies.store.store import open_store

    worlds.write_study(base, model=worlds.FIXED, search={"trials": 1})
    record = detach(load_config(base / "study.yaml"), storage=str(base / "s.db"))
    store = open_store(str(base / "s.db"), create=False)
    (claim,) = claims_of(store, record.uuid)
    leaves = Heartbeat(store, record.uuid, lambda: int(bool(fold_scores(store, claim.id))))
    Worker(store, record, leaves).run()
    store.close()


def make(rng: Random, folder: Path) -> None:
    states = sorted(folder.rglob("*.ckpt"))
    if rng.random() < 0.15:
        files = sorted(file for file in folder.rglob("*.safetensors") if file.is_file())
        file = rng.choice([*files, *states])
        file.write_bytes(changed_bytes(rng, file.read_bytes()))
        return
    (state,) = states
    content = state.read_bytes()
    made = changed_bytes(rng, content) if rng.random() < 0.3 else _changed(rng, content)
    number = state.name.partition("-")[0]
    name = f"{number}-{hashlib.sha256(made).hexdigest()}.ckpt"
    state.with_name(name).write_bytes(made)
    with closing(sqlite3.connect(folder / "s.db")) as database:
        database.execute("UPDATE dropsearch_claim SET checkpoint = ?", (name,))
        database.commit()


def _changed(rng: Random, content: bytes) -> bytes:
    import torch

    state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    part = rng.choice([state, *(value for value in state.values() if isinstance(value, dict))])
    if rng.random() < 0.5 and part:
        name = rng.choice(sorted(part, key=str))
        odd = (*VALUES, torch.zeros(3), torch.full((2, 2), float("nan")), torch.tensor(1))
        part[name] = rng.choice(odd)
    else:
        state = changed_tree(rng, state)
    made = io.BytesIO()
    torch.save(state, made)
    return made.getvalue()
