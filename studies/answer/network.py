"""Is the network worth it? The recommended configuration against what needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.store.contract import BASELINE

Word = Literal["worth it", "not needed", "not decided"]


@dataclass(frozen=True)
class Network:
    """Whether a network is worth it, on the curve's folds.

    baselines: places by name, the best first. gains: of the recommended configuration over each,
    positive where it is better, whichever rate is picked, and all at once; where it is worth it
    each by itself, since that is said of every baseline. named: the best of those that the word
    rests on, as the best of all may be one that the network is surely better than. below_worth: it
    is better than the one named by less than is worth having. lost: those of which a fit failed,
    where "worth it" is not said.
    """

    word: Word
    baselines: Mapping[str, int]
    gains: Mapping[str, Difference]
    named: str
    below_worth: bool
    lost: tuple[str, ...] = ()

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
    compared, level = answer.comparing, answer.level
    at_once = compared.pairs([own], places, level)
    together, alone = {}, {}
    for place in places:
        name = members[place][BASELINE]
        alone[name] = compared.pairs(answer.picked_from, [place], level)[own, place]
        together[name] = _wider(at_once[own, place], alone[name])
    worth = answer.worth or 0.0
    unsure = [name for name, gain in together.items() if gain.low <= 0]
    enough = [name for name, gain in together.items() if gain.high < worth]
    little = [name for name, gain in alone.items() if gain.high < worth]
    word: Word = "not decided"
    rests_on = unsure
    lost = [
        members[place][BASELINE]
        for place in answer.curve.get("baselines", [])
        if place not in answer.observations
    ]
    if not answer.descriptive and not lost and all(gain.low > 0 for gain in alone.values()):
        word, rests_on = "worth it", little
    elif not answer.descriptive and enough:
        word, rests_on = "not needed", enough
    baselines = {members[place][BASELINE]: place for place in places}
    return Network(
        word=word,
        baselines=baselines,
        gains=alone if word == "worth it" else together,
        named=next(iter([*rests_on, *baselines])),
        below_worth=word == "worth it" and bool(little),
        lost=tuple(lost),
    )


def _wider(one: Difference, other: Difference) -> Difference:
    return replace(one, low=min(one.low, other.low), high=max(one.high, other.high))
