"""What the phases after the search fit: finalists, sizes, rates, and the part each plays."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.phases import curve
from dropsearch.search.phases.finalists import contenders, finalists, smallest_as_good
from dropsearch.search.phases.phases import advance
from dropsearch.studies.answer.members import Member
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.snippets.paper import Paper
from dropsearch.studies.store.records import CURVE, DONE, FAILED, FINALISTS, Claim
from dropsearch.studies.store.store import Store
from tests.support.config_samples import forecast
from tests.support.filled import fill

POINT: dict[str, Any] = {
    "hidden_size": 32,
    "layers": 2,
    "dropout": 0.31,
    "bidirectional": False,
    "pooling": "last",
    "mask": "standard",
    "recurrent": "none",
    "batch_size": 64,
    "learning_rate": 0.003,
    "weight_decay": 0.0,
}
RATES = {"learning_rate": {"low": 0.001, "high": 0.01}}


def config(dropout: Any = None, **sections: Any) -> StudyConfig:
    rate = {"low": 0.0, "high": 0.8} if dropout is None else dropout
    model = {"dropout": rate, "layers": {"low": 1, "high": 3}}
    return config_from(forecast(model=model, **sections), Path("/data"))


def ranked(*points: dict[str, Any]) -> list[Claim]:
    return [Claim(point=POINT | point) for point in points]


def member(parameters: int, scores: list[float]) -> tuple[Member, list[float]]:
    table = np.array([scores])
    made = Member(POINT, (), parameters, table, np.zeros_like(table, dtype=int), table, table)
    return made, scores


def test_finalists_are_the_best_of_each_group_then_the_next_best_and_one_without_dropout() -> None:
    trials = ranked(
        {"dropout": 0.3},
        {"dropout": 0.2},
        {"dropout": 0.4, "hidden_size": 64},
        {"dropout": 0.0, "hidden_size": 64, "learning_rate": 0.001},
        {"dropout": 0.0, "layers": 1},
    )
    points = [claim.point for claim in trials]
    assert finalists(config(), trials) == [points[0], points[2], points[4], points[3]]
    few = config(confirm={"finalists": 1})
    assert finalists(few, trials) == [points[0], points[3]]
    many = config(confirm={"finalists": 4})
    assert finalists(many, trials) == [
        points[0],
        points[2],
        points[4],
        points[1],
        points[3],
    ]
    assert finalists(config(), []) == []


def test_a_best_one_without_dropout_is_no_finalist_twice() -> None:
    trials = ranked({"dropout": 0.0}, {"dropout": 0.2})
    assert finalists(config(), trials) == [claim.point for claim in trials]


@pytest.mark.parametrize(
    ("scores", "left"),
    [
        ([[0.9, 0.8, 0.7], [0.5, 0.4, 0.3]], [0]),  # a difference that is the same in each fold
        ([[0.5, 0.4, 0.3], [0.9, 0.8, 0.7]], [1]),
        ([[0.9, 0.8, 0.7], [0.8, 0.9, 0.7]], [0, 1]),
        ([[0.9, 0.8, 0.7], [0.9, 0.8, 0.7]], [0, 1]),
        ([[0.9, 0.8, 0.7], [0.8, 0.7, 0.55], [0.9, 0.6, 0.7]], [0, 2]),  # 0.12 ± 0.07, 0.07 ± 0.29
        ([[0.9], [0.1]], [0, 1]),
    ],
)
def test_finalists_that_are_surely_behind_after_one_repeat_run_no_more(
    scores: list[list[float]], left: list[int]
) -> None:
    assert contenders(scores, "maximize", 0.0) == left
    assert contenders((-np.array(scores)).tolist(), "minimize", 0.0) == left


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=5),
    st.floats(0, 1),
)
@settings(max_examples=50)
def test_who_would_be_chosen_by_one_repeat_runs_on(scores: list[list[float]], ratio: float) -> None:
    members = [member(place, own) for place, own in enumerate(scores)]
    assert smallest_as_good(members, "maximize", ratio) in contenders(scores, "maximize", ratio)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_one_repeat_of_all_then_the_others_of_those_that_may_be_the_best(
    store: Store, study: Any
) -> None:
    mapping = study(
        model={"hidden_size": [8, 16, 32]},
        training=RATES,
        confirm={"finalists": 3, "repeats": 3, "rates": [0.3], "rivals": None},
        search={"trials": 12},
    )

    def truth(point: Any) -> float:
        return {8: 0.5, 16: 0.9, 32: 0.9}[point["hidden_size"]]

    record = fill(store, config_from(mapping, Path()), truth=truth)
    assert record.plan is not None
    claims = claims_of(store, record.uuid, FINALISTS)
    repeats = {
        size: {claim.repeat for claim in claims if claim.point["hidden_size"] == size}
        for size in (8, 16, 32)
    }
    assert repeats == {8: {0}, 16: {0, 1, 2}, 32: {0, 1, 2}}
    assert [claim.repeat for claim in claims] == sorted(claim.repeat for claim in claims)
    curve = record.plan["curve"]
    assert curve["members"][curve["winner"]]["hidden_size"] == 16
    assert {point["hidden_size"] for point in record.plan["left"]} == {16, 32}
    said = recommend(store, record)
    assert said is not None
    told = Paper.of(store, record, read_answer(store, record), said).methods
    assert "of them, behind the best by more than the 95" in told


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_finalist_that_nothing_comes_near_runs_once(store: Store, study: Any) -> None:
    mapping = study(
        model={"hidden_size": [8, 32]},
        training=RATES,
        confirm={"finalists": 2, "repeats": 3, "rates": [0.3], "rivals": None},
        search={"trials": 8},
    )
    record = fill(
        store, config_from(mapping, Path()), truth=lambda point: point["hidden_size"] / 40
    )
    assert {claim.repeat for claim in claims_of(store, record.uuid, FINALISTS)} == {0}
    assert record.phase == DONE
    said = recommend(store, record)
    assert said is not None
    assert not [warning for warning in said.warnings if warning.startswith("Of the finalists")]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("phase", [FINALISTS, CURVE])
def test_a_study_whose_fits_made_to_answer_failed_ends_with_the_reason(
    store: Store, study: Any, phase: str
) -> None:
    mapping = study(search={"trials": 6}, confirm={"repeats": 1, "rates": [0.3]})
    record = fill(store, config_from(mapping, Path()), until=phase)
    failed = update(Claim).where(Claim.study == record.uuid, Claim.phase == phase)
    with store.write() as session:
        session.execute(failed.values(state=FAILED, reason="it diverged."))
    assert advance(store, record)
    record = store.find(record.name)
    assert record.phase == DONE
    said = recommend(store, record)
    assert said is not None
    assert record.answer is not None
    assert record.answer["headline"] == asdict(said.headline)
    assert "failed: it diverged." in said.headline.because
    assert "go on" not in str(said.headline)


def test_the_smallest_network_within_one_paired_error_is_taken() -> None:
    base = [0.9, 0.8, 0.7, 0.85, 0.75]
    close = [score - 0.01 * k for score, k in zip(base, (1, -1, 2, 0, -1), strict=True)]
    behind = [score - 0.05 for score in base]
    members = [member(900, base), member(500, close), member(100, behind)]
    assert smallest_as_good(members, "maximize", 0.25) == 1
    # Folds differ by far more than the third is behind; unpaired it would have passed.
    assert np.std(base, ddof=1) * (1 / 5 + 0.25) ** 0.5 > 0.05
    turned = [member(m.parameters, [-s for s in scores]) for m, scores in members]
    assert smallest_as_good(turned, "minimize", 0.25) == 1


def test_the_rates_of_a_range_are_seven_with_the_controls_and_the_winner() -> None:
    assert curve.curve_rates(config(), "dropout", 0.3123) == [0, 0.15, 0.31, 0.41, 0.5, 0.65, 0.8]
    steps = config({"low": 0.0, "high": 0.6, "step": 0.2})
    assert curve.curve_rates(steps, "dropout", 0.4) == [0.0, 0.2, 0.4, 0.5, 0.6]


@given(
    st.floats(0, 0.9), st.floats(0.01, 0.99), st.floats(0, 1), st.sampled_from([None, 0.05, 0.1])
)
@settings(max_examples=200, deadline=None)
def test_rates_lie_in_the_range_but_for_the_controls(
    low: float, width: float, share: float, step: float | None
) -> None:
    low, high = round(low, 3), round(min(low + width, 0.99), 3)
    if step is not None:
        low = round(low, 1)
        high = round(low + step * max(1, int((high - low) / step)), 2)
    if not low < high < 1:
        return
    searched: dict[str, Any] = {"low": low, "high": high}
    if step is not None:
        searched["step"] = step
    winner = low + share * (high - low)
    if step is not None:
        winner = low + step * round((winner - low) / step)
    rates = curve.curve_rates(config(searched), "dropout", winner)
    assert rates == sorted(set(rates))
    assert {0.0, 0.5} <= set(rates)
    assert len(rates) <= curve.RATES
    assert step is not None or high - low < 0.05 or len(rates) == curve.RATES
    assert all(low <= rate <= high for rate in set(rates) - {0.0, 0.5})
    assert min(abs(rate - winner) for rate in rates) <= (high - low) / 20 + 1e-9


@pytest.mark.parametrize(
    ("dropout", "rates", "expected"),
    [
        ([0.1, 0.3], "auto", [0.0, 0.1, 0.3, 0.5]),
        (0.2, "auto", [0.0, 0.2, 0.5]),
        (None, [0.25, 0.7], [0.0, 0.25, 0.5, 0.7]),
    ],
)
def test_lists_fixed_rates_and_rates_that_were_asked_for(
    dropout: Any, rates: Any, expected: list[float]
) -> None:
    made = config(dropout, confirm={"rates": rates})
    assert curve.curve_rates(made, "dropout", 0.2) == expected


def test_the_plan_of_one_rate() -> None:
    control = POINT | {"dropout": 0.0, "hidden_size": 64}
    plan = curve.curve_plan(config({"low": 0.1, "high": 0.7}), POINT, control)
    members = plan["members"]
    assert plan["key"] == "dropout"
    assert [members[place]["dropout"] for _, place in plan["rates"]] == [
        r for r, _ in plan["rates"]
    ]
    assert members[plan["zero"]] == POINT | {"dropout": 0.0}
    assert members[plan["half"]] == POINT | {"dropout": 0.5}
    assert members[plan["control"]] == control
    assert members[plan["winner"]]["dropout"] == 0.31
    assert [plan["allowed"][plan[part]] for part in ("zero", "half", "winner")] == [
        False,
        True,
        True,
    ]
    assert len(members) == 8


def test_a_control_of_the_same_sizes_is_the_rate_0_of_the_curve() -> None:
    plan = curve.curve_plan(config(), POINT, POINT | {"dropout": 0.0})
    assert plan["control"] == plan["zero"]
    assert len(plan["members"]) == 7


def test_the_plan_of_several_sites_holds_the_winner() -> None:
    sites = {
        "input": {"low": 0.0, "high": 0.4},
        "between": 0.2,
        "output": {"low": 0.0, "high": 0.8},
    }
    rates = {"dropout.input": 0.1, "dropout.between": 0.2, "dropout.output": 0.6}
    winner = {key: value for key, value in POINT.items() if key != "dropout"} | rates
    plan = curve.curve_plan(config(sites), winner, None)
    members = plan["members"]
    assert (plan["key"], plan["rates"], plan["control"]) == (None, [], None)
    assert members[plan["winner"]] == winner
    assert members[plan["zero"]] == winner | dict.fromkeys(rates, 0.0)
    half = {"dropout.input": 0.5, "dropout.between": 0.2, "dropout.output": 0.5}
    assert members[plan["half"]] == winner | half
    assert set(plan["sites"]) == {"dropout.input", "dropout.output"}
    for site, points in plan["sites"].items():
        assert len(points) == curve.SITE_RATES
        assert any(place == plan["winner"] for _, place in points)
        assert all(members[place] == winner | {site: rate} for rate, place in points)


def test_the_rate_between_layers_has_no_part_where_there_is_one_layer() -> None:
    sites = {"between": {"low": 0.0, "high": 0.8}}
    point = {key: value for key, value in POINT.items() if key != "dropout"}
    point |= {"layers": 1, "dropout.input": 0.0, "dropout.between": 0.0, "dropout.output": 0.0}
    plan = curve.curve_plan(config(sites), point, point)
    assert plan["members"] == [point]
    assert plan["zero"] == plan["winner"] == plan["control"] == 0
    assert plan["half"] is None
