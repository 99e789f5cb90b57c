"""Sizes, epochs and repeats with which all phases of a study fit into the time that one has.

Nothing is assumed of the machine: real training steps of each candidate are timed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dropsearch.models.table.read import Table
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.starts import STRUCTURE
from dropsearch.search.fit.device import device_of
from dropsearch.search.fit.estimate import STARTING, Estimate, estimate
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.phases import planned_fits
from dropsearch.search.workers.engines import default_workers


class Size(NamedTuple):
    hidden_size: list[int]
    layers: int = 1  # a second one has not paid on the sets of benchmarks.structure


class Level(NamedTuple):
    """How thorough a study is, at least."""

    epochs: float  # share of those wanted
    trials: int
    finalists: int  # 0: the search alone
    repeats: float  # share of those wanted
    brief: bool = False  # a training for which learning rates have to be higher


TINY = Size([8, 16])  # only where the time does not suffice for a small one with any window
SMALL = Size([16, 32])
LARGER = (Size([32, 64]), Size([32, 64, 128]))
THOROUGH = (  # enough to spend time on a larger network
    Level(0.7, 30, 3, 1.0),
    Level(0.5, 24, 3, 1.0),
)
FAIR = (  # better than a tiny network
    Level(0.5, 20, 2, 0.7, brief=True),
    Level(0.5, 16, 2, 0.4, brief=True),
)
POOR = (
    Level(0.3, 12, 2, 0.4, brief=True),
    Level(0.2, 8, 2, 0.4, brief=True),
    Level(0.2, 10, 0, 0.0, brief=True),
)
LEVELS = (*THOROUGH, *FAIR, *POOR)
MOST_TRIALS = 60
REPEATS, REPEATS_OF_FIXED_FOLDS = 3, 2  # wanted; folds that stay are averaged over the repeats
UPDATES = 600  # steps of training that are wanted
FEWEST_EPOCHS, MOST_EPOCHS = 5, 100
BATCHES = (  # below so many training examples, the size: some steps of training in each epoch
    (100, 8),
    (1_000, 32),
    (2_000, 64),
    (8_000, 128),
    (math.inf, 256),
)
TEXT_BATCH = 64  # at most: of equal steps, smaller ones take less time
TEXTS: dict[str, Any] = {  # where the rate paid most, and what did beside it
    "bidirectional": True,
    "pooling": "max",
    "sites": ["embedding", "input", "output"],
}
TRAINING: dict[str, Any] = {"learning_rate": {"low": 0.001, "high": 0.01, "log": True}}
BRIEF_TRAINING: dict[str, Any] = {  # docs/tried.md
    "learning_rate": {"low": 0.003, "high": 0.03, "log": True}
}
TEXT_TRAINING: dict[str, Any] = {  # docs/tried.md
    "learning_rate": {"low": 0.002, "high": 0.01, "log": True},
    "averaging": 0.5,
}
SPARE = 1.2  # minutes are named with that much room: the next timing is another
FEW_STEPS = 10  # in an epoch: the first steps of a process, which are slow, would count


@dataclass(frozen=True)
class Sized:
    """What the time decides, and what it comes to.

    checked: minutes that would suffice for fits made to answer, where only the search fits; None
    where these fit, too. doubts: what makes the times doubtful.
    """

    level: Level | None  # None: the least, which takes longer than asked
    window: int | None
    sections: dict[str, Any]  # model, training, search, confirm
    seconds: float  # of all phases, at most
    workers: int
    inputs: Inputs
    checked: int | None = None
    doubts: tuple[str, ...] = ()

    @property
    def small(self) -> bool:
        """Whether the networks are tiny for want of time."""
        return bool(self.sections["model"]["hidden_size"] == TINY.hidden_size)

    @property
    def in_time(self) -> bool:
        """Whether all phases fit the time that was asked for."""
        return self.level is not None


def sized(
    mapping: Mapping[str, Any], base: Path, season: int, minutes: float, table: Table
) -> Sized:
    """The longest window, and with it the largest networks, that can be trained thoroughly.

    Where not even small networks can, the shortest window, and small networks less thoroughly, or
    tiny ones as thoroughly as the time allows.

    mapping: a study.yaml with study, data and folds; base: where its data.path starts; table: what
    lies there. Raises ConfigError or DataError for data that cannot be used.
    """
    seconds = 60 * minutes
    for number, window in enumerate(_windows(mapping["data"], season)):
        task = _Task.of(mapping, base, window, table)
        if not number:
            task.warm_up()
        found = task.fitted(SMALL, seconds)
        if found.level in THOROUGH:
            for size in LARGER:
                larger = task.fitted(size, seconds)
                if larger.level not in THOROUGH:
                    break
                found = larger
            return found
    return found if found.level in FAIR else task.fitted(TINY, seconds)


class Plan(NamedTuple):
    level: Level
    asked: Level  # the same with the trials that fit
    epochs: int
    seconds: float
    checked: float  # seconds of the least with finalists, where `level` has none; else 0


def planned(wanted: float, seconds: float, each: Callable[[Level], float]) -> Plan:
    """The most thorough level that fits into the seconds, or the least. What it leaves of them goes
    to epochs, up to those wanted, then to trials.

    each: seconds of an epoch in all fits of a level.
    """
    checked, left = 0.0, seconds - STARTING
    for level in LEVELS:
        least = max(FEWEST_EPOCHS, round(level.epochs * wanted))
        needed = least * each(level)
        if level.finalists:
            checked = STARTING + needed
        if needed <= left:
            break
    epochs = max(least, min(math.floor(left / each(level)), round(wanted)))
    asked = level
    while asked.trials < MOST_TRIALS:
        more = asked._replace(trials=asked.trials + 1)
        if epochs * each(more) > left:
            break
        asked = more
    spent = STARTING + epochs * each(asked)
    return Plan(level, asked, epochs, spent, 0.0 if level.finalists else checked)


def _windows(data: Mapping[str, Any], season: int) -> Iterator[int | None]:
    """The window, and shorter ones of whole seasons down to two horizons."""
    window = data.get("window")
    yield window
    while window is not None and data["task"] == "forecast":
        half = math.ceil(window / 2 / season) * season
        if half >= window or half < 2 * data["horizon"]:
            return
        yield (window := half)


@dataclass(frozen=True)
class _Task:
    """The data of a study with one window."""

    mapping: Mapping[str, Any]
    base: Path
    inputs: Inputs

    @classmethod
    def of(cls, mapping: Mapping[str, Any], base: Path, window: int | None, table: Table) -> _Task:
        if window is not None:
            mapping = {**mapping, "data": {**mapping["data"], "window": window}}
        return cls(mapping, base, Inputs.of(config_from(mapping, base), table))

    @property
    def largest(self) -> int:
        """The examples of the largest training part."""
        return max(len(fold.train) for fold in self.inputs.split.folds)

    @property
    def batch(self) -> int:
        """Examples of a step of training."""
        batch = next(batch for most, batch in BATCHES if self.largest < most)
        return min(batch, TEXT_BATCH) if self.of_texts else batch

    @property
    def of_texts(self) -> bool:
        return self.inputs.data.texts is not None

    def warm_up(self) -> None:
        """Train once without looking at the clock, where one slow step would count."""
        if self.largest < FEW_STEPS * self.batch:
            sections = self._sections(TINY, LEVELS[0], epochs=1)
            estimate(self._config(sections), self.inputs)

    def fitted(self, size: Size, seconds: float) -> Sized:
        """The most thorough level that fits, or the least."""
        once = self._config(self._sections(size, LEVELS[0], epochs=1))
        times = estimate(once, self.inputs)
        wanted = min(UPDATES * self.batch / self.largest, MOST_EPOCHS)
        workers = default_workers(device_of("auto"))

        def each(level: Level) -> float:
            return self._seconds(self._sections(size, level, epochs=1), times, workers)

        plan = planned(wanted, seconds, each)
        return Sized(
            level=plan.level if plan.seconds <= seconds else None,
            window=self.mapping["data"].get("window"),
            sections=self._sections(size, plan.asked, plan.epochs),
            seconds=plan.seconds,
            workers=workers,
            inputs=self.inputs,
            checked=math.ceil(SPARE * plan.checked / 60) if plan.checked else None,
            doubts=tuple(times.notes),
        )

    def _sections(self, size: Size, level: Level, epochs: int) -> dict[str, Any]:
        redrawn = self.inputs.split.kind in ("kfold", "stratified")
        repeats = level.repeats * (REPEATS if redrawn else REPEATS_OF_FIXED_FOLDS)
        structure: dict[str, Any] = {}
        if self.of_texts:
            structure = TEXTS
        elif self.inputs.data.task != "forecast":
            structure = {key: list(values) for key, values in STRUCTURE.items()}
        training = BRIEF_TRAINING if level.brief else TRAINING
        confirm = {"finalists": level.finalists, "repeats": max(1, round(repeats))}
        return {
            "model": {**size._asdict(), **structure, "dropout": {"low": 0.0, "high": 0.8}},
            "training": {
                "epochs": epochs,
                "batch_size": self.batch,
                **(TEXT_TRAINING if self.of_texts else training),
            },
            "search": {"trials": level.trials},
            "confirm": confirm if level.finalists else None,
        }

    def _seconds(self, sections: Mapping[str, Any], times: Estimate, workers: int) -> float:
        """Of an epoch in all fits of all phases; each phase waits for the one before."""
        config = self._config(sections)
        later = planned_fits(config, holdout=len(self.inputs.split.holdout) > 0)
        return sum(times.study(fits, workers) for fits in (config.search.trials, *later.values()))

    def _config(self, sections: Mapping[str, Any]) -> StudyConfig:
        return config_from({**self.mapping, **sections}, self.base)
