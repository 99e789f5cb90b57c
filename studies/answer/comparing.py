"""How sure the differences between configurations are: by each example, or by the folds' scores.

J observations of a configuration, as in statistics.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dropsearch.studies.intervals import deciding, statistics
from dropsearch.studies.intervals.crossed import Crossed, each, simultaneous
from dropsearch.studies.intervals.statistics import Array, Difference, covers
from dropsearch.studies.intervals.units import Basis, basis_of
from dropsearch.studies.intervals.verdicts import Family
from dropsearch.studies.store.contract import Summary

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class ByFolds:
    """The corrected resampled t over the observations (J,) of each place. ratio: see there; most:
    how far apart scores can be."""

    scores: Mapping[int, Array]
    direction: str
    ratio: float
    most: float

    def standard_error(self, place: int) -> float:
        return statistics.corrected_standard_error(self.scores[place].tolist(), self.ratio)

    def interval(self, place: int) -> Difference:
        """Of the mean score itself."""
        return statistics.simultaneous([self.scores[place]], self.ratio)[0]

    def against(
        self,
        places: Sequence[int],
        references: Sequence[int],
        level: float,
        control: int | None = None,
    ) -> tuple[Family, Family]:
        """One family of all pairs (place, reference), for both kinds of verdicts.

        Wide as they are, these intervals cover against the control, too, as any other does.
        """
        scores: dict[Hashable, Array] = {place: self.scores[place] for place in places}
        found = statistics.against(scores, references, self.direction, self.ratio, level)
        possible = _within(found, self.most)
        return possible, possible

    def pairs(self, places: Sequence[int], others: Sequence[int], level: float) -> Family:
        """All pairs (place, other) at once."""
        return self.against([*places, *others], others, level)[0]

    def from_best(self, places: Sequence[int], best: int, level: float) -> dict[int, Difference]:
        """Best minus every other place, all pairs compared at once."""
        scores: dict[Hashable, Array] = {place: self.scores[place] for place in places}
        found = statistics.from_best(scores, best, self.direction, self.ratio, level)
        return _within({place: found[place] for place in places if place != best}, self.most)


@dataclass(frozen=True)
class ByExamples:
    """The crossed variance. places: of the configurations of `found`, in their order; most: how far
    apart scores can be."""

    found: Crossed
    places: tuple[Hashable, ...]
    direction: str
    most: float

    def standard_error(self, place: int) -> float:
        return float(self.found.standard_error[self.places.index(place)])

    def interval(self, place: int) -> Difference:
        """Of the mean score itself."""
        return each(self.of([place]))[0]

    def against(
        self,
        places: Sequence[int],
        references: Sequence[int],
        level: float,
        control: int | None = None,
    ) -> tuple[Family, Family]:
        """All pairs (place, reference): those with one reference at once, and each by itself."""
        together, alone = deciding.against(
            self.of(places), places, references, self.direction, level, control=control
        )
        return _within(together, self.most), _within(alone, self.most)

    def pairs(self, places: Sequence[int], others: Sequence[int], level: float) -> Family:
        """All pairs (place, other) at once."""
        named = [(place, other) for place in places for other in others if place != other]
        at = [(self.places.index(place), self.places.index(other)) for place, other in named]
        apart = self.found.differences(at, self.direction)
        return _within(dict(zip(named, simultaneous(apart, level), strict=True)), self.most)

    def from_best(self, places: Sequence[int], best: int, level: float) -> dict[int, Difference]:
        """Best minus every other place, all pairs compared at once."""
        found = deciding.from_best(self.of(places), tuple(places), best, self.direction, level)
        return _within({place: found[place] for place in places if place != best}, self.most)

    def of(self, places: Sequence[Hashable]) -> Crossed:
        """Only these places, in their order."""
        return self.found.only([self.places.index(place) for place in places])


def _within(found: Mapping[K, Difference], most: float) -> dict[K, Difference]:
    return {key: one.within(most) for key, one in found.items()}


def basis(summary: Summary) -> Basis:
    """What verdicts over the study's folds may rest on; see `units.basis_of`.

    Studies of earlier versions know the correlation with the step before alone.
    """
    kind = summary["fold_kind"]
    if "autocorrelation" in summary:
        steps = summary["examples"] // summary["series"]
        return basis_of(kind, steps, summary["autocorrelation"], summary.get("horizon", 1))
    if not covers(kind, summary["persistence"]):
        return "nothing"
    return "contributions" if summary["persistence"] is None else "fold scores"
