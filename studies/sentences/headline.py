"""The answer at first sight: a decision, what it rests on, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.answer.network import Network, network
from dropsearch.studies.answer.words import metric_in_words, placed, rate_in_words
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.intervals.verdicts import Word
from dropsearch.studies.sentences.choices import with_better_choices
from dropsearch.studies.sentences.dropout import between, listed, over_zero, would_decide
from dropsearch.studies.store.records import Claim, StudyRecord

Plain = Literal["helps", "no difference", "hurts", "undecided"]


@dataclass(frozen=True)
class Headline:
    """said: what to use, and whether it matters; because: what that rests on; todo: what next."""

    verdict: Plain
    said: str
    because: str
    todo: str

    def __str__(self) -> str:
        return f"{self.said} {self.because} {self.todo}"


def of_search(record: StudyRecord, best: Claim, lost: str | None = None) -> Headline:
    """Before the curve, and where none is asked for, or where it cannot be had: lost, the reason
    of a fit that failed."""
    assert best.point is not None
    goes_on = record.config["confirm"] is not None
    scored = f"dropout {rate_in_words(best.point)} scored best in the search."
    if lost is not None:
        return Headline(
            verdict="undecided",
            said=f"Undecided whether dropout helps: {scored}",
            because="Nothing has checked that on other folds, since fits made to do so failed: "
            f"{lost.rstrip('.')}.",
            todo="Once that is mended, launch it with more trials (--trials), or under another "
            "name.",
        )
    return Headline(
        verdict="undecided",
        said=f"Undecided as yet: {scored}",
        because="The best of many scores is a lucky one: nothing has checked it on other folds.",
        todo="Let the study go on to its answer."
        if goes_on
        else "For a checked answer leave confirm: null out of the study.yaml and launch it again.",
    )


def of_curve(answer: Answer) -> Headline:
    """What the curve, the rivals and the baselines say."""
    found = network(answer)
    verdict, say = SAID[answer.zero.word]
    needless = found is not None and found.word == "not needed"
    first = ""
    if found and needless:
        does = "does better" if found.gains[found.named].high < 0 else "does as well"
        first = f"No network is needed here: {found.named} {does}. "
    return Headline(
        verdict=verdict,
        said=f"{first}{say(answer)}.",
        because=_because(answer),
        todo=_todo(answer, found),
    )


def splits_in_words(answer: Answer) -> str:
    """The folds that the curve was fitted on: `15 fresh train/validation splits`."""
    member = answer.members[answer.recommended]
    assert member is not None
    repeats, folds = member.scores.shape
    if is_redrawn(answer.record):
        return f"{repeats * folds} fresh train/validation splits"
    times = "once" if repeats == 1 else f"{repeats} times"
    return f"the {folds} folds of the search, {times} each on new seeds"


def _because(answer: Answer) -> str:
    member, found = answer.members[answer.recommended], answer.zero.difference
    assert member is not None
    unit = metric_in_words(answer.record)
    score = (
        f"{unit[0].upper()}{unit[1:]} {member.mean:.4g} ± "
        f"{answer.standard_error(answer.recommended):.2g} on {splits_in_words(answer)}"
    )
    return f"{score}." if found is None else f"{score}; {_span(found)} than without dropout."


def _span(found: Difference) -> str:
    """`0.02 to 0.05 better`, or both ends in words where they lie on two sides."""
    near, far = sorted((abs(found.low), abs(found.high)))
    if found.low > 0 or found.high < 0:
        return f"{near:.2g} to {far:.2g} {'better' if found.low > 0 else 'worse'}"
    return between(found)


def _todo(answer: Answer, found: Network | None) -> str:
    better = with_better_choices(answer)
    if better:
        return f"A choice beside the rate does better: {better}."
    if found is not None and found.word == "not needed":
        return "Take the simpler model, unless many more data will come."
    if answer.zero.word == "not decided" and not answer.descriptive:
        return would_decide(answer)
    return "Export it, and train it on all data."


def _use(answer: Answer) -> str:
    member = answer.members[answer.recommended]
    assert member is not None
    rate = rate_in_words(member.point)
    return "use none" if rate == "0" else f"use {rate}{placed(answer.record, member.point)}"


def _helps_elsewhere(answer: Answer) -> str:
    helping = [place for place in over_zero(answer) if place in answer.zero.helping]
    allowed = [place for place in helping if answer.curve["allowed"][place]]
    best = max(allowed or helping, key=answer.gain)
    at = listed(answer, [best])
    if not allowed:
        return f"Dropout helps at {at}: widen the space, which leaves it out"
    return f"Dropout helps, surely so at {at}: {_use(answer)}{_scored(answer)}"


def _no_difference(answer: Answer) -> str:
    good = [
        place
        for place in sorted(answer.rates, key=answer.rates.__getitem__)
        if place == answer.recommended or answer.standings.get(place) == "as good"
    ]
    if len(good) < 2:
        return f"Dropout does not help here: {_use(answer)}"
    return (
        "Dropout makes no difference here that matters: "
        f"{_spread(answer, good)} are as good; {_use(answer)}"
    )


def _spread(answer: Answer, good: list[int]) -> str:
    """`0 to 0.4` where all the curve's rates between are among them, else one by one."""
    order = sorted(answer.rates, key=answer.rates.__getitem__)
    first = order.index(good[0])
    if len(good) > 2 and order[first : first + len(good)] == good:
        return f"{answer.rates[good[0]]:.3g} to {answer.rates[good[-1]]:.3g}"
    return listed(answer, good)


def _undecided(answer: Answer) -> str:
    return f"Undecided whether dropout helps: {_use(answer)} for now{_scored(answer)}"


def _scored(answer: Answer) -> str:
    """Of what the recommended is the best: of all that ran beside it, or of less."""
    if all(answer.gain(place) <= 0 for place in answer.family):
        return ", which scored best"
    if answer.rates:
        return ", the best rate of the space at the sizes chosen"
    return ", chosen among the finalists"


def _hurts(answer: Answer) -> str:
    return f"Dropout hurts here: use none{_outside(answer)}"


def _worse(answer: Answer) -> str:
    found, member = answer.zero.difference, answer.members[answer.recommended]
    assert member is not None
    if found is None or found.high >= 0:
        return "Dropout hurts here: use none, with the sizes that are best without it"
    return f"Dropout {rate_in_words(member.point)} hurts here: use none{_outside(answer)}"


def _outside(answer: Answer) -> str:
    zero = answer.curve["zero"]
    return "" if zero is None or answer.curve["allowed"][zero] else ", which the space leaves out"


SAID: Mapping[Word, tuple[Plain, Callable[[Answer], str]]] = {
    "helps": ("helps", lambda answer: f"Dropout helps: {_use(answer)}"),
    "helps elsewhere": ("helps", _helps_elsewhere),
    "hurts": ("hurts", _hurts),
    "worse": ("hurts", _worse),
    "does not help": ("no difference", _no_difference),
    "not decided": ("undecided", _undecided),
    "no verdict": ("undecided", _undecided),
}
