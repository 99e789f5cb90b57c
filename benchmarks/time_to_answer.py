"""How long a study takes from launch to answer, phase by phase, and what was trained for it.

The examples as they are, with all phases; whole processes, imports included. The seconds of a busy
machine say little: fits and fold-epochs (folds times epochs trained) do not hang on it.
`python -m benchmarks.time_to_answer [--python OTHER/bin/python] [--epochs N] [NAME ...]`: a line of
JSON for each set; with `--python` one more of the checkout that it runs, before that of this one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.job import EXAMPLES, Job
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import CURVE, Claim, StudyRecord, point_text

NAMES = ("japanese-vowels", "sunspots", "sms-spam")


def part_of(claim: Claim, record: StudyRecord) -> str:
    """The phase of a fit; of the curve's, rivals and what runs without a network are apart."""
    point = claim.point or {}
    if BASELINE in point:
        return "baselines"
    if claim.phase != CURVE or record.plan is None or "curve" not in record.plan:
        return claim.phase
    curve = record.plan["curve"]
    rivals = {point_text(curve["members"][place]) for _, place in curve.get("rivals", [])}
    return "rivals" if point_text(point) in rivals else CURVE


def measure(job: Job, python: Path, folder: Path) -> dict[str, Any]:
    """Seconds until each part has ended, and what it took; the answer.

    fits: those begun, worker_seconds: theirs. The whole launch has one row more, "launch".
    """
    ours = job.run_dropsearch(folder / "study.db", python=python)
    result = ours["result"]
    record = result.record
    parts: dict[str, dict[str, float]] = defaultdict(
        lambda: {"ends": 0.0, "fits": 0, "fold_epochs": 0, "worker_seconds": 0.0}
    )
    for claim in claims_of(result.store, record.uuid):
        if claim.started is None or claim.ended is None:
            continue
        trained = 0 if BASELINE in (claim.point or {}) else len(fold_scores(result.store, claim.id))
        seconds = (claim.ended - claim.started).total_seconds()
        for name in (part_of(claim, record), "launch"):
            part = parts[name]
            part["ends"] = max(part["ends"], (claim.ended - ours["began"]).total_seconds())
            part["fits"] += 1
            part["fold_epochs"] += trained
            part["worker_seconds"] += seconds
    parts["launch"]["ends"] = ours["seconds"]
    found = result.recommendation
    return {
        "parts": {
            name: {key: round(value, 1) for key, value in part.items()}
            for name, part in sorted(parts.items(), key=lambda one: one[1]["ends"])
        },
        "recommended": found.point,
        "score": found.score,
        "standard_error": found.standard_error,
        "headline": found.headline.said,
        "against none": found.verdict,
        "against 0.5": found.verdict_against_half,
        "network": found.network,
        "choices": {choice["choice"]: choice["standing"] for choice in found.choices},
    }


def rows(names: list[str], pythons: list[Path], epochs: int | None) -> Iterator[dict[str, Any]]:
    for name in names:
        job = Job.of(
            EXAMPLES / f"{name}.yaml", **({"training": {"epochs": epochs}} if epochs else {})
        )
        for python in pythons:
            with tempfile.TemporaryDirectory() as folder:
                yield {"set": name, "python": str(python), **measure(job, python, Path(folder))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="of another checkout")
    parser.add_argument("--epochs", type=int, help="in place of the examples' own")
    parser.add_argument("names", nargs="*", default=list(NAMES))
    asked = parser.parse_args()
    own = Path(sys.executable)
    pythons = [own] if asked.python is None else [asked.python, own]
    for row in rows(asked.names, pythons, asked.epochs):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
