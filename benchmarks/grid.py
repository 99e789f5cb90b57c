"""Is the answer right? The recommended rate against a grid of rates on seeds and folds of its own.

The grid runs at the recommended sizes with five seeds. The paired corrected interval of
(recommended - best of the grid) has to contain 0, no verdict may be the opposite of the grid's, and
the same search without pruning has to recommend a rate that is not told apart.
`python -m benchmarks.grid [japanese-vowels|spoken-digits|movie-sentences ...]`
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.job import DATA
from dropsearch.search import launch
from dropsearch.search.result import Result
from dropsearch.studies.answer.members import is_redrawn, member_of
from dropsearch.studies.claims.progress import claims_of, fold_scores
from dropsearch.studies.intervals.statistics import (
    against,
    observations,
    simultaneous,
    smallest_effect,
)
from dropsearch.studies.intervals.verdicts import verdict

RATES = [0.0, 0.2, 0.4, 0.6, 0.8]
SEEDS = range(101, 106)
GROUPS = {"spoken-digits": "speaker"}
SENTENCES = 1500
SIZES = {"movie-sentences": {"hidden_size": [16, 32], "layers": 1, "embedding_size": 32}}
EPOCHS = {"movie-sentences": 8}
GOOD, BAD = ("helps", "helps elsewhere"), ("hurts", "worse")
OPPOSITE = {(one, other) for one in GOOD for other in BAD} | {(b, g) for b in BAD for g in GOOD}


def data_of(name: str, folder: Path) -> dict[str, Any]:
    """The data section; of the movie sentences the first 1,500 rows."""
    path = DATA / f"{name}.csv"
    if name == "movie-sentences":
        cut = folder / path.name
        pl.read_csv(path).head(SENTENCES).write_csv(cut)
        return {"path": str(cut), "task": "classify", "text": "text", "target": "label"}
    return {
        "path": str(path),
        "task": "classify",
        "time": "step",
        "series": "series",
        "target": "label",
        "group": GROUPS.get(name),
        "features": [f"c{i}" for i in (range(13) if name in GROUPS else range(1, 13))],
    }


def study(name: str, pruner: str, folder: Path) -> dict[str, Any]:
    return {
        "study": f"{name}-{pruner}",
        "data": data_of(name, folder),
        "model": SIZES.get(name, {"hidden_size": [32, 64], "layers": [1, 2]})
        | {"dropout": {"low": 0.0, "high": 0.8}, "bidirectional": False, "pooling": "last"},
        "training": {
            "epochs": EPOCHS.get(name, 20),
            "learning_rate": {"low": 1e-3, "high": 1e-2, "log": True},
        },
        "search": {"trials": 16, "pruner": pruner},
    }


def grid(asked: dict[str, Any], point: dict[str, Any], rates: list[float], db: Path) -> Any:
    """(J,) observations of each rate, over all seeds, and n_validate / n_train."""
    tables: dict[float, list[np.ndarray]] = {rate: [] for rate in rates}
    for seed in SEEDS:
        mapping = asked | {
            "study": f"grid-{seed}",
            "folds": {"holdout": 0},
            "model": {
                key: point[key]
                for key in (
                    "hidden_size",
                    "layers",
                    "bidirectional",
                    "pooling",
                    "mask",
                    "embedding_size",
                )
                if key in point
            }
            | {"dropout": rates},
            "training": {
                "epochs": asked["training"]["epochs"],
                **{key: point[key] for key in ("batch_size", "learning_rate", "weight_decay")},
            },
            "search": {"sampler": "grid", "pruner": "none", "seed": seed},
            "confirm": None,
        }
        result = launch(mapping, storage=str(db))
        for claim in claims_of(result.store, result.record.uuid):
            assert claim.point is not None
            member = member_of([claim], {claim.id: fold_scores(result.store, claim.id)}, "maximize")
            tables[claim.point["dropout"]].append(member.scores[0])
    redrawn = is_redrawn(result.record)
    scores = {rate: observations(np.array(rows), redrawn) for rate, rows in tables.items()}
    return scores, float(result.record.summary["fold_ratio"])


def judge(name: str, folder: Path) -> dict[str, Any]:
    answers: dict[str, Result] = {}
    seconds = {}
    for pruner in ("median", "none"):
        started = time.perf_counter()
        answers[pruner] = launch(study(name, pruner, folder), storage=str(folder / f"{name}.db"))
        seconds[pruner] = time.perf_counter() - started
    found = answers["median"].recommendation
    rate, other = found.point["dropout"], answers["none"].recommendation.point["dropout"]
    rates = sorted({*RATES, rate, other})
    asked = study(name, "none", folder)
    scores, ratio = grid(asked, found.point, rates, folder / f"{name}-grid.db")
    best = max(RATES, key=lambda r: scores[r].mean())

    def interval(a: float, b: float) -> tuple[float, float]:
        if a == b:
            return 0.0, 0.0
        (one,) = simultaneous([scores[a] - scores[b]], ratio)
        return one.low, one.high

    family = against(scores, [0.0], "maximize", ratio)
    worth = smallest_effect(True, float(scores[0.0].mean()))
    said = verdict(family, best, 0.0, worth).word
    behind, pruned = interval(rate, best), interval(rate, other)
    return {
        "recommended": rate,
        "without_pruning": other,
        "verdict": found.verdict,
        "grid_best": best,
        "grid_verdict": said,
        "grid": {str(r): float(s.mean()) for r, s in scores.items()},
        "recommended_minus_best": behind,
        "pruned_minus_unpruned": pruned,
        "right": bool(
            behind[0] <= 0 <= behind[1]
            and (found.verdict, said) not in OPPOSITE
            and pruned[0] <= 0 <= pruned[1]
        ),
        "seconds": seconds,
    }


def main() -> None:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or ("japanese-vowels", "spoken-digits", "movie-sentences"):
            found[name] = row = judge(name, Path(folder))
            low, high = row["recommended_minus_best"]
            print(
                f"{name}: recommended {row['recommended']:.2f} ({row['verdict']}), without pruning "
                f"{row['without_pruning']:.2f}; best of the grid {row['grid_best']:.2f} "
                f"({row['grid_verdict']}); recommended - best {low:+.4f} to {high:+.4f}; "
                f"{'right' if row['right'] else 'WRONG'}",
                flush=True,
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
