"""The space: what Optuna is asked, which points there are, and the controls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import PartialFixedSampler, RandomSampler, TPESampler

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.search.phases import space
from dropsearch.search.phases.sampling import REDRAWS, draws

FIXED = {
    "hidden_size": 8, "layers": 1, "dropout": 0.2, "bidirectional": False, "pooling": "last",
}  # fmt: skip
HALVES = {"low": 0.0, "high": 0.8}
LOGARITHMIC = {"low": 1e-3, "high": 1e-2, "log": True}


def study(
    model: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    **search: Any,
) -> StudyConfig:
    """All values fixed, but for those given."""
    return config_from(
        {
            "study": "s",
            "data": {"path": "a.csv", "task": "classify", "series": "id", "target": "y"},
            "model": FIXED | (model or {}),
            "training": {"learning_rate": 0.01} | (training or {}),
            "search": search,
        },
        Path("/data"),
    )


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def asked(config: StudyConfig, seed: int = 0) -> optuna.Study:
    return optuna.create_study(sampler=RandomSampler(seed=seed))


def test_only_searched_values_are_suggested_with_the_right_distributions() -> None:
    config = study(
        {
            "hidden_size": [32, 64],
            "layers": {"low": 2, "high": 6, "step": 2},
            "dropout": {
                "input": {"low": 0.0, "high": 0.6, "step": 0.2},
                "between": {"low": 0.1, "high": 0.8},
                "output": 0.4,
            },
            "mask": ["locked"],
        },
        {
            "batch_size": {"low": 16, "high": 256, "log": True},
            "learning_rate": {"low": 3e-4, "high": 1e-2, "log": True},
            "weight_decay": [0, 0.1],
        },
    )
    trial = asked(config).ask()
    point = space.suggest(trial, config)
    assert trial.distributions == {
        "hidden_size": CategoricalDistribution([32, 64]),
        "layers": IntDistribution(2, 6, step=2),
        "dropout.input": FloatDistribution(0.0, 0.6, step=0.2),
        "dropout.between": FloatDistribution(0.1, 0.8),
        "batch_size": IntDistribution(16, 256, log=True),
        "learning_rate": FloatDistribution(3e-4, 1e-2, log=True),
        "weight_decay": CategoricalDistribution([0.0, 0.1]),
    }
    assert list(trial.distributions) == space.searched(config)
    assert space.rate_keys(config) == ["dropout.input", "dropout.between"]
    unsaid = {f"dropout.{site}": 0.0 for site in ("embedding", "recurrent", "recurrent_hidden")}
    unsaid |= {"bidirectional": False, "pooling": "last", "recurrent": "none"}
    assert set(point) == {*trial.params, "dropout.output", "mask", *unsaid}
    assert {key: point[key] for key in unsaid} == unsaid
    assert point["dropout.output"] == 0.4
    assert point["mask"] == "locked"
    assert space.point_of(trial.params, config) == point


def test_nothing_is_suggested_where_all_is_fixed() -> None:
    config = study({"hidden_size": [8], "layers": {"low": 2, "high": 2}})
    trial = asked(config).ask()
    point = space.suggest(trial, config)
    assert trial.params == {}
    assert space.searched(config) == []
    assert point == {
        "hidden_size": 8, "layers": 2, "bidirectional": False, "pooling": "last",
        "recurrent": "none", "dropout": 0.2, "mask": "standard", "batch_size": 64,
        "learning_rate": 0.01, "weight_decay": 0.0,
    }  # fmt: skip
    assert space.size(config) == 1
    assert list(space.points(config)) == [{}]


def test_between_is_drawn_only_where_there_are_layers() -> None:
    config = study({"layers": [1, 2], "dropout": {"between": [0.1, 0.2], "output": [0.0, 0.5]}})
    seen = set()
    run = asked(config)
    for _ in range(30):
        trial = run.ask()
        point = space.suggest(trial, config)
        assert ("dropout.between" in trial.params) == (point["layers"] == 2)
        assert (point["dropout.between"] == 0.0) == (point["layers"] == 1)
        seen.add(tuple(sorted(trial.params.items())))
        run.tell(trial, 0.0)
    # one layer: 2 rates at the output; two layers: 2 * 2
    assert space.size(config) == 6
    assert seen == {tuple(sorted(point.items())) for point in space.points(config)}


def test_a_fixed_rate_between_is_nothing_with_one_layer() -> None:
    config = study({"layers": [1, 2], "dropout": {"between": 0.3}})
    assert [space.point_of(p, config)["dropout.between"] for p in space.points(config)] == [0, 0.3]
    assert space.searched(config) == ["layers"]
    assert space.size(config) == 2


def test_recurrent_rates_are_drawn_only_with_their_kind() -> None:
    config = study(
        {
            "layers": [1, 2],
            "bidirectional": [False, True],
            "recurrent": ["none", "update", "zoneout"],
            "dropout": {
                "between": [0.1, 0.2],
                "recurrent": [0.0, 0.25, 0.5],
                "recurrent_hidden": [0.05, 0.1],
            },
        }
    )
    # directions; rates between with two layers; kinds: none, 3 rates, 3 * 2 rates
    assert space.size(config) == 2 * (1 + 2) * (1 + 3 + 3 * 2)
    walked = list(space.points(config))
    assert len(walked) == space.size(config)
    for params in walked:
        point = space.point_of(params, config)
        assert ("dropout.recurrent" in params) == (point["recurrent"] != "none")
        assert ("dropout.recurrent_hidden" in params) == (point["recurrent"] == "zoneout")
        assert point["dropout.recurrent_hidden"] == params.get("dropout.recurrent_hidden", 0.0)
    trial = asked(config).ask()
    assert space.suggest(trial, config) == space.point_of(trial.params, config)
    smallest, largest = space.extremes(config)
    assert (smallest["recurrent"], smallest["dropout.recurrent"]) == ("none", 0.0)
    assert (largest["recurrent"], largest["dropout.recurrent"]) == ("zoneout", 0.5)
    assert space.holds(config, "bidirectional", True)
    assert not space.holds(config, "layers", True)


def test_steps_leave_no_rounding_errors() -> None:
    config = study({"dropout": {"low": 0.0, "high": 0.8, "step": 0.1}})
    wanted = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert [p["dropout"] for p in space.points(config)] == wanted
    assert space.point_of({"dropout": 0.1 + 0.2}, config)["dropout"] == 0.3
    run = asked(config)
    drawn = {space.suggest(run.ask(), config)["dropout"] for _ in range(40)}
    assert drawn <= set(wanted)


def test_a_point_outside_the_space_is_kept_and_an_incomplete_one_refused() -> None:
    config = study({"dropout": {"low": 0.2, "high": 0.8, "step": 0.3}, "hidden_size": [8, 16]})
    assert space.point_of({"dropout": 0.0, "hidden_size": 8}, config)["dropout"] == 0.0
    with pytest.raises(SearchError, match="no value for hidden_size"):
        space.point_of({"dropout": 0.2}, config)


def test_a_grid_of_a_continuous_range_names_the_key() -> None:
    config = study({"dropout": HALVES}, {"weight_decay": {"low": 0, "high": 1}})
    assert space.size(config) is None
    with pytest.raises(ConfigError, match=r"model\.dropout, training\.weight_decay.*Write a list"):
        space.points(config)


def test_points_of_a_huge_space_come_one_at_a_time() -> None:
    large = {"low": 1, "high": 2**31 - 1}
    config = study({"hidden_size": large}, {"batch_size": large})
    assert space.size(config) == (2**31 - 1) ** 2
    first = list(islice(space.points(config), 2))
    assert first == [{"hidden_size": 1, "batch_size": 1}, {"hidden_size": 1, "batch_size": 2}]


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ({"low": 0.0, "high": 0.8}, [0.0, 0.33, 0.8], [-0.1, 0.81]),
        ({"low": 0.0, "high": 0.8, "step": 0.1}, [0.0, 0.3, 0.1 + 0.2, 0.8], [0.35, 0.9, -0.1]),
        ([0.0, 0.5], [0.0, 0.5], [0.25]),
        (0.5, [0.5], [0.0]),
    ],
)
def test_what_lies_in_the_space(spec: Any, inside: list[float], outside: list[float]) -> None:
    config = study({"dropout": spec})
    assert all(space.holds(config, "dropout", rate) for rate in inside)
    assert not any(space.holds(config, "dropout", rate) for rate in outside)
    assert not any(space.holds(config, "dropout", v) for v in (float("nan"), "x", False))
    assert not space.holds(config, "dropout.output", 0.0)


def test_what_lies_among_counts_and_words() -> None:
    config = study({"hidden_size": {"low": 8, "high": 32, "step": 8}, "mask": ["locked"]})
    assert space.holds(config, "hidden_size", 24)
    assert not space.holds(config, "hidden_size", 25)
    assert space.holds(config, "mask", "locked")
    assert not space.holds(config, "mask", "standard")


LISTS: st.SearchStrategy[Any] = st.sampled_from(
    [0.25, [0.0, 0.5], [0.3], {"low": 0.0, "high": 0.4, "step": 0.2}, {"low": 0.1, "high": 0.1}]
)
FINITE = st.builds(
    study,
    st.fixed_dictionaries(
        {
            "hidden_size": st.sampled_from([8, [8, 16], {"low": 8, "high": 24, "step": 8}]),
            "layers": st.sampled_from([2, [1, 3], {"low": 1, "high": 3}, {"low": 2, "high": 3}]),
            "dropout": LISTS
            | st.fixed_dictionaries({"between": LISTS}, optional={"input": LISTS, "output": LISTS}),
            "mask": st.sampled_from(["locked", ["standard", "locked"]]),
        }
    ),
    st.fixed_dictionaries({"batch_size": st.sampled_from([32, [32, 64]])}),
)


@settings(max_examples=60, deadline=None)
@given(FINITE, st.integers(0, 2**31))
def test_size_points_and_suggestions_agree(config: StudyConfig, seed: int) -> None:
    params = list(space.points(config))
    complete = [space.point_of(p, config) for p in params]
    assert len(params) == space.size(config)
    assert all(complete[i] not in complete[:i] for i in range(len(complete)))
    assert all(space.holds(config, key, value) for p in params for key, value in p.items())
    run = asked(config, seed)
    for _ in range(3):
        assert space.suggest(run.ask(), config) in complete
    for p in params[:: max(1, len(params) // 5)]:
        run.enqueue_trial(p)
        trial = run.ask()
        assert space.suggest(trial, config) == space.point_of(p, config)
        assert trial.params == p


# Controls


@pytest.mark.parametrize(
    ("trials", "zeros"), [(9, 0), (10, 2), (20, 2), (29, 2), (30, 3), (60, 6), (200, 20)]
)
def test_a_tenth_of_the_trials_runs_without_dropout(trials: int, zeros: int) -> None:
    config = study({"dropout": HALVES}, {"learning_rate": {"low": 0.1, "high": 1}}, trials=trials)
    wanted = [{"dropout": 0.0}] * zeros + [{"dropout": 0.5}] * (zeros > 0)
    assert space.controls(config) == wanted


def test_controls_stay_in_the_space() -> None:
    wide = {"learning_rate": {"low": 0.1, "high": 1}}
    assert space.controls(study({"dropout": 0.2}, wide)) == []
    assert space.controls(study({"dropout": [0.1, 0.5]}, wide)) == [{"dropout": 0.5}]
    assert space.controls(study({"dropout": [0.0, 0.4]}, wide)) == [{"dropout": 0.0}] * 6
    assert space.controls(study({"dropout": {"low": 0.1, "high": 0.4}}, wide)) == []
    assert space.controls(study({"dropout": [0.0, 0.5]}, sampler="grid")) == []


def test_never_more_controls_than_points_without_dropout() -> None:
    half = [{"dropout": 0.5}]
    assert space.controls(study({"dropout": HALVES})) == [{"dropout": 0.0}, *half]
    three = study({"dropout": HALVES, "hidden_size": [8, 16, 32]})
    assert space.controls(three) == [{"dropout": 0.0}] * 3 + half
    twelve = study({"dropout": HALVES, "hidden_size": [8, 16, 32], "layers": [1, 2, 3, 4]})
    assert space.controls(twelve) == [{"dropout": 0.0}] * 6 + half


def test_controls_of_sites_set_every_searched_rate() -> None:
    wide = {"learning_rate": {"low": 0.1, "high": 1}}
    sites = {"between": HALVES, "output": HALVES}
    config = study({"dropout": sites, "layers": [1, 2]}, wide, trials=20)
    zero, half = ({"dropout.between": r, "dropout.output": r} for r in (0.0, 0.5))
    assert space.controls(config) == [zero, zero, half]
    fixed = study({"dropout": {**sites, "input": 0.1}, "layers": [1, 2]}, wide, trials=20)
    assert space.controls(fixed) == [half]


def test_a_control_finds_the_last_free_point_of_its_slice() -> None:
    """The space has no end, its slice without dropout has: the sampler alone may miss some."""
    sizes = list(range(4, 24))
    config = study({"hidden_size": sizes, "layers": {"low": 1, "high": 2}, "dropout": HALVES})
    found = [
        (params["hidden_size"], params["layers"], params["dropout"])
        for params in draws(config, (), number=0, fixed={"dropout": 0.0}, directions=["minimize"])
    ]
    assert set(found) == {(size, layers, 0.0) for size in sizes for layers in (1, 2)}
    assert len(found) == REDRAWS + 40


def test_optuna_draws_the_rest_of_a_control() -> None:
    config = study({"dropout": {"between": HALVES, "output": HALVES}, "layers": [1, 2]}, trials=20)
    for fixed in space.controls(config):
        sampler = PartialFixedSampler(dict(fixed), TPESampler(seed=0, group=True))
        run = optuna.create_study(sampler=sampler)
        for _ in range(12):
            trial = run.ask()
            point = space.suggest(trial, config)
            assert point["dropout.output"] == fixed["dropout.output"]
            if point["layers"] == 2:
                assert point["dropout.between"] == fixed["dropout.between"]
            run.tell(trial, 0.0)


# Extremes


def test_the_smallest_and_the_largest_network() -> None:
    config = study(
        {
            "hidden_size": [64, 32, 128],
            "layers": {"low": 1, "high": 3},
            "dropout": {"between": HALVES},
        },
        {"batch_size": [32, 256]},
    )
    smallest, largest = space.extremes(config)
    assert (smallest["hidden_size"], smallest["layers"], smallest["batch_size"]) == (32, 1, 256)
    assert (largest["hidden_size"], largest["layers"], largest["batch_size"]) == (128, 3, 32)
    assert smallest["dropout.between"] == 0.0
    assert largest["dropout.between"] == 0.8
    assert set(smallest) == set(largest) == set(space.suggest(asked(config).ask(), config))
