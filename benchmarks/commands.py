"""How soon the command line answers: --help, and list and status on a study of 10,000 trials.

`python -m benchmarks.commands`
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks.job import EXAMPLES, Job
from dropsearch.search.registration import register
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import Claim, FoldScore
from dropsearch.studies.store.store import open_store

TRIALS, FOLDS, EPOCHS = 10_000, 5, 10
COMMAND = str(Path(sys.executable).with_name("dropsearch"))


def seconds(*arguments: str) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([COMMAND, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return sorted(times)[2]


def fill(storage: str) -> str:
    """A finished study of 10,000 trials, 5 folds and 10 epochs; its name."""
    job = Job.of(EXAMPLES / "japanese-vowels.yaml", search={"trials": TRIALS})
    store = open_store(storage, create=True)
    record, _ = register(store, job.config, job.inputs)
    rng = np.random.default_rng(0)
    with store.write() as session:
        for number, claim in enumerate(claims_of(store, record.uuid)):
            point = {"dropout": rng.uniform(0, 0.8), "layers": 1, "hidden_size": 32}
            scores = rng.uniform(0.8, 1.0, (EPOCHS, FOLDS))
            session.merge(claim)
            row = session.get(Claim, claim.id)
            assert row is not None
            row.state, row.trial, row.point = "done", number, point
            row.value, row.best_epoch, row.epoch = float(scores[-1].mean()), EPOCHS - 1, EPOCHS - 1
            row.ended = row.started = record.created
            session.execute(
                insert(FoldScore),
                [
                    {
                        "claim": claim.id,
                        "epoch": epoch,
                        "fold": fold,
                        "train_loss": 0.1,
                        "val_loss": 0.2,
                        "metric": float(scores[epoch, fold]),
                        "updates": epoch,
                        "seconds": 0.5,
                    }
                    for epoch in range(EPOCHS)
                    for fold in range(FOLDS)
                ],
            )
    return record.name


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = f"{folder}/many.db"
        name = fill(storage)
        found = {
            "help": seconds("--help"),
            "list": seconds("list", "--storage", storage),
            "status": seconds("status", name, "--storage", storage),
        }
    for command, took in found.items():
        print(f"{command:7} {took:.2f} s")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
