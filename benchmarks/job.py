"""One study for both: a mapping for dropsearch, arrays and settings for the plain script."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.result import Result
from dropsearch.studies.store.store import open_store

EXAMPLES = Path(__file__).parents[1] / "examples"
PLACES = [folder / "shared" / "data" for folder in EXAMPLES.parents]
DATA = next((place for place in PLACES if place.is_dir()), PLACES[0])  # the nearest, upwards


@dataclass(frozen=True)
class Job:
    mapping: dict[str, Any]
    config: StudyConfig
    inputs: Inputs

    @classmethod
    def of(cls, file: Path, **sections: dict[str, Any] | None) -> Job:
        """The study of `file` with these sections changed."""
        mapping = yaml.safe_load(file.read_text())
        mapping["data"]["path"] = str(file.parent / mapping["data"]["path"])
        for name, section in sections.items():
            mapping[name] = section and {**mapping.get(name, {}), **section}
        config = config_from(mapping, file.parent)
        return cls(mapping, config, Inputs.of(config))

    def arrays(self) -> dict[str, np.ndarray]:
        """Padded inputs (N, T, F), lengths (N,), targets (N,) or (N, H), and the folds."""
        data = self.inputs.data
        longest = int(data.length.max())
        steps = np.arange(longest)
        rows = np.minimum(data.start[:, None] + steps, len(data.values) - 1)
        known = steps < data.length[:, None]
        x = np.where(known[..., None], data.values[rows], 0.0).astype(np.float32)
        y = data.target
        if data.task == "forecast":
            y = data.target[data.start[:, None] + data.window + np.arange(data.horizon)]
        arrays = {"x": x, "lengths": data.length, "y": y}
        for k, fold in enumerate(self.inputs.split.folds):
            arrays |= {f"train{k}": fold.train, f"validate{k}": fold.validate}
        return arrays

    def run_plain(
        self,
        base: Path,
        *,
        trials: int,
        grid: bool,
        prune: bool,
        expert: bool = False,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Run benchmarks.plain on this study; what it prints, with the seconds of the process."""
        model, training = self.mapping["model"], self.mapping["training"]
        fixed: dict[str, Any] = {"batch_size": training.get("batch_size", 64)}
        choices: dict[str, Any] = {}
        ranges: dict[str, Any] = {}
        for name, value in {
            **{key: model[key] for key in ("hidden_size", "layers", "dropout")},
            "learning_rate": training["learning_rate"],
        }.items():
            if isinstance(value, dict):
                ranges[name] = (value["low"], value["high"], value.get("log", False))
            elif isinstance(value, list):
                choices[name] = value
            else:
                fixed[name] = value
        np.savez(base.with_suffix(".npz"), **self.arrays())
        base.with_suffix(".json").write_text(
            json.dumps(
                {
                    "classify": self.inputs.data.task == "classify",
                    "epochs": training["epochs"],
                    "folds": len(self.inputs.split.folds),
                    "fixed": fixed,
                    "choices": choices,
                    "ranges": ranges,
                    "grid": grid,
                    "prune": prune,
                    "seed": seed,
                    "trials": trials,
                }
            )
        )
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.plain", str(base), *(["--expert"] * expert)],
            cwd=EXAMPLES.parent,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        )
        seconds = time.perf_counter() - started
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return found | {"seconds": seconds}

    def run_dropsearch(
        self, storage: Path, *options: str, python: Path = Path(sys.executable)
    ) -> dict[str, Any]:
        """Launch this study by the command line; its trials, begin and seconds of the process.

        python: of the environment whose command it is.
        """
        file = storage.with_suffix(".study.yaml")
        file.write_text(yaml.safe_dump(self.mapping, sort_keys=False))
        began, started = datetime.now(UTC).replace(tzinfo=None), time.perf_counter()
        subprocess.run(
            [
                python.with_name("dropsearch"),
                *("launch", file, "--storage", storage, *options),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.perf_counter() - started
        result = Result(open_store(str(storage), create=False), self.config.study)
        return {"seconds": seconds, "began": began, "result": result, "trials": result.trials()}
