"""What is whole before it is attacked: a table, a study.yaml, a model, a finished study."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from typing import Any

import yaml


def table() -> list[tuple[Any, ...]]:
    """Twelve series of six steps with two classes."""
    rng = Random(0)
    return [
        (f"s{number}", step, round(math.sin(step * (0.5 + number % 2)) + rng.gauss(0, 0.2), 4),
         ("slow", "fast")[number % 2])
        for number in range(12)
        for step in range(6)
    ]  # fmt: skip


def csv() -> bytes:
    rows = [("series", "step", "x", "label"), *table()]
    return "\n".join(",".join(map(str, row)) for row in rows).encode() + b"\n"


def study(**changed: Any) -> dict[str, Any]:
    """A study of it that takes a second."""
    return {
        "study": "s",
        "data": {"path": "data.csv", "task": "classify", "time": "step", "series": "series",
                 "target": "label"},
        "folds": {"count": 2},
        "model": {"hidden_size": [2, 4], "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
        "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.01},
        "search": {"trials": 2},
        "confirm": None,
    } | changed  # fmt: skip


FIXED: dict[str, Any] = {
    "hidden_size": 2,
    "layers": 1,
    "bidirectional": False,
    "pooling": "last",
    "dropout": 0.2,
}


def write_study(folder: Path, **changed: Any) -> None:
    (folder / "data.csv").write_bytes(csv())
    text = yaml.safe_dump(study(**changed), sort_keys=False, allow_unicode=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")


def run_to_its_end(folder: Path, storage: str) -> None:
    """Launch the study of `folder` and serve it here, where torch is loaded already."""
    from dropsearch.search.config.load import load_config
    from dropsearch.search.run import detach
    from dropsearch.search.workers.serving import serve
    from dropsearch.studies.store.store import open_store

    record = detach(load_config(folder / "study.yaml"), storage=storage)
    store = open_store(storage, create=False)
    serve(store, [record.name])
    store.close()
