"""Beijing PM2.5, its weather known ahead or not: ours, and NeuralForecast's AutoLSTM beside it.

The last 15 % of the hours are the holdout, of which every hour is an origin: 24 hours ahead, from
the 48 before. Each side searches as many configurations on the rest, trains the best there and
forecasts each window once; scored are the hours whose PM2.5 was measured. The weather is as it was
measured: what a weather forecast is worth, this does not say.

`python -m benchmarks.known [--trials N] [--epochs N] [--neuralforecast PYTHON [--limit SECONDS]]`:
4 trials of 8 epochs; PYTHON and the limit as of `benchmarks.auto_lstm`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.auto_lstm import LIMIT, AutoLSTM, beside, ours, said
from benchmarks.job import DATA
from dropsearch.models.fold.learnt import learnt
from dropsearch.models.fold.preparation import Preparation

WINDOW, HORIZON = 48, 24
WEATHER = ["dew_point", "temperature", "pressure", "wind_speed_sum", "snow_hours", "rain_hours"]


def study(known: bool, trials: int, epochs: int) -> dict[str, Any]:
    ahead = [*WEATHER, "wind_direction"] if known else []
    return {
        "study": "known" if known else "unknown",
        "data": {"path": str(DATA / "beijing-pm25.csv"), "task": "forecast", "time": "time"}
        | {"target": "pm25", "categories": ["wind_direction"], "missing": "forward"}
        | {"window": WINDOW, "horizon": HORIZON, "known": ahead},
        "folds": {"count": 2, "holdout": 0.15},
        "model": {"hidden_size": [32, 64], "layers": 1, "dropout": {"low": 0.0, "high": 0.5}},
        "training": {"epochs": epochs},
        "search": {"trials": trials},
        "confirm": None,
    }


def rival(python: str, known: bool, trials: int, epochs: int, limit: float) -> AutoLSTM:
    frame = pl.read_csv(DATA / "beijing-pm25.csv").with_columns(pl.col("pm25").forward_fill())
    words = frame.select("wind_direction").to_dummies()
    exogenous = (*WEATHER, *words.columns)
    series = pl.select(unique_id=pl.repeat("pm25", len(frame)), ds=pl.int_range(len(frame)))
    numbers = frame.select(pl.col("pm25").alias("y"), *WEATHER)
    whole = pl.concat([series, numbers, words], how="horizontal")
    inputs = {"future" if known else "past": exogenous}
    return AutoLSTM(python, whole, "rmse", trials, epochs, limit, **inputs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--neuralforecast", metavar="PYTHON")
    parser.add_argument("--limit", type=float, default=LIMIT)
    asked = parser.parse_args()
    plan = asked.trials, asked.epochs
    for known in (False, True):
        of = f"Beijing, weather {'known ahead' if known else 'of the past'}"
        with tempfile.TemporaryDirectory() as place:
            own = ours(study(known, *plan), Path(place))
        data, rest, held = own.inputs.data, own.inputs.split.rest, own.inputs.split.holdout
        assert data.origin[held][-1] + HORIZON == len(data.values)
        told = {"seconds": round(own.seconds), "configurations": asked.trials}
        said(of, "dropsearch", own.forecasts, own.inputs, **told)
        fitted = Preparation.fit(data, rest, "auto")
        ridge = learnt("ridge regression on the window", data, fitted, rest, held, seed=0)
        said(of, "ridge on the window", np.asarray(ridge), own.inputs)
        if asked.neuralforecast:
            beside(of, rival(asked.neuralforecast, known, *plan, asked.limit), own.inputs)


if __name__ == "__main__":
    main()
