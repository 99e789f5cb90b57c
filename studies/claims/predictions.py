"""Out-of-fold predictions: what networks say of examples that they were not trained on.

n examples validated, R repeats, C classes, steps of a forecast, or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dropsearch.studies.claims.examples import Examples, Numbers, Places, read_examples
from dropsearch.studies.claims.validated import LARGEST, read_validated
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store


@dataclass(frozen=True, eq=False)
class Predictions:
    """Those of one configuration's fits, a repeat each.

    index: (n,), the examples in the order of the data; unit: (n,), as in Validated. fold: (R, n),
    by which fold's network.
    said: (R, n, C) probabilities, or numbers in the user's unit. contribution: (R, n), to the score
    of the fold.
    """

    examples: Examples
    index: Places
    unit: Places
    fold: Places
    said: Numbers
    contribution: Numbers

    @cached_property
    def mean(self) -> Numbers:
        """(n, C), over the repeats."""
        return self.said.mean(0)

    def of_target(self, number: int, targets: int) -> Predictions:
        """Of a forecast of several targets what is said of one."""
        steps = self.said.shape[2] // targets
        own = slice(number * steps, (number + 1) * steps)
        examples = replace(self.examples, actual=self.examples.actual[:, number])
        return replace(self, said=self.said[..., own], examples=examples)

    @property
    def series(self) -> Places:
        """(n,)"""
        return self.examples.series[self.index]

    @property
    def names(self) -> list[str]:
        """(n,), of the series."""
        return [self.examples.names[one] for one in self.series.tolist()]


def read_predictions(
    store: Store, record: StudyRecord, claims: Sequence[int], *, sample: bool = False
) -> Predictions | str:
    """Of the fits of these claims; where they cannot be had, a sentence that says why.

    sample: of a part of the examples, which is kept where those of all are too large.
    """
    given = {"outputs": True, "sample": sample}
    kept = [read_validated(store, record.uuid, claim, **given) for claim in claims]
    examples = read_examples(store, record.uuid)
    found = [one for one in kept if one is not None]
    outputs = [one.outputs for one in found if one.outputs is not None]
    if len(found) == len(kept) > len(outputs):
        return (
            f"Those of one fit take more than {LARGEST / 2**20:g} MB, so they are not kept; only "
            "fits made again would tell them."
        )
    if not (
        len(outputs) == len(kept)
        and all(np.array_equal(one.index, found[0].index) for one in found)
        and {one.shape[1] for one in outputs} == {width(record)}
        and examples is not None
        and _fits(examples, record)
        and found[0].index.max() < len(examples.series)
    ):
        return (
            "The files with what the fits said of each example are not there: they are of an "
            "earlier version, or lost. Only fits made again would tell it."
        )
    said = np.array(outputs, np.float64)
    return Predictions(
        examples=examples,
        index=found[0].index,
        unit=found[0].unit,
        fold=np.array([one.fold for one in found]),
        said=_shares(said) if record.summary["task"] == "classify" else said,
        contribution=np.array([one.contribution for one in found]),
    )


def width(record: StudyRecord) -> int:
    """C, the outputs of a network."""
    summary = record.summary
    if summary["task"] == "classify":
        return len(summary["classes"])
    return (record.config["data"]["horizon"] or 1) * max(1, len(summary.get("targets", [])))


def _fits(examples: Examples, record: StudyRecord) -> bool:
    """Whether they can be those of the study."""
    task, actual = record.summary["task"], examples.actual
    if task == "classify":
        return actual.dtype.kind == "i" and bool(((actual >= 0) & (actual < width(record))).all())
    forecast = len(examples.last) > 0
    targets = record.summary.get("targets", [])
    if actual.shape[1:] != ((len(targets),) if targets else ()):
        return False
    return actual.dtype.kind == "f" and forecast == (task == "forecast")


def _shares(logits: Numbers) -> Numbers:
    from scipy.special import softmax

    found: Numbers = softmax(logits, axis=-1)
    return found
