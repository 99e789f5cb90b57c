"""Where the network does worst beside the best baseline, against the same by plain loops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.fold.scores import ERRORS, Scored, contributions
from dropsearch.models.trained.predict import targets
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.folds.inputs import Inputs
from dropsearch.studies.answer.behind import behind
from dropsearch.studies.answer.network import network
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.validated import Validated, read_validated, validated_file
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.config_samples import changed
from tests.support.filled import fill


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


CONFIRM = {"rates": [0.0, 0.3], "rivals": None, "repeats": 2}


def of_shops(folder: Path, metric: str, shops: int = 3) -> StudyConfig:
    rng = np.random.default_rng(0)
    rows = [(f"shop {s}", day, (s + 1) * rng.normal()) for s in range(shops) for day in range(90)]
    path = folder / "sales.csv"
    pl.DataFrame(rows, schema=["shop", "day", "sales"], orient="row").write_csv(path)
    data = {"path": str(path), "task": "forecast", "series": "shop", "time": "day"}
    mapping = {"study": "s", "data": data | {"target": "sales", "window": 6, "horizon": 3}}
    sections = {"folds": {"count": 3}, "search": {"trials": 4, "metric": metric}}
    return config_from(changed(mapping, sections | {"confirm": CONFIRM}), folder)


def rewritten(store: Store, record: StudyRecord, config: StudyConfig) -> dict[int, Any]:
    """Numbers that the curve's fits could have said, with what they contribute; by place."""
    data, answer = Inputs.of(config).data, read_answer(store, record)
    assert answer is not None
    found = {}
    for place in (answer.recommended, *answer.curve["baselines"]):
        member = answer.members[place]
        assert member is not None
        found[place] = []
        for claim in member.claims:
            own = read_validated(store, record.uuid, claim)
            assert own is not None
            rng = np.random.default_rng(claim)
            actual, known = targets(data, own.index)
            said = np.where(known, actual, 0) + rng.normal(size=actual.shape)
            units = 1.0 + data.series[own.index]
            contribution = np.empty(len(own.index))
            for fold in np.unique(own.fold):
                here = own.fold == fold
                scored = Scored(said[here], actual[here], known[here], units[here])
                contribution[here] = contributions(record.metric, scored)
            again = Validated(own.index, own.fold, own.unit, contribution, said)
            validated_file(store, record.uuid, claim).write_bytes(again.packed())
            found[place].append((own, said, actual, units))
    return found


@pytest.mark.parametrize("metric", ["rmse", "mae", "mase", "smape"])
def test_of_series_the_metric_of_each_is_compared(
    metric: str, store: Store, tmp_path: Path
) -> None:
    config = of_shops(tmp_path, metric)
    record = fill(store, config, truth=lambda _: 0.8, examples=0.1)
    said = rewritten(store, record, config)
    answer = read_answer(store, record)
    assert answer is not None
    verdict = network(answer)
    found = behind(store, answer, verdict)
    assert verdict is not None
    assert found is not None
    series = Inputs.of(config).data.series
    leads = {}
    for number, name in enumerate(("shop 0", "shop 1", "shop 2")):
        scores = []
        for place in (answer.recommended, verdict.baselines[verdict.best]):
            errors = []
            for own, predicted, actual, units in said[place]:
                here = series[own.index] == number
                every = np.broadcast_to(units[here, None], actual[here].shape)
                errors.append(ERRORS[metric](actual[here], predicted[here], every))
            mean = np.mean(np.square(errors)) ** 0.5 if metric == "rmse" else np.mean(errors)
            scores.append(float(mean))
        leads[name] = (scores[1] - scores[0], scores)
    worst = min(leads, key=lambda name: leads[name][0])
    assert (found.by, found.number, found.name, found.beside) == ("series", 3, worst, verdict.best)
    assert [found.network, found.baseline] == pytest.approx(leads[worst][1], rel=1e-6)
    assert found.is_behind == (leads[worst][0] < 0)
    index = said[answer.recommended][0][0].index
    assert found.examples == int((series[index] == int(worst[-1])).sum())


@pytest.mark.parametrize("without", [0.5, 0.95])
def test_of_classes_the_share_found_is_compared(study: Any, store: Store, without: float) -> None:
    config = config_from(study(search={"trials": 4}, confirm=CONFIRM), Path.cwd())
    record = fill(store, config, truth=lambda _: 0.8, examples=0.1, without=without)
    answer, chosen = read_answer(store, record), recommend(store, record)
    assert answer is not None
    assert chosen is not None
    verdict = network(answer)
    assert verdict is not None
    data = Inputs.of(config).data
    leads = {}
    for number, name in enumerate(data.classes):
        shares = []
        for place in (answer.recommended, verdict.baselines[verdict.best]):
            member = answer.members[place]
            assert member is not None
            hits = []
            for claim in member.claims:
                own = read_validated(store, record.uuid, claim, outputs=True)
                assert own is not None
                assert own.outputs is not None
                here = data.target[own.index] == number
                hits += (own.outputs[here].argmax(1) == number).tolist()
            shares.append(float(np.mean(hits)))
        leads[name] = (shares[0] - shares[1], shares)
    worst = min(leads, key=lambda name: leads[name][0])
    found = chosen.worst_beside
    assert found is not None
    assert (found.by, found.number, found.name) == ("class", 2, worst)
    assert [found.network, found.baseline] == pytest.approx(leads[worst][1])
    (at,) = [i for i, one in enumerate(chosen.sentences) if repr(worst) in one]
    assert "etwork is" in chosen.sentences[at - 1]
    assert f"{found.network:.3g} of its {found.examples} examples" in chosen.sentences[at]
    said = "does worst on" if found.is_behind else "On none of 2 classes is the network behind"
    assert said in chosen.sentences[at]
    assert json.loads(json.dumps(chosen.as_dict()))["worst_beside"]["name"] == worst


def test_it_is_told_only_where_it_is_known(study: Any, store: Store, tmp_path: Path) -> None:
    config = config_from(study(search={"trials": 4}, confirm=CONFIRM), Path.cwd())
    record = fill(store, config, truth=lambda _: 0.8, examples=0.1)
    answer = read_answer(store, record)
    assert answer is not None
    verdict = network(answer)
    assert behind(store, answer, verdict) is not None
    assert behind(store, answer, None) is None
    assert verdict is not None
    member = answer.members[verdict.baselines[verdict.best]]
    assert member is not None
    path = validated_file(store, record.uuid, member.claims[0])
    own = read_validated(store, record.uuid, member.claims[0], outputs=True)
    assert own is not None
    for claim in member.claims:
        one_class = replace(own, outputs=np.array([[1.0, 0.0]] * len(own.index)))
        validated_file(store, record.uuid, claim).write_bytes(one_class.packed())
    assert behind(store, answer, verdict) is None
    path.unlink()
    assert behind(store, answer, verdict) is None
    chosen = recommend(store, record)
    assert chosen is not None
    assert chosen.worst_beside is None


def test_a_single_series_has_no_worst(store: Store, tmp_path: Path) -> None:
    record = fill(store, of_shops(tmp_path, "rmse", 1), truth=lambda _: 0.8, examples=0.1)
    answer = read_answer(store, record)
    assert answer is not None
    assert behind(store, answer, network(answer)) is None
