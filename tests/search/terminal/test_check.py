"""What `check` says of the baselines: their fits, their time, and from how much they learn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dropsearch.models.fold import learnt
from dropsearch.search.config.load import config_from
from dropsearch.search.terminal.check import check, in_words
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill

pytestmark = pytest.mark.usefixtures("briefly")

CONFIRM = {"rates": [0.0, 0.3], "rivals": None, "repeats": 2}
BESIDE = "  without a network, beside these: "


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("holdout", [0, 0.2])
def test_their_fits_and_time_are_told_beside_those_of_networks(
    study: Any, store: Store, holdout: float
) -> None:
    asked = study(folds={"count": 3, "holdout": holdout}, search={"trials": 4}, confirm=CONFIRM)
    config = config_from(asked, Path.cwd())
    found = check(config)
    record = fill(store, config, truth=lambda _: 0.8)
    ran = [one for one in claims_of(store, record.uuid) if BASELINE in (one.point or {})]
    assert found["fits_of_baselines"] == len(ran) == (9 if holdout else 6)
    assert 0 < found["seconds_of_baselines"] < 60
    (line,) = [line for line in in_words(found) if line.startswith(BESIDE)]
    assert line.startswith(f"{BESIDE}{len(ran)} fits, about ")
    assert line.endswith(" s")


def test_without_a_curve_none_are_told(study: Any) -> None:
    found = check(config_from(study(confirm=None), Path.cwd()))
    assert (found["fits_of_baselines"], found["seconds_of_baselines"]) == (0, 0)
    assert not any("beside these" in line for line in in_words(found))


def test_where_they_learn_from_a_part_it_is_told(
    study: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_from(study(search={"trials": 4}, confirm=CONFIRM), Path.cwd())
    whole = fill(store, config, truth=lambda _: 0.8)
    chosen = recommend(store, whole)
    assert chosen is not None
    assert not any("baselines that learn had" in one for one in chosen.warnings)

    monkeypatch.setattr(learnt, "MOST_EXAMPLES", 20)
    found = check(config)
    assert any(line.endswith(", from 20 training examples at most") for line in in_words(found))
    other = config.model_copy(update={"study": "other"})
    chosen = recommend(store, fill(store, other, truth=lambda _: 0.8))
    assert chosen is not None
    most = max(fold["train"] for fold in found["folds"])
    said = f"had 20 training examples at most, drawn from up to {most}; the networks had all"
    assert sum(said in one for one in chosen.warnings) == 1


def test_the_times_add_up(study: Any) -> None:
    found = check(config_from(study(search={"trials": 4}, confirm=CONFIRM), Path.cwd()))
    found["seconds_per_fit"] = [0.25, 0.5]
    found["seconds_of_baselines"] = 0.3
    found["seconds_at_most"] = {"search": 1.5, "finalists": 0.4, "curve": 2.3, "holdout": 0.4}
    lines = in_words(found)
    assert "Time of one fit on one core: 0.2 s to 0.5 s at most" in lines
    assert "  until the workers run: 10 s" in lines
    assert "  in all: 15 s" in lines
    found["seconds_to_start"] = 0.0
    assert "  in all: 4.9 s" in in_words(found)


def test_large_counts_have_their_commas(study: Any) -> None:
    found = check(config_from(study(search={"trials": 4}, confirm=CONFIRM), Path.cwd()))

    def larger(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: larger(one) for key, one in value.items()}
        if isinstance(value, list):
            return [larger(one) for one in value]
        return 1234 * value if type(value) is int else value

    counted = {"rows", "series", "examples", "holdout", "trials", "controls", "points", "classes"}
    counted |= {"folds", "fits", "with_more_repeats", "fits_of_baselines"}
    lines = in_words(found | {key: larger(found[key]) for key in counted & found.keys()})
    assert "Data: 599,724 rows, 59,232 series, 59,232 examples" in lines
    assert not [line for line in lines if re.search(r"(?<![\d.,])[1-9]\d{3,}\b", line)]
