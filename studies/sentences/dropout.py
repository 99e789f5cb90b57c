"""What each verdict says, one function a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.outlook import Outlook, outlook
from dropsearch.studies.answer.words import metric_in_words, name_of
from dropsearch.studies.intervals.error_spending import MOST
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.intervals.verdicts import Word

TUNED = "the best network found without dropout"


def against_zero(answer: Answer) -> str:
    """Whether dropout helps."""
    return AGAINST_ZERO[answer.zero.word](answer)


def against_half(answer: Answer) -> str:
    """Whether the choice is better than the habit of 0.5; empty where that has no score."""
    found = answer.half.difference
    if answer.recommended == answer.curve["half"]:
        best = all(answer.gain(place) <= 0 for place in answer.family)
        return "The habit of 0.5 scored best." if best else "That is the habit of 0.5."
    if found is None or answer.descriptive:
        return ""
    return AGAINST_HALF[answer.half.word](answer, found)


def listed(answer: Answer, places: Iterable[int]) -> str:
    """`0, 0.25, best without dropout, sizes free`: rates of the curve, then the others' names."""
    own = list(places)
    rates = sorted(answer.rates[place] for place in own if place in answer.rates)
    others = [name_of(answer, place) for place in own if place not in answer.rates]
    return ", ".join([*(f"{rate:.3g}" for rate in rates), *others])


def _helps(answer: Answer) -> str:
    found, worth = answer.zero.difference, answer.worth or 0.0
    assert found is not None
    below = answer.zero.below_worth
    little = f", though by less than is worth having ({worth:.2g})" if below else ""
    return f"Dropout helps here: {_than_without(answer, found)}{_than_tuned(answer)}{little}."


def _helps_elsewhere(answer: Answer) -> str:
    helping = [place for place in over_zero(answer) if place in answer.zero.helping]
    best = max(helping, key=answer.gain)
    others = [place for place in helping if place != best]
    also = f" So do {listed(answer, others)}." if others else ""
    return (
        f"Dropout helps here at {listed(answer, [best])}: "
        f"{_than_without(answer, over_zero(answer)[best])}{_than_tuned(answer)}.{also} "
        f"Not so as recommended: {_own(answer)}."
    )


def _own(answer: Answer) -> str:
    """What is known of the recommended configuration where another one helps."""
    found = answer.zero
    if found.difference is None:
        return "that is without dropout"
    if found.control is not None and found.control.low <= 0 < found.difference.low:
        return f"that is better than none at the same sizes, but {_beside_tuned(found.control)}"
    return f"there it is {between(found.difference)} than without"


def _hurts(answer: Answer) -> str:
    return f"Dropout hurts here: every rate tried scores worse than none ({_certain(answer)})."


def _worse(answer: Answer) -> str:
    found, unit = answer.zero, metric_in_words(answer.record)
    assert found.difference is not None
    if found.difference.high < 0:
        said = f"As recommended dropout hurts here: {_than_without(answer, found.difference)}."
    else:
        assert found.control is not None
        said = (
            f"The recommended configuration is worse than {TUNED}: {unit} is "
            f"{_gain(found.control.mean)} ({between(found.control)}; {_certain(answer)}), and "
            f"{between(found.difference)} than without dropout at the same sizes."
        )
    return said + _hurting(answer, "Worse than none, too") + _others(answer)


def _others(answer: Answer) -> str:
    """What rates other than the recommended one may gain over none."""
    open_ = [
        one.high
        for place, one in over_zero(answer).items()
        if place != answer.recommended and one.high >= 0
    ]
    if not open_:
        return ""
    most, worth = max(open_), answer.worth or 0.0
    if most < worth:
        return f" No other rate tried can gain more than {worth:.2g} over none."
    return f" Another rate may be up to {most:.2g} better than none."


def _does_not_help(answer: Answer) -> str:
    return (
        f"Dropout does not help here: no rate can gain more than {answer.worth or 0:.2g} over none "
        f"({_certain(answer)}).{_hurting(answer)}"
    )


def _not_decided(answer: Answer) -> str:
    if answer.descriptive:
        return (
            "Whether dropout helps is not decided: the target moves like a random walk, where "
            "intervals over expanding folds are too narrow to decide it."
        )
    would = would_decide(answer) if answer.rates or answer.zero.difference else ONE_RATE
    return (
        f"Whether dropout helps is not decided: {_range(answer)} ({_certain(answer)}). "
        f"{would}{_hurting(answer)}"
    )


def _range(answer: Answer) -> str:
    found, over = answer.zero, over_zero(answer)
    if found.difference is None:
        better = [place for place, one in over.items() if one.low > 0]
        if better:
            place = max(better, key=answer.gain)
            over_tuned = answer.against_zero[place, answer.curve["control"]]
            return (
                f"{listed(answer, [place])} is better than none at the same sizes, but "
                f"{_beside_tuned(over_tuned)}"
            )
        if not answer.rates:
            (half,) = over.values()
            return (
                "the configuration chosen has none, and on new folds only 0.5 at every site was "
                f"compared with it: {between(half)}"
            )
        most = max(one.high for one in over.values())
        return f"none scored best, but another rate may be up to {most:.2g} better"
    if found.difference.low > 0:
        assert found.control is not None
        return "this rate is better than none at the same sizes, but " + _beside_tuned(
            found.control
        )
    return (
        f"with this rate {metric_in_words(answer.record)} is {between(found.difference)} than "
        "without"
    )


def _no_verdict(answer: Answer) -> str:
    if answer.control_lost:
        why = "a fit of the best network found without it failed"
    elif answer.curve["zero"] not in answer.observations:
        why = "there is no score without it"
    elif answer.curve["half"] is None:
        why = "the recommended network has no rate that could act"
    else:
        why = "no other rate has a score"
    return f"Nothing is said of whether dropout helps: {why}."


AGAINST_ZERO: Mapping[Word, Callable[[Answer], str]] = {
    "helps": _helps,
    "helps elsewhere": _helps_elsewhere,
    "hurts": _hurts,
    "worse": _worse,
    "does not help": _does_not_help,
    "not decided": _not_decided,
    "no verdict": _no_verdict,
}
ONE_RATE = "A search of one rate alone would tell more."


def _half_open(answer: Answer, found: Difference) -> str:
    if found.high < 0:
        return f"It is worse than the habit of 0.5 ({between(found)})."
    if found.high < (answer.worth or 0.0):
        return f"The habit of 0.5 would do as well: this is {between(found)}."
    return f"Whether it is better than the habit of 0.5 is not decided ({between(found)})."


AGAINST_HALF: Mapping[Word, Callable[[Answer, Difference], str]] = {
    "helps": lambda _, found: f"It is better than the habit of 0.5 ({between(found)}).",
    "helps elsewhere": _half_open,
    "hurts": lambda *_: "Every other rate is worse than the habit of 0.5.",
    "worse": _half_open,
    "does not help": lambda answer, _: (
        f"The habit of 0.5 would do as well: no rate gains {answer.worth or 0:.2g} over it."
    ),
    "not decided": _half_open,
}


def over_zero(answer: Answer) -> dict[int, Difference]:
    """Every other rate minus none, at the same sizes."""
    zero, control = answer.curve["zero"], answer.curve["control"]
    return {
        place: one
        for (place, other), one in answer.against_zero.items()
        if other == zero and place != control and isinstance(place, int)
    }


def _hurting(answer: Answer, words: str = "Worse than none") -> str:
    hurting = [p for p in over_zero(answer) if p in answer.zero.hurting and p != answer.recommended]
    return f" {words}: {listed(answer, hurting)}." if hurting else ""


def would_decide(answer: Answer) -> str:
    """What more of would decide whether dropout helps."""
    return in_words(outlook(answer), answer.by_examples)


def in_words(needed: Outlook, by_examples: bool) -> str:
    """No more repeats are named than a study can have."""
    within = needed.repeats is not None and needed.repeats <= MOST
    if not by_examples:
        if within:
            return f"About {needed.repeats} repeats would decide it, if all else stayed as it is."
        more = "More" if needed.repeats is None else f"Even {MOST}"
        return f"{more} repeats would not decide it; more data or more folds would."
    ways = [f"about {needed.repeats} repeats"] if within else []
    if needed.examples is not None:
        ways.append(f"about {_rounded_up(needed.examples)} examples like these")
    if needed.effect is not None:
        effect = _rounded_up(needed.effect)
        ways.append(f"caring only for {effect} and more (confirm.smallest_effect: {effect})")
    if not ways:
        return "More of the same would not decide it."
    *others, last = ways
    said = f"{', '.join(others)} or {last}" if others else last
    return f"What would decide it, if all else stayed as it is: {said}."


def _rounded_up(number: float) -> str:
    """To two digits."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return f"{math.ceil(number / unit) * unit:,.10g}"


def _than_without(answer: Answer, found: Difference) -> str:
    return (
        f"{metric_in_words(answer.record)} is {_gain(found.mean)} than without "
        f"({between(found)}; {_certain(answer)})"
    )


def _than_tuned(answer: Answer) -> str:
    return f" and than {TUNED}" if answer.zero.control is not None else ""


def _beside_tuned(found: Difference) -> str:
    """found: over the tuned control."""
    return f"{TUNED} is {between(found.turned)} than it"


def _certain(answer: Answer) -> str:
    of_what = "each rate" if answer.of_each(answer.zero) else "all rates at once"
    return f"sure to {100 * answer.level:.3g} % for {of_what}"


def _gain(difference: float) -> str:
    return f"{abs(difference):.2g} {'better' if difference >= 0 else 'worse'}"


def between(found: Difference) -> str:
    return f"between {_gain(found.low)} and {_gain(found.high)}"
