"""What a fit keeps of each example: what the scores are made of, also after it was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from dropsearch.search.config.load import config_from
from dropsearch.search.fit.fit import FitResult, Stopped, fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.memory import Memory
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.outputs import Outputs
from dropsearch.search.folds.inputs import Inputs
from dropsearch.studies.answer.members import at_chosen
from dropsearch.studies.claims.validated import Validated
from tests.support.config_samples import POINT


def run(
    mapping: dict[str, Any], point: dict[str, Any] | None = None, **settings: Any
) -> tuple[FitResult, FoldSet, str]:
    config = config_from(mapping, Path.cwd())
    inputs = Inputs.of(config)
    folds = FoldSet.of(config, inputs)
    seeds = fold_seeds(0, "curve", 0, len(folds.train))
    given = {"seeds": seeds, "direction": inputs.direction, "kept": True}
    return fit(POINT | (point or {}), folds, **given | settings), folds, inputs.direction


@pytest.fixture
def walks(tmp_path: Path) -> dict[str, Any]:
    """A study of forecasts of two series, some of whose targets are missing."""
    rng = np.random.default_rng(0)
    rows = [
        (name, step, value if rng.random() > 0.1 else None)
        for name, size in (("a", 1.0), ("b", 50.0))
        for step, value in enumerate(size * np.sin(np.arange(60) / 3) + rng.normal(size=60))
    ]
    frame = pl.DataFrame(rows, schema=["name", "step", "y"], orient="row")
    frame.write_csv(tmp_path / "walks.csv")
    return {
        "study": "walks",
        "data": {
            "path": str(tmp_path / "walks.csv"),
            "task": "forecast",
            "time": "step",
            "series": "name",
            "target": "y",
            "window": 6,
            "horizon": 3,
            "missing": "forward",
        },
        "folds": {"count": 3},
        "model": {"hidden_size": [4, 8], "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
        "training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01},
        "search": {"trials": 4},
    }


def means(validated: Validated) -> list[float]:
    folds = range(validated.fold.max() + 1)
    return [float(validated.contribution[validated.fold == fold].mean()) for fold in folds]


def scores_of(result: FitResult, direction: str) -> Any:
    return at_chosen({epoch.number: epoch.rows for epoch in result.epochs}, direction).scores


def test_the_contributions_to_each_fold_have_its_score_as_their_mean(
    study: Any, walks: dict[str, Any]
) -> None:
    classes = study(training={"epochs": 8})
    metrics = [(classes, "auroc"), (walks, "mase"), (walks, "rmse")]
    for mapping, metric in metrics:
        asked = mapping | {"search": {"trials": 4, "metric": metric}}
        result, folds, direction = run(asked)
        found = result.validated
        assert found is not None
        assert means(found) == pytest.approx(scores_of(result, direction), rel=1e-6)
        examples = np.concatenate([part.index for part in folds.validate])
        assert found.index.tolist() == sorted(examples.tolist())
        assert found.outputs.shape == (len(examples), folds.outputs)


def test_a_fit_of_so_many_epochs_keeps_the_last(study: Any) -> None:
    result, _, direction = run(study(), exactly=2)
    assert result.validated is not None
    assert means(result.validated) == pytest.approx(scores_of(result, direction))


def cut_off(mapping: dict[str, Any], after: int = 5, **settings: Any) -> tuple[Memory, list[Any]]:
    """The state of a fit that ends in the middle of the next epoch."""
    memory, told = Memory(None, lambda: None, pause=0.0), []

    def cut() -> None:
        if len(told) == after:
            raise Stopped

    with pytest.raises(Stopped):
        run(mapping, memory=memory, on_epoch=told.append, on_batch=cut, **settings)
    return memory, told


def test_a_fit_that_was_cut_off_keeps_the_same_bit_for_bit(study: Any) -> None:
    asked = study(training={"epochs": 8})
    whole = run(asked)[0].validated
    memory, told = cut_off(asked)
    again = run(asked, memory=memory, before=told)[0].validated
    assert whole is not None
    assert again is not None
    assert all(np.array_equal(vars(whole)[name], vars(again)[name]) for name in vars(whole))


def test_a_state_without_outputs_gives_none_where_a_fold_is_scored_before_it(study: Any) -> None:
    """As a state of earlier versions; the fit goes on all the same."""
    asked, fast = study(training={"epochs": 8}), {"learning_rate": 5.0}
    whole, _, direction = run(asked, point=fast)
    epochs = {epoch.number: epoch.rows for epoch in whole.epochs}
    assert at_chosen(epochs, direction).epochs.min() < 7
    memory, told = cut_off(asked, after=7, point=fast)
    assert memory.state is not None
    del memory.state["callbacks"]["Outputs"]
    result = run(asked, point=fast, memory=memory, before=told)[0]
    assert result.validated is None
    assert result.best.score == whole.best.score


@pytest.mark.parametrize(
    "kept",
    [
        [None],
        [None, None, None],
        "xy",
        [(0, "x"), None],
        [("x", torch.zeros(3, 2)), None],
        [(0, torch.zeros(3)), None],
        [(0, torch.zeros(3, 2, dtype=torch.int64)), None],
        [(0,), None],
        [0, 1],
    ],
)
def test_a_state_of_other_outputs_is_refused(kept: Any) -> None:
    outputs = Outputs([], 2, "minimize")
    outputs.load_state_dict({"kept": [(3, torch.zeros(3, 2)), None]})
    with pytest.raises(ValueError, match="those of no fit"):
        outputs.load_state_dict({"kept": kept})
