"""What a fold learns from its training part alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.batches import Batch
from dropsearch.models.fold.preparation import covered_rows
from dropsearch.search.config.load import config_from
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.draw import Fold
from dropsearch.search.folds.inputs import Inputs
from tests.support.config_samples import POINT


def sales(series: int, scale: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = [
        {"shop": f"s{one}", "day": day, "sold": rng.normal(9, 2), "warm": rng.normal(),
         "sky": str(rng.choice(["sun", "rain"]))}
        for one in range(series)
        for day in range(120)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv("data.csv")
    grouped = {"series": "shop"} if series > 1 else {}
    data = {"task": "forecast", "time": "day", "target": "sold", "window": 6, "horizon": 2}
    return data | grouped | {"scale": scale, "features": ["warm"], "categories": ["sky"]}


def sizes() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = [
        {"id": one, "step": step, "x": rng.normal(), "kind": str(rng.choice(["a", "b", "c"])),
         "y": float(one % 7)}
        for one in range(60)
        for step in range(5)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv("data.csv")
    return {"task": "regress", "series": "id", "time": "step", "target": "y"}


def sentences() -> dict[str, Any]:
    words = ["red", "green", "blue", "quick", "slow", "warm", "cold", "old", "new", "tall"]
    rng = np.random.default_rng(0)
    rows = [
        {"text": " ".join(rng.choice(words, 8)) + f" {one}", "label": one % 2} for one in range(80)
    ]
    pl.DataFrame(rows).write_csv("data.csv")
    return {"task": "classify", "text": "text", "target": "label"}


KNOWN: dict[str, Any] = {"known": ["warm", "sky"]}
KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "forecast": lambda: sales(1, "auto"),
    "forecast of many, each window by itself": lambda: sales(3, "auto"),
    "forecast of many, by the past": lambda: sales(3, "train"),
    "forecast with what is known ahead": lambda: sales(1, "auto") | KNOWN,
    "forecast of many with what is known ahead": lambda: sales(3, "auto") | KNOWN,
    "regress": sizes,
    "classify texts": sentences,
}


def made(kind: str) -> tuple[StudyConfig, Inputs]:
    asked = {
        "study": "s",
        "data": {"path": "data.csv"} | KINDS[kind](),
        "folds": {"count": 3, "holdout": 0.2},
        "training": {"epochs": 2, "batch_size": 32},
    }
    config = config_from(asked, Path.cwd())
    return config, Inputs.of(config)


def changed(data: SequenceData, fold: Fold) -> SequenceData:
    """All that `fold` does not train on is another: a hundredfold, other words, other texts."""
    if data.texts is not None:
        own = set(fold.train.tolist())
        texts = [t if i in own else f"zebra zebra {i} {i}" for i, t in enumerate(data.texts)]
        return replace(data, texts=tuple(texts))
    unseen = np.ones(len(data.values), dtype=bool)
    unseen[covered_rows(data, fold.train)] = False
    target = data.target.copy()
    target[
        unseen if data.task == "forecast" else np.setdiff1d(np.arange(len(target)), fold.train)
    ] *= 100
    return replace(
        data,
        values=np.where(unseen[:, None], 100 * data.values, data.values),
        codes=np.where(unseen[:, None], 0, data.codes),
        target=target,
    )


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, Batch):
        return all(equal(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    if hasattr(one, "to_json"):
        return bool(one.to_json() == other.to_json())
    return one is None if other is None else bool(np.array_equal(one, other))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fold_learns_from_its_training_part_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scaler, MASE's units, words seen, vocabulary and the batches made with them, bit for bit."""
    monkeypatch.chdir(tmp_path)
    config, inputs = made(kind)
    before = FoldSet.of(config, inputs)
    for number, fold in enumerate(inputs.split.folds):
        other = changed(inputs.data, fold)
        after = FoldSet.of(config, replace(inputs, data=other))
        for name in (field.name for field in fields(after.preparations[number])):
            pair = (getattr(made.preparations[number], name) for made in (before, after))
            assert equal(*pair), f"{name} of fold {number}"
        batches = (list(made.train[number].batches(16)) for made in (before, after))
        assert all(equal(*pair) for pair in zip(*batches, strict=True))


@pytest.mark.parametrize("scale", ["train", "window"])
def test_the_last_fold_and_the_holdout_leave_the_fits_before_them_as_they_are(
    scale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare_process()
    config, inputs = made("forecast of many, by the past")
    config = config.model_copy(update={"data": config.data.model_copy(update={"scale": scale})})
    data, split = inputs.data, inputs.split
    assert split.kind == "expanding"
    before = [part for fold in split.folds[:-1] for part in (fold.train, fold.validate)]
    later = changed(data, Fold(np.concatenate(before), split.rest))
    assert (later.target != data.target).mean() > 0.3

    def rows(of: SequenceData) -> list[dict[str, Any]]:
        folds = FoldSet.of(config, replace(inputs, data=of))
        seeds = fold_seeds(0, "search", 0, len(split.folds))
        found = fit(POINT, folds, seeds=seeds, direction=inputs.direction)
        return [row | {"seconds": 0} for epoch in found.epochs for row in epoch.rows]

    one, other = rows(data), rows(later)
    earlier, last = ([row for row in one if (row["fold"] == 2) == is_last] for is_last in (0, 1))
    assert all(row in other for row in earlier)
    assert not any(row in other for row in last)
