"""The answer in sentences that a person who knows no statistics can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from dropsearch.studies.answer import Answer
from dropsearch.studies.members import is_redrawn
from dropsearch.studies.records import Claim, StudyRecord
from dropsearch.studies.statistics import Difference
from dropsearch.studies.verdicts import Verdict
from dropsearch.studies.words import (
    best_baseline,
    metric_in_words,
    rate_in_words,
    sizes_in_words,
)


def of_search(
    record: StudyRecord, best: Claim, trials: int, scores: Sequence[float], error: float
) -> tuple[str, ...]:
    """What the search alone says."""
    assert best.point is not None
    assert best.value is not None
    said = [
        f"Best of {trials} {'trial' if trials == 1 else 'trials'} (number {best.trial}): dropout "
        f"{rate_in_words(best.point)}, "
        f"{sizes_in_words(best.point)}.",
        f"Its {metric_in_words(record)} over {len(scores)} folds is {best.value:.4g}, give or take "
        f"{error:.2g} (corrected standard error), after {(best.best_epoch or 0) + 1} epochs.",
        *_baseline(record, best.value, np.asarray(scores), error),
        "This rests on the search alone: the best of many scores is lucky, so it is likely too "
        "good.",
    ]
    return tuple(said)


def of_curve(answer: Answer) -> tuple[str, ...]:
    """What the curve and the holdout say, in four to eight sentences."""
    record, place = answer.record, answer.recommended
    member = answer.members[place]
    assert member is not None
    point = member.point
    scores = answer.observations[place]
    error = answer.standard_error(place)
    repeats, folds = member.scores.shape
    said = [
        f"Use dropout {rate_in_words(point)} with {sizes_in_words(point)} (learning rate "
        f"{point['learning_rate']:.2g}, {member.training_epochs} epochs).",
        f"Its {metric_in_words(record)} is {member.mean:.4g}, give or take {error:.2g} (corrected "
        f"standard error), {_on_what(record, repeats, folds)}.",
        _against_zero(answer),
        _against_half(answer),
        _near(answer),
        *_baseline(record, member.mean, scores, error),
        _held(answer),
    ]
    return tuple(sentence for sentence in said if sentence)


def _on_what(record: StudyRecord, repeats: int, folds: int) -> str:
    """On which folds the curve was fitted."""
    if is_redrawn(record):
        return f"in {repeats} x {folds} newly drawn folds"
    fits = "one fit" if repeats == 1 else f"{repeats} fits"
    return f"over the {folds} folds of the search, {fits} each on new seeds"


def _against_zero(answer: Answer) -> str:
    found, worth = answer.zero, answer.worth or 0.0
    unit = metric_in_words(answer.record)
    certain = f"{100 * answer.level:.3g} % for all rates at once"
    tuned = " and than the best network found without it" if found.control is not None else ""
    if found.word == "helps":
        assert found.difference is not None
        little = f", though by less than is worth having ({worth:.2g})" if found.below_worth else ""
        return (
            f"Dropout helps here: {unit} is {_gain(found.difference.mean)} than without "
            f"({_between(found.difference)}; {certain}){tuned}{little}."
        )
    hurting = _rates(answer, found)
    if found.word == "hurts":
        return f"Dropout hurts here: every rate tried scores worse than none ({certain})."
    if found.word == "does not help":
        said = (
            f"Dropout does not help here: no rate can gain more than {worth:.2g} over none "
            f"({certain})."
        )
    elif found.word == "no verdict":
        why = (
            "a fit of the best network found without it failed"
            if answer.control_lost
            else "there is no score without it"
        )
        return f"Nothing is said of whether dropout helps: {why}."
    elif answer.descriptive:
        said = (
            "Whether dropout helps is not decided: the target moves like a random walk, where "
            "intervals over expanding folds are too narrow to decide it."
        )
    else:
        shown = found.difference
        worse_control = found.control is not None and found.control.low <= 0
        if shown is None and not answer.rates:
            (half,) = _over_zero(answer).values()
            return (
                "Whether dropout helps is not decided: the configuration chosen has none, and on "
                f"new folds only 0.5 at every site was compared with it: {_between(half)} "
                f"({certain}). A search of one rate alone would tell more."
            )
        if shown is None:
            best = max(one.high for one in _over_zero(answer).values())
            range_ = f"none scored best, yet another rate may be up to {best:.2g} better"
        elif shown.low > 0 and worse_control:
            assert found.control is not None
            range_ = (
                "this rate is better than none at the same sizes, but the best network found "
                f"without dropout is between {_gain(-found.control.high)} and "
                f"{_gain(-found.control.low)} than it"
            )
        elif shown.high < 0:
            range_ = (
                f"here {unit} is {_between(shown)} than without, and no other rates were compared"
            )
        else:
            range_ = f"with this rate {unit} is {_between(shown)} than without"
        said = f"Whether dropout helps is not decided: {range_} ({certain}). " + _would(answer)
    return said + (f" Worse than none: {hurting}." if hurting else "")


def _over_zero(answer: Answer) -> dict[int, Difference]:
    """Every other rate minus none, at the same sizes."""
    zero, control = answer.plan["zero"], answer.plan["control"]
    return {
        place: one
        for (place, other), one in answer.against_zero.items()
        if other == zero and place != control and isinstance(place, int)
    }


def _would(answer: Answer) -> str:
    needed = answer.repeats_needed
    if needed is None:
        return "More repeats would not decide it; more data or more folds would."
    return f"About {needed} repeats would decide it, if all else stayed as it is."


def _against_half(answer: Answer) -> str:
    found = answer.half
    if answer.recommended == answer.plan["half"]:
        return "The habit of 0.5 scored best."
    if found.difference is None or answer.descriptive:
        return ""
    between = _between(found.difference)
    if found.word == "helps":
        return f"It is better than the habit of 0.5 ({between})."
    if found.word == "hurts":
        return "Every other rate is worse than the habit of 0.5."
    if found.word == "does not help":
        return f"The habit of 0.5 would do as well: no rate gains {answer.worth or 0:.2g} over it."
    if found.difference.high < 0:
        return f"It is worse than the habit of 0.5 ({between})."
    return f"Whether it is better than the habit of 0.5 is not decided ({between})."


def _near(answer: Answer) -> str:
    if not answer.from_best:
        return ""
    rates, worth = answer.rates, answer.worth or 0.0
    near = {place: one for place, one in answer.from_best.items() if place not in answer.worse}
    good = [place for place, one in near.items() if one.high < worth]
    if not near:
        return "Every other rate tried is worse."
    said = f"Not told apart from it: {_listed(rates[place] for place in near)}"
    if good:
        said += f"; as good as it: {_listed(rates[place] for place in good)}"
    return said + "."


def _baseline(
    record: StudyRecord, score: float, scores: np.ndarray[Any, Any], error: float
) -> list[str]:
    name, baseline = best_baseline(record)
    if baseline is None:
        return []
    per_fold = np.asarray(record.summary["baselines"][name])
    if not is_redrawn(record) and len(per_fold) == len(scores):
        spread = float(np.std(scores - per_fold, ddof=1))
        error = float(np.sqrt(1 / len(scores) + record.summary["fold_ratio"])) * spread
    clear = record.sign * (score - baseline) > stdtrit(len(scores) - 1, 0.975) * error
    verdict = "" if clear else " The network is no better than that, as far as these folds show."
    return [f"With no network, {name} has {baseline:.4g} on such folds." + verdict]


def _held(answer: Answer) -> str:
    held = {one.place: one.score for one in answer.holdout}
    if answer.recommended not in held:
        return ""
    others = [
        f"{name}: {held[place]:.4g}"
        for name, place in (
            ("without dropout", answer.plan["zero"]),
            ("at 0.5", answer.plan["half"]),
        )
        if place in held and place != answer.recommended
    ]
    others += [
        f"{name}: {score:.4g}" for name, score in answer.record.summary["holdout_baselines"].items()
    ]
    seen = answer.holdout_seen
    again = "" if seen < 2 else f" It was scored {seen} times, so it is no longer unseen."
    return (
        f"On the holdout of {answer.record.summary['holdout']} examples it scores "
        f"{held[answer.recommended]:.4g} ({'; '.join(others)}).{again}"
    )


def _rates(answer: Answer, found: Verdict) -> str:
    return _listed(answer.rates[p] for p in found.hurting if p in answer.rates)


def _listed(rates: Iterable[float]) -> str:
    return ", ".join(f"{rate:.3g}" for rate in sorted(rates))


def _gain(difference: float) -> str:
    return f"{abs(difference):.2g} {'better' if difference >= 0 else 'worse'}"


def _between(found: Difference) -> str:
    return f"between {_gain(found.low)} and {_gain(found.high)}"
