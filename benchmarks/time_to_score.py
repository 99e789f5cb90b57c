"""How soon dropsearch finds a score as good as the one at which a plain script ends.

Both search the space of the example, each with its own pruner, on the same folds; whole processes,
imports included. The script has a budget of trials; dropsearch has as long as the script took.
`python -m benchmarks.time_to_score [NAME ...]`
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.job import EXAMPLES, Job
from dropsearch.studies.claims.progress import claims_of

NAMES = ("japanese-vowels", "sunspots", "covid-3-month")
TRIALS = 12


def compare(name: str, folder: Path) -> dict[str, Any]:
    job = Job.of(
        EXAMPLES / f"{name}.yaml",
        search={"trials": 10 * TRIALS},
        folds={"holdout": 0},
        confirm=None,
    )
    plain = job.run_plain(folder / name, trials=TRIALS, grid=False, prune=True)
    ours = job.run_dropsearch(folder / f"{name}.db", "--timeout", f"{plain['seconds']:.0f}")
    record = ours["result"].record
    sign = 1 if record.direction == "maximize" else -1
    reached = [
        (claim.ended - ours["began"]).total_seconds()
        for claim in claims_of(ours["result"].store, record.uuid)
        if claim.value is not None and claim.ended and sign * claim.value >= sign * plain["best"]
    ]
    seconds = min(reached, default=None)
    return {
        "plain_seconds": plain["seconds"],
        "plain_best": plain["best"],
        "dropsearch_trials": len(ours["trials"]),
        "dropsearch_best": ours["result"].recommendation.score,
        "dropsearch_seconds_to_plain_best": seconds,
        "ratio": 0.0 if seconds is None else plain["seconds"] / seconds,
    }


def main() -> None:
    names = sys.argv[1:] or NAMES
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found[name] = row = compare(name, Path(folder))
            seconds = row["dropsearch_seconds_to_plain_best"]
            print(
                f"{name:16} plain ends after {row['plain_seconds']:6.1f} s at "
                f"{row['plain_best']:.4g}; dropsearch "
                + ("never reached that" if seconds is None else f"has that after {seconds:6.1f} s")
                + f", and {row['dropsearch_best']:.4g} in {row['dropsearch_trials']} trials; "
                f"ratio {row['ratio']:.2f}",
                flush=True,
            )
    found["median_ratio"] = statistics.median(found[name]["ratio"] for name in names)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
