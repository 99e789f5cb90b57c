"""What several rooms' tests need: small real files and studies on them."""

from __future__ import annotations

import copy
import gc
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.search.signals import NUMBERS
from tests.support.forked import Forking, forking
from tests.support.processes import Starting, starting

pytest_plugins = ["tests.support.databases", "tests.support.disks"]

# The many processes that the tests start would all compile the package's modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Two pytest processes of two threads each would wait for each other on two cores.
os.environ["OMP_NUM_THREADS"] = "1"
gc.disable()  # while the tests, and with them torch, are loaded

WAITING = {"contracts", "system"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread modules that mostly wait, for processes, evenly among those that compute.

    Each pytest process gets a run of the list: some keep the processors busy while others wait.
    First come the modules beside this one: mypy, begun last, would leave the others idle.
    """
    waiting, computing = Counter[Path](), Counter[Path]()
    for item in items:
        waits = WAITING & {folder.name for folder in item.path.parents}
        (waiting if waits else computing)[item.path] += 1
    place = {
        path: begin / group.total()
        for group in (waiting, computing)
        for path, begin in zip(group, accumulate(group.values(), initial=0), strict=False)
    }
    beside = Path(__file__).parent
    items.sort(key=lambda item: (item.path.parent != beside, place[item.path]))
    gc.freeze()  # what is loaded stays
    gc.enable()


def tones(path: Path, sequences: int = 48, seed: int = 0) -> Path:
    """A CSV of noisy tones, slow or fast, of 6 to 14 steps: easy to tell apart."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(sequences):
        steps = int(rng.integers(6, 15))
        speed, label = ((0.5, "slow"), (1.5, "fast"))[number % 2]
        wave = np.sin(speed * np.arange(steps) + rng.uniform(0, 6)) + 0.2 * rng.normal(size=steps)
        rows += [(number, step, value, label) for step, value in enumerate(wave)]
    frame = pl.DataFrame(rows, schema=["series", "step", "x", "label"], orient="row")
    frame.write_csv(path)
    return path


@pytest.fixture
def start() -> Iterator[Starting]:
    """Starts processes, which end with the test, as do those that they have started."""
    with starting() as start:
        yield start


@pytest.fixture
def fork() -> Iterator[Forking]:
    """Forks processes from one with torch loaded; they end with the test, as what they start."""
    with forking() as fork:
        yield fork


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Puts back the handlers of signals that a worker, served in this process, sets for good."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks and baselines are timed for a moment where the figures do not matter."""
    from dropsearch.search.fit import estimate

    for name in ("SECONDS", "KIND_SECONDS", "LEARNING"):
        monkeypatch.setattr(estimate, name, 0.01)


Study = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def study_in() -> Callable[[Path], Study]:
    """`study` in a folder, for fixtures of a whole module."""
    return _study_in


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Makes the mapping of a study that takes a second: call it with sections to change."""
    return _study_in(tmp_path)


def _study_in(folder: Path) -> Study:
    tones(folder / "tones.csv")
    base: dict[str, Any] = {
        "study": "tones",
        "data": {
            "path": str(folder / "tones.csv"),
            "task": "classify",
            "time": "step",
            "series": "series",
            "target": "label",
        },
        "folds": {"count": 3},
        "model": {
            "hidden_size": [4, 8],
            "layers": 1,
            "bidirectional": False,
            "pooling": "last",
            "dropout": {"low": 0.0, "high": 0.8},
        },
        "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.01},
        "search": {"trials": 4},
        "confirm": None,
    }

    def make(**sections: Any) -> dict[str, Any]:
        made = copy.deepcopy(base)
        for name, section in sections.items():
            made[name] = (
                {**(made.get(name) or {}), **section} if isinstance(section, dict) else section
            )
        return made

    return make
