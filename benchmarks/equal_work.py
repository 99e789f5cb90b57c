"""The same trials by dropsearch and by Optuna + Lightning scripts, side by side.

Fixed points, no pruning, no patience, the same folds, epochs and batch size; each as a user would
run it, imports included. The scripts are the public one and the expert's of benchmarks/plain.py;
the share of the cores' peak in matrix products is that of the whole launch, and so is that of the
floor: what the LSTM kernels alone take for the same batches, a process for each core.
`python -m benchmarks.equal_work [--rounds N] [japanese-vowels|sunspots ...]`: in each round the
expert's and dropsearch take turns; the public one, which takes as long as several rounds, runs once
before them. Seconds and ratios are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.floor import floor
from benchmarks.job import EXAMPLES, Job
from benchmarks.peak import multiply_adds, peak
from benchmarks.share import outside
from dropsearch.search.phases.space import point_of, points

EPOCHS = {"japanese-vowels": 30, "sunspots": 8}  # 30: the example's own
RATES = {"japanese-vowels": [0.0, 0.2, 0.4, 0.6], "sunspots": [0.2, 0.5]}
SIZES: dict[str, Any] = {
    "hidden_size": [32, 64],
    "layers": [1, 2],
    "bidirectional": False,  # as the scripts' network
    "pooling": "last",
}


def job_of(name: str) -> Job:
    return Job.of(
        EXAMPLES / f"{name}.yaml",
        model=SIZES | {"dropout": RATES[name]},
        training={"epochs": EPOCHS[name], "patience": None, "learning_rate": 3e-3},
        search={"sampler": "grid", "pruner": "none", "trials": 4 * len(RATES[name])},
        folds={"holdout": 0},
        confirm=None,
    )


def scripted(job: Job, base: Path, *, expert: bool) -> dict[str, Any]:
    trials = job.mapping["search"]["trials"]
    return job.run_plain(base, trials=trials, grid=True, prune=False, expert=expert)


def one_round(name: str, plain: dict[str, Any], folder: Path) -> dict[str, Any]:
    job = job_of(name)
    ours = job.run_dropsearch(folder / "ours.db")
    expert = scripted(job, folder / "expert", expert=True)
    table = ours["trials"]
    asked_for = [point_of(point, job.config) for point in points(job.config)]
    work = multiply_adds(job, asked_for, EPOCHS[name])
    kernels = floor(job, asked_for, EPOCHS[name])
    return {
        "plain_seconds": plain["seconds"],
        "expert_seconds": expert["seconds"],
        "dropsearch_seconds": ours["seconds"],
        "ratio": plain["seconds"] / ours["seconds"],
        "expert_ratio": expert["seconds"] / ours["seconds"],
        "share_of_peak": work / peak() / ours["seconds"],
        "floor_seconds": kernels,
        "share_of_floor": kernels / ours["seconds"],
        "plain_scores": float(np.mean(plain["values"])),
        "plain_sd": float(np.std(plain["values"])),
        "expert_scores": float(np.mean(expert["values"])),
        "expert_sd": float(np.std(expert["values"])),
        "dropsearch_scores": float(table["value"].mean()),
        "dropsearch_sd": float(table["value"].std()),
    }


def compare(name: str, rounds: int) -> dict[str, Any]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        plain = scripted(job_of(name), Path(folder) / "plain", expert=False)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            found.append(one_round(name, plain, Path(folder)))
    middle = {key: median(one[key] for one in found) for key in found[0]}
    with tempfile.TemporaryDirectory() as folder:
        return middle | {"outside_network": outside(job_of(name), Path(folder) / "one-worker.db")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*", default=list(EPOCHS))
    asked = parser.parse_args()
    found = {}
    for name in asked.names:
        found[name] = row = compare(name, asked.rounds)
        print(
            f"{name:16} plain {row['plain_seconds']:6.1f} s  expert {row['expert_seconds']:6.1f} "
            f"s  dropsearch {row['dropsearch_seconds']:6.1f} s  ratios {row['ratio']:.2f} and "
            f"{row['expert_ratio']:.2f}  scores plain {row['plain_scores']:.4g} ± "
            f"{row['plain_sd']:.2g}, expert {row['expert_scores']:.4g} ± {row['expert_sd']:.2g}, "
            f"dropsearch {row['dropsearch_scores']:.4g} ± {row['dropsearch_sd']:.2g}  of the peak "
            f"{row['share_of_peak']:.1%}  the kernels alone {row['floor_seconds']:6.1f} s, "
            f"{row['share_of_floor']:.1%} of dropsearch's  outside the network's forward, "
            f"backward and step {row['outside_network']:.1%}",
            flush=True,
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
