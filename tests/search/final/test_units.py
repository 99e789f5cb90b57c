"""A model knows the units of its features, and refuses numbers in others."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dropsearch.models.errors import DataError
from dropsearch.search.config.load import config_from
from dropsearch.search.final.predict import predictions
from dropsearch.search.final.train import train

pytestmark = pytest.mark.usefixtures("briefly")


def hours(cell: Callable[[float], str], below: str = "") -> str:
    """One series of hours, its load and the temperature."""
    rows = [f"2021-01-{1 + h // 24:02d} {h % 24:02d}:00" for h in range(240)]
    swing = [10 + 8 * math.sin(h / 4) + h * 7 % 5 / 10 for h in range(240)]
    lines = [f"{row},{60 - heat:.2f},{cell(heat)}" for row, heat in zip(rows, swing, strict=True)]
    return "\n".join(["time,load,temp", *([below] if below else []), *lines, ""])


def asked(folder: Path, **data: Any) -> dict[str, Any]:
    named = {"time": "time", "target": "load", "window": 12, "horizon": 3, "task": "forecast"}
    return {
        "study": "heat",
        "data": {"path": str(folder / "data.csv"), **named, **data},
        "folds": {"count": 2},
        "model": {"hidden_size": 4, "layers": 1, "dropout": 0.0},
        "training": {"epochs": 1, "batch_size": 64, "learning_rate": 0.01},
    }


WRITTEN = {
    "behind the numbers": (
        hours(lambda heat: f"{heat:.1f} °C"),
        hours(lambda heat: f"{heat * 1.8 + 32:.1f} °F"),
        "column 'temp', row 2: the numbers are in °F, and the model was trained on °C: convert",
    ),
    "without a blank": (
        hours(lambda heat: f"{heat:.1f}%"),
        hours(lambda heat: f"{heat * 10:.1f}‰"),
        "the numbers are in ‰, and the model was trained on %",
    ),
    "kelvin": (
        hours(lambda heat: f"{heat + 273.15:.2f}", "TS,MW,K"),
        hours(lambda heat: f"{heat:.1f}°C"),
        "the numbers are in °C, and the model was trained on K",
    ),
    "below the header": (
        hours(lambda heat: f"{heat:.1f}", "TS,MW,Deg C"),
        hours(lambda heat: f"{heat * 1.8 + 32:.1f}", "TS,MW,Deg F"),
        "column 'temp', row 3: the numbers are in °F, and the model was trained on °C",
    ),
    "once below and once behind": (
        hours(lambda heat: f"{heat:.1f}", "TS,MW,(°C)"),
        hours(lambda heat: f"{heat * 1.8 + 32:.1f} °F"),
        "the numbers are in °F, and the model was trained on °C",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_another_unit_is_refused_with_both_and_the_same_is_read(name: str, tmp_path: Path) -> None:
    trained, other, said = WRITTEN[name]
    (tmp_path / "data.csv").write_text(trained)
    train(config_from(asked(tmp_path), tmp_path), tmp_path / "model")
    assert predictions(tmp_path / "model", tmp_path / "data.csv")[0].height == 3
    (tmp_path / "new.csv").write_text(other)
    with pytest.raises(DataError, match="or train on such a file") as error:
        predictions(tmp_path / "model", tmp_path / "new.csv")
    assert said in str(error.value)


def test_numbers_without_a_unit_are_told(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(hours(lambda heat: f"{heat:.1f} °C"))
    train(config_from(asked(tmp_path), tmp_path), tmp_path / "model")
    (tmp_path / "new.csv").write_text(hours(lambda heat: f"{heat:.1f}"))
    _, notes = predictions(tmp_path / "model", tmp_path / "new.csv")
    assert "Taken in the units of the training: 'temp' (°C)." in notes


def test_one_unit_in_two_spellings_is_one(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(hours(lambda heat: f"{heat:.1f} ℃"))
    train(config_from(asked(tmp_path), tmp_path), tmp_path / "model")
    (tmp_path / "new.csv").write_text(hours(lambda heat: f"{heat:.1f}", "TS,MW,celsius"))
    assert predictions(tmp_path / "model", tmp_path / "new.csv")[0].height == 3


def test_the_cells_of_a_wide_table_have_units_too(tmp_path: Path) -> None:
    def table(unit: str) -> str:
        names = ["label", *(f"t{k}" for k in range(12))]
        rows = [
            [
                "ab"[row % 2],
                *(f"{math.sin(k * (1 + row % 2)) + row % 7 / 9:.2f}{unit}" for k in range(12)),
            ]
            for row in range(40)
        ]
        return "\n".join([",".join(row) for row in (names, *rows)]) + "\n"

    keys = {"task": "classify", "layout": "rows", "target": "label"}
    study = asked(tmp_path)
    study["data"] = {"path": study["data"]["path"], **keys}
    study["model"] |= {"bidirectional": False, "pooling": "max"}
    (tmp_path / "data.csv").write_text(table(" mV"))
    train(config_from(study, tmp_path), tmp_path / "model")
    (tmp_path / "new.csv").write_text(table(" V"))
    with pytest.raises(DataError, match="column 't0', row 2: the numbers are in V, and the model"):
        predictions(tmp_path / "model", tmp_path / "new.csv")
