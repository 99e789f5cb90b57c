"""How soon dropsearch finds a score as good as those at which a plain and an expert's script end.

All search the space of the example, each with its own pruner, on the same folds; whole processes,
imports included. The scripts (benchmarks/plain.py) have a budget of trials; dropsearch has as long
as the slower one took.
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
KINDS = ("plain", "expert")


def compare(name: str, folder: Path) -> dict[str, Any]:
    job = Job.of(
        EXAMPLES / f"{name}.yaml",
        search={"trials": 10 * TRIALS},
        folds={"holdout": 0},
        confirm=None,
    )
    asked: dict[str, Any] = {"trials": TRIALS, "grid": False, "prune": True}
    scripts = {
        "plain": job.run_plain(folder / f"{name}-plain", **asked),
        "expert": job.run_plain(folder / f"{name}-expert", expert=True, **asked),
    }
    longest = max(script["seconds"] for script in scripts.values())
    ours = job.run_dropsearch(folder / f"{name}.db", "--timeout", f"{longest:.0f}")
    record = ours["result"].record
    sign = 1 if record.direction == "maximize" else -1
    ended = [
        (sign * claim.value, (claim.ended - ours["began"]).total_seconds())
        for claim in claims_of(ours["result"].store, record.uuid)
        if claim.value is not None and claim.ended
    ]
    found: dict[str, Any] = {
        "dropsearch_trials": len(ours["trials"]),
        "dropsearch_best": ours["result"].recommendation.score,
    }
    for kind, script in scripts.items():
        after = [seconds for value, seconds in ended if value >= sign * script["best"]]
        seconds = min(after, default=None)
        found |= {
            f"{kind}_seconds": script["seconds"],
            f"{kind}_best": script["best"],
            f"dropsearch_seconds_to_{kind}_best": seconds,
            f"{kind}_ratio": 0.0 if seconds is None else script["seconds"] / seconds,
        }
    return found


def main() -> None:
    names = sys.argv[1:] or NAMES
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found[name] = row = compare(name, Path(folder))
            for kind in KINDS:
                seconds = row[f"dropsearch_seconds_to_{kind}_best"]
                print(
                    f"{name:16} {kind} ends after {row[f'{kind}_seconds']:6.1f} s at "
                    f"{row[f'{kind}_best']:.4g}; dropsearch "
                    + ("never has that" if seconds is None else f"has that after {seconds:6.1f} s")
                    + f"; ratio {row[f'{kind}_ratio']:.2f}",
                    flush=True,
                )
            print(
                f"{name:16} dropsearch has {row['dropsearch_best']:.4g} in "
                f"{row['dropsearch_trials']} trials",
                flush=True,
            )
    for kind in KINDS:
        ratios = [found[name][f"{kind}_ratio"] for name in names]
        found[f"median_{kind}_ratio"] = statistics.median(ratios)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
