"""At least 3,000 hostile inputs from fixed seeds, each against every command that reads it.

`python -m benchmarks.attack [--only GROUP] [--seed N] [--short]`; exit code 1 where a command ended
otherwise than with code 0, 1, 2 or 130 and a sentence, in 10 s and 1 GB.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from types import ModuleType

from benchmarks.attack import (
    artifacts,
    futures,
    harness,
    model_folders,
    rows,
    states,
    study_files,
    tables,
)

GROUPS: dict[str, ModuleType] = {
    "study-files": study_files,
    "tables": tables,
    "futures": futures,
    "model-folders": model_folders,
    "rows": rows,
    "states": states,
    "artifacts": artifacts,
}


def attack(name: str, seeds: range, short: bool) -> tuple[Counter[str], int]:
    """How often the commands ended how, and how many broke the promise; each of those is printed.

    short: each input meets one of the commands alone, in turn.
    """
    group = GROUPS[name]
    ends: Counter[str] = Counter()
    failures = 0
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base"
        base.mkdir()
        code, _, stopped, output = harness.forked(
            lambda: group.prepare(base), base, harness.PREPARING
        )
        if code or stopped:
            raise RuntimeError(f"{name} is not prepared ({stopped or code}): {output[-2000:]}")
        for seed in seeds:
            folder = Path(place) / str(seed)
            shutil.copytree(base, folder)
            made = harness.forked(
                lambda seed=seed, folder=folder: group.make(Random(f"{name} {seed}"), folder),
                folder,
            )
            if made[0] or made[2]:
                raise RuntimeError(f"{name} {seed} is not made: {made[3][-2000:]}")
            turn = seed % len(group.COMMANDS)
            for arguments in group.COMMANDS[turn : turn + 1] if short else group.COMMANDS:
                result = harness.command(arguments, folder)
                ends[result.fault or f"code {result.code}"] += 1
                if result.fault:
                    said = " ".join(result.output.split())[-300:]
                    tried = f"--only {name} --seed {seed}: {' '.join(arguments)}"
                    print(f"  {tried}: {result.fault}: {said}", flush=True)
                    failures += 1
            shutil.rmtree(folder)
    return ends, failures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack")
    parser.add_argument("--only", action="append", choices=sorted(GROUPS), help="groups; all")
    parser.add_argument("--seed", type=int, help="one input alone")
    parser.add_argument("--short", action="store_true", help="few inputs, a command each")
    asked = parser.parse_args()
    harness.warm_up()
    failed = 0
    for name in asked.only or GROUPS:
        group = GROUPS[name]
        count = group.SHORT if asked.short else group.COUNT
        seeds = range(count) if asked.seed is None else range(asked.seed, asked.seed + 1)
        ends, failures = attack(name, seeds, asked.short)
        said = ", ".join(f"{end}: {number}" for end, number in sorted(ends.items()))
        print(f"{name:14} {len(seeds):5} inputs, {ends.total():6} commands  {said}", flush=True)
        failed += failures
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
