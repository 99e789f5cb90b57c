"""Resident memory of one worker after 10 and after 60 trials. `python -m benchmarks.memory`"""

from __future__ import annotations

import json
import tempfile
import threading
import time

import psutil

from benchmarks.job import EXAMPLES, Job
from dropsearch.search.registration import register
from dropsearch.search.workers.serving import work
from dropsearch.studies.claims.progress import progress
from dropsearch.studies.store.store import open_store

MARKS = (10, 60)


def main() -> None:
    job = Job.of(
        EXAMPLES / "japanese-vowels.yaml", training={"epochs": 3}, search={"trials": MARKS[-1]}
    )
    memory: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"{folder}/memory.db", create=True)
        record, _ = register(store, job.config, job.inputs)

        def watch() -> None:
            while len(memory) < len(MARKS):
                seen = progress(store, record.uuid)
                ended = seen.count("done", "failed") if seen else 0
                for mark in MARKS:
                    if ended >= mark and mark not in memory:
                        memory[mark] = psutil.Process().memory_info().rss / 2**20
                time.sleep(0.1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        work(store, record)
        watcher.join()
    for mark, size in sorted(memory.items()):
        print(f"after {mark} trials: {size:.0f} MiB")
    print(json.dumps({"ratio": memory[MARKS[-1]] / memory[MARKS[0]], "mib": memory}))


if __name__ == "__main__":
    main()
