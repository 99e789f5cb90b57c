"""What a search draws: exactly its budget of distinct points, and queued trials once each."""

from __future__ import annotations

import threading
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from optuna.trial import FrozenTrial, TrialState, create_trial

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.phases import space
from dropsearch.search.phases.distributions import distributions
from dropsearch.search.phases.sampling import draws
from dropsearch.search.phases.search_claims import LARGEST_GRID, search_claims
from dropsearch.search.workers.trials import Trials
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.leases import new_holder
from dropsearch.studies.claims.lifecycle import create_study
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.store.records import StudyRecord, point_text
from dropsearch.studies.store.store import Store, open_store
from tests.support.drawn import ended, served

WIDE = {"low": 0.0, "high": 0.8}
FIXED = {
    "hidden_size": 8, "layers": 1, "dropout": 0.2, "bidirectional": False, "pooling": "last",
}  # fmt: skip


def config_of(
    model: dict[str, Any], training: dict[str, Any] | None = None, **search: Any
) -> StudyConfig:
    return config_from(
        {
            "study": uuid.uuid4().hex,
            "data": {"path": "a.csv", "task": "classify", "series": "id", "target": "y"},
            "model": FIXED | model,
            "training": {"learning_rate": 0.01} | (training or {}),
            "search": search,
        },
        Path("/data"),
    )


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    optuna.logging.set_verbosity(before)


RATES = st.sampled_from([0.0, 0.3, [0.0, 0.5], {"low": 0.0, "high": 0.4, "step": 0.2}, WIDE])
SITES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("input", "between", "recurrent", "recurrent_hidden"), RATES)
)
MODELS = st.fixed_dictionaries(
    {
        "hidden_size": st.sampled_from([8, [8, 16], {"low": 8, "high": 24, "step": 8}]),
        "layers": st.sampled_from([1, 2, [1, 2], [1, 3, 4], {"low": 1, "high": 9, "log": True}]),
        "recurrent": st.sampled_from(["none", "update", ["none", "update"], ["none", "zoneout"]]),
        "dropout": RATES | SITES,
    }
)
TRAININGS = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([32, [32, 64], {"low": 1, "high": 3}]),
        "learning_rate": st.sampled_from([0.1, {"low": 1e-300, "high": 1e300, "log": True}]),
        "weight_decay": st.sampled_from([0.0, [0, 1e-4], {"low": 0.0, "high": 1.7e308}]),
    }
)


@st.composite
def configs(draw: st.DrawFn) -> StudyConfig:
    """Any space that the schema allows, with a budget of up to its size, 14 at most."""
    sampler = draw(st.sampled_from(["tpe", "random", "grid"]))
    seed = draw(st.integers(0, 1000))
    try:
        config = config_of(draw(MODELS), draw(TRAININGS), sampler=sampler, seed=seed)
    except ConfigError:
        assume(False)
    size = space.size(config)
    assume(sampler != "grid" or (size or LARGEST_GRID) <= 60)
    trials = draw(st.integers(1, min(size or 14, 14)))
    search = config.search.model_copy(update={"trials": trials})
    return config.model_copy(update={"search": search})


def budget(config: StudyConfig) -> int:
    if config.search.sampler == "grid":
        return space.size(config) or 0
    return config.search.trials


IDLE_RATE = config_of({"layers": [1, 2], "dropout": {"between": WIDE}}, trials=20)
IDLE_KIND = config_of(
    {"recurrent": ["none", "update"], "dropout": {"recurrent": WIDE}}, trials=20, sampler="random"
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(configs(), st.sampled_from([1, 4]))
@example(IDLE_RATE, 1)
@example(IDLE_KIND, 4)
def test_any_budget_up_to_the_size_of_a_space_has_as_many_distinct_points(
    config: StudyConfig, workers: int
) -> None:
    """With `workers`, so many claims draw before the first of them has made its trial."""
    warnings.simplefilter("error")  # none of Optuna's shall reach a user
    trials: list[FrozenTrial] = []
    taken: set[str] = set()
    fixed = search_claims(config).fixed
    assert len(fixed) == budget(config)
    for number, values in enumerate(fixed):
        known = trials[: number - number % workers]
        found = (
            params
            for kept in (values, {})
            for params in draws(config, known, number=number, fixed=kept, directions=["minimize"])
            if point_text(space.point_of(params, config)) not in taken
        )
        params = next(found)
        assert all(space.holds(config, key, value) for key, value in params.items())
        point = space.point_of(params, config)
        taken.add(point_text(point))
        assert space.params_of(point, config) == params
        trials.append(
            create_trial(
                state=TrialState.COMPLETE,
                value=float(params.get("layers", 1)),
                params=params,
                distributions=distributions(config, params),
            )
        )
    assert len(taken) == budget(config)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("drawing") / "s.db")
    open_store(path, create=True).close()
    return path


def begun(path: str, config: StudyConfig) -> tuple[Store, StudyRecord]:
    store = open_store(path, create=False)
    record, _ = create_study(
        store,
        config.study,
        config=config.model_dump(mode="json"),
        fingerprint="none",
        summary={"fold_ratio": 0.5},
        versions={},
        metric="accuracy",
        direction="maximize",
        claims=search_claims(config).fixed,
    )
    return store, record


@pytest.mark.parametrize(
    "config",
    [
        IDLE_RATE,
        IDLE_KIND,
        config_of({"layers": [1, 2], "dropout": {"between": [0.0, 0.2, 0.5, 0.7]}}, trials=5),
        config_of({"layers": [1, 2], "dropout": {"between": [0.0, 0.5]}}, sampler="grid"),
    ],
    ids=["idle rate", "idle kind", "whole space", "grid"],
)
@pytest.mark.parametrize("workers", [1, 4])
def test_workers_end_the_budget_and_no_claim_fails(
    path: str, config: StudyConfig, workers: int
) -> None:
    config = config.model_copy(update={"study": uuid.uuid4().hex})
    store, record = begun(path, config)
    threads = [threading.Thread(target=served, args=(path, record)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * budget(config)
    assert len({point_text(claim.point or {}) for claim in done}) == budget(config)
    assert sorted(claim.trial for claim in done) == list(range(len(trials)))
    for claim in done:
        trial = trials[claim.trial or 0]
        assert space.point_of(trial.params, config) == claim.point
        assert trial.distributions == distributions(config, trial.params)


# Queued trials


def space_of_rates(**search: Any) -> StudyConfig:
    return config_of({"hidden_size": [8, 16], "dropout": WIDE}, **({"trials": 5} | search))


def test_a_queued_trial_is_run_once_within_the_budget(path: str) -> None:
    config = space_of_rates()
    store, record = begun(path, config)
    served(path, record, most=1)
    study = load_study(store, record)
    study.enqueue_trial({"hidden_size": 16.0, "dropout": 0.25}, user_attrs={"claim": 1})
    study.enqueue_trial({"dropout": 0.75})
    for _ in range(2):
        threads = [threading.Thread(target=served, args=(path, record)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 5
    assert [trial.state.name for trial in trials] == ["PRUNED"] * 5
    assert trials[1].params == {"hidden_size": 16, "dropout": 0.25}
    assert trials[2].params["dropout"] == 0.75
    by_trial = {claim.trial: claim for claim in done}
    assert set(by_trial) == set(range(5))
    assert [trial.user_attrs["claim"] for trial in trials] == [by_trial[n].id for n in range(5)]
    assert all(by_trial[n].point == space.point_of(trials[n].params, config) for n in range(5))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"dropout": 0.9}, "Outside the study's space: dropout 0.9"),
        ({"dropout": "high"}, "Outside the study's space: dropout high"),
        ({"dropout": None}, "Outside the study's space"),
        ({"dropout": 10**400}, "Outside the study's space"),
        ({"hidden_size": [8]}, "Outside the study's space"),
        ({"layers": 2}, "Outside the study's space: layers 2 (1)"),
        ({"rate": 0.5}, "Not in the study's space: rate. It has: hidden_size"),
    ],
)
def test_a_queued_trial_outside_the_space_fails_with_the_reason(
    path: str, asked: dict[str, Any], reason: str
) -> None:
    store, record = begun(path, space_of_rates(trials=2))
    load_study(store, record).enqueue_trial(asked)
    served(path, record)
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 2
    assert trials[0].state.name == "FAIL"
    assert reason in trials[0].user_attrs["reason"]


def test_a_queued_trial_with_values_that_were_tried_fails_with_the_reason(path: str) -> None:
    config = space_of_rates(trials=3)
    store, record = begun(path, config)
    served(path, record, most=1)
    study = load_study(store, record)
    study.enqueue_trial(study.trials[0].params)
    served(path, record)
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 3
    assert trials[1].state.name == "FAIL"
    assert "Another trial of the study has these values" in trials[1].user_attrs["reason"]


def test_a_queued_trial_of_a_grid_is_the_one_of_its_point(path: str) -> None:
    config = config_of({"hidden_size": [8, 16], "dropout": [0.0, 0.5]}, sampler="grid")
    store, record = begun(path, config)
    load_study(store, record).enqueue_trial({"hidden_size": 16, "dropout": 0.0})
    served(path, record)
    done, trials = ended(store, record)
    assert [trial.state.name for trial in trials] == ["PRUNED"] * 4
    assert {claim.trial: claim.fixed for claim in done}[0] == {"hidden_size": 16, "dropout": 0.0}


def test_a_copied_trial_does_no_harm(path: str) -> None:
    """It carries the claim of its original, which keeps its own trial."""
    config = space_of_rates()
    store, record = begun(path, config)
    served(path, record, most=2)
    study = load_study(store, record)
    first = study.trials[0]
    study.add_trial(first)
    study.add_trial(
        create_trial(
            state=TrialState.RUNNING,
            params=first.params,
            distributions=first.distributions,
            user_attrs=first.user_attrs,
        )
    )
    served(path, record)
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 5
    assert len({point_text(claim.point or {}) for claim in done}) == 5
    assert [claim.trial for claim in done] == [0, 1, 4, 5, 6]
    assert len(trials) == 7


def test_a_holder_that_dies_while_it_begins_a_queued_trial_loses_nothing(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = space_of_rates(trials=2)
    store, record = begun(path, config)
    load_study(store, record).enqueue_trial({"hidden_size": 8, "dropout": 0.3})
    claim = claims.take(store, record.uuid, new_holder())
    assert claim is not None

    def dead(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(type(store.optuna), "set_trial_state_values", dead)
        with pytest.raises(SystemExit):
            Trials(store, record, config).of(claim)
    claims.give_back(store, claim)
    served(path, record)
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 2
    assert [claim.trial for claim in done] == [0, 1]
    assert trials[0].params == {"hidden_size": 8, "dropout": 0.3}
