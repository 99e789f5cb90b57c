"""The script that people write by hand, after Optuna's and Lightning's public examples.

Folds one after the other, a Trainer and DataLoaders for each, packed sequences, torch's default
threads. `--expert`: as who knows torch would write it, padded batches, which its fused kernel
takes, and a process of one thread for each core, which share a study in SQLite; of a grid each has
a part, in a study of its own, since two of Optuna's processes may take the same queued trial. What
dropsearch is compared with; it takes data and folds as arrays so that both do the same work.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, Dataset
from torchmetrics import MeanSquaredError, Metric
from torchmetrics.classification import MulticlassAccuracy


class Sequences(Dataset):
    """Padded sequences (N, T, F), their lengths and targets."""

    def __init__(self, x: np.ndarray, lengths: np.ndarray, y: np.ndarray, rows: np.ndarray) -> None:
        self.x = torch.as_tensor(x[rows], dtype=torch.float32)
        self.lengths = torch.as_tensor(lengths[rows])
        self.y = torch.as_tensor(y[rows])

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.x[i], self.lengths[i], self.y[i]


class PlainLSTM(pl.LightningModule):
    def __init__(
        self,
        features: int,
        outputs: int,
        params: dict[str, Any],
        *,
        classify: bool,
        padded: bool,
    ) -> None:
        super().__init__()
        self.padded = padded
        hidden, layers, rate = params["hidden_size"], params["layers"], params["dropout"]
        self.rate = params["learning_rate"]
        self.lstm = nn.LSTM(
            features, hidden, layers, dropout=rate if layers > 1 else 0.0, batch_first=True
        )
        self.dropout = nn.Dropout(rate)
        self.head = nn.Linear(hidden, outputs)
        self.classify = classify
        self.loss: Callable[..., torch.Tensor] = nn.CrossEntropyLoss() if classify else nn.MSELoss()
        self.metric: Metric = (
            MulticlassAccuracy(outputs, average="micro")
            if classify
            else MeanSquaredError(squared=False)
        )
        self.curve: list[float] = []

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        if self.padded:
            states, _ = self.lstm(x)
            return self.head(self.dropout(states[torch.arange(len(x)), lengths - 1]))
        if self.classify:
            packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, (h, _) = self.lstm(packed)
        else:
            _, (h, _) = self.lstm(x)
        return self.head(self.dropout(h[-1]))

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        x, lengths, y = batch
        loss = self.loss(self(x, lengths), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, _: int) -> None:
        x, lengths, y = batch
        out = self(x, lengths)
        self.log("val_loss", self.loss(out, y))
        self.metric(out, y)
        self.log("val_metric", self.metric)

    def on_validation_epoch_end(self) -> None:
        self.curve.append(float(self.trainer.callback_metrics["val_metric"]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.rate)


def objective(
    trial: optuna.Trial,
    suggest: Callable[[optuna.Trial], dict[str, Any]],
    data: dict[str, np.ndarray],
    folds: list[tuple[np.ndarray, np.ndarray]],
    *,
    classify: bool,
    epochs: int,
    prune: bool,
    padded: bool,
) -> float:
    """The mean over the folds, at the best epoch of the mean curve."""
    params = suggest(trial)
    x, lengths, y = data["x"], data["lengths"], data["y"]
    own = y.ndim == 1  # else the target is the first feature, some steps on
    y = y if classify or not own else y[:, None]
    outputs = int(y.max()) + 1 if classify else y.shape[1]
    best = np.max if classify else np.min
    curves = []
    for k, (train, validate) in enumerate(folds):
        rows = x[train][np.arange(x.shape[1]) < lengths[train][:, None]].reshape(-1, x.shape[2])
        mean, std = rows.mean(0), rows.std(0)
        scaled = np.where(
            np.arange(x.shape[1])[:, None] < lengths[:, None, None], (x - mean) / std, 0
        )
        centre, spread = (y[train].mean(), y[train].std()) if own else (mean[0], std[0])
        target = y if classify else ((y - centre) / spread).astype(np.float32)
        model = PlainLSTM(x.shape[2], outputs, params, classify=classify, padded=padded)
        trainer = pl.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            gradient_clip_val=1.0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        size = params["batch_size"]
        trainer.fit(
            model,
            DataLoader(Sequences(scaled, lengths, target, train), batch_size=size, shuffle=True),
            DataLoader(Sequences(scaled, lengths, target, validate), batch_size=256),
        )
        curves.append(np.array(model.curve) * (1 if classify else spread))
        if prune:
            trial.report(float(best(np.mean(curves, axis=0))), k)
            if trial.should_prune():
                raise optuna.TrialPruned
    return float(best(np.mean(curves, axis=0)))


def optimize(job: Path, study: optuna.Study, trials: int, expert: bool) -> None:
    """Trials of the study that `job` (an .npz of arrays and a JSON of settings) describes."""
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if expert:
        torch.set_num_threads(1)
    arrays, settings = np.load(job.with_suffix(".npz")), settings_of(job)
    folds = [(arrays[f"train{k}"], arrays[f"validate{k}"]) for k in range(settings["folds"])]

    def suggest(trial: optuna.Trial) -> dict[str, Any]:
        chosen = dict(settings["fixed"])
        for name, values in settings["choices"].items():
            chosen[name] = trial.suggest_categorical(name, values)
        for name, (low, high, log) in settings["ranges"].items():
            chosen[name] = trial.suggest_float(name, low, high, log=log)
        return chosen

    study.optimize(
        lambda trial: objective(
            trial,
            suggest,
            dict(arrays),
            folds,
            classify=settings["classify"],
            epochs=settings["epochs"],
            prune=settings["prune"],
            padded=expert,
        ),
        n_trials=trials,
    )


def settings_of(job: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(job.with_suffix(".json").read_text())
    return settings


def study_of(job: Path, storage: str | None, process: int = 0, processes: int = 1) -> optuna.Study:
    """The study; each process samples by a seed of its own, and has its part of a grid."""
    settings = settings_of(job)
    made = optuna.create_study(
        storage=storage,
        study_name=f"{job.name}-{process}" if settings["grid"] else job.name,
        load_if_exists=True,
        direction="maximize" if settings["classify"] else "minimize",
        sampler=optuna.samplers.TPESampler(seed=settings["seed"] + process),
        pruner=optuna.pruners.MedianPruner() if settings["prune"] else optuna.pruners.NopPruner(),
    )
    if settings["grid"]:
        names = list(settings["choices"])
        points = list(itertools.product(*settings["choices"].values()))
        for values in points[process::processes]:
            made.enqueue_trial(dict(zip(names, values, strict=True)))
    return made


def share(job: Path, storage: str, trials: int, process: int, processes: int) -> None:
    optimize(job, study_of(job, storage, process, processes), trials, expert=True)


def run_shared(job: Path, storage: str, trials: int) -> list[optuna.Study]:
    """The studies, run by a process for each core."""
    cores = os.cpu_count() or 1
    optuna.storages.RDBStorage(storage)  # its tables are there before the processes are
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=share, args=(job, storage, len(own), number, cores))
        for number in range(cores)
        if (own := range(trials)[number::cores])
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("a process of the expert's script has failed")
    names = optuna.get_all_study_names(storage)
    return [optuna.load_study(study_name=name, storage=storage) for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", type=Path)
    parser.add_argument("--expert", action="store_true")
    asked = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trials = settings_of(asked.job)["trials"]
    started = time.perf_counter()
    if asked.expert:
        studies = run_shared(asked.job, f"sqlite:///{asked.job.with_suffix('.expert.db')}", trials)
    else:
        studies = [study_of(asked.job, storage=None)]
        optimize(asked.job, studies[0], trials, expert=False)
    best = max if settings_of(asked.job)["classify"] else min
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - started,
                "best": best(study.best_value for study in studies),
                "values": [t.value for study in studies for t in study.trials],
            }
        )
    )


if __name__ == "__main__":
    main()
