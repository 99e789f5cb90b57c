"""Every fault that kills, stops or starves workers, done for real: is every budget exact?

`python -m benchmarks.faults [SCENARIO ...]`, all by default; exit code 1 if a promise broke. The
workers are processes with the ordinary loop; a stub's training is a pause (benchmarks/stub.py).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks import fault_cases, storms
from benchmarks.databases import Server, server
from benchmarks.outcome import Outcome

SCENARIOS: dict[str, Callable[[Path, Server], Outcome]] = {
    "sqlite": storms.sqlite,
    "postgres": storms.postgres,
    "sqlite-locked": storms.sqlite_locked,
    "postgres-stopped": storms.postgres_stopped,
    "real": storms.real_fits,
    "launches": fault_cases.launches,
    "stopped": fault_cases.stopped,
    "aborting": fault_cases.aborting,
    "full-disk": fault_cases.full_disk,
    "leaving": fault_cases.leaving,
}


def main() -> None:
    names = sys.argv[1:] or list(SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        sys.exit(f"no scenario {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
    found = {}
    with server() as postgres:
        for name in names:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    outcome = SCENARIOS[name](Path(folder), postgres)
                except Exception as error:
                    traceback.print_exc()
                    outcome = Outcome(name, broken=[f"{type(error).__name__}: {error}"])
            outcome.facts["took"] = f"{time.monotonic() - began:.0f} s"
            print(outcome, flush=True)
            found[name] = outcome.facts | {"broken": outcome.broken}
    print(json.dumps(found))
    sys.exit(any(one["broken"] for one in found.values()))


if __name__ == "__main__":
    main()
