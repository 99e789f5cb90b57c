"""What is said of the recommended rate pays for its having been picked on the same folds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dropsearch.search.config.load import config_from
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.intervals.crossed import crossed
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill

RATES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.8]
DRAWS, REPEATS, FOLDS, EXAMPLES = 150, 3, 5, 100


def test_of_networks_and_a_baseline_that_are_equal_none_is_called_better(
    study: Any, tmp_path: Path
) -> None:
    """Rivals are "worse" and the network "worth it" in no more than one of twenty such studies.

    Fits differ by chance alone; of seven rates the best seems better than it is.
    """
    store = open_store(str(tmp_path / "s.db"), create=True)
    made = study(study="s", search={"trials": 12}, confirm={"rates": RATES, "repeats": REPEATS})
    answer = read_answer(store, fill(store, config_from(made, Path.cwd()), examples=0.1))
    store.close()
    assert answer is not None
    assert answer.rivals
    places = [*answer.observations]
    _, *others = (places.index(place) for place in answer.curve["baselines"])
    rng = np.random.default_rng(0)
    worse = worth_it = 0
    for _ in range(DRAWS):
        fold = np.array([rng.permutation(EXAMPLES) % FOLDS for _ in range(REPEATS)])
        fits = 0.2 * rng.normal(size=(len(places), REPEATS, FOLDS))
        shape = len(places), REPEATS, EXAMPLES
        values = np.take_along_axis(fits, np.broadcast_to(fold, shape), axis=2)
        values += rng.normal(size=EXAMPLES) + 0.3 * rng.normal(size=shape)
        values[others] -= 5
        found = crossed(values, fold, np.arange(EXAMPLES))
        best = max(answer.rates, key=lambda place: found.mean[places.index(place)])
        drawn = replace(answer, recommended=best, crossed=found)
        worse += any(drawn.standings[place] == "worse" for place in drawn.rivals.values())
        said = network(drawn)
        assert said is not None
        worth_it += said.word == "worth it"
    assert worse <= 0.07 * DRAWS
    assert worth_it <= 0.07 * DRAWS
