"""Beijing PM2.5, its weather known ahead or not: ours, and NeuralForecast's AutoLSTM beside it.

The last 15 % of the hours are the holdout, of which every hour is an origin: 24 hours ahead, from
the 48 before. Each side searches as many trials on the rest, trains the best there and forecasts
each window once; scored are the hours whose PM2.5 was measured. The weather is as it was measured:
what a weather forecast is worth, this does not say.

`python -m benchmarks.known [--trials N] [--neuralforecast PYTHON]`: 4 trials; PYTHON of an
environment of its own that has neuralforecast (`pip install -c constraints.txt neuralforecast`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.job import DATA
from dropsearch.models.fold.learnt import learnt
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.trained.bundle import read_bundle
from dropsearch.models.trained.predict import predict
from dropsearch.search import launch
from dropsearch.search.config.load import config_from
from dropsearch.search.final.train import train
from dropsearch.search.folds.inputs import Inputs
from dropsearch.studies.recommend.export import exported

WINDOW, HORIZON = 48, 24
EPOCHS, STEPS = 8, 450  # as many windows: batches of 64 here, of 128 there
WEATHER = ["dew_point", "temperature", "pressure", "wind_speed_sum", "snow_hours", "rain_hours"]
RIVAL = Path(__file__).with_name("known_rival.py")


Numbers = NDArray[np.float64]


def study(known: bool, trials: int) -> dict[str, Any]:
    ahead = [*WEATHER, "wind_direction"] if known else []
    return {
        "study": "known" if known else "unknown",
        "data": {"path": str(DATA / "beijing-pm25.csv"), "task": "forecast", "time": "time"}
        | {"target": "pm25", "categories": ["wind_direction"], "missing": "forward"}
        | {"window": WINDOW, "horizon": HORIZON, "known": ahead},
        "folds": {"count": 2, "holdout": 0.15},
        "model": {"hidden_size": [32, 64], "layers": 1, "dropout": {"low": 0.0, "high": 0.5}},
        "training": {"epochs": EPOCHS},
        "search": {"trials": trials},
        "confirm": None,
    }


def ours(known: bool, trials: int, folder: Path) -> tuple[dict[str, Numbers], float, Inputs]:
    """What the network and ridge on the window forecast of the holdout (N, H), the seconds of the
    network, and the data."""
    began = time.perf_counter()
    found = launch(study(known, trials), storage=str(folder / "studies.db"), progress=False)
    config = config_from(exported(found.store, found.record, found.recommendation), folder)
    train(config, folder / config.study, keep_holdout=True)
    bundle = read_bundle(folder / config.study)
    inputs = Inputs.of(config)
    data, rest, held = inputs.data, inputs.split.rest, inputs.split.holdout
    network = predict(bundle.networks(), data, bundle.preparation, held)
    seconds = time.perf_counter() - began
    own = Preparation.fit(data, rest, config.data.scale)
    ridge = learnt("ridge regression on the window", data, own, rest, held, seed=0)
    return {"network": network, "ridge on the window": ridge}, seconds, inputs


def rival(python: str, known: bool, trials: int, windows: int) -> tuple[Numbers, float]:
    """What AutoLSTM forecasts of the last `windows` origins (N, H), and its seconds."""
    frame = pl.read_csv(DATA / "beijing-pm25.csv").with_columns(pl.col("pm25").forward_fill())
    words = frame.select(pl.col("wind_direction")).to_dummies()
    frame = pl.concat([frame.drop("wind_direction"), words], how="horizontal")
    exogenous = [*WEATHER, *words.columns]
    with tempfile.TemporaryDirectory() as place:
        frame.rename({"time": "ds", "pm25": "y"}).write_csv(Path(place) / "series.csv")
        asked = {
            "window": WINDOW,
            "horizon": HORIZON,
            "windows": windows,
            "trials": trials,
            "steps": STEPS,
            "future": exogenous if known else [],
            "past": [] if known else exogenous,
        }
        began = time.perf_counter()
        command = [python, str(RIVAL), place, json.dumps(asked)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=place)
        seconds = time.perf_counter() - began
        found: Numbers = np.load(Path(place) / "forecasts.npy")
    return found, seconds


def said(name: str, known: bool, found: Numbers, inputs: Inputs, seconds: float | None) -> None:
    data, held = inputs.data, inputs.split.holdout
    rows = data.start[held][:, None] + data.window + np.arange(data.horizon)
    apart = (found - data.target[rows])[~np.isnan(data.target[rows])]
    scores = {"rmse": float(np.sqrt(np.mean(apart**2))), "mae": float(np.abs(apart).mean())}
    told = {"known": known, **{key: round(score, 2) for key, score in scores.items()}}
    took = {} if seconds is None else {"seconds": round(seconds)}
    print(json.dumps({"forecaster": name, **told, **took, "windows": len(held)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--neuralforecast", metavar="PYTHON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for known in (False, True):
            found, seconds, inputs = ours(known, asked.trials, Path(place))
            for name, forecasts in found.items():
                took = seconds if name == "network" else None
                said(name, known, forecasts, inputs, took)
            held = inputs.split.holdout
            origins = inputs.data.origin[held]
            assert (np.diff(origins) == 1).all()
            assert origins[-1] + HORIZON == len(inputs.data.values)
            if asked.neuralforecast:
                other, took = rival(asked.neuralforecast, known, asked.trials, len(held))
                said("NeuralForecast AutoLSTM", known, other, inputs, took)


if __name__ == "__main__":
    main()
