"""The same trials by dropsearch and by a plain Optuna + Lightning script, side by side.

Fixed points, no pruning, no patience, the same folds, epochs and batch size; each as a user would
run it, imports included. `python -m benchmarks.equal_work [japanese-vowels|sunspots ...]`
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.job import EXAMPLES, Job
from benchmarks.share import outside

EPOCHS = {"japanese-vowels": 30, "sunspots": 8}  # 30: the example's own
RATES = {"japanese-vowels": [0.0, 0.2, 0.4, 0.6], "sunspots": [0.2, 0.5]}
SIZES: dict[str, Any] = {"hidden_size": [32, 64], "layers": [1, 2]}


def compare(name: str, folder: Path) -> dict[str, Any]:
    trials = 4 * len(RATES[name])
    job = Job.of(
        EXAMPLES / f"{name}.yaml",
        model=SIZES | {"dropout": RATES[name]},
        training={"epochs": EPOCHS[name], "patience": None, "learning_rate": 3e-3},
        search={"sampler": "grid", "pruner": "none", "trials": trials},
        folds={"holdout": 0},
        confirm=None,
    )
    plain = job.run_plain(folder / name, trials=trials, grid=True, prune=False)
    ours = job.run_dropsearch(folder / f"{name}.db")
    table = ours["trials"]
    return {
        "plain_seconds": plain["seconds"],
        "dropsearch_seconds": ours["seconds"],
        "ratio": plain["seconds"] / ours["seconds"],
        "plain_scores": float(np.mean(plain["values"])),
        "plain_sd": float(np.std(plain["values"])),
        "dropsearch_scores": float(table["value"].mean()),
        "dropsearch_sd": float(table["value"].std()),
        "outside_network": outside(job, folder / f"{name}-one-worker.db"),
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
                f"{row['dropsearch_scores']:.4g} ± {row['dropsearch_sd']:.2g}  outside the "
                f"network's forward, backward and step {row['outside_network']:.1%}",
                flush=True,
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
