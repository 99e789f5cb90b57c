"""The same trials by dropsearch and by a plain Optuna + Lightning script, side by side.

Fixed points, no pruning, no patience, the same folds, epochs and batch size; each as a user would
run it, imports included. `python -m benchmarks.equal_work [japanese-vowels|sunspots ...]`
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select

from benchmarks.job import EXAMPLES, Job
from dropsearch.search import launch
from dropsearch.studies.records import FoldScore

EPOCHS = {"japanese-vowels": 20, "sunspots": 8}
SIZES: dict[str, Any] = {"hidden_size": [32, 64], "layers": [1, 2], "dropout": [0.2, 0.5]}
TRIALS = 8


def compare(name: str, folder: Path) -> dict[str, Any]:
    job = Job.of(
        EXAMPLES / f"{name}.yaml",
        model=SIZES,
        training={"epochs": EPOCHS[name], "patience": None, "learning_rate": 3e-3},
        search={"sampler": "grid", "pruner": "none", "trials": TRIALS},
        folds={"holdout": 0},
    )
    plain = job.run_plain(folder / name, trials=TRIALS, grid=True, prune=False)
    started = time.perf_counter()
    result = launch(job.mapping, storage=str(folder / f"{name}.db"))
    seconds = time.perf_counter() - started
    table = result.trials()
    with result.store.read() as session:
        trained = session.scalar(select(func.sum(FoldScore.seconds)).where(FoldScore.fold == 0))
    return {
        "plain_seconds": plain["seconds"],
        "dropsearch_seconds": seconds,
        "ratio": plain["seconds"] / seconds,
        "plain_scores": float(np.mean(plain["values"])),
        "plain_sd": float(np.std(plain["values"])),
        "dropsearch_scores": float(table["value"].mean()),
        "dropsearch_sd": float(table["value"].std()),
        "in_epochs": trained,
    }


def main() -> None:
    names = sys.argv[1:] or list(EPOCHS)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found[name] = compare(name, Path(folder))
            row = found[name]
            print(
                f"{name:16} plain {row['plain_seconds']:6.1f} s  dropsearch "
                f"{row['dropsearch_seconds']:6.1f} s  ratio {row['ratio']:.2f}  scores plain "
                f"{row['plain_scores']:.4g} ± {row['plain_sd']:.2g}, dropsearch "
                f"{row['dropsearch_scores']:.4g} ± {row['dropsearch_sd']:.2g}",
                flush=True,
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
