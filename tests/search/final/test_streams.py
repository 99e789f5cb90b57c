"""Windows of streams from study.yaml to labels by time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.errors import DataError
from dropsearch.search.config.load import config_from
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train
from dropsearch.search.terminal.check import check, in_words

pytestmark = pytest.mark.usefixtures("briefly")


def streams(count: int = 4, rows: int = 80, run: int = 20) -> pl.DataFrame:
    """Streams in which a machine is by turns at rest and at work, and vibrates then."""
    rng = np.random.default_rng(1)
    step = np.arange(rows)
    work = step // run % 2 == 1
    frames = [
        pl.DataFrame(
            {
                "machine": [f"m{number}"] * rows,
                "at": [f"2021-01-01 {s // 60:02d}:{s % 60:02d}" for s in step],
                "x": np.where(work, np.sin(step * 1.3), 0.0) + rng.normal(scale=0.05, size=rows),
                "state": np.where(work, "work", "rest"),
            }
        )
        for number in range(count)
    ]
    return pl.concat(frames)


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    streams().write_csv(tmp_path / "data.csv")
    named = {"time": "at", "series": "machine", "target": "state", "window": 10, "stride": 5}
    return {
        "study": "machines",
        "data": {"path": str(tmp_path / "data.csv"), "task": "classify", **named},
        "folds": {"count": 2},
        "model": {"hidden_size": 8, "layers": 1, "dropout": 0.0, "bidirectional": False}
        | {"pooling": "max"},
        "training": {"epochs": 30, "batch_size": 16, "learning_rate": 0.02},
    }


def test_labels_come_by_time(asked: dict[str, Any], tmp_path: Path) -> None:
    train(config_from(asked, tmp_path), tmp_path / "model")
    new = pl.concat([streams(count=2), streams(count=3, rows=8)[-8:]])  # m2 is too short
    new.drop("state").write_csv(tmp_path / "new.csv")
    found, notes = predictions(tmp_path / "model", tmp_path / "new.csv")
    assert found.columns == ["series", "at", "label", "probability", "p_rest", "p_work"]
    assert found.height == 2 * 15  # windows of 80 rows
    assert found["series"].to_list() == ["m0"] * 15 + ["m1"] * 15
    assert found["at"].to_list()[:3] == [f"2021-01-01 00:{m:02d}" for m in (9, 14, 19)]
    unmixed = found["label"].gather([0, 1, 2, 4, 5, 6]).to_list()  # number 3 is half and half
    assert unmixed == ["rest"] * 3 + ["work"] * 3
    assert any(
        "1 of 3 series have no 10 rows without a gap, and so no window: 'm2'" in n for n in notes
    )


@pytest.mark.parametrize("name", ["mean", "q95", "low", "p_rest", "label", "series"])
def test_a_time_that_is_called_as_a_column_of_predictions_stands_beside_it(
    asked: dict[str, Any], name: str, tmp_path: Path
) -> None:
    frame = streams().rename({"at": name})
    frame.write_csv(tmp_path / "data.csv")
    asked["data"]["time"] = name
    asked["training"]["epochs"] = 1
    train(config_from(asked, tmp_path), tmp_path / "model")
    found, _ = predictions(tmp_path / "model", tmp_path / "data.csv", samples=2)
    added = ["label", "probability", "p_rest", "p_work", "mean", "sd", "q05", "q95"]
    assert found.columns == ["series", f"{name} (time)", *added]
    assert found[f"{name} (time)"][0] == "2021-01-01 00:09"


def test_without_a_window_nothing_is_predicted(asked: dict[str, Any], tmp_path: Path) -> None:
    asked["training"]["epochs"] = 1
    train(config_from(asked, tmp_path), tmp_path / "model")
    streams(rows=9).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match="has the 10 rows that the model reads; the longest"):
        predictions(tmp_path / "model", tmp_path / "new.csv")


def test_one_stream_without_names_or_times_is_told_by_its_rows(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    streams(count=1, rows=200).drop("machine", "at").write_csv(tmp_path / "data.csv")
    for key in ("time", "series"):
        del asked["data"][key]
    asked["training"]["epochs"] = 1
    train(config_from(asked, tmp_path), tmp_path / "model")
    found, _ = predictions(tmp_path / "model", tmp_path / "data.csv")
    assert found.columns[:2] == ["row", "label"]
    assert found["row"].to_list()[:2] == ["11", "16"]  # lines of the file; the header is 1


def test_check_says_how_they_are_cut(asked: dict[str, Any], tmp_path: Path) -> None:
    said = in_words(check(config_from(asked, tmp_path)))
    assert "Windows: 10 rows each, one every 5" in said
    assert any("group: whole groups are kept together; each stream is one" in line for line in said)


def sampled(step: float, count: int = 3, rows: int = 80, jitter: float = 0.0) -> pl.DataFrame:
    """The same streams with elapsed seconds in place of times."""
    rng = np.random.default_rng(2)
    seconds = np.arange(rows) * step + rng.uniform(-jitter, jitter, rows) * step
    frame = streams(count=count, rows=rows).drop("at")
    return frame.with_columns(at=np.tile(seconds.round(6), count))


@pytest.mark.parametrize("jitter", [0.0, 0.1])
@pytest.mark.parametrize(("step", "said"), [(0.04, "0.04"), (0.01, "0.01"), (20.0, "20")])
def test_another_step_than_that_of_the_training_is_refused_by_name(
    step: float, said: str, jitter: float, asked: dict[str, Any], tmp_path: Path
) -> None:
    asked["training"]["epochs"] = 1
    sampled(0.02, jitter=jitter).write_csv(tmp_path / "data.csv")
    train(config_from(asked, tmp_path), tmp_path / "model")
    sampled(0.02, jitter=jitter / 2).write_csv(tmp_path / "new.csv")
    assert predictions(tmp_path / "model", tmp_path / "new.csv")[0].height == 45
    same, other = sampled(0.02, count=2), sampled(step, jitter=jitter)[-80:]
    pl.concat([same, other]).write_csv(tmp_path / "new.csv")
    whole = f"new.csv: column 'at', row 162: the rows of series 'm2' come in steps of {said}, "
    whole += "where those of the training came in steps of 0.02: bring them to that step, or train"
    with pytest.raises(DataError) as error:
        predictions(tmp_path / "model", tmp_path / "new.csv")
    if jitter:
        assert "the rows of series 'm2' come in steps of" in str(error.value)
    else:
        assert whole in str(error.value)


def test_a_step_in_time_is_told_in_words(asked: dict[str, Any], tmp_path: Path) -> None:
    asked["training"]["epochs"] = 1
    train(config_from(asked, tmp_path), tmp_path / "model")
    streams(rows=160)[::2].write_csv(tmp_path / "new.csv")
    said = "come every 2 minutes, where those of the training came every minute"
    with pytest.raises(DataError, match=said):
        predictions(tmp_path / "model", tmp_path / "new.csv")


def test_times_are_no_numbers(asked: dict[str, Any], tmp_path: Path) -> None:
    asked["training"]["epochs"] = 1
    train(config_from(asked, tmp_path), tmp_path / "model")
    sampled(60.0).write_csv(tmp_path / "new.csv")
    with pytest.raises(DataError, match="it holds numbers, and the model was trained on dates"):
        predictions(tmp_path / "model", tmp_path / "new.csv")
