"""NeuralForecast's AutoLSTM, in an environment that has it, for `benchmarks.auto_lstm`.

`PYTHON auto_lstm_rival.py FOLDER JSON`: reads series.csv there, writes forecasts.csv, and into
`tried` how many configurations it has begun.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import torch
from neuralforecast import NeuralForecast
from neuralforecast.auto import AutoLSTM
from neuralforecast.losses.pytorch import MAE, MSE


def main() -> None:
    folder, asked = Path(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore")

    def config(trial: Any) -> dict[str, Any]:
        if isinstance(trial, optuna.Trial):
            (folder / "tried").write_text(str(trial.number + 1))
        return {
            "input_size": asked["window"],
            "futr_exog_list": asked["future"] or None,
            "hist_exog_list": asked["past"] or None,
            "encoder_hidden_size": trial.suggest_categorical("units", [32, 64]),
            "encoder_n_layers": 1,
            "decoder_hidden_size": trial.suggest_categorical("decoder", [32, 64]),
            "learning_rate": trial.suggest_float("rate", 3e-4, 1e-2, log=True),
            "max_steps": asked["steps"],
            "val_check_steps": asked["steps"],
            "random_seed": 1,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "accelerator": "cpu",
            "logger": False,
            "enable_checkpointing": False,
        }

    auto = AutoLSTM(
        h=asked["horizon"],
        loss={"rmse": MSE, "mase": MAE}[asked["metric"]](),
        config=config,
        search_alg=optuna.samplers.TPESampler(seed=1),
        num_samples=asked["trials"],
        backend="optuna",
        refit_with_val=False,  # the last fit trains on all before the test part
    )
    frame = pd.read_csv(folder / "series.csv", dtype={"unique_id": str})
    found = NeuralForecast(models=[auto], freq=1).cross_validation(
        frame, n_windows=asked["windows"], step_size=1, val_size=asked["validated"]
    )
    found[["unique_id", "cutoff", "ds", "AutoLSTM"]].to_csv(folder / "forecasts.csv", index=False)


if __name__ == "__main__":
    main()
