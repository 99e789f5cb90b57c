"""What else the search could have chosen: sizes, kinds and sites beside their rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypedDict

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.words import choice_in_words
from dropsearch.studies.sentences.dropout import between

FEW = 2  # rivals that are named though there is no clear difference
OPEN = "with no clear difference"


class Choice(TypedDict):
    """One choice, and the rival that differs in it alone. gain: of the recommended one over it."""

    choice: str
    recommended: Any
    rival: Any
    score: float
    gain: Mapping[str, float]
    standing: str


def choices(answer: Answer) -> tuple[Choice, ...]:
    """All that were tried otherwise, ready for JSON."""
    point, members = answer.curve["members"][answer.recommended], answer.curve["members"]
    return tuple(
        {
            "choice": key,
            "recommended": point[key],
            "rival": members[place][key],
            "score": float(answer.observations[place].mean()),
            "gain": asdict(answer.beside[place]),
            "standing": answer.standings[place],
        }
        for key, place in answer.rivals.items()
    )


def of_choices(answer: Answer) -> str:
    """How each rival stands, and what to do where one is better; empty without any.

    More than FEW that are not told apart are counted.
    """
    if not answer.rivals:
        return ""
    told = {place: answer.standings[place] != "not told apart" for place in answer.rivals.values()}
    open_ = len(told) - sum(told.values())
    said = [
        f"{_name(answer, key)} {_standing(answer, place)}"
        for key, place in answer.rivals.items()
        if told[place] or open_ <= FEW
    ]
    if open_ > FEW:
        said.append(f"{open_} {'others ' if said else ''}{OPEN}")
    where = "these rates" if answer.curve["sites"] else "this rate"
    return f"With one choice changed, at {where}: {', '.join(said)}{_sure(answer)}.{_next(answer)}"


def _sure(answer: Answer) -> str:
    """A rival that is one of the curve's rates has the interval that it has beside these."""
    if answer.descriptive:
        return ""
    of_rates = [
        _name(answer, key) for key, place in answer.rivals.items() if place in answer.family
    ]
    but = f", {' and '.join(of_rates)} beside the other rates" if of_rates else ""
    return f"; {100 * answer.level:.3g} % for all at once{but}"


def _name(answer: Answer, key: str) -> str:
    return choice_in_words(key, answer.curve["members"][answer.rivals[key]])


def _standing(answer: Answer, place: int) -> str:
    standing = answer.standings[place]
    said = OPEN if standing == "not told apart" else standing
    return f"{said} ({between(answer.beside[place].turned)})"


def _next(answer: Answer) -> str:
    better = with_better_choices(answer)
    if not better:
        return ""
    return f" The rates were not tried with that: {better}."


def with_better_choices(answer: Answer) -> str:
    """What to set where a rival is better; empty where none is."""
    better = [key for key, place in answer.rivals.items() if answer.standings[place] == "better"]
    values = [f"model.{key}: {_value(answer, key)}" for key in better]
    return f"set {', '.join(values)} in a study of another name" if values else ""


def _value(answer: Answer, key: str) -> str:
    value = answer.curve["members"][answer.rivals[key]][key]
    return str(value).lower() if isinstance(value, bool) else f"{value}"
