"""How sure differences are, by each example and by the folds' scores."""

from __future__ import annotations

import numpy as np
import pytest

from dropsearch.studies.answer.comparing import ByExamples, ByFolds
from dropsearch.studies.intervals.crossed import crossed

FOLD = np.stack([np.random.default_rng(seed).permutation(10) % 5 for seed in range(3)])
HITS = np.stack([np.ones((3, 10)), np.tile(np.arange(10) < 3, (3, 1))])
SCORES = {0: np.array([1.0, 0.9, 1.0]), 1: np.array([0.1, 0.4, 0.5])}


def comparing(kind: str, most: float) -> ByFolds | ByExamples:
    if kind == "folds":
        return ByFolds(SCORES, "maximize", 0.25, most)
    return ByExamples(crossed(HITS, FOLD, np.arange(10) // 2), (0, 1), "maximize", most)


@pytest.mark.parametrize("kind", ["folds", "examples"])
def test_scores_from_0_to_1_are_not_farther_apart_than_1(kind: str) -> None:
    free, bounded = comparing(kind, np.inf), comparing(kind, 1.0)
    ways = [
        lambda how: how.against([0, 1], [1], 0.95)[0][0, 1],
        lambda how: how.against([0, 1], [1], 0.95)[1][0, 1],
        lambda how: how.pairs([0], [1], 0.95)[0, 1],
        lambda how: how.from_best([0, 1], 0, 0.95)[1],
    ]
    for way in ways:
        wide, cut = way(free), way(bounded)
        assert wide.high > 1.0
        assert (cut.mean, cut.low, cut.high) == (wide.mean, max(wide.low, -1.0), 1.0)
        assert way(free).turned.within(1.0) == cut.turned


def test_an_interval_without_ends_stays_one() -> None:
    one = {place: scores[:1] for place, scores in SCORES.items()}
    found = ByFolds(one, "maximize", 0.25, 1.0).pairs([0], [1], 0.95)[0, 1]
    assert (found.low, found.high) == (-np.inf, np.inf)
