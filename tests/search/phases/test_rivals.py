"""The rivals of the recommended configuration: one choice changed at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.phases.curve import curve_plan
from dropsearch.search.phases.phases import planned_fits
from dropsearch.search.phases.rivals import choices, rivals, with_rivals
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.moves import add_trials
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.report.report import report_html
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FAILED,
    FINALISTS,
    HOLDOUT,
    Claim,
    FoldScore,
)
from dropsearch.studies.store.store import Store, open_store
from tests.support.config_samples import POINT as SAMPLE
from tests.support.config_samples import classify, forecast
from tests.support.filled import fill

POINT = SAMPLE | {"hidden_size": 32, "layers": 2, "dropout": 0.3, "learning_rate": 0.003}
SITES: dict[str, Any] = {key: value for key, value in POINT.items() if key != "dropout"} | {
    f"dropout.{site}": 0.0
    for site in ("embedding", "input", "between", "recurrent", "recurrent_hidden", "output")
}
RANGE = {"low": 0.0, "high": 0.8}


def config(dropout: Any = None, **model: Any) -> StudyConfig:
    sections = {"dropout": RANGE if dropout is None else dropout, **model}
    return config_from(forecast(model=sections), Path("/data"))


def words(**model: Any) -> StudyConfig:
    data = {"series": None, "text": "text", "vectors": "glove.txt"}
    return config_from(classify(data=data, model={"dropout": RANGE, **model}), Path("/data"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


CASES: list[tuple[str, StudyConfig, dict[str, Any], list[dict[str, Any]], dict[str, Any]]] = [
    (
        "the level of the best trial that differs, at the recommended rate and learning rate",
        config(hidden_size=[16, 32, 64], layers=2),
        POINT,
        [
            POINT,
            POINT | {"hidden_size": 64, "dropout": 0.7, "learning_rate": 0.01},
            POINT | {"hidden_size": 16},
        ],
        {"hidden_size": {"hidden_size": 64}},
    ),
    (
        "a range's level is another only from half as much again on",
        config(hidden_size={"low": 8, "high": 200}, layers=2),
        POINT,
        [POINT | {"hidden_size": size} for size in (33, 40, 20)],
        {"hidden_size": {"hidden_size": 20}},
    ),
    (
        "a level that no trial had",
        config(hidden_size=[16, 32], layers=[1, 2]),
        POINT,
        [POINT, POINT | {"layers": 1}],
        {"layers": {"layers": 1}},
    ),
    (
        "word vectors that stay, beside those that are trained",
        words(embedding=["frozen", "tuned"], hidden_size=32, layers=2),
        POINT | {"embedding": "tuned"},
        [POINT | {"embedding": "tuned", "dropout": 0.1}, POINT | {"embedding": "frozen"}],
        {"embedding": {"embedding": "frozen"}},
    ),
    (
        "a mask changes nothing where no rate acts",
        config(mask=["standard", "locked"], hidden_size=32, layers=2),
        POINT | {"dropout": 0.0},
        [POINT | {"mask": "locked"}],
        {},
    ),
    (
        "a rate that cannot act with one layer is 0, and one that then can has the trial's value",
        config(
            {"between": RANGE, "output": RANGE},
            layers=[1, 2],
            hidden_size=32,
        ),
        SITES | {"layers": 1, "dropout.output": 0.4},
        [SITES | {"layers": 2, "dropout.between": 0.6, "dropout.output": 0.1}],
        {
            "layers": {"layers": 2, "dropout.between": 0.6},
            "dropout.output": {"dropout.output": 0.0},
        },
    ),
    (
        "sites with a rate are left out, those without have that of the best trial with one",
        config({"input": RANGE, "output": RANGE}, layers=2, hidden_size=32),
        SITES | {"dropout.output": 0.4},
        [SITES | {"dropout.output": 0.2}, SITES | {"dropout.input": 0.1}],
        {"dropout.input": {"dropout.input": 0.1}, "dropout.output": {"dropout.output": 0.0}},
    ),
    (
        "a recurrent kind and its rate are one network where either is left out",
        config(
            {"recurrent": RANGE, "output": RANGE},
            recurrent=["none", "update"],
            layers=1,
            hidden_size=32,
        ),
        SITES | {"layers": 1, "recurrent": "update", "dropout.recurrent": 0.2},
        [SITES | {"layers": 1, "dropout.output": 0.3}],
        {
            "recurrent": {"recurrent": "none", "dropout.recurrent": 0.0},
            "dropout.output": {"dropout.output": 0.3},
        },
    ),
]


@pytest.mark.parametrize(("_", "asked", "chosen", "seen", "changed"), CASES, ids=lambda c: str(c))
def test_a_rival_is_the_chosen_point_with_one_choice_changed(
    _: str,
    asked: StudyConfig,
    chosen: dict[str, Any],
    seen: list[dict[str, Any]],
    changed: dict[str, dict[str, Any]],
) -> None:
    assert rivals(asked, chosen, seen) == {
        key: chosen | changes for key, changes in changed.items()
    }


def test_none_where_none_are_asked_for() -> None:
    sections = forecast(model={"layers": [1, 2]}, confirm={"rivals": None})
    asked = config_from(sections, Path("/data"))
    assert choices(asked) == []
    assert rivals(asked, POINT, [POINT | {"layers": 1}]) == {}


def test_a_rival_that_the_curve_has_already_is_not_fitted_twice() -> None:
    asked = config({"input": [0.0, 0.2], "output": [0.0, 0.4]}, layers=1, hidden_size=32)
    chosen = SITES | {"layers": 1, "dropout.input": 0.2, "dropout.output": 0.4}
    plan = curve_plan(asked, chosen, None)
    found = with_rivals(asked, plan, chosen, [])
    assert found["members"] == plan["members"]
    assert {key for key, _ in found["rivals"]} == {"dropout.input", "dropout.output"}


levels = st.fixed_dictionaries(
    {
        "hidden_size": st.sampled_from([16, 32, 64]),
        "layers": st.sampled_from([1, 2, 3]),
        "bidirectional": st.booleans(),
        "pooling": st.sampled_from(["last", "mean"]),
        "mask": st.sampled_from(["standard", "locked"]),
        "dropout": st.sampled_from([0.0, 0.2, 0.5]),
    }
)


@settings(max_examples=50, deadline=None)
@given(chosen=levels, seen=st.lists(levels, max_size=8))
def test_each_rival_differs_in_its_choice_alone_and_was_seen(
    chosen: dict[str, Any], seen: list[dict[str, Any]]
) -> None:
    asked = config(
        hidden_size=[16, 32, 64],
        layers=[1, 2, 3],
        bidirectional=[False, True],
        pooling=["last", "mean"],
        mask=["standard", "locked"],
    )
    for key, rival in rivals(asked, POINT | chosen, [POINT | one for one in seen]).items():
        assert {name for name, value in rival.items() if value != (POINT | chosen)[name]} == {key}
        assert rival[key] == next(one[key] for one in seen if one[key] != chosen[key])


def likes_units(point: Mapping[str, Any]) -> float:
    return 0.8 + 0.02 * (point["dropout"] == 0.3) - 0.1 * (point["hidden_size"] == 8)


def asked_of(study: Any, **confirm: Any) -> StudyConfig:
    confirm = {"rates": [0.0, 0.3, 0.5], "repeats": 3, **confirm}
    made = study(study="s", search={"trials": 12}, confirm=confirm)
    return config_from(made, Path.cwd())


def test_a_study_fits_them_after_the_curve_and_says_how_they_stand(
    study: Any, store: Store
) -> None:
    asked = asked_of(study)
    record = fill(store, asked, truth=likes_units, noise=0.01, examples=0.1)
    found = read_answer(store, record)
    assert found is not None
    assert record.phase == DONE
    place = found.rivals["hidden_size"]
    rival, chosen = found.curve["members"][place], found.curve["members"][found.recommended]
    assert (chosen["hidden_size"], rival) == (4, chosen | {"hidden_size": 8})
    assert found.standings[place] == "worse"
    claims = claims_of(store, record.uuid, CURVE)
    own = [claim for claim in claims if claim.point == rival]
    assert sorted(claim.repeat for claim in own) == [0, 1, 2]
    assert min(claim.number for claim in own) > max(
        claim.number for claim in claims if claim.point != rival
    )
    assert place not in found.family

    said = recommend(store, record)
    assert said is not None
    (choice,) = said.choices
    assert (choice["choice"], choice["recommended"], choice["rival"]) == ("hidden_size", 4, 8)
    assert choice["gain"]["low"] > 0
    assert any(
        "With one choice changed" in one and "8 units worse" in one for one in said.sentences
    )
    assert any(row["configuration"] == "8 units" for row in said.table)
    fits = planned_fits(asked, holdout=record.summary["holdout"] > 0)
    for phase in (FINALISTS, CURVE, HOLDOUT):
        networks = [
            c for c in claims_of(store, record.uuid, phase) if BASELINE not in (c.point or {})
        ]
        assert len(networks) <= fits[phase]


def test_more_trials_or_none_asked_for_any_more_find_them_anew(study: Any, store: Store) -> None:
    record = fill(store, asked_of(study), truth=likes_units, examples=0.1)
    before = len(claims_of(store, record.uuid, CURVE))
    none = fill(store, asked_of(study, rivals=None), truth=likes_units, examples=0.1)
    assert none.uuid == record.uuid
    found = read_answer(store, none)
    assert found is not None
    assert (found.rivals, len(claims_of(store, record.uuid, CURVE))) == ({}, before)
    again = fill(store, asked_of(study), truth=likes_units, examples=0.1)
    found = read_answer(store, again)
    assert found is not None
    assert list(found.rivals) == ["hidden_size"]
    assert len(claims_of(store, record.uuid, CURVE)) == before


def test_a_better_rival_is_named_with_what_to_do(study: Any, store: Store) -> None:
    asked = asked_of(study)

    def alike_before_the_curve(point: Mapping[str, Any]) -> float:
        larger = point["hidden_size"] == 8 and store.find("s").phase == CURVE
        return 0.8 + 0.1 * larger

    done = fill(store, asked, truth=alike_before_the_curve, noise=0.01, examples=0.1)
    said = recommend(store, done)
    assert said is not None
    (choice,) = said.choices
    assert (choice["recommended"], choice["standing"]) == (4, "better")
    named = "set model.hidden_size: 8 in a study of another name"
    assert sum(named in sentence for sentence in said.sentences) == 1


def test_rivals_are_shown_where_nothing_was_fitted_without_dropout(
    study: Any, store: Store
) -> None:
    record = fill(store, asked_of(study), truth=likes_units, examples=0.1)
    found = read_answer(store, record)
    assert found is not None
    zero = found.curve["members"][found.curve["zero"]]
    lost = [claim.id for claim in claims_of(store, record.uuid, CURVE) if claim.point == zero]
    with store.write() as session:
        session.execute(update(Claim).where(Claim.id.in_(lost)).values(state=FAILED, reason="lost"))
    found = read_answer(store, record)
    assert found is not None
    assert found.worth is None
    assert "What else could be chosen" in report_html(store, record)


def test_baselines_that_a_curve_of_an_earlier_version_lacks_are_no_look_at_its_rates(
    study: Any, store: Store
) -> None:
    record = fill(store, asked_of(study), truth=likes_units, examples=0.1)
    ran = [c.id for c in claims_of(store, record.uuid, CURVE) if BASELINE in (c.point or {})]
    with store.write() as session:
        session.execute(delete(FoldScore).where(FoldScore.claim.in_(ran)))
        session.execute(delete(Claim).where(Claim.id.in_(ran)))
    assert add_trials(store, record.uuid, [], reopen=True)
    again = fill(store, asked_of(study), truth=likes_units, examples=0.1)
    assert again.plan is not None
    assert again.plan["look"] == 1
    found = read_answer(store, again)
    assert found is not None
    assert all(place in found.observations for place in found.curve["baselines"])
