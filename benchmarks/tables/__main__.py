"""All tables, two at a time; a line for each, a total, and exit code 1 where one went wrong."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import benchmarks.tables
from benchmarks.tables.case import Case, outcome

PROCESSES = 2


def chosen(words: list[str]) -> Iterator[tuple[str, Case]]:
    """The cases with their kind, those whose kind or name holds one of the words."""
    for module in pkgutil.iter_modules(benchmarks.tables.__path__):
        found = importlib.import_module(f"benchmarks.tables.{module.name}")
        for case in getattr(found, "CASES", ()):
            if not words or any(word in f"{module.name} {case.name}" for word in words):
                yield module.name, case


def main() -> int:
    """The exit code."""
    cases = list(chosen(sys.argv[1:]))
    wrong = 0
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        for found in pool.map(outcome, *zip(*cases, strict=True)):
            wrong += bool(found.wrong)
            state = "WRONG" if found.wrong else "ok"
            print(f"{found.kind:12} {found.name:28} {state:6} {found.seconds:5.1f} s", flush=True)
            if found.wrong:
                print(f"    {found.wrong}", flush=True)
    print(f"{len(cases) - wrong} of {len(cases)} tables as expected")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
