"""Whether the network is worth it: worth it, not needed, or not decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropsearch.search.config.load import config_from
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import of_answer, recommend
from dropsearch.studies.sentences.dropout import between
from dropsearch.studies.sentences.network import in_words
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import CURVE, HOLDOUT
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill

NAMES = {
    "logistic regression on summaries",
    "extra trees on summaries",
    "majority class",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


def filled(study: Any, store: Store, without: float, examples: float | None = 0.1) -> Any:
    asked = study(
        study="s", search={"trials": 6}, confirm={"rates": [0.0, 0.3, 0.5], "rivals": None}
    )
    config = config_from(asked, Path.cwd())
    how = {"truth": lambda _: 0.8, "noise": 0.01, "examples": examples}
    return fill(store, config, without=without, **how)


CASES = [
    (0.5, "worth it", "The network is worth it: "),
    (0.95, "not needed", "No network is needed here:"),
    (0.84, "not needed", "No network is needed here:"),
    (0.783, "not decided", "Whether a network is worth it is not decided:"),
]


@pytest.mark.parametrize("examples", [0.1, None], ids=["by examples", "by fold scores"])
@pytest.mark.parametrize(("without", "word", "said"), CASES)
def test_each_verdict_with_its_numbers_and_words(
    study: Any, store: Store, without: float, word: str, said: str, examples: float | None
) -> None:
    record = filled(study, store, without, examples)
    answer, chosen = read_answer(store, record), recommend(store, record)
    assert answer is not None
    assert chosen is not None
    found = network(answer)
    assert found is not None
    assert set(found.baselines) == NAMES
    assert (found.word, chosen.network) == (word, word)
    (sentence,) = [one for one in chosen.sentences if said in one]
    scores = {one["baseline"]: one["score"] for one in chosen.baselines}
    assert f"{found.named} has {scores[found.named]:.4g}" in sentence or (
        f"against {scores[found.named]:.4g} ({found.named})" in sentence
    )
    assert chosen.baseline == found.best == chosen.baselines[0]["baseline"]
    # before what is said of dropout, but where a network is worth it
    of_dropout = next(i for i, one in enumerate(chosen.sentences) if "ropout" in one and i > 0)
    assert (chosen.sentences.index(sentence) < of_dropout) == (word != "worth it")
    gains = [one["gain"] for one in chosen.baselines]
    shown = {
        "worth it": all(gain["low"] > 0 for gain in gains),
        "not needed": any(gain["high"] < (answer.worth or 0) for gain in gains),
        "not decided": any(gain["low"] <= 0 for gain in gains)
        and all(gain["high"] >= (answer.worth or 0) for gain in gains),
    }
    assert shown[word]
    better = found.gains[found.named].high < 0
    does = f"{found.named} does {'better' if better else 'as well'}. "
    assert (does in chosen.headline.said) == (word == "not needed")
    assert better == (without > 0.8)
    assert [*scores.values()] == sorted(scores.values(), reverse=True)


def test_they_run_on_each_drawing_of_folds_and_on_the_holdout(study: Any, store: Store) -> None:
    record = filled(study, store, 0.5)
    for phase, repeats in ((CURVE, 3), (HOLDOUT, 1)):
        ran = [
            (claim.point[BASELINE], claim.repeat)
            for claim in claims_of(store, record.uuid, phase)
            if BASELINE in (claim.point or {})
        ]
        assert sorted(ran) == sorted((name, r) for name in NAMES for r in range(repeats))
    chosen = recommend(store, record)
    assert chosen is not None
    assert set(chosen.holdout["baselines"]) == NAMES


def test_no_baseline_is_a_configuration_that_is_compared_or_recommended(
    study: Any, store: Store
) -> None:
    record = filled(study, store, 0.95)
    answer = read_answer(store, record)
    assert answer is not None
    places = answer.curve["baselines"]
    assert not set(places) & {*answer.family, *answer.standings, *answer.rates, answer.recommended}
    assert not set(places) & set(answer.networks)
    assert all(not answer.curve["allowed"][place] for place in places)


def test_a_curve_of_an_earlier_version_has_none_and_says_so(study: Any, store: Store) -> None:
    record = filled(study, store, 0.95)
    answer = read_answer(store, record)
    assert answer is not None
    curve = {key: value for key, value in answer.curve.items() if key != "baselines"}
    before = replace(answer, curve=curve)
    assert network(before) is None
    chosen = of_answer(store, record, before)
    assert chosen is not None
    assert (chosen.network, chosen.baselines, chosen.baseline) == (None, (), "majority class")
    assert sum("without baselines that learn" in one for one in chosen.warnings) == 1


STEADY, SHAKY = [0.0] * 8, [0.1, -0.1] * 4
NAMED: list[tuple[dict[str, tuple[float, list[float]]], str, str]] = [
    (
        {"extra trees on summaries": (-0.03, STEADY), "majority class": (-0.05, SHAKY)},
        "not decided",
        "majority class",
    ),
    (
        {"extra trees on summaries": (-0.005, STEADY), "majority class": (0.005, SHAKY)},
        "not needed",
        "extra trees on summaries",
    ),
    (
        {"extra trees on summaries": (0.02, STEADY), "majority class": (0.01, STEADY)},
        "not needed",
        "extra trees on summaries",
    ),
    (
        {"extra trees on summaries": (-0.03, STEADY), "majority class": (-0.04, STEADY)},
        "worth it",
        "extra trees on summaries",
    ),
]


@pytest.mark.parametrize(("others", "word", "named"), NAMED)
def test_the_baseline_named_is_one_that_the_word_rests_on(
    study: Any,
    store: Store,
    others: dict[str, tuple[float, list[float]]],
    word: str,
    named: str,
) -> None:
    """others: what each has over the network, by repeat."""
    confirm = {"rates": [0.0, 0.3, 0.5], "rivals": None, "repeats": 8}
    asked = study(study="s", search={"trials": 6}, confirm=confirm)
    record = fill(store, config_from(asked, Path.cwd()), truth=lambda _: 0.8)
    answer = read_answer(store, record)
    assert answer is not None
    own = answer.members[answer.recommended]
    assert own is not None
    mild = 0.001 * np.array([1, -1] * 4)[:, None]
    members = list(answer.members)
    for place in answer.curve["baselines"]:
        gain, shakes = others.get(answer.curve["members"][place][BASELINE], (-0.3, STEADY))
        scores = own.scores + gain + mild + np.array(shakes)[:, None]
        members[place] = replace(own, point=answer.curve["members"][place], scores=scores)
    answer = replace(answer, members=tuple(members))
    found = network(answer)
    assert found is not None
    assert (found.word, found.named) == (word, named)
    said = in_words(answer, found)
    assert named in said
    gain = found.gains[named]
    assert between(gain) in said
    assert word != "not decided" or gain.low <= 0


def test_where_a_baseline_failed_the_network_is_not_called_worth_it(
    study: Any, store: Store
) -> None:
    record = filled(study, store, 0.5)
    answer = read_answer(store, record)
    assert answer is not None
    lost = answer.curve["baselines"][0]
    members = tuple(None if place == lost else one for place, one in enumerate(answer.members))
    name = answer.curve["members"][lost][BASELINE]
    less = replace(answer, members=members, crossed="not kept")
    found = network(less)
    assert found is not None
    assert (found.word, found.lost) == ("not decided", (name,))
    chosen = of_answer(store, record, less)
    assert chosen is not None
    assert sum(f"Not compared since a fit failed: {name}." in one for one in chosen.sentences) == 1
