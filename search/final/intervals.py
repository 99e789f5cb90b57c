"""Prediction intervals of a trained model: as wide as the errors out of fold of its configuration.

N examples, H steps of a forecast, or 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.preparation import Preparation, for_outputs
from dropsearch.models.fold.scored import targets
from dropsearch.models.trained.predict import Numbers
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.markdown import plain
from dropsearch.studies.commands import command
from dropsearch.studies.intervals.conformal import LEVELS, needed, units

TOLD = 0.9  # the level that a training tells of


@dataclass(frozen=True)
class Reach:
    """How far an interval goes to either side, to hold a share `level` of the true values.

    sizes: (H,) in the unit of the example; examples: whose errors out of fold they are.
    """

    level: float
    sizes: tuple[float, ...]
    examples: int

    def interval(
        self, data: SequenceData, own: Preparation, index: NDArray[np.int64], predicted: Numbers
    ) -> tuple[Numbers, Numbers]:
        """The lower and the upper end (N, H) around `predicted` (N, H), in the user's unit.

        own: of the network that predicted.
        """
        reach = np.array(self.sizes) * _units(data, own, index)
        return predicted - reach, predicted + reach

    def measured(
        self, data: SequenceData, own: Preparation, index: NDArray[np.int64], predicted: Numbers
    ) -> dict[str, Any]:
        """How many of the known true values it holds, and its median width, of several targets
        that of each; ready for JSON."""
        actual, known = targets(data, index)
        low, high = self.interval(data, own, index, predicted)
        inside = ((low <= actual) & (actual <= high))[known]
        told = {"level": self.level, "inside": int(inside.sum()), "values": len(inside)}
        number = max(1, len(data.targets))
        parts = zip(np.split(high - low, number, 1), np.split(known, number, 1), strict=True)
        widths = [float(np.median(one[there])) if there.any() else None for one, there in parts]
        if data.targets:
            return told | {"widths": dict(zip(data.targets, widths, strict=True))}
        return told | {"width": widths[0]}

    def in_words(self, about: Mapping[str, Any]) -> str:
        """What an interval means; about: of the model."""
        held = next((one for one in _measured(about) if one["level"] == self.level), None)
        said = (
            "how many it does hold is unknown: dropsearch train --keep-holdout tells"
            if held is None
            else f"on the holdout it held {_held(held)}"
        )
        return (
            f"The interval from low to high is expected to hold the true value in {self.level:.0%} "
            f"of cases like those of the study (by errors on {self.examples:,} examples, each by a "
            f"network that was not trained on it); {said}."
        )


def _units(data: SequenceData, own: Preparation, index: NDArray[np.int64]) -> Numbers:
    """(N, 1) what the errors of each example are counted in, of several targets (N, C)."""
    if data.task != "forecast":
        return np.ones((len(index), 1))
    usual = np.zeros((len(index), len(data.features)))
    if own.scale == "window":
        usual = own.series_spread[data.series[index]]
    elif own.scale == "train":
        usual = np.tile(own.spread, (len(index), 1))
    rows = data.start[index][:, None] + np.arange(data.window)
    each = range(max(1, len(data.targets)))
    found = [units(data.values[rows, number], usual[:, number]) for number in each]
    return for_outputs(data, np.concatenate(found, axis=1))


def reaches_of(config: StudyConfig) -> tuple[Reach, ...]:
    """One for each level that the errors of the configuration tell; none where there are none."""
    found = None if config.selected is None else config.selected.errors
    steps = (config.data.horizon or 1) * len(config.data.targets)
    if found is None or {len(sizes) for sizes in found.sizes} - {steps}:
        return ()
    levels = zip(found.levels, found.sizes, strict=True)
    return tuple(Reach(level, sizes, found.examples) for level, sizes in levels)


def reach_of(config: StudyConfig, level: float) -> Reach:
    """The one for that level. Raises ConfigError where there is none."""
    asked = f"--interval {level:g}"
    if config.data.task == "classify":
        raise ConfigError(f"{asked} is for numbers: a label has a probability, which is told.")
    if level not in LEVELS:
        raise ConfigError(f"{asked}: take one of {', '.join(f'{one:g}' for one in LEVELS)}.")
    found = {one.level: one for one in reaches_of(config)}
    if not found:
        raise ConfigError(
            f"{asked}: the model lacks the errors out of fold of its configuration. Export the "
            f"recommended one of a study that has its answer, and train that: "
            f"{command('export', 'STUDY', o='best.yaml')}"
        )
    if level not in found:
        examples = next(iter(found.values())).examples
        older = ", of which older ones count for less" if examples >= needed(level) else ""
        raise ConfigError(
            f"{asked} needs errors on {needed(level):,} examples, and the study had {examples:,}"
            f"{older}: take {max(found):g}, or launch a study of more data."
        )
    return found[level]


def of_card(config: StudyConfig, about: Mapping[str, Any]) -> Iterator[str]:
    """The paragraph of a model card, in Markdown; none where the model has no intervals."""
    if not reaches_of(config):
        return
    yield from ("", "With `--interval 0.9` the columns `low` and `high` are the ends of an")
    yield "interval that is to hold the true value in 90 % of cases like those of the study."
    if measured := _measured(about):
        yield from ("", "| interval | held on the holdout | median width |")
        yield "| ---: | ---: | ---: |"
        for one in measured:
            yield f"| {one['level']:g} | {_held(one)} | {plain(_width(one))} |"


def in_words(about: Mapping[str, Any]) -> list[str]:
    """What the holdout says of the intervals, after a training."""
    return [
        f"On the holdout the interval {TOLD} held {_held(one)}; its width is {_width(one)} "
        "(median)."
        for one in _measured(about)
        if one["level"] == TOLD
    ]


def _measured(about: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (about["holdout"] or {}).get("prediction_intervals", ())
    return found


def _width(measured: Mapping[str, Any]) -> str:
    """`12.3`, of several targets `0.8 of load, 12.3 of price`"""
    each = [(name, one) for name, one in measured.get("widths", {}).items() if one is not None]
    return ", ".join(f"{one:.4g} of {name}" for name, one in each) or f"{measured['width']:.4g}"


def _held(measured: Mapping[str, Any]) -> str:
    """`1,702 of 1,890 true values (90.1%)`"""
    share = measured["inside"] / measured["values"]
    return f"{measured['inside']:,} of {measured['values']:,} true values ({share:.1%})"
