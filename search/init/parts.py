"""Columns that say which rows train and which test, or to which fold they belong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dropsearch.models.data.roles import OTHER_PARTS, TEST, TRAIN
from dropsearch.models.table.profile import Look
from dropsearch.search.init.hints import hinted
from dropsearch.search.init.order import Order

YES, NO = ("true", "1", "1.0", "yes"), ("false", "0", "0.0", "no")
FOLDS = ("fold", "folds")
MOST_PARTS = 50  # spellings of the words for parts
MOST_FOLDS = 20


@dataclass(frozen=True)
class Parts:
    part: Look | None
    test: str | None  # the value of `part` in the rows held out, as spelled
    fold: Look | None

    @property
    def columns(self) -> set[str]:
        """The names of both."""
        return {look.name for look in (self.part, self.fold) if look is not None}


def find_parts(columns: Mapping[str, Look], order: Order) -> Parts:
    """Parts are known by their words, or by name and two values; folds by their name."""
    free = [
        look
        for look in columns.values()
        if look.varies and not look.blanks and look.name not in (order.time, order.series)
    ]
    tests = [(look, _test_value(look)) for look in free]
    part, test = next((pair for pair in tests if pair[1] is not None), (None, None))
    fold = next(
        (look for look in free if hinted(look.name, FOLDS) and len(look.levels) <= MOST_FOLDS), None
    )
    return Parts(part, test, fold if fold is not part else None)


def _test_value(look: Look) -> str | None:
    if not look.at_most(MOST_PARTS):
        return None
    words = {level.strip().lower(): level for level in look.levels}
    tests = [words[word] for word in TEST if word in words]
    if tests and words.keys() & set(TRAIN) and words.keys() <= {*TRAIN, *TEST, *OTHER_PARTS}:
        return tests[0]
    if len(words) != 2:
        return None
    yes, no = (next((words[w] for w in pair if w in words), None) for pair in (YES, NO))
    if yes is None or no is None:
        return None
    return yes if hinted(look.name, TEST) else no if hinted(look.name, TRAIN) else None
