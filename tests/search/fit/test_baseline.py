"""Baselines as fits: for every kind of study, of the training part alone, equal for equal seeds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import accuracy_score, root_mean_squared_error
from threadpoolctl import threadpool_info

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.learnt import LEARNERS, Part, learnt, summaries
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.names import BASELINES, baselines_of
from dropsearch.search.config.load import config_from
from dropsearch.search.fit.baseline import fit_baseline
from dropsearch.search.fit.fit import FitResult
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.folds.inputs import Inputs, summary_of
from tests.support.examples_of import sequences


def study_of(kind: str, folder: Path, **data: Any) -> dict[str, Any]:
    """A study whose target a simple rule tells."""
    rng = np.random.default_rng(0)
    path = folder / f"{kind}.csv"
    if kind in ("classes", "numbers", "groups"):
        rows = []
        for name in range(60):
            label, length = name % 3, int(rng.integers(3, 9))
            own = 2 * label + rng.normal(size=length)
            word = ("red", "blue")[label > 0]
            target = f"c{label}" if kind != "numbers" else float(own.mean() * 10)
            rows += [(name, step, x, word, target, name // 6) for step, x in enumerate(own)]
        columns = ["id", "step", "x", "word", "y", "who"]
        pl.DataFrame(rows, schema=columns, orient="row").write_csv(path)
        task = "regress" if kind == "numbers" else "classify"
        found = {"task": task, "time": "step", "series": "id", "target": "y"}
        found["group"] = "who" if kind == "groups" else None
        found["features"] = ["x"]
        found["categories"] = ["word"]
    elif kind in ("texts", "text numbers"):
        words = (["good", "fine", "great"], ["bad", "poor", "dull"])
        rows = []
        for number in range(60):
            own = rng.choice(words[number % 2], 2).tolist() + rng.choice(["the", "a"], 2).tolist()
            rng.shuffle(own)
            label = ("yes", "no")[number % 2] if kind == "texts" else float(number % 2)
            rows.append((" ".join(own), label))
        pl.DataFrame(rows, schema=["text", "y"], orient="row").write_csv(path)
        task = "classify" if kind == "texts" else "regress"
        found = {"task": task, "text": "text", "target": "y"}
    else:
        series = ("a", "b") if kind == "many" else ("a",)
        rows = [
            (name, step, value if rng.random() > 0.05 else None)
            for name in series
            for step, value in enumerate(
                (100 if name == "b" else 1) * (np.sin(np.arange(90) / 3) + 3)
                + 0.1 * rng.normal(size=90)
            )
        ]
        pl.DataFrame(rows, schema=["id", "step", "y"], orient="row").write_csv(path)
        found = {"task": "forecast", "time": "step", "target": "y", "window": 8, "horizon": 3}
        found |= {"missing": "forward", "series": "id" if kind == "many" else None}
    return {"study": kind, "data": {"path": str(path), **found, **data}, "folds": {"count": 2}}


KINDS = ["classes", "groups", "numbers", "texts", "text numbers", "one", "many"]


def ran(mapping: dict[str, Any], name: str, seed: int = 0) -> tuple[FitResult, FoldSet, Inputs]:
    config = config_from(mapping, Path.cwd())
    inputs = Inputs.of(config)
    folds = FoldSet.of(config, inputs)
    seeds = [seed + k for k in range(len(folds.train))]
    return fit_baseline(name, folds, seeds=seeds), folds, inputs


@pytest.mark.parametrize("kind", KINDS)
def test_each_that_learns_beats_each_that_does_not_and_equal_seeds_give_equal_outputs(
    kind: str, tmp_path: Path
) -> None:
    mapping = study_of(kind, tmp_path)
    inputs = Inputs.of(config_from(mapping, Path.cwd()))
    simple = summary_of(inputs)["baselines"]
    sign = 1 if inputs.direction == "maximize" else -1
    names = baselines_of(inputs.data.task, inputs.data.texts is not None)
    assert names
    for name in names:
        found, folds, _ = ran(mapping, name)
        assert all(sign * found.best.score > sign * np.mean(scores) for scores in simple.values())
        assert found.validated is not None
        by_fold = [
            found.validated.contribution[found.validated.fold == row["fold"]].mean()
            for row in found.best.rows
        ]
        assert by_fold == pytest.approx([row["metric"] for row in found.best.rows])
        assert len(found.validated.index) == sum(len(part) for part in folds.validate)
        assert all(
            np.isfinite([row["train_loss"], row["val_loss"]]).all() for row in found.best.rows
        )
        again = ran(mapping, name)[0].validated
        assert again is not None
        assert np.array_equal(found.validated.contribution, again.contribution)
        assert np.array_equal(found.validated.outputs, again.outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_simple_ones_score_as_the_summary_says(kind: str, tmp_path: Path) -> None:
    mapping = study_of(kind, tmp_path)
    simple = summary_of(Inputs.of(config_from(mapping, Path.cwd())))["baselines"]
    for name, scores in simple.items():
        found, _, _ = ran(mapping, name)
        assert [row["metric"] for row in found.best.rows] == pytest.approx(scores)


def test_they_take_no_more_threads_than_the_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the pools of BLAS and OpenMP, each of which has a thread for every core by itself."""
    before, learners = threadpool_info(), dict(LEARNERS)

    def watched(part: Part, index: Any) -> Any:
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        return learners[name](part, index)

    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    for name in baselines_of("classify", False):
        monkeypatch.setitem(LEARNERS, name, watched)
        assert ran(study_of("classes", tmp_path), name)[0].best.rows
    assert threadpool_info() == before


@pytest.mark.parametrize("kind", KINDS)
def test_they_learn_from_the_training_part_alone(kind: str, tmp_path: Path) -> None:
    """What is validated may say anything: the outputs of another part stay bit-equal."""
    config = config_from(study_of(kind, tmp_path), Path.cwd())
    inputs = Inputs.of(config)
    data, fold = inputs.data, inputs.split.folds[0]
    for name in baselines_of(data.task, data.texts is not None):
        changed = _scrambled(data, fold.validate)
        found = [
            learnt(
                name,
                own,
                FoldSet.of(config, replace(inputs, data=own)).preparations[0],
                fold.train,
                fold.train[:5],
                seed=0,
            )
            for own in (data, changed)
        ]
        assert np.array_equal(*found)


def _scrambled(data: SequenceData, index: np.ndarray) -> SequenceData:
    """The same with other targets, numbers and texts in those examples."""
    target, values = data.target.copy(), data.values.copy()
    if data.task == "forecast":
        last = data.start[index].max() + data.window
        target[last:] = 1e3 * (1 + np.arange(len(target) - last))
        return replace(data, target=target)
    target[index] = target[index[::-1]]
    for i in index:
        values[data.start[i] : data.start[i] + data.length[i]] *= 100
    texts = data.texts
    if texts is not None:
        own = set(index.tolist())
        texts = tuple("zebra" if i in own else text for i, text in enumerate(texts))
    return replace(data, target=target, values=values, texts=texts)


def test_summaries_are_those_that_one_would_compute() -> None:
    data = sequences([2, 3, 1], [0, 1, 0], classes=("a", "b"))
    data = replace(data, values=np.array([[1.0], [3.0], [2.0], [8.0], [5.0], [7.0]]))
    found = summaries(data, np.array([1, 0, 2]))
    # mean, spread, smallest, largest, first, last, length
    assert found[0] == pytest.approx([5.0, np.std([2, 8, 5]), 2.0, 8.0, 2.0, 5.0, 3.0])
    assert found[1] == pytest.approx([2.0, 1.0, 1.0, 3.0, 1.0, 3.0, 2.0])
    assert found[2] == pytest.approx([7.0, 0.0, 7.0, 7.0, 7.0, 7.0, 1.0])


def test_a_training_part_of_one_class_or_few_examples_has_an_answer(tmp_path: Path) -> None:
    config = config_from(study_of("classes", tmp_path), Path.cwd())
    inputs = Inputs.of(config)
    folds, data = FoldSet.of(config, inputs), inputs.data
    for train in (np.flatnonzero(data.target == 0), np.array([0, 1, 2])):
        for name in baselines_of("classify", text=False):
            out = learnt(name, data, folds.preparations[0], train, np.arange(6), seed=0)
            assert out.shape == (6, 3)
            assert np.isfinite(out).all()


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_numbers_of_any_size_that_networks_train_on(kind: str, tmp_path: Path) -> None:
    config = config_from(study_of(kind, tmp_path), Path.cwd())
    inputs = Inputs.of(config)
    fold = inputs.split.folds[0]
    for name in baselines_of(inputs.data.task, text=False):
        usual, *found = (
            learnt(name, own, folds.preparations[0], fold.train, fold.validate, seed=0)
            for size in (1.0, 1e-100, 1e60, 1e100)
            for own in [replace(inputs.data, values=size * inputs.data.values)]
            for folds in [FoldSet.of(config, replace(inputs, data=own))]
        )
        for one in found:
            assert one == pytest.approx(usual, rel=1e-3, abs=1e-3)


def test_the_penalty_is_chosen_where_an_inner_fold_lacks_a_class() -> None:
    """The second class is in one group of three alone: two inner folds have both."""
    target = np.repeat([0, 1], [40, 20])
    rng = np.random.default_rng(0)
    values = np.repeat(6.0 * target, 4)[:, None] + rng.normal(size=(240, 1))
    data = sequences([4] * 60, target, classes=("a", "b"), values=values)
    data = replace(data, group=np.repeat([0, 1, 2], 20))
    every = np.arange(60)
    preparation = Preparation.fit(data, every, "auto")
    found = learnt("logistic regression on summaries", data, preparation, every, every, seed=0)
    assert np.exp(found[every, target]).min() > 0.9


def test_ridge_on_texts_needs_no_table_of_all_their_pairs(tmp_path: Path) -> None:
    """As leaving out each by itself does, and the cube of their number in time."""
    rng = np.random.default_rng(0)
    target = rng.normal(size=2000)
    texts = tuple(
        " ".join([*(f"w{word}" for word in rng.zipf(1.3, 20)), *["much"] * int(value > 0)])
        for value in target
    )
    config = config_from(study_of("text numbers", tmp_path), Path.cwd())
    inputs = Inputs.of(config)
    preparation = FoldSet.of(config, inputs).preparations[0]
    data = replace(inputs.data, texts=texts, target=target)
    train, rest = np.arange(1800), np.arange(1800, 2000)
    tracemalloc.start()
    found = learnt("ridge regression on tf-idf", data, preparation, train, rest, seed=0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * len(train) ** 2
    assert np.corrcoef(found[:, 0], target[rest])[0, 1] > 0.5


def test_more_examples_than_are_taken_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropsearch.models.fold.learnt.MOST_EXAMPLES", 20)
    found, _, inputs = ran(study_of("classes", tmp_path), "logistic regression on summaries")
    assert found.validated is not None
    assert found.validated.outputs is not None
    hits = found.validated.outputs.argmax(1) == inputs.data.target[found.validated.index]
    assert hits.mean() == pytest.approx(
        accuracy_score(inputs.data.target[found.validated.index], found.validated.outputs.argmax(1))
    )
    assert hits.mean() > 0.6


def test_the_table_names_each_once_with_its_task() -> None:
    assert len({one.name for one in BASELINES}) == len(BASELINES)
    for task in ("classify", "regress"):
        assert baselines_of(task, text=True)
        assert baselines_of(task, text=False)
    assert baselines_of("forecast", text=False) == ["ridge regression on the window"]


def test_ridge_foretells_what_is_linear(tmp_path: Path) -> None:
    steps = np.arange(200)
    pl.DataFrame({"step": steps, "y": np.sin(steps / 4)}).write_csv(tmp_path / "wave.csv")
    data = {"path": str(tmp_path / "wave.csv"), "task": "forecast", "time": "step", "target": "y"}
    mapping = {"study": "wave", "data": {**data, "window": 8, "horizon": 2}}
    found, folds, inputs = ran(mapping, "ridge regression on the window")
    assert found.validated is not None
    assert found.validated.outputs is not None
    rows = inputs.data.start[found.validated.index] + 8
    actual = inputs.data.target[rows[:, None] + np.arange(2)]
    assert root_mean_squared_error(actual, found.validated.outputs) < 0.01
    assert folds.metric == "rmse"


def test_what_cannot_be_learnt_is_a_fault_of_the_fit_alone(tmp_path: Path) -> None:
    config = config_from(study_of("texts", tmp_path), Path.cwd())
    inputs = Inputs.of(config)
    blank = replace(inputs, data=replace(inputs.data, texts=("",) * len(inputs.data.start)))
    folds = replace(FoldSet.of(config, inputs), data=blank.data)
    name = "logistic regression on tf-idf"
    with pytest.raises(RuntimeError, match=f"{name} cannot be learnt: .*empty vocabulary"):
        fit_baseline(name, folds, seeds=[0, 1])
