"""How many trials fewer a study of new data of the same kind needs, started from one of before.

A set is cut into halves, by series or, one long series, in time: a study of the first, and two of
the second that differ in `search.start_from` alone. Counted are the trials of each until it is as
good as the one without is in the end, by the same folds and seeds.

`python -m benchmarks.warm_start [NAME ...]`
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from benchmarks.job import EXAMPLES
from dropsearch.search import launch
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import SEARCH

NAMES = ("japanese-vowels", "covid-3-month", "sunspots")
TRIALS, SEEDS = 20, 3


def halves(frame: pl.DataFrame, series: str | None, seed: int) -> list[pl.DataFrame]:
    """Half of the series each, drawn; of one alone the earlier and the later half."""
    if series is None:
        middle = frame.height // 2
        return [frame[:middle], frame[middle:]]
    names = frame[series].unique(maintain_order=True).to_numpy()
    drawn = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    inside = pl.col(series).is_in(drawn.tolist())
    return [frame.filter(inside), frame.filter(~inside)]


def scores(asked: dict[str, Any], storage: str) -> list[float]:
    """What the trials scored, in their order, more being better; pruned ones minus infinity."""
    result = launch(asked, storage=storage, workers=1)
    claims = claims_of(result.store, result.record.uuid, SEARCH)
    sign = result.record.sign
    return [-np.inf if claim.value is None else sign * claim.value for claim in claims]


def needed(found: list[float], wanted: float) -> float:
    """How many trials there were until one was as good; infinity where none is."""
    return next((place for place, one in enumerate(found, 1) if one >= wanted), np.inf)


def compare(name: str, seed: int, folder: Path) -> tuple[float, float]:
    """Trials without and with what was before."""
    asked = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())
    frame = pl.read_csv(EXAMPLES / asked["data"]["path"])
    parts = halves(frame, asked["data"].get("series"), seed)
    for half, part in zip(("first", "second"), parts, strict=True):
        part.write_csv(folder / f"{half}.csv")
    asked["confirm"], asked["folds"] = None, {"holdout": 0}
    found = {}
    for study, half, more in (
        ("before", "first", {}),
        ("cold", "second", {}),
        ("warm", "second", {"start_from": "before"}),
    ):
        asked["study"] = study
        asked["data"]["path"] = str(folder / f"{half}.csv")
        asked["search"] = {"trials": TRIALS, "seed": seed, **more}
        found[study] = scores(asked, str(folder / "s.db"))
    best = max(found["cold"])
    return needed(found["cold"], best), needed(found["warm"], best)


def main() -> None:
    names = sys.argv[1:] or NAMES
    shares: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(SEEDS):
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                cold, warm = compare(name, seed, Path(folder))
            shares[name].append(warm / cold)
            print(
                f"{name:16} seed {seed}: {cold:g} trials, started from before {warm:g}", flush=True
            )
    medians = {name: statistics.median(found) for name, found in shares.items()}
    print(f"share of the trials, median over the seeds: {medians}")
    print(f"median over the sets: {statistics.median(medians.values()):.2f}")


if __name__ == "__main__":
    main()
