"""What a new study's sampler learns from the study in `search.start_from`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.search.config.load import config_from
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.before import as_trials
from dropsearch.search.phases.distributions import distributions
from dropsearch.search.phases.sampling import draws
from dropsearch.search.registration import register
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.ranking import scored
from dropsearch.studies.store.contract import Summary
from dropsearch.studies.store.records import SEARCH, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.drawn import served
from tests.support.filled import fill, helps

SPACE = {"hidden_size": [4, 8], "dropout": {"low": 0.0, "high": 0.8}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "s.db"), create=True)


@pytest.fixture
def before(study: Any, store: Store) -> StudyRecord:
    mapping = study(study="before", model=SPACE, search={"trials": 30}, confirm=None)
    return fill(store, config_from(mapping, Path.cwd()), noise=0.0)


def learnt(store: Store, mapping: dict[str, Any]) -> list[dict[str, Any]]:
    config = config_from(mapping, Path.cwd())
    record, _ = register(store, config, Inputs.of(config))
    return [dict(one) for one in record.summary.get("before", [])]


def test_it_knows_the_complete_trials_that_are_points_of_the_new_space(
    study: Any, store: Store, before: StudyRecord
) -> None:
    trials = scored(claims_of(store, before.uuid, SEARCH))
    assert 10 < len(trials) < 30  # others were pruned
    search = {"trials": 9, "start_from": "before"}
    found = learnt(store, study(model=SPACE, search=search))
    keys = ("hidden_size", "dropout")
    assert found == [
        {"values": {key: (one.point or {})[key] for key in keys}, "score": one.value}
        for one in trials
    ]
    narrow = SPACE | {"hidden_size": 8, "dropout": {"low": 0.2, "high": 0.6}}
    found = learnt(store, study(study="narrow", model=narrow, search=search))
    assert [one["score"] for one in found] == [
        one.value
        for one in trials
        if (one.point or {})["hidden_size"] == 8 and 0.2 <= (one.point or {})["dropout"] <= 0.6
    ]
    assert all(one["values"].keys() == {"dropout"} for one in found)


@pytest.mark.parametrize(
    "search",
    [
        {"metric": "log_loss"},
        {"sampler": "random"},
        {"objectives": ["score", "parameters"]},
        {"start_from": None},
    ],
)
def test_scores_of_another_kind_teach_nothing(
    search: dict[str, Any], study: Any, store: Store, before: StudyRecord
) -> None:
    asked = study(model=SPACE, search={"trials": 9, "start_from": "before"} | search)
    assert learnt(store, asked) == []
    config = config_from(asked, Path.cwd())
    served(store.url, register(store, config, Inputs.of(config))[0])


def trial(config: Any, values: dict[str, Any], score: float | None) -> FrozenTrial:
    return create_trial(
        state=TrialState.RUNNING if score is None else TrialState.COMPLETE,
        value=score,
        params=values,
        distributions=distributions(config, values),
    )


@pytest.mark.parametrize(
    ("bounded", "own", "expected"),
    [
        (True, {}, [0.6, 0.3, 0.9]),
        (True, {0.1: None}, [0.6, 0.3, 0.9]),
        (True, {0.1: 0.5}, [0.5, 0.2, 0.8]),
        (True, {0.1: 0.5, 0.2: 0.3}, [0.55, 0.25, 0.85]),
        (True, {0.1: 0.5, 0.7: 0.0, 0.2: None}, [0.5, 0.2, 0.8]),
        (False, {}, [0.6, 0.3, 0.9]),
        (False, {0.1: 30.0}, [30.0, 15.0, 45.0]),
        (False, {0.1: 30.0, 0.2: 15.0}, [30.0, 15.0, 45.0]),
        (False, {0.1: 30.0, 0.2: 60.0}, [60.0, 30.0, 90.0]),
        (True, {0.7: 0.5}, []),
    ],
)
def test_its_scores_move_to_where_the_points_of_both_lie(
    bounded: bool, own: dict[float, float | None], expected: list[float], study: Any
) -> None:
    config = config_from(study(model=SPACE), Path.cwd())
    rates = (0.1, 0.2, 0.3)
    known = [
        {"values": {"hidden_size": 4, "dropout": rate}, "score": score}
        for rate, score in zip(rates, (0.6, 0.3, 0.9), strict=True)
    ]
    summary = cast("Summary", {"bounded": bounded, "before": known})
    trials = [trial(config, {"hidden_size": 4, "dropout": r}, s) for r, s in own.items()]
    found = list(as_trials(summary, trials, config))
    assert [one.value for one in found] == pytest.approx(expected)
    assert [one.params["dropout"] for one in found] == list(rates[: len(expected)])
    assert list(as_trials(cast("Summary", {"bounded": bounded}), trials, config)) == []


def test_errors_of_zero_move_nothing_by_a_factor(study: Any) -> None:
    config = config_from(study(model=SPACE), Path.cwd())
    point = {"hidden_size": 4, "dropout": 0.1}
    summary = cast("Summary", {"bounded": False, "before": [{"values": point, "score": 0.0}]})
    (found,) = as_trials(summary, [trial(config, point, 0.5)], config)
    assert found.value == 0.5


def test_points_are_drawn_where_the_best_of_before_lay(
    study: Any, store: Store, before: StudyRecord
) -> None:
    mapping = study(model=SPACE, search={"trials": 9, "start_from": "before"})
    config = config_from(mapping, Path.cwd())
    record, _ = register(store, config, Inputs.of(config))
    starts = [dict(start["values"]) for start in record.summary["starts"]]
    own = [trial(config, values, helps(values) - 0.2) for values in starts]

    def distances(trials: list[FrozenTrial]) -> list[float]:
        found = []
        for number in range(40):
            asked = draws(config, trials, number=number, fixed={}, directions=["maximize"])
            found.append(abs(next(iter(asked))["dropout"] - 0.3))
        return found

    with_before = [*as_trials(record.summary, own, config), *own]
    assert np.mean(distances(with_before)) < 0.7 * np.mean(distances(own))
