"""The table under an answer as text: the same in the terminal, in Jupyter, in the report's page and
in the dashboard's note."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def answer_rows(table: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The recommendation's table as text, all numbers with as many decimals.

    name, score, error, epochs, zero, half and behind (each a difference and its interval), and
    said: how it stands against the recommended one, such as "better".
    """
    errors = [row["standard_error"] for row in table if 0 < row["standard_error"] < math.inf]
    places = min(max(0, 1 - math.floor(math.log10(min(errors)))), 6) if errors else 4
    rows = []
    for row in table:
        rows.append(
            {
                "name": row["configuration"],
                "chosen": row["recommended"],
                "score": f"{row['score']:.{places}f}",
                "error": f"± {row['standard_error']:.{places}f}",
                "epochs": row["epochs"],
                "zero": _interval(row["over_zero"], places),
                "half": _interval(row["over_half"], places),
                "behind": _interval(row["behind_recommended"], places),
                "said": "recommended" if row["recommended"] else row["standing"],
            }
        )
    return rows


def _interval(found: Mapping[str, float] | None, places: int) -> tuple[str, str] | None:
    if found is None:
        return None
    mean, low, high = (
        f"{round(found[key], places) + 0.0:+.{places}f}".replace("-", "−").replace("inf", "∞")
        for key in ("mean", "low", "high")
    )
    return mean, f"{low} to {high}"


def on_one_line(found: tuple[str, str] | None) -> str:
    """`+0.012 (−0.001 to +0.025)`"""
    return "" if found is None else f"{found[0]} ({found[1]})"
