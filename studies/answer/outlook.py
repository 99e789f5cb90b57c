"""What would decide an answer that is open: repeats, examples, a coarser smallest effect."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.comparing import ByExamples
from dropsearch.studies.answer.members import is_redrawn
from dropsearch.studies.intervals.statistics import level_of_look, price_of_look
from dropsearch.studies.intervals.verdicts import Verdict, repeats_that_decide


@dataclass(frozen=True)
class Outlook:
    """What would decide against rate 0, if all else stayed as it is; None: nothing of the kind.

    repeats: at the next look, those done among them. examples: of this kind, with as many fits.
    effect: the smallest one that no rate could reach, larger than the one asked for.
    """

    repeats: int | None = None
    examples: int | None = None
    effect: float | None = None


def outlook(answer: Answer) -> Outlook:
    zero, level = answer.curve["zero"], level_of_look(answer.look + 1)
    if zero not in answer.observations:
        return Outlook()
    if not isinstance(answer.comparing, ByExamples):
        return Outlook(_repeats_by_folds(answer, level))
    question = answer.questions[0]
    found = answer.comparing.of(question.labels)
    times = question.examples_that_decide(found, level)
    effect = question.worth_that_decides(found, answer.level) if answer.rates else 0.0
    return Outlook(
        repeats=question.repeats_that_decide(found, level),
        examples=None if times is None else round(times * answer.record.summary["examples"]),
        effect=effect if effect > (answer.worth or 0.0) else None,
    )


def goes_on(answer: Answer) -> bool:
    """Whether one repeat more is worth its time: not decided, and more could decide it."""
    comparing = answer.comparing
    if answer.descriptive or answer.control_lost or not isinstance(comparing, ByExamples):
        return False
    said: dict[Hashable, Verdict] = {
        answer.curve["zero"]: answer.zero,
        answer.curve["half"]: answer.half,
    }
    return any(
        said[asked.reference].word == "not decided"
        and asked.could_decide(comparing.of(asked.labels), price_of_look(answer.look))
        for asked in answer.questions
    )


def _repeats_by_folds(answer: Answer, level: float) -> int | None:
    return repeats_that_decide(
        {place: answer.observations[place] for place in answer.family},
        answer.recommended,
        answer.curve["zero"],
        answer.worth or 0.0,
        answer.record.direction,
        answer.ratio,
        folds=len(answer.record.summary["folds"]),
        redrawn=is_redrawn(answer.record),
        control=answer.tuned_control,
        curve=bool(answer.rates),
        level=level,
    )
