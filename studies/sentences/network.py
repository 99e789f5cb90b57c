"""Whether the network is worth it, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.behind import Behind
from dropsearch.studies.answer.network import Network, Word
from dropsearch.studies.sentences.dropout import between


class Beside(TypedDict):
    """A baseline on the curve's folds. gain: of the recommended network over it."""

    baseline: str
    score: float
    standard_error: float
    gain: Mapping[str, float]


def in_numbers(answer: Answer, found: Network | None) -> tuple[Beside, ...]:
    """Every baseline, the best first."""
    if found is None:
        return ()
    return tuple(
        {
            "baseline": name,
            "score": score_of(answer, place),
            "standard_error": answer.standard_error(place),
            "gain": asdict(found.gains[name]),
        }
        for name, place in found.baselines.items()
    )


def of_worst(found: Behind, metric: str) -> str:
    """Where the network does worst beside the best baseline."""
    part, beside = f"{found.by} {found.name!r}", found.beside
    where = (
        f"Beside {beside} the network does worst on {part}"
        if found.is_behind
        else f"On none of {found.number:,} {_PARTS[found.by]} is the network behind {beside}; it "
        f"gains least on {found.name!r}"
    )
    if found.by == "series":
        return f"{where}: {metric} {found.network:.4g} against {found.baseline:.4g}."
    own = f"{found.examples:,} example{'' if found.examples == 1 else 's'}"
    return f"{where}: it finds {found.network:.3g} of its {own}, against {found.baseline:.3g}."


_PARTS = {"class": "classes", "series": "series"}


def score_of(answer: Answer, place: int) -> float:
    return float(answer.observations[place].mean())


def in_words(answer: Answer, found: Network) -> str:
    """The verdict, with the score of the baseline named and what the network gains over it."""
    said = _SAID[found.word].format(
        name=found.named,
        baseline=f"{score_of(answer, found.baselines[found.named]):.4g}",
        network=f"{score_of(answer, answer.recommended):.4g}",
        gain=between(found.gains[found.named]),
        little=f", though by less than is worth having ({answer.worth or 0:.2g})"
        if found.below_worth
        else "",
    )
    return f"{said}{_why_open(answer, found)}"


def _why_open(answer: Answer, found: Network) -> str:
    if answer.descriptive:
        return " Intervals over such folds are too narrow to decide it."
    return f" Not compared since a fit failed: {', '.join(found.lost)}." if found.lost else ""


_SAID: dict[Word, str] = {
    "worth it": "The network is worth it: {network} against {baseline} ({name}), {gain}{little}.",
    "not needed": "No network is needed here: {name} has {baseline} on the same folds, and the "
    "network is {gain}.",
    "not decided": "Whether a network is worth it is not decided: {name} has {baseline} on the "
    "same folds, and the network is {gain}.",
}
