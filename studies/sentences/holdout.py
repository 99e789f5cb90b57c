"""What the holdout says, and where it contradicts the curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.held import LEVEL, Held, Interval
from dropsearch.studies.answer.network import network
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.store.contract import BASELINE

LATER = ("expanding", "blocked")  # kinds of folds whose holdout is the end of the time


def in_numbers(answer: Answer) -> dict[str, Any] | None:
    """The holdout of a Recommendation; None where the recommended configuration has no score."""
    held = {one.place: one for one in answer.holdout}
    chosen = held.get(answer.recommended)
    if chosen is None:
        return None
    zero, half = (_other(answer, held, key) for key in ("zero", "half"))
    return {
        "score": chosen.score,
        "interval": _mapping(chosen.interval),
        "level": LEVEL,
        "units": chosen.units or None,
        **_beside("without_dropout", zero),
        **_beside("at_half", half),
        "over_zero": None if zero is None else _mapping(zero.over),
        "over_half": None if half is None else _mapping(half.over),
        "contradicts_curve": bool(contradictions(answer)),
        "baselines": _baselines(answer),
        "examples": answer.record.summary["holdout"],
        "times_scored": answer.holdout_seen,
    }


def _baselines(answer: Answer) -> dict[str, float]:
    """Those that ran as fits, and the simple ones."""
    members = answer.curve["members"]
    ran = {
        str(members[one.place][BASELINE]): one.score
        for one in answer.holdout
        if BASELINE in members[one.place]
    }
    return {**ran, **answer.record.summary["holdout_baselines"]}


def _other(answer: Answer, held: dict[int, Held], key: str) -> Held | None:
    """What the holdout says of none or 0.5, the recommended one too."""
    place = answer.curve["zero"] if key == "zero" else answer.curve["half"]
    return None if place is None else held.get(place)


def _beside(name: str, held: Held | None) -> dict[str, Any]:
    if held is None:
        return {name: None, f"{name}_interval": None}
    return {name: held.score, f"{name}_interval": _mapping(held.interval)}


def _mapping(found: Interval | Difference | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)


def in_words(answer: Answer) -> str:
    """Its scores in a sentence; empty where the recommended configuration has none."""
    held = {one.place: one for one in answer.holdout}
    chosen = held.get(answer.recommended)
    if chosen is None:
        return ""
    others = [
        f"{name}: {held[place].score:.4g}{_told(held[place])}"
        for name, place in (
            ("without dropout", answer.curve["zero"]),
            ("at 0.5", answer.curve["half"]),
        )
        if place in held and place != answer.recommended
    ]
    summary, seen = answer.record.summary, answer.holdout_seen
    without = _baselines(answer)
    others += [f"{name}: {without[name]:.4g}" for name in _named(answer, without)]
    again = "" if seen < 2 else f" It was scored {seen} times, so it is no longer unseen."
    return (
        f"On the holdout, {summary['holdout']:,} examples kept aside for a final test, it scores "
        f"{chosen.score:.4g}"
        f"{_between(chosen.interval)} ({'; '.join(others)}).{again}"
    )


def _named(answer: Answer, without: Mapping[str, float]) -> list[str]:
    """The best baseline of the curve and that of the holdout; all, where none ran as a fit."""
    found = network(answer)
    if found is None or not without:
        return [*without]
    here = max(without, key=lambda name: answer.record.sign * without[name])
    return [name for name in dict.fromkeys((found.best, here)) if name in without]


def _between(found: Interval | None) -> str:
    """`, 0.884 to 0.977 at 95 %`"""
    return "" if found is None else f", {_span(found)} at {100 * LEVEL:.4g} %"


def _span(found: Interval | Difference) -> str:
    return f"{found.low:.4g} to {found.high:.4g}"


def _told(held: Held) -> str:
    """Whether the recommended configuration can be told from this one there."""
    if held.over is None:
        return ""
    if held.over.low > 0:
        return ", surely worse"
    return ", surely better" if held.over.high < 0 else ", no clear difference"


def contradictions(answer: Answer) -> tuple[str, ...]:
    """Sentences where holdout and curve say, each surely, what cannot both hold."""
    if answer.descriptive:
        return ()
    found = [*_of_score(answer), *_of_differences(answer)]
    if not found:
        return ()
    return (f"The holdout contradicts the curve. {' '.join(found)} {_what_to_do(answer)}",)


def _of_score(answer: Answer) -> Iterator[str]:
    """Where the intervals of the recommended configuration's two scores do not overlap."""
    for held in answer.holdout:
        if held.place != answer.recommended or held.interval is None:
            continue
        own, curve = held.interval, answer.interval(held.place)
        if own.low <= curve.high and curve.low <= own.high:
            continue
        better = answer.record.sign * (held.score - curve.mean) > 0
        yield (
            f"There the recommended configuration scores {held.score:.4g} ({_span(own)}), which is "
            f"{'better' if better else 'worse'} than on the curve, {curve.mean:.4g} "
            f"({_span(curve)}){', as more training data alone could make it' if better else ''}."
        )


def _of_differences(answer: Answer) -> Iterator[str]:
    """Where the recommended configuration against none, or against 0.5, has another sign."""
    names = {answer.curve["half"]: "at 0.5", answer.curve["zero"]: "without dropout"}
    for held in answer.holdout:
        curve = answer.beside.get(held.place)
        if held.over is None or curve is None or held.place not in names:
            continue
        worth = answer.worth or 0.0
        if held.over.high < 0 < curve.low:
            said, instead = "worse", "better"
        elif curve.high < 0 < held.over.low:
            said, instead = "better", "worse"
        elif 0 < worth <= held.over.low and curve.low <= 0 and curve.high < worth:
            said, instead = "better", "as good at most"
        else:
            continue
        found = held.over.turned if said == "worse" else held.over
        yield (
            f"There it is {said} than {names[held.place]}, by {found.mean:.2g} ({found.low:.2g} to "
            f"{found.high:.2g}); on the curve it is {instead}."
        )


def _what_to_do(answer: Answer) -> str:
    record = answer.record
    kind = record.summary["fold_kind"]
    if isinstance(record.config["folds"]["holdout"], dict):
        apart = "The holdout is the part that the file sets aside"
    elif kind in LATER:
        apart = "The holdout is a later time than what the curve is fitted on"
    elif kind == "group":
        apart = "The holdout is of groups or series that the curve has not seen"
    else:
        return (
            "The holdout is drawn from the same data, so one of the two is off by chance, or by "
            "examples that are alike in both parts: trust neither alone; more data would tell."
        )
    return (
        f"{apart}, and may be of another kind: trust neither alone. Look at what sets the two "
        "apart, and let more data, or folds that stand as far apart as the use will, decide."
    )
