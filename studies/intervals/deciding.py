"""What the crossed variance decides of a curve, and how much more of what would decide."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from dropsearch.studies.intervals.crossed import Crossed, each, simultaneous
from dropsearch.studies.intervals.error_spending import LOOKS, level_at
from dropsearch.studies.intervals.statistics import ALPHA, Difference, Direction
from dropsearch.studies.intervals.verdicts import Family, Verdict, fewest, verdict

Label = Hashable

MANY = 1000  # times the examples, or repeats, beyond which nothing is foreseen
CHOSEN = 1.3  # times the examples' variance of what lies between a rate and the tuned control


@dataclass(frozen=True)
class Question:
    """Dropout against one reference, as in `verdict`; labels: of the C configurations, in order.

    Without the reference among the labels, or with nothing else, there is no verdict.
    """

    labels: tuple[Label, ...]
    recommended: Label
    reference: Label
    worth: float
    direction: Direction
    control: Label | None = None
    descriptive: bool = False
    curve: bool = True

    def families(self, found: Crossed, level: float = 1 - ALPHA) -> tuple[Family, Family]:
        """Intervals of all pairs that the verdict rests on: at once, and each by itself.

        Against the reference and against the control there is a family each: "helps" needs both.
        """
        return against(
            found, self.labels, self._references, self.direction, level, control=self.control
        )

    def verdict(self, found: Crossed, level: float = 1 - ALPHA) -> Verdict:
        together, alone = self.families(found, level)
        return verdict(
            together,
            self.recommended,
            self.reference,
            self.worth,
            control=self.control,
            alone=alone,
            descriptive=self.descriptive,
            curve=self.curve,
        )

    def repeats_that_decide(
        self, found: Crossed, level: float = 1 - ALPHA, most: int = MANY
    ) -> int | None:
        """The fewest repeats at which the verdict is not "not decided"; None: `most` would not do.

        Means and the sources of variance stay as they are; the repeats done are the fewest.
        """
        return fewest(
            lambda count: self._decides(found.foreseen(count), level), found.repeats, most
        )

    def examples_that_decide(self, found: Crossed, level: float = 1 - ALPHA) -> float | None:
        """How many times the examples, in steps of a tenth, would decide with as many fits."""
        tenths = fewest(lambda n: self._decides(found.foreseen(more=n / 10), level), 10, 10 * MANY)
        return None if tenths is None else tenths / 10

    def worth_that_decides(self, found: Crossed, level: float = 1 - ALPHA) -> float:
        """The smallest effect from which on no rate could be worth having: "does not help"."""
        _, alone = self.families(found, level)
        return max(
            one.high
            for (label, other), one in alone.items()
            if other == self.reference and label != self.control
        )

    def goes_on(self, found: Crossed, looks: Sequence[int] = LOOKS) -> bool:
        """Whether to add repeats after the look at `found`: not decided, and more could decide."""
        if found.repeats >= looks[-1] or self._decides(found, self.level(found, looks)):
            return False
        return self.could_decide(found, looks=looks)

    def could_decide(
        self, found: Crossed, price: float = 1.0, *, looks: Sequence[int] = LOOKS
    ) -> bool:
        """Whether the last look decides with the means as they are, or moved by one deviation.

        price: the share of the error that all looks may spend.
        """
        last = found.foreseen(looks[-1])
        level = 1 - price * (1 - self.level(last, looks))
        return any(self._decides(self._moved(found, last, way), level) for way in (0, 1, -1))

    def _moved(self, found: Crossed, last: Crossed, way: int) -> Crossed:
        """`last`, all rates better by `way` standard deviations of what its repeats can change."""
        means = last.mean.copy()
        pairs, now = _pairs(found, self.labels, self.reference, self.direction)
        then = _pairs(last, self.labels, self.reference, self.direction)[1]
        change = np.sqrt(np.maximum(now.standard_error**2 - then.standard_error**2, 0.0))
        better = way if self.direction == "maximize" else -way
        for (label, _), size in zip(pairs, change, strict=True):
            if label != self.control:
                means[self.labels.index(label)] += better * size
        return replace(last, mean=means)

    def level(self, found: Crossed, looks: Sequence[int] = LOOKS) -> float:
        """Of the intervals at the look at `found`."""
        shares = [
            _pairs(found, self.labels, other, self.direction, self.control)[1].fits_share
            for other in self._references
        ]
        return level_at(found.repeats, max(shares), looks)

    @property
    def _references(self) -> list[Label]:
        return [self.reference] if self.control is None else [self.reference, self.control]

    def _decides(self, found: Crossed, level: float) -> bool:
        return self.verdict(found, level).word != "not decided"


def against(
    found: Crossed,
    labels: Sequence[Label],
    references: Sequence[Label],
    direction: Direction,
    level: float = 1 - ALPHA,
    *,
    control: Label | None = None,
) -> tuple[Family, Family]:
    """All pairs (label, reference): those with one reference at once, and each by itself.

    control: the reference that the search has chosen, on the same examples as the sizes beside it,
    so that the examples tell less of how far it is.
    """
    together: dict[tuple[Label, Label], Difference] = {}
    alone: dict[tuple[Label, Label], Difference] = {}
    for reference in references:
        pairs, apart = _pairs(found, labels, reference, direction, control)
        together |= zip(pairs, simultaneous(apart, level), strict=True)
        alone |= zip(pairs, each(apart, level), strict=True)
    return together, alone


def _pairs(
    found: Crossed,
    labels: Sequence[Label],
    reference: Label,
    direction: Direction,
    control: Label | None = None,
) -> tuple[list[tuple[Label, Label]], Crossed]:
    pairs = [(label, reference) for label in labels if label != reference]
    places = [(labels.index(first), labels.index(second)) for first, second in pairs]
    apart = found.differences(places, direction)
    return pairs, apart.widened(CHOSEN) if reference == control else apart


def from_best(
    found: Crossed,
    labels: Sequence[Label],
    best: Label,
    direction: Direction,
    level: float = 1 - ALPHA,
) -> dict[Label, Difference]:
    """Best minus every other label, with the largest |t| over all pairs, as in statistics.py."""
    others = [label for label in labels if label != best]
    pairs = [(best, label) for label in others] + list(combinations(others, 2))
    places = [(labels.index(first), labels.index(second)) for first, second in pairs]
    apart = simultaneous(found.differences(places, direction), level)
    return dict(zip(others, apart, strict=False))
