"""NeuralForecast's AutoLSTM on the series of `benchmarks.known`, in an environment that has it.

`PYTHON known_rival.py FOLDER JSON`: reads series.csv there, writes forecasts.npy, (windows, H).
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.auto import AutoLSTM
from neuralforecast.losses.pytorch import MSE

VALIDATED = 0.15  # of the hours before the holdout


def main() -> None:
    folder, asked = Path(sys.argv[1]), json.loads(sys.argv[2])
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

    def config(trial: Any) -> dict[str, Any]:
        return {
            "input_size": asked["window"],
            "futr_exog_list": asked["future"] or None,
            "hist_exog_list": asked["past"] or None,
            "encoder_hidden_size": trial.suggest_categorical("units", [32, 64]),
            "encoder_n_layers": 1,
            "decoder_hidden_size": trial.suggest_categorical("decoder", [32, 64]),
            "learning_rate": trial.suggest_float("rate", 3e-4, 1e-2, log=True),
            "max_steps": asked["steps"],
            "random_seed": 1,
            "enable_progress_bar": False,
            "accelerator": "cpu",
        }

    auto = AutoLSTM(
        h=asked["horizon"],
        loss=MSE(),
        config=config,
        num_samples=asked["trials"],
        backend="optuna",
        refit_with_val=True,
    )
    frame = pd.read_csv(folder / "series.csv", parse_dates=["ds"]).assign(unique_id="beijing")
    length = len(frame) - asked["horizon"] - asked["windows"] + 1
    found = NeuralForecast(models=[auto], freq="h").cross_validation(
        frame, n_windows=asked["windows"], step_size=1, val_size=int(VALIDATED * length)
    )
    forecasts = found.sort_values(["cutoff", "ds"])["AutoLSTM"].to_numpy(float)
    np.save(folder / "forecasts.npy", forecasts.reshape(-1, asked["horizon"]))


if __name__ == "__main__":
    main()
