"""How many trials fewer a study of new data of the same kind needs, started from one of before.

A set is cut into halves, by series or, one long series, in time: a study of the first, and two of
the second that differ in `search.start_from` alone. Counted are the trials of each until its best
configuration is as good as that of the one without in the end. How good a configuration is, other
fits of all such tell, on other seeds and, where folds are drawn, folds: of the scores by which a
search has chosen, the best one is too good by luck. The study is an example's, or of a set without
one what `dropsearch init` writes, but with a space as one writes it who does not know the data yet,
and short training: in the examples' own the first trial is often as good already.

`python -m benchmarks.warm_start [--seeds N] [NAME ...]`
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from benchmarks.defaults import run
from benchmarks.job import DATA, EXAMPLES
from dropsearch.search import launch
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.phases.space import params_of
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.intervals.statistics import smallest_effect
from dropsearch.studies.store.records import SEARCH

NAMES = ("japanese-vowels", "spoken-digits", "sunspots")
TRIALS, REFITS = 20, 3
WIDE = {
    "model": {"hidden_size": [8, 16, 32, 64]},
    "training": {"epochs": 6, "learning_rate": {"low": 0.0001, "high": 0.1, "log": True}},
}

Trial = tuple[str, float]  # its values as JSON; its score, more being better, -inf where pruned


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


def searched(asked: dict[str, Any], storage: Path) -> tuple[list[Trial], bool]:
    """The trials in their order, and whether their scores lie between 0 and 1."""
    result = launch(asked, storage=str(storage), workers=1)
    record, claims = result.record, claims_of(result.store, result.record.uuid, SEARCH)
    config = StudyConfig.model_validate(record.config)
    return [
        (
            json.dumps(params_of(claim.point or {}, config)),
            -np.inf if claim.value is None else record.sign * claim.value,
        )
        for claim in claims
    ], record.summary["bounded"]


def bests(trials: list[Trial]) -> list[Trial]:
    """The best trial so far, after each."""
    return list(accumulate(trials, lambda best, one: one if one[1] > best[1] else best))


def again(asked: dict[str, Any], points: list[str], storage: Path) -> dict[str, float]:
    """What each of the points scores on average in fits on other seeds."""
    found: dict[str, list[float]] = defaultdict(list)
    for seed in range(1, REFITS + 1):
        asked["study"] = f"again-{seed}"
        asked["search"] = {
            "trials": len(points),
            "try": [json.loads(point) for point in points],
            "pruner": "none",
            "seed": 1000 * seed,
        }
        for point, score in searched(asked, storage)[0]:
            found[point].append(score)
    return {point: float(np.mean(found[point])) for point in points}


def needed(found: Iterable[float], wanted: float) -> float:
    """How many trials there were until it was as good; infinity where it never is."""
    return next((place for place, one in enumerate(found, 1) if one >= wanted), np.inf)


def compare(name: str, seed: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Trials without and with what was before until as good, as other fits and as their own say."""
    asked = study_of(name, folder)
    frame = pl.read_csv(asked["data"]["path"])
    parts = halves(frame, asked["data"].get("series"), seed)
    for half, part in zip(("first", "second"), parts, strict=True):
        part.write_csv(folder / f"{half}.csv")
    asked |= {section: {**asked[section], **wide} for section, wide in WIDE.items()}
    asked["confirm"], asked["folds"] = None, {**asked.get("folds", {}), "holdout": 0}
    found: dict[str, list[Trial]] = {}
    bounded = False
    for study, half, more in (
        ("before", "first", {}),
        ("warm", "second", {"start_from": "before"}),
        ("cold", "second", {}),
    ):
        asked["study"] = study
        asked["data"]["path"] = str(folder / f"{half}.csv")
        asked["search"] = {"trials": TRIALS, "seed": seed, **more}
        found[study], bounded = searched(asked, folder / "s.db")
    cold, warm = bests(found["cold"]), bests(found["warm"])
    truth = again(asked, list(dict.fromkeys(point for point, _ in cold + warm)), folder / "s.db")
    told: dict[str, Callable[[Trial], float]] = {
        "by other fits": lambda trial: truth[trial[0]],
        "by its own": lambda trial: trial[1],
    }
    counted = {}
    for said, good in told.items():
        last = good(cold[-1])
        wanted = last - smallest_effect(bounded, last)
        counted[said] = (needed(map(good, cold), wanted), needed(map(good, warm), wanted))
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
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
                    f"{name:16} seed {seed}, as good {said}: {cold:g} trials, from before {warm:g}",
                    flush=True,
                )
    for said in dict.fromkeys(said for said, _ in found):
        pairs = [np.array(found[said, name]) for name in asked.names]
        summed = [trials[:, 1].sum() / trials[:, 0].sum() for trials in pairs]
        alone = [np.median(trials[:, 1] / trials[:, 0]) for trials in pairs]
        print(
            f"as good {said}, median over the sets: {np.median(summed):.2f} of the trials of all "
            f"seeds, {np.median(alone):.2f} by each set's median seed"
        )


if __name__ == "__main__":
    main()
