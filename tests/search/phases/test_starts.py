"""What a search tries first: configurations written by hand, and the best ones of before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.final.export import export_text
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases import space
from dropsearch.search.phases.starts import MOST
from dropsearch.search.registration import register
from dropsearch.studies.claims.lifecycle import close_search
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.ranking import ranked
from dropsearch.studies.claims.starts import source_of
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.report.report import report_html
from dropsearch.studies.report.tables import trials_table
from dropsearch.studies.store.records import FINISHED, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.drawn import ended, served
from tests.support.filled import fill
from tests.support.pages import sentences

SPACE = {"hidden_size": [4, 8], "dropout": {"low": 0.0, "high": 0.8}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "s.db"), create=True)


def begun(store: Store, mapping: dict[str, Any]) -> tuple[StudyRecord, list[str]]:
    config = config_from(mapping, Path.cwd())
    return register(store, config, Inputs.of(config))


def first(record: StudyRecord) -> list[dict[str, Any]]:
    return [start["values"] for start in record.summary.get("starts", [])]


def test_points_by_hand_come_first_what_they_leave_out_is_drawn_and_the_rest_is_searched(
    study: Any, store: Store
) -> None:
    tried = [{"hidden_size": 4}, {"dropout": 0.3, "hidden_size": 8}, {"dropout": 0.0}]
    record, said = begun(store, study(model=SPACE, search={"trials": 12, "try": tried}))
    assert "Tried first: search.try." in said
    served(store.url, record)
    done, trials = ended(store, record)
    assert [claim.state for claim in done] == ["done"] * 12
    assert len(trials) == 12
    points = [claim.point or {} for claim in done]
    assert first(record) == [tried[1], tried[0], tried[2]]  # whole ones before those to be drawn
    for point, values in zip(points, first(record), strict=False):
        assert values.items() <= point.items()
    assert points[1]["dropout"] not in (0.0, 0.3)
    zeros = [point for point in points if point["dropout"] == 0.0]
    assert len(zeros) == 2  # the controls, of which one is by hand
    assert [source_of(record, claim) for claim in done] == ["search.try"] * 3 + [None] * 9
    marks = [trial.user_attrs.get("source") for trial in trials]
    assert marks == ["search.try"] * 3 + [None] * 9


def test_a_point_that_is_tried_already_leaves_its_trial_to_the_sampler(
    study: Any, store: Store
) -> None:
    tried = [{"dropout": 0.5}, {"dropout": 0.5, "hidden_size": 4}, {"hidden_size": 4}]
    model = SPACE | {"dropout": [0.0, 0.5]}
    record, _ = begun(store, study(model=model, search={"trials": 4, "try": tried}))
    served(store.url, record)
    done, trials = ended(store, record)
    assert len({str(claim.point) for claim in done}) == len(trials) == 4
    for claim in done:
        values = first(record)[claim.number] if claim.number < 3 else {}
        kept = values.items() <= (claim.point or {}).items()
        assert (source_of(record, claim) is not None) == (kept and claim.number < 3)


@pytest.fixture
def before(study: Any, store: Store) -> StudyRecord:
    """A study with its answer, whose scores come from a formula."""
    mapping = study(study="before", model=SPACE, search={"trials": 12}, confirm={"repeats": 2})
    return fill(store, config_from(mapping, Path.cwd()))


def test_the_best_of_a_study_come_first_its_answer_before_its_trials(
    study: Any, store: Store, before: StudyRecord
) -> None:
    asked = study(
        model=SPACE, search={"trials": 9, "start_from": "before", "try": [{"dropout": 0}]}
    )
    record, said = begun(store, asked)
    chosen = recommend(store, before)
    assert chosen is not None
    best = [claim.point for claim in ranked(store, before, limit=MOST - 1)]
    wanted = [point for point in (chosen.point, *best) if point]
    keys = ("hidden_size", "dropout")
    assert first(record) == [*({k: p[k] for k in keys} for p in wanted), {"dropout": 0}]
    assert said[0].startswith("Tried first: the answer of before, trial ")
    assert said[1] == f"The sampler learns from {len(ranked(store, before))} trials of before."
    served(store.url, record)
    done, trials = ended(store, record)
    assert len(done) == len(trials) == 9
    for claim, values in zip(done, first(record), strict=False):
        assert values.items() <= (claim.point or {}).items()
    table = trials_table(store, record)
    assert table["source"].to_list()[0] == "the answer of before"
    page = sentences(report_html(store, record))
    assert "Tried first, not drawn: 6 trials, from the answer of before, trial" in page
    assert "The sampler has also learnt from 8 trials of an earlier study." in page
    assert "source" not in trials_table(store, before).columns


def test_what_does_not_fit_is_left_out_with_the_reason(
    study: Any, store: Store, before: StudyRecord
) -> None:
    narrow = study(model=SPACE | {"hidden_size": [8, 16]}, search={"start_from": "before"})
    record, said = begun(store, narrow)
    points = [claim.point or {} for claim in ranked(store, before, limit=MOST - 1)]
    small = [point for point in points if point["hidden_size"] == 4]
    left_out = [sentence for sentence in said if "Not tried first: trial" in sentence]
    assert len(left_out) == len(small)
    assert all("hidden_size 4 does not lie in model.hidden_size: [8, 16]" in s for s in left_out)
    assert all(values["hidden_size"] == 8 for values in first(record))
    sites = study(study="sites", search={"start_from": "before"})
    sites["model"]["dropout"] = {"output": {"low": 0.0, "high": 0.5}}
    record, said = begun(store, sites)
    assert first(record) == []
    assert "dropout is no key of this search: did you mean dropout.input?" in said[0]


def test_an_exported_file_is_one_point(
    study: Any, store: Store, before: StudyRecord, tmp_path: Path
) -> None:
    (tmp_path / "best.yaml").write_text(export_text(store, "before", "recommended", "yaml"))
    mapping = study(model=SPACE, search={"start_from": "best.yaml"})
    config = config_from(mapping, tmp_path)
    assert config.search.start_from == str(tmp_path / "best.yaml")
    record, said = register(store, config, Inputs.of(config))
    chosen = recommend(store, before)
    assert chosen is not None
    assert first(record) == [{key: chosen.point[key] for key in ("hidden_size", "dropout")}]
    assert said[0] == "Tried first: best.yaml."
    # an export of that study starts from nothing
    served(store.url, record)
    assert "start_from: null" in export_text(store, "before", "recommended", "yaml")
    (tmp_path / "best.yaml").unlink()
    again, _ = register(store, config, Inputs.of(config))  # what was read is kept
    assert again.summary["starts"] == record.summary["starts"]


def test_the_budget_holds_and_what_has_no_room_is_told(
    study: Any, store: Store, before: StudyRecord
) -> None:
    record, said = begun(store, study(model=SPACE, search={"trials": 2, "start_from": "before"}))
    assert len(first(record)) == 2
    assert "search.trials: 2 leaves no room for 3 more that would be tried first." in said
    assert len(claims_of(store, record.uuid, SEARCH)) == 2
    more = study(model=SPACE, search={"trials": 4, "start_from": "before"})
    record, _ = begun(store, more)
    assert [claim.fixed for claim in claims_of(store, record.uuid)] == [*first(record), {}, {}]


@pytest.mark.parametrize("ended", [0, 2, 6])
def test_what_a_time_limit_has_dropped_is_tried_first_when_the_search_goes_on(
    study: Any, store: Store, before: StudyRecord, ended: int
) -> None:
    asked = study(model=SPACE, search={"trials": 12, "start_from": "before"})
    record, _ = begun(store, asked)
    wanted = [(claim.number, claim.fixed) for claim in claims_of(store, record.uuid, SEARCH)]
    over = update(Claim).where(Claim.study == record.uuid, Claim.number < ended)
    with store.write() as session:
        session.execute(over.values(state=FINISHED))
    assert close_search(store, record.uuid, "The time limit ended the search.") == 12 - ended
    again, _ = begun(store, asked)
    assert again.summary == record.summary
    found = [(claim.number, claim.fixed) for claim in claims_of(store, record.uuid, SEARCH)]
    assert found == wanted


def test_what_is_tried_first_is_settled_when_a_study_begins(
    study: Any, store: Store, before: StudyRecord
) -> None:
    asked = study(model=SPACE, search={"trials": 3, "start_from": "before"})
    record, _ = begun(store, asked)
    other, said = begun(store, study(model=SPACE, search={"trials": 3}))
    assert other.summary == record.summary
    assert other.config["search"]["start_from"] == "before"
    assert "search.start_from: what is tried first is settled when a study begins." in said
    asked["search"]["try"] = [{"dropout": 0.1}]
    with pytest.raises(
        ConfigError, match=r"search\.try: \[\] in the study, \[\{dropout: 0\.1\}\] in"
    ):
        begun(store, asked)


def test_a_study_or_file_to_start_from_that_cannot_be_used_is_told(
    study: Any, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(StudiesError, match="no study 'befor'"):
        begun(store, study(search={"start_from": "befor"}))
    begun(store, study(study="empty"))
    with pytest.raises(ConfigError, match=r"no trial of the study 'empty' has a score yet"):
        begun(store, study(search={"start_from": "empty"}))
    (tmp_path / "wide.json").write_text(
        '{"study": "s", "data": {"path": "a", "task": "regress", "series": "i", "target": "y"}}'
    )
    with pytest.raises(ConfigError, match=r"wide\.json leaves hidden_size, .* open: name a file"):
        begun(store, study(search={"start_from": str(tmp_path / "wide.json")}))
    assert [record.name for record in store.studies()] == ["empty"]


def test_an_idle_rate_of_before_asks_for_nothing(study: Any, store: Store) -> None:
    rates = {"between": {"low": 0.1, "high": 0.4}, "output": {"low": 0.0, "high": 0.8}}
    mapping = study(study="layers", search={"trials": 6})
    mapping["model"] |= {"layers": [1, 2], "hidden_size": 4, "dropout": rates}

    def truth(point: Mapping[str, Any]) -> float:
        return float(0.9 - point["dropout.output"] / 10)

    fill(store, config_from(mapping, Path.cwd()), truth=truth, fate=lambda _: "complete")
    mapping |= {"study": "next", "search": {"trials": 8, "start_from": "layers"}}
    record, said = begun(store, mapping)
    assert len(first(record)) == MOST
    assert {values["layers"] for values in first(record)} == {1, 2}
    assert not any("Not tried first" in sentence for sentence in said)
    served(store.url, record)
    config = StudyConfig.model_validate(record.config)
    for claim in claims_of(store, record.uuid, SEARCH):
        params = space.params_of(claim.point or {}, config)
        assert all(space.holds(config, key, value) for key, value in params.items())
