"""Do the intervals cover on real data, with real networks?

Random subsets of a large set are studies of their own: four rates, three repeats of five folds, the
product's own fits for a fixed number of epochs. What is left of the set, scored by the very
networks of the folds, tells what each rate is truly worth to a subset; its mean over the subsets is
the truth that is claimed. The truth of each single subset is told beside it, and is not claimed.

`OMP_NUM_THREADS=1 python -m benchmarks.coverage SET --out FOLDER [--subsets 60]`, the sets by their
names in SETS; FOLDER keeps what the fits of each subset said, so that a run that was cut goes on.
C configurations (rates), M differences from none, R repeats, K folds, N rows, S subsets.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import sem

from benchmarks.job import DATA
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.files import write_whole
from dropsearch.models.fold.scores import SCORES, resolve_metric
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.trained.predict import predict, scores
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs, read_data_of, split_of
from dropsearch.search.phases.space import point_of, points
from dropsearch.studies.answer.comparing import ByExamples, ByFolds
from dropsearch.studies.intervals.crossed import crossed
from dropsearch.studies.intervals.statistics import ALPHA, Array, Codes, Direction, observations
from dropsearch.studies.intervals.units import units_of
from dropsearch.studies.store.contract import Point
from dropsearch.studies.store.records import CURVE

RATES = [0.0, 0.3, 0.5, 0.7]
REPEATS = 3
REST = 1500  # rows of the rest, drawn anew for each subset, that tell the truth
Kept = Mapping[str, NDArray[Any]]  # of a subset, see `study_of`
RULES = ("contributions", "fold scores")


PLAIN = {"layers": 1, "bidirectional": False, "pooling": "last"}

PLAIN = {"layers": 1, "bidirectional": False, "pooling": "last"}


@dataclass(frozen=True)
class Source:
    """A large set. data: gives the data section, of a file that it may write into a folder; size:
    rows of a subset."""

    data: Callable[[Path], dict[str, Any]]
    size: int
    epochs: int
    model: Mapping[str, Any]

    def config(self, folder: Path, seed: int = 0) -> StudyConfig:
        mapping = {
            "study": "coverage",
            "data": self.data(folder),
            "model": {**PLAIN, "dropout": RATES, **self.model},
            "training": {"batch_size": 64, "learning_rate": 0.02, "epochs": self.epochs},
            "search": {"seed": seed},
        }
        return config_from(mapping, folder)


def movie_sentences(_: Path) -> dict[str, Any]:
    path = str(DATA / "movie-sentences.csv")
    texts = {"text": "text", "max_tokens": 24}
    return {"path": path, "task": "classify", "target": "label", **texts}


def air(folder: Path) -> dict[str, Any]:
    """All windows of 12 hours of a year of Beijing's air: what is PM2.5 six hours later?

    Each window is a sequence; random ones are independent draws from that year.
    """
    path = folder / "air.csv"
    features = ["pm25", "dew_point", "temperature", "pressure"]
    if not path.exists():
        hours = pl.read_csv(DATA / "beijing-pm25.csv").select(pl.col(features).cast(pl.Float64))
        windows = sliding_window_view(hours.to_numpy(), HOURS, axis=0)[:-AHEAD].swapaxes(1, 2)
        later = hours["pm25"].to_numpy()[HOURS - 1 + AHEAD :]
        known = np.isfinite(windows).all((1, 2)) & np.isfinite(later)
        number = int(known.sum())
        columns = {
            "series": np.repeat(np.arange(number), HOURS),
            "step": np.tile(np.arange(HOURS), number),
            "later": np.repeat(later[known], HOURS),
            **dict(zip(features, windows[known].reshape(-1, len(features)).T, strict=True)),
        }
        pl.DataFrame(columns).write_csv(path)
    return {
        "path": str(path),
        "task": "regress",
        "time": "step",
        "series": "series",
        "target": "later",
        "features": features,
    }


HOURS, AHEAD = 12, 6
SETS = {
    "movie-sentences": Source(movie_sentences, 400, 6, {"hidden_size": 16, "embedding_size": 16}),
    "air": Source(air, 500, 12, {"hidden_size": 16}),
}


def study_of(source: Source, config: StudyConfig, data: SequenceData) -> Kept:
    """The curve of the random subset of the config's seed, with all others as the holdout.

    contributions: (C, R, N), fold: (R, N), unit: (N,), scores: (C, R, K), ratio: (), n_validate /
    n_train; true: (C, R, K), what the network of each fold scores on the rest: the mean over parts
    as large as its validation part, since some scores depend on how many examples they are of.
    """
    held = np.ones(len(data.start), bool)
    held[_subset(len(held), source.size, config.search.seed)] = False
    data = replace(data, held=held)
    rest = np.random.default_rng(config.search.seed).permutation(np.flatnonzero(held))[:REST]
    metric = resolve_metric(config.search.metric, data)
    rates = [point_of(point, config) for point in points(config)]
    curve: dict[str, list[Any]] = {"contributions": [], "scores": [], "true": []}  # by repeat
    fold = []
    for repeat in range(REPEATS):
        split = split_of(config, data, CURVE, repeat)
        folds = FoldSet.of(config, Inputs(data, split, metric, SCORES[metric].direction))
        seeds = fold_seeds(config.search.seed, CURVE, repeat, len(split.folds))
        found = [_fit(point, folds, seeds, rest) for point in rates]
        for name, own in curve.items():
            own.append([one[name] for one in found])
        fold.append(found[0]["fold"])
    return {
        **{name: np.array(own).swapaxes(0, 1) for name, own in curve.items()},
        "fold": np.array(fold),
        "unit": units_of(split.kind, found[0]["unit"]),
        "ratio": np.mean([len(one.validate) / len(one.train) for one in split.folds]),
    }


def _subset(total: int, size: int, number: int) -> Codes:
    """A random subset; those of a permutation share no row."""
    each = total // size
    order = np.random.default_rng([number // each, total]).permutation(total)
    return order[number % each * size :][:size]


def _fit(point: Point, folds: FoldSet, seeds: Sequence[int], rest: Codes) -> Kept:
    """contributions, fold, unit: (N,) of the examples validated; scores, true: (K,)."""
    networks: list[DropoutLSTM] = []

    def build(*asked: Any) -> DropoutLSTM:
        networks.append(dropout_lstm(*asked))
        return networks[-1]

    epochs, direction = folds.config.training.epochs, SCORES[folds.metric].direction
    found = fit(
        point, folds, seeds=seeds, direction=direction, build=build, exactly=epochs, kept=True
    )
    said = found.validated
    assert said is not None
    true = [
        _score(network, folds, number, rest, len(folds.validate[number]))
        for number, network in enumerate(networks)
    ]
    return {
        "contributions": said.contribution,
        "fold": said.fold,
        "unit": said.unit,
        "scores": np.array([row["metric"] for row in found.best.rows]),
        "true": np.array(true),
    }


def _score(network: DropoutLSTM, folds: FoldSet, fold: int, rest: Codes, size: int) -> float:
    """The mean over parts of about that size of the rest."""
    own = folds.preparations[fold]
    predicted = predict([network], folds.data, own, rest)
    parts = np.array_split(np.arange(len(rest)), max(len(rest) // size, 1))
    said = [
        scores(predicted[at], folds.data, own, rest[at], folds.metric, folds.positive)
        for at in parts
    ]
    return float(np.mean([one[folds.metric] for one in said]))


def judge(studies: Sequence[Kept], direction: Direction) -> dict[str, dict[str, float]]:
    """What became of each rule over the S subsets, by its name.

    covers: the share in which the mean truth of all M differences is covered at once; covers own:
    that of the subset itself; width: the median; told: some rate is told apart from none, told
    wrongly: not as it is.
    """
    own = gains(studies, direction)
    true = own.mean(0)
    judged = {}
    for rule in RULES:
        found = np.array([_intervals(one, rule, direction) for one in studies])  # (S, M, 2)
        low, high = found[..., 0], found[..., 1]
        judged[rule] = {
            "covers": _at_once((low <= true) & (true <= high)),
            "covers own": _at_once((low <= own) & (own <= high)),
            "width": float(np.median(high - low)),
            "told": 1 - _at_once((low <= 0) & (high >= 0)),
            "told wrongly": 1 - _at_once(((low <= 0) | (true > 0)) & ((high >= 0) | (true < 0))),
        }
    return judged


def gains(studies: Sequence[Kept], direction: Direction) -> Array:
    """(S, M) what each rate is truly better than none, of the networks of each subset."""
    sign = 1 if direction == "maximize" else -1
    own = np.array([sign * one["true"].mean((1, 2)) for one in studies])
    return own[:, 1:] - own[:, :1]


def _at_once(holds: NDArray[np.bool_]) -> float:
    """The share of the S subsets in which it holds of all M."""
    return float(holds.all(1).mean())


def _intervals(study: Kept, rule: str, direction: Direction) -> list[tuple[float, float]]:
    """Of each rate minus none, at once."""
    places = range(len(RATES))
    if rule == "fold scores":
        seen = {place: observations(study["scores"][place], True) for place in places}
        how: ByFolds | ByExamples = ByFolds(seen, direction, float(study["ratio"]), np.inf)
    else:
        found = crossed(study["contributions"], study["fold"], study["unit"])
        how = ByExamples(found, tuple(places), direction, np.inf)
    family, _ = how.against(places, [0], 1 - ALPHA)
    return [(family[place, 0].low, family[place, 0].high) for place in places[1:]]


def run(source: Source, out: Path, subsets: int) -> tuple[list[Kept], Direction]:
    """The subsets, of which those are fitted whose file is not in `out` yet."""
    prepare_process()
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"{number}.npz" for number in range(subsets)]
    with tempfile.TemporaryDirectory() as folder:
        config = source.config(Path(folder))
        data = read_data_of(config)
        for number, file in enumerate(files):
            if not file.exists():
                started = time.perf_counter()
                content = io.BytesIO()
                study = study_of(source, source.config(Path(folder), number), data)
                np.savez_compressed(content, **study)
                write_whole(file, content.getvalue())
                means = " ".join(f"{mean:.4f}" for mean in study["scores"].mean((1, 2)))
                print(
                    f"subset {number}: {means}, {time.perf_counter() - started:.0f} s", flush=True
                )
    metric = resolve_metric(config.search.metric, data)
    return [dict(np.load(file)) for file in files], SCORES[metric].direction


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subsets", type=int, default=60)
    asked = parser.parse_args()
    studies, direction = run(SETS[asked.set], asked.out / asked.set, asked.subsets)
    own, found = gains(studies, direction), judge(studies, direction)
    print(f"{asked.set}, {len(studies)} subsets; against none, at once:")
    print("rule           covered  its own truth  width   told apart (wrongly)")
    for rule, one in found.items():
        print(
            f"{rule:13}  {one['covers']:.3f}    {one['covers own']:.3f}          "
            f"{one['width']:.4f}  {one['told']:.3f} ({one['told wrongly']:.3f})"
        )
    print(f"width against fold scores: {found[RULES[0]]['width'] / found[RULES[1]]['width']:.2f}")
    for rate, mean, error in zip(RATES[1:], own.mean(0), sem(own), strict=True):
        print(f"{rate}: {mean:+.4f} truly better than none (standard error {error:.4f})")


if __name__ == "__main__":
    main()
