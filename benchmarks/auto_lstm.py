"""dropsearch beside NeuralForecast's AutoLSTM: sunspots, and panels of 80 and of 201 series.

The last 15 % of the origins are the test part, of which every one is forecast by both. Each side
searches as many configurations on the rest, with as many windows for each, on as many cores, and
trains the best on all of it. dropsearch also makes the fits of its answer; its seconds hold them.
The scores of both are by dropsearch's metrics from their forecasts, those of the last value beside.

`python -m benchmarks.auto_lstm PYTHON [--set sunspots|motions|covid] [--trials N] [--epochs N]
[--limit SECONDS]`: PYTHON of an environment of its own that has neuralforecast (`pip install -c
constraints.txt neuralforecast`); 4 trials; AutoLSTM is ended at the limit, 150 s, and a line says
so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.job import DATA
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.baselines import predictions
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.fold.scored import scored
from dropsearch.models.fold.scores import score_of
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.models.trained.predict import predict
from dropsearch.search import launch
from dropsearch.search.config.load import config_from
from dropsearch.search.final.train import train
from dropsearch.search.folds.inputs import Inputs
from dropsearch.studies.recommend.export import exported

Numbers = NDArray[np.float64]

LIMIT, CORES = 150.0, 2
BATCH = 128  # windows of a step of AutoLSTM
VALIDATED = 0.15  # of the steps before the test part, by which AutoLSTM chooses
RIVAL = Path(__file__).with_name("auto_lstm_rival.py")
SETS: dict[str, dict[str, Any]] = {
    "sunspots": {
        "data": {"path": str(DATA / "sunspots.csv"), "time": "month", "target": "sunspots"}
        | {"task": "forecast", "window": 48, "horizon": 12},
        "training": {"epochs": 20},
        "search": {"metric": "rmse"},
    },
    "motions": {
        "data": {"path": str(DATA / "basic-motions.csv"), "time": "step", "series": "series"}
        | {"target": "ax", "features": [], "task": "forecast", "window": 20, "horizon": 5},
        "training": {"epochs": 10},
        "search": {"metric": "mase"},
    },
    "covid": {
        "data": {"path": str(DATA / "covid-3-month.csv"), "time": "step", "series": "series"}
        | {"target": "cases", "features": [], "task": "forecast", "window": 28, "horizon": 7},
        "training": {"epochs": 8},
        "search": {"metric": "mase"},
    },
}
COMMON: dict[str, Any] = {
    "folds": {"count": 2, "holdout": 0.15},
    "model": {"hidden_size": [32, 64], "layers": 1, "dropout": {"low": 0.0, "high": 0.5}},
    "confirm": {"finalists": 2, "repeats": 1, "rates": [0.2], "rivals": None},
}


@dataclass(frozen=True)
class Ours:
    """forecasts: (N, H), of the holdout."""

    inputs: Inputs
    forecasts: Numbers
    seconds: float


def ours(study: dict[str, Any], folder: Path) -> Ours:
    """The search, the answer's fits, the training on all but the holdout, its forecasts."""
    began = time.perf_counter()
    storage = str(folder / "studies.db")
    found = launch(study, storage=storage, workers=CORES, progress=False)
    config = config_from(exported(found.store, found.record, found.recommendation), folder)
    train(config, folder / config.study, keep_holdout=True)
    bundle = read_bundle(folder / config.study)
    inputs = Inputs.of(config)
    held = inputs.split.holdout
    forecasts = predict(bundle.networks(), inputs.data, bundle.preparation, held)
    return Ours(inputs, forecasts, time.perf_counter() - began)


@dataclass(frozen=True)
class AutoLSTM:
    """What the rival is asked.

    frame: unique_id, ds (a whole number), y, and inputs: those of `future` known ahead, those of
    `past` not. metric: rmse or mase, by which it trains and chooses.
    """

    python: str
    frame: pl.DataFrame
    metric: str
    trials: int
    epochs: int
    limit: float
    future: tuple[str, ...] = ()
    past: tuple[str, ...] = ()

    def forecasts(self, inputs: Inputs) -> tuple[Numbers | None, float, int]:
        """(N, H) of the holdout, None where the limit came first; seconds; configurations begun."""
        data, held, rest = inputs.data, inputs.split.holdout, inputs.split.rest
        windows = len(np.unique(data.origin[held]))
        length = int(np.asarray(data.time).max()) + 1 - windows - data.horizon + 1
        asked = {
            "window": data.window,
            "horizon": data.horizon,
            "windows": windows,
            "validated": max(data.horizon, round(VALIDATED * length)),
            "trials": self.trials,
            "steps": -(-self.epochs * len(rest) // BATCH),
            "metric": self.metric,
            "future": self.future,
            "past": self.past,
        }
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            self.frame.write_csv(folder / "series.csv")
            began = time.perf_counter()
            ended = self._run(folder, asked)
            seconds, found = time.perf_counter() - began, None
            if ended:
                found = _in_order(pl.read_csv(folder / "forecasts.csv"), data, held)
            tried = folder / "tried"
            return found, seconds, int(tried.read_text()) if tried.exists() else 0

    def _run(self, folder: Path, asked: dict[str, Any]) -> bool:
        """Whether it ended before the limit. Raises SystemExit where it failed."""
        command = [self.python, str(RIVAL), str(folder), json.dumps(asked)]
        environment = os.environ | {"OMP_NUM_THREADS": str(CORES)}
        try:
            done = subprocess.run(
                command, capture_output=True, cwd=folder, env=environment, timeout=self.limit
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        return True


def _in_order(found: pl.DataFrame, data: SequenceData, held: NDArray[np.int64]) -> Numbers:
    """(N, H), as our examples stand; each must be there."""
    found = found.with_columns(pl.col("unique_id").cast(pl.String)).sort("ds")
    each = {
        key: own["AutoLSTM"].to_numpy()
        for key, own in found.partition_by("unique_id", "cutoff", as_dict=True).items()
    }
    assert len(each) == len(held)
    names = [data.series_names[number] for number in data.series[held]]
    origins = (data.origin[held] - 1).tolist()
    return np.stack([each[key] for key in zip(names, origins, strict=True)])


def said(of: str, forecaster: str, forecasts: Numbers, inputs: Inputs, **more: Any) -> None:
    """A line with the scores of the forecasts of the holdout, (N, H)."""
    data, held = inputs.data, inputs.split.holdout
    units = Preparation.fit(data, inputs.split.rest, "auto").units
    given = scored(data, held, forecasts, units)
    scores = {metric: round(score_of(metric, given), 4) for metric in ("rmse", "mae", "mase")}
    line = {"set": of, "forecaster": forecaster, **scores, "windows": len(held)}
    print(json.dumps(line | more), flush=True)


def beside(of: str, asked: AutoLSTM, inputs: Inputs) -> None:
    """The line of AutoLSTM, or one that says where it ran out of its time."""
    found, seconds, begun = asked.forecasts(inputs)
    name, told = "NeuralForecast AutoLSTM", {"seconds": round(seconds), "configurations": begun}
    if found is None:
        ran_out = f"did not end within {asked.limit:g} s, in configuration {begun}"
        print(json.dumps({"set": of, "forecaster": name, "ran out": ran_out, **told}), flush=True)
    else:
        said(of, name, found, inputs, **told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", metavar="PYTHON")
    parser.add_argument("--set", choices=[*SETS], action="append")
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--limit", type=float, default=LIMIT)
    parser.add_argument("--epochs", type=int)
    asked = parser.parse_args()
    for name in asked.set or SETS:
        plan = {"study": name, **SETS[name], **COMMON}
        plan["search"] = plan["search"] | {"trials": asked.trials}
        if asked.epochs:
            plan["training"] = {"epochs": asked.epochs}
        with tempfile.TemporaryDirectory() as place:
            own = ours(plan, Path(place))
        inputs, data = own.inputs, plan["data"]
        rest, held, metric = inputs.split.rest, inputs.split.holdout, inputs.metric
        last = predictions(inputs.data, rest, held, metric)["last value"]
        said(name, "last value", last, inputs)
        told = {"seconds": round(own.seconds), "configurations": asked.trials}
        said(name, "dropsearch", own.forecasts, inputs, **told)
        series = (
            pl.col(data["series"]).cast(pl.String) if "series" in data else pl.lit(data["target"])
        )
        frame = pl.read_csv(data["path"]).select(
            series.alias("unique_id"), pl.col(data["target"]).alias("y")
        )
        frame = frame.with_columns(pl.int_range(pl.len()).over("unique_id").alias("ds"))
        epochs = plan["training"]["epochs"]
        rival = AutoLSTM(asked.python, frame, metric, asked.trials, epochs, asked.limit)
        beside(name, rival, inputs)


if __name__ == "__main__":
    main()
