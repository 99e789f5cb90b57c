"""How many trials fewer a study of new data of the same kind needs, started from one of before.

A set is cut into halves, by series or, one long series, in time: a study of the first, and two of
the second that differ in `search.start_from` alone. Counted are the trials of each until it is as
good as the one without is in the end, by the same folds and seeds. The study is an example's, or
of a set without one what `dropsearch init` writes.

`python -m benchmarks.warm_start [--seeds N] [NAME ...]`
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from benchmarks.defaults import run
from benchmarks.job import DATA, EXAMPLES
from dropsearch.search import launch
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.intervals.statistics import smallest_effect
from dropsearch.studies.store.records import SEARCH

NAMES = ("japanese-vowels", "covid-3-month", "sunspots")
TRIALS = 20


def study_of(name: str, folder: Path) -> dict[str, Any]:
    """The config, its data file's path whole."""
    file = EXAMPLES / f"{name}.yaml"
    if not file.exists():
        run(folder, "init", str(DATA / f"{name}.csv"))
        file = folder / "study.yaml"
    asked: dict[str, Any] = yaml.safe_load(file.read_text())
    asked["data"]["path"] = str(file.parent / asked["data"]["path"])
    return asked


def halves(frame: pl.DataFrame, series: str | None, seed: int) -> list[pl.DataFrame]:
    """Half of the series each, drawn; of one alone the earlier and the later half."""
    if series is None:
        middle = frame.height // 2
        return [frame[:middle], frame[middle:]]
    names = frame[series].unique(maintain_order=True).to_numpy()
    drawn = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    inside = pl.col(series).is_in(drawn.tolist())
    return [frame.filter(inside), frame.filter(~inside)]


def scores(asked: dict[str, Any], storage: str) -> tuple[list[float], float]:
    """What the trials scored, in their order, more being better, minus infinity where pruned; and
    the smallest difference worth having."""
    result = launch(asked, storage=storage, workers=1)
    record, claims = result.record, claims_of(result.store, result.record.uuid, SEARCH)
    found = [-np.inf if one.value is None else record.sign * one.value for one in claims]
    return found, smallest_effect(record.summary["bounded"], max(found))


def needed(found: list[float], wanted: float) -> float:
    """How many trials there were until one was as good; infinity where none is."""
    return next((place for place, one in enumerate(found, 1) if one >= wanted), np.inf)


def compare(name: str, seed: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Trials without and with what was before, until as good and until as high."""
    asked = study_of(name, folder)
    frame = pl.read_csv(asked["data"]["path"])
    parts = halves(frame, asked["data"].get("series"), seed)
    for half, part in zip(("first", "second"), parts, strict=True):
        part.write_csv(folder / f"{half}.csv")
    asked["confirm"], asked["folds"] = None, {**asked.get("folds", {}), "holdout": 0}
    found: dict[str, list[float]] = {}
    worth = 0.0
    for study, half, more in (
        ("before", "first", {}),
        ("warm", "second", {"start_from": "before"}),
        ("cold", "second", {}),
    ):
        asked["study"] = study
        asked["data"]["path"] = str(folder / f"{half}.csv")
        asked["search"] = {"trials": TRIALS, "seed": seed, **more}
        found[study], worth = scores(asked, str(folder / "s.db"))
    best = max(found["cold"])
    return {
        said: (needed(found["cold"], wanted), needed(found["warm"], wanted))
        for said, wanted in (("as good", best - worth), ("as high", best))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("names", nargs="*", default=NAMES)
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for seed in range(asked.seeds):
        for name in asked.names:
            with tempfile.TemporaryDirectory() as folder:
                counted = compare(name, seed, Path(folder))
            for said, (cold, warm) in counted.items():
                found[said, name].append((cold, warm))
                print(
                    f"{name:16} seed {seed}, {said}: {cold:g} trials, from before {warm:g}",
                    flush=True,
                )
    for said in ("as good", "as high"):
        pairs = [np.array(found[said, name]) for name in asked.names]
        summed = [trials[:, 1].sum() / trials[:, 0].sum() for trials in pairs]
        alone = [np.median(trials[:, 1] / trials[:, 0]) for trials in pairs]
        print(
            f"{said}, median over the sets: {np.median(summed):.2f} of the trials of all seeds, "
            f"{np.median(alone):.2f} by each set's median seed"
        )


if __name__ == "__main__":
    main()
