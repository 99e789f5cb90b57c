"""What may be said of a choice: verdicts by simultaneous intervals, and what would decide."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

from dropsearch.studies.intervals.statistics import ALPHA, Array, Difference, Direction, against

Word = Literal[
    "helps", "helps elsewhere", "hurts", "worse", "does not help", "not decided", "no verdict"
]
Family = Mapping[tuple[Hashable, Hashable], Difference]

OF_EVERY_RATE = ("hurts", "does not help")  # rest on the interval that each rate has by itself

ENDLESS = 10**6  # repeats, where more change nothing


@dataclass(frozen=True)
class Verdict:
    """One word on dropout against a reference rate; differences as in statistics.Difference.

    difference: recommended minus reference, None where they are one. control: recommended minus
    the tuned control, None where there is none. below_worth: it helps by less than is worth
    having. hurting: the labels that are worse than the reference; helping: those that are better
    than it, and than the control.
    """

    word: Word
    against: str
    difference: Difference | None = None
    control: Difference | None = None
    below_worth: bool = False
    hurting: tuple[Hashable, ...] = ()
    helping: tuple[Hashable, ...] = ()


def verdict(
    family: Family,
    recommended: Hashable,
    reference: Hashable,
    worth: float,
    *,
    control: Hashable | None = None,
    alone: Family | None = None,
    descriptive: bool = False,
    curve: bool = True,
) -> Verdict:
    """The first that fits of: helps, helps elsewhere, hurts, worse, does not help, not decided.

    family: simultaneous intervals against the reference, and against the control. Helps: the
    recommended rate is better than the reference, and better than the control, the best
    configuration found at the reference rate with everything else free. Helps elsewhere: another
    rate is. Hurts: every rate is worse than the reference. Worse: the recommended one is worse than
    the reference or the control. Does not help: every rate is better by less than `worth` at most.
    Neither hurts nor does not help is said without a `curve`, since then few rates were tried. Not
    decided it also is where descriptive, since the intervals are not known to cover. No verdict:
    the reference has no scores, or nothing is held against it.

    alone: intervals of the same pairs that cover each by itself. What is said of every rate is
    false as soon as it is false of one, which its own interval guards against: no price for their
    number (intersection-union test, Berger 1982). Without `alone`, the family's are taken.
    """
    name = f"{reference:g}" if isinstance(reference, int | float) else str(reference)
    rates = {
        label: found
        for (label, other), found in family.items()
        if other == reference and label != control
    }
    difference = rates.get(recommended)
    if not rates:
        return Verdict("no verdict", name)
    over_control = None if control is None else family[recommended, control]
    if descriptive:
        return Verdict("not decided", name, difference, over_control)
    own = {label: (alone or family)[label, reference] for label in rates}
    hurting = tuple(label for label, found in rates.items() if found.high < 0)
    helping = tuple(
        label
        for label, found in rates.items()
        if found.low > 0 and (control is None or family[label, control].low > 0)
    )
    beside = [found for found in (difference, over_control) if difference and found]
    fitting: dict[Word, bool] = {
        "helps": recommended in helping,
        "helps elsewhere": bool(helping),
        "hurts": curve and all(found.high < 0 for found in own.values()),
        "worse": any(found.high < 0 for found in beside),
        "does not help": curve and all(found.high < worth for found in own.values()),
        "not decided": True,
    }
    word = next(word for word, fits in fitting.items() if fits)
    below_worth = word == "helps" and difference is not None and difference.high < worth
    if word in OF_EVERY_RATE:
        difference = own.get(recommended)
    if word == "hurts":
        hurting = tuple(rates)
    return Verdict(word, name, difference, over_control, below_worth, hurting, helping)


def repeats_that_decide(
    scores: Mapping[Hashable, Array],
    recommended: Hashable,
    reference: Hashable,
    worth: float,
    direction: Direction,
    ratio: float,
    *,
    folds: int,
    redrawn: bool,
    control: Hashable | None = None,
    curve: bool = True,
    level: float = 1 - ALPHA,
) -> int | None:
    """The fewest repeats, of `folds` folds each, at which the verdict is not "not decided".

    Means, variances and correlations stay as they are in `scores`, and the repeats done are the
    fewest it answers. None: no number of repeats would decide, only more folds or data, since the
    ratio in the corrected standard error stays, or since repeats that do not draw new folds add
    no observations.
    """
    references = [reference] if control is None else [reference, control]

    def decides(repeats: int) -> bool:
        family = against(scores, references, direction, ratio, level, count=repeats * folds)
        found = verdict(family, recommended, reference, worth, control=control, curve=curve)
        return found.word != "not decided"

    done = len(scores[recommended]) // folds
    return fewest(decides, done, ENDLESS if redrawn else done)


def fewest(decides: Callable[[int], bool], few: int, most: int) -> int | None:
    """The least count from `few` to `most` that decides, where more decide whatever fewer do."""
    if decides(few):
        return few
    if not decides(most):
        return None
    enough = min(2 * few, most)
    while not decides(enough):
        few, enough = enough, min(2 * enough, most)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if decides(middle) else (middle, enough)
    return enough
