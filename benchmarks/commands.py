"""How soon the command line answers: whole commands on a study of 10,000 trials, and the first sign
of life of each command in a terminal, from an own table to its predictions.

`python -m benchmarks.commands`; it fails where --help takes over 0.3 s or a first line over 0.5 s.
"""

from __future__ import annotations

import json
import os
import pty
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
HELP, FIRST = 0.3, 0.5  # seconds, at most
ROUNDS = 3
COMMAND = str(Path(sys.executable).with_name("dropsearch"))
STUDY = """
study: mine
data: {path: %s, task: classify, time: step, series: series, target: label}
model: {hidden_size: 16, dropout: {low: 0.0, high: 0.5}}
training: {epochs: 4}
search: {trials: 2}
confirm: {finalists: 1, repeats: 1, rates: [0.3], rivals: null}
"""


def seconds(*arguments: str) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([COMMAND, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return sorted(times)[2]


def first_sign(folder: Path, *arguments: str) -> float:
    """Seconds till a command in a terminal shows something; it is waited for, but a server."""
    ours, theirs = pty.openpty()
    started = time.perf_counter()
    with subprocess.Popen(
        [COMMAND, *arguments], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
    ) as running:
        os.close(theirs)
        said = os.read(ours, 1)
        took = time.perf_counter() - started
        if arguments[0] == "dashboard":
            running.kill()
        try:
            while more := os.read(ours, 1 << 16):
                said += more
        except OSError:  # its terminal is closed: it has ended
            pass
    os.close(ours)
    if running.returncode > 0:
        raise SystemExit(f"dropsearch {' '.join(arguments)}: {said.decode()}")
    return took


def first_signs(folder: Path) -> dict[str, float]:
    """The median of three for each command, one after the other as a person would."""
    data = str(EXAMPLES / "japanese-vowels.csv")
    (folder / "mine.yaml").write_text(STUDY % data)
    found: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        place = ("--storage", f"{number}.db")
        for arguments in (
            ("init", data, "-o", f"{number}.yaml", "--minutes", "1"),
            ("check", "mine.yaml"),
            ("launch", "mine.yaml", *place),
            ("worker", "mine", *place),
            ("list", *place),
            ("status", "mine", *place),
            ("stop", "mine", *place),
            ("dashboard", *place, "--port", "8765"),
            ("report", "mine", *place, "-o", f"{number}.html"),
            ("export", "mine", *place, "-o", f"best{number}.yaml"),
            ("train", f"best{number}.yaml", "-o", f"model{number}"),
            ("predict", f"model{number}", data, "-o", f"{number}.csv"),
            ("delete", "mine", *place, "--yes"),
        ):
            found.setdefault(arguments[0], []).append(first_sign(folder, *arguments))
    return {command: sorted(times)[ROUNDS // 2] for command, times in found.items()}


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
        first = first_signs(Path(folder))
    for command, took in found.items():
        print(f"{command:7} {took:.2f} s")
    for command, took in first.items():
        print(f"{command:7} {took:.2f} s to its first line")
    print(json.dumps({**found, "first": first}))
    if found["help"] > HELP or max(first.values()) > FIRST:
        raise SystemExit("too slow")


if __name__ == "__main__":
    main()
