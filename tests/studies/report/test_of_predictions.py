"""The report's part on out-of-fold predictions, and their table, for each task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.search.config.load import config_from
from dropsearch.studies.claims.examples import examples_file
from dropsearch.studies.claims.predictions import Predictions
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.validated import validated_file
from dropsearch.studies.plots import predictions as plots
from dropsearch.studies.report import of_predictions
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.of_predictions import predictions, writer
from dropsearch.studies.report.report import report_html
from dropsearch.studies.report.tables import tables_as_csv
from dropsearch.studies.store.records import CURVE
from dropsearch.studies.store.store import Store, open_store
from tests.support.filled import fill
from tests.support.pages import sentences

CONFIRM = {"rates": [0.0, 0.3, 0.5], "repeats": 2}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "s.db"), create=True)
    yield opened
    opened.close()


def filled(store: Store, mapping: dict[str, Any], **how: Any) -> Evidence:
    record = fill(store, config_from(mapping, Path.cwd()), **{"examples": 0.02} | how)
    return Evidence(store, record)


def forecast(folder: Path, shops: int = 1, time: str = "day", horizon: int = 5) -> Any:
    rng = np.random.default_rng(0)
    days = np.datetime_as_string(np.datetime64("2024-01-01") + np.arange(90)).tolist()
    rows = [
        {"shop": f"<shop {shop}>", "day": day, "step": step, "sales": round(float(rng.normal()), 4)}
        for shop in range(shops)
        for step, day in enumerate(days)
        if shop == 0 or not 75 <= step < 78
    ]
    pl.DataFrame(rows).write_csv(folder / "sales.csv")
    data = {"path": str(folder / "sales.csv"), "task": "forecast", "time": time, "target": "sales"}
    data |= {"window": 6, "horizon": horizon, "series": "shop" if shops > 1 else None}
    data["features"] = []
    return {
        "study": "sales",
        "data": data,
        "folds": {"count": 3},
        "model": {"hidden_size": 8, "layers": 1, "dropout": {"low": 0.0, "high": 0.8}},
        "training": {"epochs": 3, "learning_rate": 0.01},
        "search": {"trials": 4},
        "confirm": CONFIRM,
    }


def table_of(evidence: Evidence) -> pl.DataFrame:
    return pl.read_csv(
        tables_as_csv(evidence.store, evidence.record)["predictions.csv"], infer_schema_length=None
    )


def test_classes_have_a_confusion_matrix_of_the_mean_over_repeats(study: Any, store: Store) -> None:
    evidence = filled(store, study(search={"trials": 8}, confirm=CONFIRM))
    part = predictions(evidence)
    assert part is not None
    assert part.figure is not None
    table = table_of(evidence)
    assert table.columns == ["series", "fold", "repeat", "actual", "predicted", "p_fast", "p_slow"]
    assert np.allclose(table["p_fast"] + table["p_slow"], 1)
    mean = table.group_by("series").agg(pl.col("actual").first(), pl.col("p_fast").mean())
    said = pl.when(pl.col("p_fast") >= 0.5).then(pl.lit("fast")).otherwise(pl.lit("slow"))
    counts = mean.with_columns(said=said).group_by("actual", "said").len()
    shown = part.figure.data[0]
    names = ["fast", "slow"]
    for row, line in enumerate(shown.text):
        for column, cell in enumerate(line):
            same = (pl.col("actual") == names[row]) & (pl.col("said") == names[column])
            assert int(cell) == counts.filter(same)["len"].sum()
    assert np.allclose(np.sum(shown.z, axis=1), 1)
    assert list(part.figure.layout.xaxis.ticktext) == names
    right = int(counts.filter(pl.col("actual") == pl.col("said"))["len"].sum())
    assert f"Probabilities are means over 2 repeats. {right} are right" in part.sentence
    assert part.sentence in sentences(report_html(store, evidence.record))


def test_numbers_stand_against_what_is_true(study: Any, store: Store, tmp_path: Path) -> None:
    frame = pl.read_csv(tmp_path / "tones.csv")
    sums = frame.with_columns(total=pl.col("x").sum().over("series"))
    sums.write_csv(tmp_path / "sums.csv")
    data = {"path": str(tmp_path / "sums.csv"), "task": "regress", "target": "total"}
    data["features"] = ["x"]
    asked = study(search={"trials": 8}, confirm=CONFIRM, data=data)
    evidence = filled(store, asked, truth=lambda _: 0.8)
    part = predictions(evidence)
    assert part is not None
    assert part.figure is not None
    table = table_of(evidence)
    assert table.columns == ["series", "fold", "repeat", "actual", "predicted"]
    mean = table.group_by("series", maintain_order=True).agg(pl.col("actual", "predicted").mean())
    assert np.allclose(part.figure.data[1].x, mean["actual"])
    assert np.allclose(part.figure.data[1].y, mean["predicted"])
    truth = dict(sums.group_by("series").agg(pl.col("total").first()).iter_rows())
    assert np.allclose(table["actual"], [truth[name] for name in table["series"]])
    assert len(part.tables[0].rows) == 10


@pytest.mark.parametrize(
    ("actual", "said", "wanted"),
    [
        ([212.34], [98.7], ["212.3", "98.7"]),
        ([120_000.0, 3.0], [119_700.0, 250.0], ["120,000", "119,700"]),
        ([-1_394_000.0], [-1_394_000.12], ["-1,394,000.00", "-1,394,000.12"]),
        ([0.0123], [0.0456], ["0.01230", "0.04560"]),
        ([0.0], [0.0], ["0.000", "0.000"]),
        ([1.5e30], [1.5001e30], ["1.5e+30", "1.5001e+30"]),
        ([3e-12], [4e-12], ["3e-12", "4e-12"]),
        ([], [], []),
    ],
)
def test_a_miss_is_seen_in_the_numbers_of_its_row(
    actual: list[float], said: list[float], wanted: list[str]
) -> None:
    write = writer(np.array(actual), np.array(said))
    assert [write(value) for pair in zip(actual, said, strict=True) for value in pair][:2] == wanted
    for true, told in zip(actual, said, strict=True):
        shown = [float(write(value).replace(",", "")) for value in (true, told)]
        assert shown[0] - shown[1] == pytest.approx(true - told, rel=0.1)


@pytest.mark.parametrize(("shops", "horizon"), [(1, 5), (1, 1), (5, 5)])
def test_forecasts_lie_over_the_series(
    store: Store, tmp_path: Path, shops: int, horizon: int
) -> None:
    evidence = filled(store, forecast(tmp_path, shops, horizon=horizon), truth=lambda _: 0.8)
    part = predictions(evidence)
    assert part is not None
    assert part.figure is not None
    shown = min(shops, of_predictions.SERIES)
    assert len(part.figure.data) == 2 * shown
    assert ("of 5 series with the worst MASE" in part.sentence) == (shops == 5)
    assert part.figure.layout.xaxis.type == "date"
    frame = pl.read_csv(tmp_path / "sales.csv")
    table = table_of(evidence)
    assert table.columns == ["series", "time", "step", "fold", "repeat", "actual", "predicted"]
    named = table.with_columns(
        shop=pl.col("series") if shops > 1 else pl.lit("<shop 0>"), day=pl.col("time")
    )
    same = named.join(frame, on=["shop", "day"], how="left").filter(pl.col("day").is_not_null())
    assert (same["actual"].drop_nulls() == same["sales"].drop_nulls()).all()
    assert table["step"].max() == horizon
    assert not table.filter(pl.col("time").is_null())["actual"].drop_nulls().len()
    for trace in part.figure.data[1::2]:  # no step is forecast twice
        times = [time for time in trace.x if time is not None]
        assert len(set(times)) == len(times)
        assert times == sorted(times)


def test_times_that_cannot_be_read_are_steps_of_the_axis(store: Store, tmp_path: Path) -> None:
    panel = plots.Panel("a", ["w1", "w2", None, "w4"], [1, 2, None, 4], [(["w4"], [3.5], "fold 1")])
    figure = plots.forecasts([panel], "y")
    assert figure.layout.xaxis.type == "category"
    assert list(figure.data[0].x) == ["w1", "w2", None, "w4"]
    numbered = filled(store, forecast(tmp_path, time="step"), truth=lambda _: 0.8)
    part = predictions(numbered)
    assert part is not None
    assert part.figure is not None
    assert part.figure.layout.xaxis.type == "linear"


@pytest.mark.parametrize("classes", [2, 30])
def test_a_confusion_matrix_of_so_many_classes_names_each(classes: int) -> None:
    names = [f"<class> with a long name {number}" for number in range(classes)]
    figure = plots.confusion(np.eye(classes, dtype=np.int64) * 7, names)
    ticks = list(figure.layout.yaxis.ticktext)
    assert len(set(ticks)) == classes
    assert all("<" not in tick for tick in ticks)
    assert len(figure.data[1].text) == classes
    assert figure.layout.height / classes >= 25


def test_why_they_are_not_shown_is_said(study: Any, store: Store) -> None:
    evidence = filled(store, study(search={"trials": 8}, confirm=CONFIRM))
    record = evidence.record

    def said() -> str:
        part = predictions(Evidence(store, record))
        assert part is not None
        assert part.figure is None
        assert "predictions.csv" not in tables_as_csv(store, record)
        return part.sentence

    assert isinstance(evidence.predictions, Predictions)
    content = examples_file(store, record.uuid).read_bytes()
    examples_file(store, record.uuid).unlink()
    assert "of an earlier version, or lost" in said()
    examples_file(store, record.uuid).write_bytes(content)
    files = [validated_file(store, record.uuid, c.id) for c in claims_of(store, record.uuid, CURVE)]
    for path in files:
        with np.load(path) as arrays:
            kept = {name: arrays[name] for name in arrays if name != "outputs"}
        np.savez_compressed(path, **kept)
    assert "take more than 4 MB" in said()
    for path in files:
        path.unlink()
    assert said().startswith("Not shown: the files with what the fits said of each example")


def test_a_study_without_a_curve_has_no_such_part(study: Any, store: Store) -> None:
    assert predictions(filled(store, study(search={"trials": 8}))) is None
