"""Is the network worth it? The recommended configuration against what needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.store.contract import BASELINE

Word = Literal["worth it", "not needed", "not decided"]


@dataclass(frozen=True)
class Network:
    """Whether a network is worth it, on the curve's folds.

    baselines: places by name, the best first. gains: of the recommended configuration over each,
    positive where it is better, all at once; where it is worth it each by itself, since that is
    said of every baseline. below_worth: it is better by less than is worth having.
    """

    word: Word
    baselines: Mapping[str, int]
    gains: Mapping[str, Difference]
    below_worth: bool

    @property
    def best(self) -> str:
        return next(iter(self.baselines))


def network(answer: Answer) -> Network | None:
    """Worth it: better than every baseline. Not needed: one gives up less than the smallest effect
    to it, or is better. None where no baseline ran on the curve's folds, as in older studies."""
    members, record = answer.curve["members"], answer.record
    places = [p for p in answer.curve.get("baselines", []) if p in answer.observations]
    if not places:
        return None
    places.sort(key=lambda place: -record.sign * float(answer.observations[place].mean()))
    own = answer.recommended
    families = answer.comparing.against([own, *places], [own], answer.level)
    together, alone = (
        {members[place][BASELINE]: family[place, own].turned for place in places}
        for family in families
    )
    worth = answer.worth or 0.0
    word: Word = "not decided"
    if not answer.descriptive:
        if all(gain.low > 0 for gain in alone.values()):
            word = "worth it"
        elif any(gain.high < worth for gain in together.values()):
            word = "not needed"
    gains = alone if word == "worth it" else together
    below = min(gain.high for gain in gains.values()) < worth
    return Network(
        word=word,
        baselines={members[place][BASELINE]: place for place in places},
        gains=gains,
        below_worth=word == "worth it" and below,
    )
