"""The table under an answer as text: the same in the terminal, in Jupyter, in the report's page and
in the dashboard's note."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from dropsearch.studies.answer.answer import Standing
from dropsearch.studies.answer.words import standing_in_words

Interval = Mapping[str, float]  # mean, low and high, positive where the first is better
InWords = tuple[str, str]  # a difference, and its interval


class Compared(TypedDict):
    """A configuration of the recommendation's table, with its differences to others."""

    configuration: str
    rate: float | None
    recommended: bool
    score: float
    standard_error: float
    epochs: int
    over_zero: Interval | None
    over_half: Interval | None
    behind_recommended: Interval | None
    standing: Standing | None


class Row(TypedDict):
    """The same as text. beside: what it gains over the recommended one; said: how it stands against
    that, such as "better"."""

    name: str
    chosen: bool
    score: str
    error: str
    epochs: int
    zero: InWords | None
    half: InWords | None
    beside: InWords | None
    said: str


def answer_rows(table: Sequence[Compared]) -> list[Row]:
    """The recommendation's table as text, all numbers with as many decimals."""
    write = _writer(table)
    return [
        {
            "name": row["configuration"],
            "chosen": row["recommended"],
            "score": write(row["score"]),
            "error": f"± {write(row['standard_error'])}",
            "epochs": row["epochs"],
            "zero": _interval(row["over_zero"], write),
            "half": _interval(row["over_half"], write),
            "beside": _interval(_turned(row["behind_recommended"]), write),
            "said": "recommended" if row["recommended"] else standing_in_words(row["standing"]),
        }
        for row in table
    ]


def _turned(found: Interval | None) -> Interval | None:
    """The second minus the first."""
    if found is None:
        return None
    return {"mean": -found["mean"], "low": -found["high"], "high": -found["low"]}


def _writer(table: Sequence[Compared]) -> Callable[[float], str]:
    """Numbers with as many decimals as the smallest error has; powers of ten where these do not do.

    An error or score of 0 and an endless one say nothing of decimals.
    """
    errors = [row["standard_error"] for row in table if 0 < row["standard_error"] < math.inf]
    places = max(0, 1 - math.floor(math.log10(min(errors)))) if errors else 4
    largest = max((abs(row["score"]) for row in table), default=0.0)
    if largest >= 1e9 or (places > 6 and 0 < largest < 1e-3):
        return lambda value: f"{value:.4g}"
    return lambda value: f"{round(value, min(places, 6)) + 0.0:.{min(places, 6)}f}"


def _interval(found: Interval | None, write: Callable[[float], str]) -> InWords | None:
    if found is None:
        return None
    mean, low, high = (_signed(write(found[key])) for key in ("mean", "low", "high"))
    return mean, f"{low} to {high}"


def _signed(number: str) -> str:
    sign = "" if number.startswith("-") else "+"
    return f"{sign}{number}".replace("-", "−").replace("inf", "∞")


def on_one_line(found: InWords | None) -> str:
    """`+0.012 (−0.001 to +0.025)`"""
    return "" if found is None else f"{found[0]} ({found[1]})"
