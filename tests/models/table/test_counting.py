"""Columns that tell where a row stands are left out; those that rise because they measure stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.stored import load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.counting import COUNTER, IDS, NAMES, NUMBERING, ORDERED
from tests.support.paths import ROOT
from tests.support.sequences import notes, read

CLASSIFY: dict[str, Any] = {"task": "classify", "series": "s", "time": "t", "target": "label"}
REGRESS = CLASSIFY | {"task": "regress"}
FORECAST = {"task": "forecast", "time": "date", "target": "y", "window": 5, "horizon": 2}
Cell = Callable[[int, int], Any]  # of a sequence and a step


def frame_of(cell: Cell, label: Cell = lambda s, _: "ab"[s >= 20], shuffled: bool = False) -> Any:
    """40 sequences of 20 steps, x is noise; labels in the order of the file."""
    order = np.random.default_rng(1).permutation(40) if shuffled else np.arange(40)
    rows = [
        {
            "s": f"n{s}",
            "t": t,
            "x": (s * 31 + t * 17) * 7919 % 101,
            "n": cell(int(s), t),
            "label": label(int(s), t),
        }
        for s in order
        for t in range(20)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _walk(s: int, t: int) -> float:
    return s * 1000 + t * t * 0.37


COUNTS: dict[str, tuple[Cell, str]] = {
    "step": (lambda s, t: 1000 + 3 * (20 * s + t), COUNTER),
    "falling": (lambda s, t: 5000 - 20 * s - t, COUNTER),
    "holes": (lambda s, t: (20 * s + t) + (20 * s + t) // 7, COUNTER),
    "epoch": (lambda s, t: 1_700_000_000 + 60 * (20 * s + t), COUNTER),
    "epoch at several a second": (lambda s, t: 1_700_000_000 + (20 * s + t) // 4, COUNTER),
    "clock of each": (lambda s, t: 977 * (s * 7 % 40) + 0.02 * t, COUNTER),
    "any step": (_walk, COUNTER),
    "any step down": (lambda s, t: -_walk(s, t), COUNTER),
    "with blanks": (lambda s, t: None if (20 * s + t) % 9 == 5 else 20 * s + t, COUNTER),
    "beyond 2^53": (lambda s, t: 2**60 + 20 * s + t, COUNTER),
    "beyond 2^64": (lambda s, t: str(10**20 + 20 * s + t), COUNTER),
    "ids that float64 merges": (lambda s, t: 2**60 + (20 * s + t) * 7919 % 800, IDS),
    "second id": (lambda s, _: 100 + s, NUMBERING),
    "second id with holes": (lambda s, _: 100 + s + s // 7 * 100, NUMBERING),
    "second id in any order": (lambda s, _: 100 + s * 7 % 40, NUMBERING),
    "long second id": (lambda s, _: 2**60 + 512 * (s * 7 % 40), NUMBERING),
    "in the order of the labels": (lambda s, _: (s * 7 % 20 + 25 * (s < 20)) / 8, ORDERED),
}


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("name", COUNTS)
def test_what_counts_is_left_out_with_its_reason(tmp_path: Path, name: str, shuffled: bool) -> None:
    cell, reason = COUNTS[name]
    if shuffled and name.startswith("beyond"):
        reason = IDS
    if shuffled and name == "second id with holes":
        reason = ORDERED
    data = read(tmp_path, frame_of(cell, shuffled=shuffled), **CLASSIFY)
    assert (data.features, data.left_out) == (("x",), {"n": reason})
    assert notes(data, f"Left out as a feature: 'n': {reason}.")


MEASURES: dict[str, Cell] = {
    "rises in each from its own start": lambda s, t: s * 7 % 40 + t * (1 + s % 5),
    "cumulative in each": lambda s, t: sum((s * 31 + k * 17) % 11 for k in range(t + 1)),
    "slopes of two classes": lambda s, t: t * (1 if s < 20 else -1),
    "one of few in each": lambda s, _: 1 + s % 4,
    "a measure of each": lambda s, _: (s * 7919 % 4001) / 8,
    "large and measured": lambda s, t: f"{10**30 * ((s * 31 + t * 17) % 97)}",
    "true and false": lambda s, _: s >= 20,
}


@pytest.mark.parametrize("name", MEASURES)
def test_what_measures_stays(tmp_path: Path, name: str) -> None:
    data = read(tmp_path, frame_of(MEASURES[name]), **CLASSIFY)
    assert (data.features, data.left_out, data.doubtful) == (("x", "n"), {}, {})


def test_a_number_of_each_sequence_in_the_order_of_a_regressions_targets(tmp_path: Path) -> None:
    def cell(s: int, _: int) -> float:
        return (s * 7 % 40) / 8

    frame = frame_of(cell, lambda s, t: 3 + cell(s, t) ** 2, shuffled=True)
    assert read(tmp_path, frame, **REGRESS).left_out == {"n": ORDERED}
    noisy = frame_of(cell, lambda s, t: 3 + cell(s, t) ** 2 + s % 3)
    assert read(tmp_path, noisy, **REGRESS).features == ("x", "n")


def test_a_counter_that_is_named_stays_with_a_warning(tmp_path: Path) -> None:
    frame = frame_of(COUNTS["holes"][0])
    data = read(tmp_path, frame, **CLASSIFY, features=["x", "n"])
    assert (data.features, data.left_out, data.doubtful) == (("x", "n"), {}, {"n": COUNTER})
    assert notes(data, "Feature 'n' only counts the rows: it is kept, as study.yaml names it")
    assert data.summary()["doubtful"] == {"n": COUNTER}
    save_data(data, tmp_path)
    assert load_data(tmp_path, data.fingerprint).doubtful == {"n": COUNTER}


def test_a_study_kept_without_doubts_is_read(tmp_path: Path) -> None:
    data = read(tmp_path, frame_of(MEASURES["a measure of each"]), **CLASSIFY)
    assert json.loads(json.dumps(data.summary())).get("doubtful") is None


def daily(**columns: Callable[[int], Any]) -> pl.DataFrame:
    """120 working days, so that dates have gaps; y is noise."""
    days = [d for i in range(168) if (d := date(2024, 1, 1) + timedelta(i)).weekday() < 5]
    return pl.DataFrame(
        {
            "date": [str(day) for day in days],
            "y": [i * 7919 % 101 for i in range(len(days))],
            **{name: [cell(i) for i in range(len(days))] for name, cell in columns.items()},
        }
    )


def test_a_forecast_sees_what_rises_because_it_measures(tmp_path: Path) -> None:
    start = date(2024, 1, 1)
    frame = daily(
        epoch=lambda i: 86_400 * (i // 5 * 7 + i % 5),
        tick=lambda i: 5 * i - 3,
        holes=lambda i: i + i // 9,
        total=lambda i: sum(k * 7919 % 23 for k in range(i + 1)),
        used=lambda i: 1000 - i * i / 90,
    )
    assert start.weekday() == 0
    data = read(tmp_path, frame, **FORECAST)
    assert data.left_out == dict.fromkeys(("epoch", "tick", "holes"), COUNTER)
    assert data.features == ("y", "total", "used")


SEQUENCES: dict[str, Any] = {
    "task": "classify",
    "time": "step",
    "series": "series",
    "target": "label",
}
TEXTS: dict[str, Any] = {"task": "classify", "target": "label", "text": "text"}
FINGERPRINTS: dict[str, tuple[dict[str, Any], str]] = {  # of before any column was judged so
    "basic-motions": (
        SEQUENCES,
        "98ffd90540bc8f244a84b131516626c5512f40f39d432f0bf9880bd40a6975cf",
    ),
    "beijing-pm25": (
        {"task": "forecast", "time": "time", "target": "pm25", "categories": ["wind_direction"]}
        | {"missing": "forward", "window": 48, "horizon": 24},
        "f262afc408bb0508ea9264e950ad113acb6bd32e421c921d418189362f855d71",
    ),
    "covid-3-month": (
        SEQUENCES | {"task": "regress", "target": "death_rate"},
        "55930d0f16bf94604f78594092728161420e2c18a413e829b3451911cb6c97d8",
    ),
    "japanese-vowels": (
        SEQUENCES,
        "08a6c0a8788b1d87100a0a22cd5067f42c912f3263dc139138e0139c8b2b19d2",
    ),
    "movie-sentences": (
        TEXTS,
        "d3d03e8ff91d3d8c63a712ab067a82fe4d7d4d50bee04118fc9f3449a822ce23",
    ),
    "sms-spam": (TEXTS, "15b7c82b34da54deac3219ae212318c7e82b8a05ea25c13f716aa57bc59a94db"),
    "spoken-digits": (
        SEQUENCES | {"group": "speaker"},
        "cc3a4bcc7caed7e5759d04abd3f3c464a78098e7e739f008a39cf6e1fbfc0b4b",
    ),
    "sunspots": (
        {"task": "forecast", "time": "month", "target": "sunspots", "window": 132, "horizon": 12},
        "d00e56de3598ee1286d7b28139acb8f6e4d1da59289fe1faf63a9a8eda0f894f",
    ),
}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_real_files_are_read_as_ever(name: str) -> None:
    file = ROOT / "examples" / f"{name}.csv"
    if not file.exists():
        file = ROOT.parent / "shared" / "data" / f"{name}.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    keys, fingerprint = FINGERPRINTS[name]
    assert read_data(file, **keys).fingerprint == fingerprint


ODD: dict[str, Callable[[int], Any]] = {
    "infinite": lambda i: "inf" if i % 7 == 3 else i,
    "minus infinite": lambda i: "-inf" if i % 7 == 3 else "inf",
    "far apart": lambda i: (1e308, -1e308, 5)[i % 3],
    "next to 0": lambda i: 5e-324 * i,
    "one value": lambda i: "" if i else 3,
    "mostly missing": lambda i: "nan" if i % 3 else 2**70 + i,
    "128 bits": lambda i: (2**127 - 1, -(2**127))[i % 2],
    "300 digits": lambda i: 10**300 + i,
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [1, 2, 8, 40])
@pytest.mark.parametrize("name", ODD)
def test_no_number_makes_python_warn(tmp_path: Path, name: str, number: int) -> None:
    rows = [f"{i // 2},{i},{i * 7 % 5},{ODD[name](i)},{'ab'[i // 2 % 2]}" for i in range(number)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["s,t,x,n,y", *rows, ""]))
    asked: list[dict[str, Any]] = [
        {"task": "classify", "series": "s", "target": "y", "missing_codes": [3]},
        {"task": "classify", "series": "s", "target": "n", "missing": "end"},
        {"task": "regress", "series": "s", "target": "n"},
        {"task": "forecast", "time": "t", "target": "x", "window": 2, "horizon": 1},
        {"task": "forecast", "time": "t", "target": "n", "window": 2, "horizon": 1},
    ]
    for keys in asked:
        with suppress(DataError):
            read_data(path, **keys)


def ticking(count: int, rows: int, clock: Callable[[int, Any, np.random.Generator], Any]) -> Any:
    """Streams whose rows carry a label each; n: by the number of the stream and of its rows."""
    rng = np.random.default_rng(5)
    step = np.arange(rows)
    frames = [
        pl.DataFrame(
            {
                "s": [f"n{s}"] * rows,
                "x": rng.normal(size=rows),
                "n": clock(s, step, rng),
                "label": ["ab"[k // 10 % 2] for k in range(rows)],
            }
        )
        for s in range(count)
    ]
    return pl.concat(frames)


STREAMS = {"task": "classify", "series": "s", "target": "label", "window": 5, "stride": 5}
CLOCKS: dict[str, Callable[[int, Any, np.random.Generator], Any]] = {
    "noise in its times": lambda s, t, rng: 0.02 * t + rng.uniform(-0.004, 0.004, len(t)),
    "noise in its steps": lambda s, t, rng: rng.normal(20, 4, len(t)).clip(11, 29).cumsum(),
    "goes on": lambda s, t, rng: 1000 * s + t + rng.uniform(-0.2, 0.2, len(t)),
    "runs down": lambda s, t, rng: -20.0 * t + rng.uniform(-3, 3, len(t)),
    "holes": lambda s, t, rng: t + t // 40 * 9.0 + rng.uniform(-0.2, 0.2, len(t)),
    "whole milliseconds": lambda s, t, rng: 20 * t + rng.integers(-3, 4, len(t)),
}


@pytest.mark.parametrize("count", [1, 2, 3, 6])
@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_that_is_not_exact_is_left_out(tmp_path: Path, name: str, count: int) -> None:
    data = read(tmp_path, ticking(count, 240, CLOCKS[name]), **STREAMS)
    assert (data.features, data.left_out) == (("x",), {"n": COUNTER})


RISING: dict[str, Callable[[int, Any, np.random.Generator], Any]] = {
    "a total": lambda s, t, rng: rng.exponential(1.0, len(t)).cumsum(),
    "a total of small parts": lambda s, t, rng: rng.uniform(0.01, 1.0, len(t)).cumsum(),
    "growth": lambda s, t, rng: (1 + s % 3) * np.log1p(t) + 50,
    "speeds of its own": lambda s, t, rng: (1 + s) * t + rng.uniform(-0.2, 0.2, len(t)),
    "fast and slow": lambda s, t, rng: np.where(t // 60 % 2, 1.3, 0.8).cumsum(),
}


@pytest.mark.parametrize("name", RISING)
def test_what_rises_unevenly_stays(tmp_path: Path, name: str) -> None:
    data = read(tmp_path, ticking(3, 240, RISING[name]), **STREAMS)
    assert (data.features, data.left_out) == (("x", "n"), {})


WORDS: dict[str, tuple[Cell, bool]] = {
    "a second id": (lambda s, _: f"person {s * 7 % 40}", True),
    "one shared by two": (lambda s, _: f"person {min(s, 38)}", True),
    "few": (lambda s, _: "pqrs"[s % 4], False),
    "half as many": (lambda s, _: f"site {s // 2}", False),
    "changing": (lambda s, t: f"{s} {'wet' if t % 2 else 'dry'}", False),
}


@pytest.mark.parametrize("task", ["sequences", "forecast"])
@pytest.mark.parametrize("name", WORDS)
def test_words_that_name_each_series_are_judged(tmp_path: Path, name: str, task: str) -> None:
    cell, naming = WORDS[name]
    keys = {**CLASSIFY} if task == "sequences" else {"task": "forecast", "target": "x"}
    keys |= {"series": "s", "time": "t"} | ({} if "label" in keys else {"window": 4, "horizon": 2})
    frame = frame_of(cell)
    left = read(tmp_path, frame, **keys)
    assert (left.left_out["n"] == NAMES) == naming
    kept = read(tmp_path, frame, **keys, categories=["n"])
    assert kept.categories == ("n",)
    assert kept.doubtful == ({"n": NAMES} if naming else {})
    assert bool(notes(kept, "tells nothing of a series that was not trained on")) == naming
    if name != "changing":
        static = read(tmp_path, frame, **keys, static=["n"])
        assert static.doubtful == ({"n": NAMES} if naming else {})


def test_words_of_two_series_are_no_second_id(tmp_path: Path) -> None:
    frame = frame_of(lambda s, _: "ab"[s % 2]).filter(pl.col("s").is_in(["n0", "n1"]))
    keys = {"task": "forecast", "series": "s", "time": "t", "target": "x"}
    data = read(tmp_path, frame, **keys, window=4, horizon=2, categories=["n"])
    assert data.doubtful == {}
