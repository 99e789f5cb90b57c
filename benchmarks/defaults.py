"""`init --minutes M`, then `launch`, no edit between: does the network match the baselines?

What `dropsearch init` lets a study search rests on it (search/init/sizing.py). For each set the
score of the recommended network and of the baselines on the same folds, and the verdict. All files
are written before the first study: only that hangs on how busy the machine is.

`python -m benchmarks.defaults [--minutes M] [set ...]`: 10 minutes and all sets where not said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.job import DATA

SETS = (
    "japanese-vowels",
    "spoken-digits",
    "sms-spam",
    "covid-3-month",
    "sunspots",
    "movie-sentences",
)
COMMAND = str(Path(sys.executable).with_name("dropsearch"))


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([COMMAND, *arguments], cwd=folder, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(f"dropsearch {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def one(name: str, folder: Path) -> dict[str, Any]:
    started = time.perf_counter()
    found = json.loads(run(folder, "launch", "study.yaml", "--json"))
    return {
        "set": name,
        "seconds": round(time.perf_counter() - started),
        "metric": found["metric"],
        "network": found["score"],
        "error": found["standard_error"],
        "baselines": {one["baseline"]: one["score"] for one in found["baselines"]},
        "verdict": found["network"],
        "rests_on": found["rests_on"],
        "said": found["headline"]["said"],
        "point": found["point"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="10")
    parser.add_argument("sets", nargs="*", default=SETS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / name for name in asked.sets}
        for name, folder in folders.items():
            folder.mkdir()
            said = run(folder, "init", str(DATA / f"{name}.csv"), "--minutes", asked.minutes)
            print(f"# {name}: {' '.join(said.split())}", flush=True)
        for name, folder in folders.items():
            print(json.dumps(one(name, folder)), flush=True)


if __name__ == "__main__":
    main()
