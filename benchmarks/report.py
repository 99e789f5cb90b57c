"""The time that a report takes: `python -m benchmarks.report [TRIALS] [EPOCHS]`.

The store is filled directly, with 1,000 trials of 5 folds and 40 epochs unless told otherwise, and
the phases after the search; then `dropsearch report` is run as a command. Size and seconds are
shown, the last line is JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.job import EXAMPLES, Job
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill


def main(trials: int = 1000, epochs: int = 40) -> None:
    job = Job.of(
        EXAMPLES / "japanese-vowels.yaml",
        search={"trials": trials},
        training={"epochs": epochs},
    )
    with tempfile.TemporaryDirectory() as folder:
        storage, page = Path(folder) / "studies.db", Path(folder) / "report.html"
        store = open_store(str(storage), create=True)
        started = time.perf_counter()
        record = fill(store, job.config)
        store.close()
        filled = time.perf_counter() - started
        started = time.perf_counter()
        subprocess.run(
            [
                *(Path(sys.executable).with_name("dropsearch"), "report", record.name),
                *("--storage", storage, "-o", page),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds, size = time.perf_counter() - started, page.stat().st_size
    folds = len(record.summary["folds"])
    print(f"{trials:,} trials of {folds} folds and {epochs} epochs, filled in {filled:.0f} s")
    print(f"dropsearch report: {seconds:.1f} s, {size / 1e6:.2f} MB")
    print(json.dumps({"trials": trials, "seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
