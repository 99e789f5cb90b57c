"""Numbers of any size: the unit of the target changes no score but by its own factor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError, DivergedError
from dropsearch.search.config.load import config_from
from dropsearch.search.final.train import train
from dropsearch.search.fit.fit import fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.folds.inputs import Inputs, read_data_of, summary_of
from dropsearch.studies.recommend.answer_table import answer_rows
from tests.support.config_samples import POINT

UNITS = [1e-99, 1e-38, 1e-30, 1e-6, 1e6, 1e30, 1e38, 1e98]
WITHOUT_UNIT = ("mase", "smape")


def study(folder: Path, task: str, unit: float, metric: str = "auto", **sections: Any) -> Any:
    rng = np.random.default_rng(0)
    many = 3 if metric == "mase" else 1
    if task == "forecast":
        rows = [
            {"s": s, "t": t, "y": (10 + 3 * np.sin(t / 2 + s) + 0.3 * rng.normal()) * unit}
            for s in range(many)
            for t in range(90)
        ]
        own: dict[str, Any] = {"window": 6, "horizon": 2} | ({"series": "s"} if many > 1 else {})
    else:
        rows = [
            {"s": s, "t": t, "x": (s % 5 + rng.normal()) * unit, "y": (10 + s % 5) * unit}
            for s in range(40)
            for t in range(5)
        ]
        own = {"series": "s"}
    pl.DataFrame(rows).write_csv(folder / "data.csv")
    path = str(folder / "data.csv")
    data = {"path": path, "task": task, "time": "t", "target": "y"} | own
    asked = {"study": "s", "data": data, "folds": {"count": 2}, "search": {"metric": metric}}
    for name, section in ({"training": {"epochs": 2, "patience": 1}} | sections).items():
        asked[name] = asked.get(name, {}) | section
    return config_from(asked, folder)


def scores(config: Any, **point: Any) -> list[float]:
    """Of the epochs, the baselines and the worst step: all that is in the unit, or in none."""
    prepare_process()
    inputs = Inputs.of(config)
    folds = FoldSet.of(config, inputs)
    seeds = fold_seeds(0, "search", 0, len(inputs.split.folds))
    found = fit({**POINT, **point}, folds, seeds=seeds, direction=inputs.direction, detailed=True)
    baselines = summary_of(inputs)["baselines"].values()
    steps = (found.details or {}).get("steps", [])
    return [
        *(row["metric"] for epoch in found.epochs for row in epoch.rows),
        *(score for one in baselines for score in one),
        *(step["score"] for step in steps),
    ]


@pytest.mark.parametrize(
    ("task", "metric"),
    [
        *(("forecast", metric) for metric in ("rmse", "mae", "mase", "smape")),
        *(("regress", metric) for metric in ("rmse", "mae", "smape")),
    ],
)
def test_a_unit_changes_a_score_by_its_own_factor(tmp_path: Path, task: str, metric: str) -> None:
    expected = np.array(scores(study(tmp_path, task, 1.0, metric)))
    for unit in UNITS:
        found = np.array(scores(study(tmp_path, task, unit, metric)))
        factor = 1.0 if metric in WITHOUT_UNIT else unit
        np.testing.assert_allclose(found / factor, expected, rtol=1e-5, err_msg=f"unit {unit}")


@pytest.mark.parametrize(
    ("unit", "scale", "said"),
    [
        (1e300, "auto", "too large to compute with: correct it"),
        (1e-300, "auto", "column 'y': its largest number is .*too small to compute with: give it"),
        (
            1e30,
            "none",
            "too large .*as it is \\(data.scale: none\\): set data.scale: train, or give",
        ),
        (
            1e-30,
            "none",
            "too small .*as it is \\(data.scale: none\\): set data.scale: train, or give",
        ),
    ],
)
def test_numbers_beyond_what_can_be_computed_with_are_refused_at_reading(
    tmp_path: Path, unit: float, scale: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read_data_of(study(tmp_path, "forecast", unit, data={"scale": scale}))


@pytest.mark.parametrize(
    ("clip", "advice"), [(None, "or set training.clip."), (1.0, "or training.clip, which is 1.")]
)
def test_the_advice_for_a_fit_that_diverged_does_not_name_what_is_set(
    tmp_path: Path, clip: float | None, advice: str
) -> None:
    training = {"epochs": 3, "clip": clip, "learning_rate": 1e38}
    config = study(tmp_path, "forecast", 1.0, training=training, model={"hidden_size": 8})
    with pytest.raises(DivergedError) as found:
        scores(config, learning_rate=1e38)
    assert str(found.value).endswith(f"Lower training.learning_rate, {advice}")
    best = config.model_copy(
        update={
            "model": config.model.model_copy(update={"layers": 1, "dropout": 0.2}),
            "confirm": None,
        }
    )
    with pytest.raises(DivergedError) as found:
        train(best, tmp_path / "model")
    assert str(found.value).endswith(f"Lower training.learning_rate, {advice}")


@pytest.mark.parametrize("unit", [1e-30, 1e-5, 1.0, 1e5, 1e30])
def test_the_table_of_the_answer_shows_digits_in_any_unit(unit: float) -> None:
    table = [
        {
            "configuration": str(rate),
            "recommended": rate == 0.3,
            "score": unit * score,
            "standard_error": unit * 0.013,
            "epochs": 3,
            "over_zero": {"mean": unit * 0.21, "low": -unit * 0.11, "high": unit * 0.53},
            "over_half": None,
            "behind_recommended": None,
            "standing": None,
        }
        for rate, score in ((0.0, 1.234), (0.3, 1.111))
    ]
    for row, shown in zip(table, answer_rows(table), strict=True):
        assert float(shown["score"]) == pytest.approx(row["score"], rel=0.1)
        assert float(shown["error"].removeprefix("± ")) == pytest.approx(unit * 0.013, rel=0.1)
        mean, ends = shown["zero"]
        found = [float(one.replace("−", "-")) for one in (mean, *ends.split(" to "))]
        assert found == pytest.approx([unit * 0.21, -unit * 0.11, unit * 0.53], rel=0.1)
        assert max(map(len, (shown["score"], mean))) < 16
