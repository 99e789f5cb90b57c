"""Do prediction intervals hold on real data, and how wide are they?

Each set has a fixed small configuration, fitted on its folds and on all but the holdout as a study
and `train --keep-holdout` do it. Each method makes intervals of the errors out of fold, which the
holdout judges: the share of its true values inside, and the widths. The method of the product is
the first; the others are what was tried.

`OMP_NUM_THREADS=1 python -m benchmarks.intervals [SET ...] --out FOLDER [--holdout 0.15]`, the sets
by their names in SETS; FOLDER, one for each holdout, keeps what the networks said, so that a run
that was cut goes on.
n examples out of fold, m held out, H steps, W of a window, K folds, S series.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.interval_methods import METHODS, Kept, Method
from benchmarks.job import DATA, EXAMPLES
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.files import write_whole
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.fold.scored import targets
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.trained.predict import predict
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.final.training import train_networks
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import dropout_lstm, fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs, split_of
from dropsearch.search.phases.space import point_of
from dropsearch.studies.intervals.statistics import Array
from dropsearch.studies.store.records import CURVE, HOLDOUT

LEVELS = (0.5, 0.8, 0.9, 0.95)

DRAWS = 20  # of a holdout that is drawn at random

AIR = {"path": str(DATA / "beijing-pm25.csv"), "task": "forecast", "time": "time"}
WEATHER = ["dew_point", "pressure", "wind_speed_sum"]
COVID = {"path": str(EXAMPLES / "covid-3-month.csv"), "time": "step", "series": "series"}
MOTIONS = {"path": str(DATA / "basic-motions.csv"), "time": "step", "series": "series"}
SETS: dict[str, tuple[dict[str, Any], int]] = {  # the data, and the epochs
    "sunspots": (
        {"path": str(EXAMPLES / "sunspots.csv"), "task": "forecast", "time": "month"}
        | {"target": "sunspots", "window": 48, "horizon": 12},
        10,
    ),
    "air": (
        AIR
        | {"target": "pm25", "features": [*WEATHER, "temperature"], "window": 24, "horizon": 12}
        | {"missing": "forward"},
        4,
    ),
    "temperature": (
        AIR | {"target": "temperature", "features": WEATHER, "window": 24, "horizon": 12},
        4,
    ),
    "death rate": (
        COVID | {"task": "regress", "target": "death_rate", "features": ["cases"]},
        20,
    ),
    "cases": (
        COVID | {"task": "forecast", "target": "cases", "features": [], "window": 14, "horizon": 7},
        8,
    ),
    "motions": (
        MOTIONS | {"task": "forecast", "target": "ax", "window": 20, "horizon": 5}
        | {"features": ["ay", "az", "gx", "gy", "gz"]},
        8,
    ),
}  # fmt: skip


def config_of(name: str, seed: int, holdout: float) -> StudyConfig:
    data, epochs = SETS[name]
    network = {"hidden_size": 16, "layers": 1, "bidirectional": False, "pooling": "last"}
    return config_from(
        {
            "study": name.replace(" ", "-"),
            "data": data,
            "folds": {"holdout": holdout},
            "model": {**network, "dropout": 0.1},
            "training": {"batch_size": 64, "learning_rate": 0.005, "epochs": epochs},
            "search": {"seed": seed},
        },
        Path(),
    )


def said_of(name: str, seed: int, holdout: float) -> Kept:
    """What the networks say out of fold, and on the holdout those of the rest and of the folds.

    oof: (n, H), held: (m, H), folds: (K, m, H); of both, with the prefix `held_`: actual (n, H),
    NaN where it is not known, fold (n,), series (n,), time (n,), window (n, W) of the target.
    """
    config = config_of(name, seed, holdout)
    inputs = Inputs.of(config)
    point, epochs = point_of({}, config), config.training.epochs
    networks: list[DropoutLSTM] = []

    def build(*asked: Any) -> DropoutLSTM:
        networks.append(dropout_lstm(*asked))
        return networks[-1]

    split = split_of(config, inputs.data, CURVE)
    folds = FoldSet.of(config, Inputs(inputs.data, split, inputs.metric, inputs.direction))
    seeds = fold_seeds(seed, CURVE, 0, len(split.folds))
    found = fit(
        point, folds, seeds=seeds, direction=inputs.direction, build=build, exactly=epochs,
        kept=True,
    ).validated  # fmt: skip
    assert found is not None
    assert found.outputs is not None
    print(split.why, len(found.index), len(split.holdout), flush=True)
    own = split_of(config, inputs.data, HOLDOUT)
    rest = FoldSet.of(config, Inputs(inputs.data, own, inputs.metric, inputs.direction))
    trained = train_networks(point, rest, fold_seeds(seed, HOLDOUT, 0, 1), lambda _: None)
    held = split.holdout
    beside = zip(networks, folds.preparations, strict=True)
    return {
        "oof": found.outputs.astype(np.float64),
        "fold": found.fold,
        **_about(inputs.data, found.index),
        "held": predict(trained, inputs.data, rest.preparations[0], held),
        "folds": np.array([predict([one], inputs.data, p, held) for one, p in beside]),
        **{f"held_{key}": value for key, value in _about(inputs.data, held).items()},
        "naive": rest.preparations[0].units,
        "usual": _usual(rest.preparations[0]),
    }


def _usual(own: Preparation) -> Array:
    """(S,) how much the series move in all, as `train` knows it."""
    if own.scale == "window":
        return own.series_spread[:, 0]
    return np.full(len(own.units), own.spread[0])


def _about(data: SequenceData, index: NDArray[np.int64]) -> Kept:
    actual, known = targets(data, index)
    window = np.zeros((len(index), 0))
    time = np.zeros(len(index), np.int64)
    if data.task == "forecast":
        assert data.time is not None
        window = data.values[data.start[index][:, None] + np.arange(data.window), 0]
        time = data.time[data.start[index] + data.window]
    return {
        "actual": np.where(known, actual, np.nan),
        "series": data.series[index],
        "time": time,
        "window": window,
    }


def read(name: str, holdout: float, out: Path) -> list[Kept]:
    """Of each draw of the holdout, from the folder, or made and put there."""
    drawn = SETS[name][0]["task"] == "regress"
    return [_read(name, seed, holdout, out) for seed in range(DRAWS if drawn else 1)]


def _read(name: str, seed: int, holdout: float, out: Path) -> Kept:
    file = out / f"{name} {seed} {holdout:g}.npz"
    if not file.exists():
        out.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        content = io.BytesIO()
        np.savez_compressed(content, **said_of(name, seed, holdout))
        write_whole(file, content.getvalue())
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return dict(np.load(file))


def judge(kept: Kept, method: Method, level: float) -> tuple[float, float, float]:
    """The share of true values inside, the mean width, and the mean interval score.

    Gneiting & Raftery 2007, equation 43: the width, and 2 / (1 - level) of what is missed. Widths
    and scores are in MASE's units of the series.
    """
    actual, unit = kept["held_actual"], kept["naive"][kept["held_series"]][:, None]
    low, high = method.ends(kept, level)
    known = ~np.isnan(actual) & ~np.isnan(low)
    inside = ((low <= actual) & (actual <= high))[known]
    missed = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    width = (high - low) / unit
    score = width + 2 / (1 - level) * missed / unit
    return float(inside.mean()), float(width[known].mean()), float(score[known].mean())


def tell(found: Mapping[str, Array], sets: Collection[str]) -> None:
    """found: by method (sets, levels, what `judge` gives); the first is the product's."""
    at, base = LEVELS.index(0.9), next(iter(found.values()))
    print("covered, and the mean width in MASE's units (death rate: in its own)")
    print(f"{'':24}" + "".join(f"{name:>18}" for name in sets))
    for place, level in enumerate(LEVELS):
        _row(f"the product at {level}", base[:, place])
    for method, one in list(found.items())[1:]:
        _row(f"{method}, 0.9", one[:, at])
    print(f"covered on average over the sets at {LEVELS}; the mean distance from 0.9 there;")
    print("width and interval score there over those of the product (geometric means)")
    for method, one in found.items():
        means = " ".join(f"{share:.3f}" for share in one[..., 0].mean(0))
        apart = np.abs(one[:, at, 0] - 0.9).mean()
        width, score = np.exp(np.log(one[:, at, 1:] / base[:, at, 1:]).mean(0))
        print(f"{method:24} {means}  {apart:.3f}  {width:.2f} {score:.2f}")


def _row(name: str, judged: Array) -> None:
    cells = (f"{covered:.3f} {width:.4g}" for covered, width, _ in judged)
    print(f"{name:24}" + "".join(f"{cell:>18}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intervals")
    parser.add_argument("sets", nargs="*", help=", ".join(SETS))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--holdout", type=float, default=0.15)
    asked = parser.parse_args()
    prepare_process()
    kept = {name: read(name, asked.holdout, asked.out) for name in asked.sets or SETS}
    found = {
        method: [
            [np.mean([judge(one, how, level) for one in drawn], axis=0) for level in LEVELS]
            for drawn in kept.values()
        ]
        for method, how in METHODS.items()
    }
    tell({method: np.array(one) for method, one in found.items()}, kept)


if __name__ == "__main__":
    main()
