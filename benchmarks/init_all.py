"""`init`, then `launch --trials 3`, on every CSV file of shared/data, with no edit between.

`python -m benchmarks.init_all [MINUTES]`: minutes for `init --minutes`, 2 by default.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.job import DATA
from dropsearch.search.config.load import load_config
from dropsearch.search.config.schema import HoldoutColumn, StudyConfig

COMMAND = str(Path(sys.executable).with_name("dropsearch"))


def run(folder: Path, *arguments: str) -> tuple[int, float, str]:
    """Exit code, seconds, and the last line of what was printed."""
    started = time.perf_counter()
    done = subprocess.run([COMMAND, *arguments], cwd=folder, text=True, capture_output=True)
    said = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode, time.perf_counter() - started, said[-1] if said else ""


def guessed(config: StudyConfig) -> dict[str, Any]:
    """What init has written, less the defaults."""
    data = config.data.model_dump(exclude_defaults=True, exclude={"path"})
    holdout = config.folds.holdout
    if isinstance(holdout, HoldoutColumn):
        data["holdout"] = f"{holdout.column}={holdout.value}"
    sizes = {
        "hidden_size": config.model.hidden_size,
        "layers": config.model.layers,
        "epochs": config.training.epochs,
        "trials": config.search.trials,
        "repeats": config.confirm.repeats if config.confirm else 0,
    }
    return {**data, "folds": config.folds.count, **sizes}


def one(file: Path, minutes: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code, seconds, said = run(folder, "init", str(file), "--minutes", minutes)
        found: dict[str, Any] = {"file": file.name, "init": code, "init_seconds": round(seconds, 1)}
        if code:
            return found | {"said": said}
        code, seconds, said = run(folder, "launch", "study.yaml", "--trials", "3")
        found |= {"launch": code, "launch_seconds": round(seconds, 1)}
        return found | {"guesses": guessed(load_config(folder / "study.yaml"))}


def main() -> None:
    minutes = sys.argv[1] if len(sys.argv) > 1 else "2"
    rows = []
    for file in sorted(DATA.glob("*.csv")):
        row = one(file, minutes)
        rows.append(row)
        print(f"{row['file']}: init {row['init']} in {row['init_seconds']} s", end="")
        if "said" in row:
            print(f": {row['said']}", flush=True)
            continue
        print(f", launch {row['launch']} in {row['launch_seconds']} s", flush=True)
        print("  " + ", ".join(f"{key} {value}" for key, value in row["guesses"].items()))
    good = all(row.get("launch") == 0 for row in rows)
    print(json.dumps({"minutes": float(minutes), "all_as_expected": good, "files": rows}))


if __name__ == "__main__":
    main()
