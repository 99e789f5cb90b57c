"""The stored holdout accuracy on the archive's own split of Japanese vowels, 30 trials.

1-NN DTW has 0.949 there. `python -m benchmarks.holdout`
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.grid import study
from dropsearch.search import launch


def main() -> None:
    asked = study("japanese-vowels", "median", Path()) | {
        "folds": {"holdout": {"column": "part", "value": "test"}}
    }
    asked["search"] = {"trials": 30}
    asked["training"] = asked["training"] | {"epochs": 30}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        found = launch(asked, storage=f"{folder}/holdout.db").recommendation
        seconds = time.perf_counter() - started
    for sentence in found.sentences:
        print(sentence)
    assert found.holdout is not None
    print(json.dumps({"holdout": found.holdout, "rate": found.rate, "seconds": seconds}))


if __name__ == "__main__":
    main()
