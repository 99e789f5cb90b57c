"""Small studies for the benchmarks of faults, on noisy tones, registered without a worker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dropsearch.search.run import detach
from dropsearch.studies.store.disks import ARTIFACTS
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store, open_store

FOLDS = 3
NAME = "faults"


def mapping(folder: Path, sequences: int = 48, **sections: dict[str, Any] | None) -> dict[str, Any]:
    """A study of sequences that are slow or fast, with these sections changed."""
    path = folder / "tones.csv"
    if not path.exists():
        _tones(path, sequences)
    made: dict[str, Any] = {
        "study": NAME,
        "data": {
            "path": str(path),
            "task": "classify",
            "time": "step",
            "series": "series",
            "target": "label",
        },
        "folds": {"count": FOLDS},
        "model": {"hidden_size": [8, 16], "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
        "training": {"epochs": 20, "batch_size": 16, "learning_rate": 0.01, "patience": None},
        "search": {"trials": 200, "metric": "log_loss"},
        "confirm": None,
    }
    for name, section in sections.items():
        made[name] = section and {**(made.get(name) or {}), **section}
    return made


def registered(
    folder: Path, storage: str, sequences: int = 48, **sections: dict[str, Any] | None
) -> tuple[Store, StudyRecord]:
    """The study in the storage, its claims waiting for workers; the artifacts in the folder."""
    os.environ[ARTIFACTS] = str(folder / "artifacts")
    record = detach(mapping(folder, sequences, **sections), storage=storage)
    store = open_store(storage, create=False)
    return store, record


def _tones(path: Path, sequences: int) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(sequences):
        steps = int(rng.integers(6, 15))
        speed, label = ((0.5, "slow"), (1.0, "fast"))[number % 2]
        wave = np.sin(speed * np.arange(steps) + rng.uniform(0, 6)) + 0.5 * rng.normal(size=steps)
        rows += [(number, step, value, label) for step, value in enumerate(wave)]
    pl.DataFrame(rows, schema=["series", "step", "x", "label"], orient="row").write_csv(path)
