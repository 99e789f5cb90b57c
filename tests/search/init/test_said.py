"""Files that init refuses with the key that decides: the commands it prints, followed literally."""

from __future__ import annotations

import math
import re
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropsearch.models.errors import DataError
from dropsearch.models.table.read import read_table
from dropsearch.search.init.guess import guess
from tests.support.in_process import dropsearch

pytestmark = pytest.mark.usefixtures("briefly")


def wave(i: int) -> float:
    return 10 + 5 * math.sin(i / 2) + (i * 7919 % 13) / 13


DAYS = [f"{datetime(2021, 1, 1) + timedelta(i):%Y-%m-%d}" for i in range(120)]
HEAT = [f"{day},{wave(i):.2f}" for i, day in enumerate(DAYS)]
VISITS = [(day, 1000 + int(100 * wave(i))) for i, day in enumerate(DAYS)]


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


# content, then the keys of data with which check accepts it in the end
REFUSED: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "two separators": (
        text("day;heat,load", *(f"{day};{wave(i):.0f},{i * 7 % 9}" for i, day in enumerate(DAYS))),
        {"table": {"separator": ";", "decimal": ","}, "target": "heat,load"},
    ),
    "a line that is no row": (
        text("day,heat", *HEAT[:50], "checked by hand, twice, by two", *HEAT[50:]),
        {"table": {"skip": [52]}, "target": "heat"},
    ),
    "thousands with a point": (
        text("day,visits", *(f"{d},{f'{n - 900:,}'.replace(',', '.')}" for d, n in VISITS)),
        {"table": {"thousands": "."}, "target": "visits"},
    ),
    "thousands or decimals": (
        text("day;visits", *(f"{d};{n:,}" for d, n in VISITS)),
        {"table": {"separator": ";", "thousands": ","}, "target": "visits"},
    ),
    "thousands with an apostrophe": (
        text("day;n", *(f"{d};{n:,}" for d, n in VISITS)).replace(",", "'"),
        {"table": {"separator": ";", "thousands": "'"}, "target": "n"},
    ),
    "an encoding": (
        text("day,größe", *HEAT).encode("windows-1252"),
        {"table": {"encoding": "windows-1252"}, "target": "größe"},
    ),
    "utf-16 without a mark": (
        text("day,heat", *HEAT).encode("utf-16-le"),
        {"table": {"encoding": "utf-16-le"}, "target": "heat"},
    ),
    "a quote in a title": (
        text('5" pipe, north', "day,heat", *HEAT),
        {"table": {"header": 2}, "target": "heat"},
    ),
    "no column has a name": (
        text(",", *HEAT),
        {"table": {"header": "none", "skip": [1]}, "time": "c1", "target": "c2"},
    ),
    "a word among numbers": (
        text("day,heat,wind", *(f"{row},{'calm' if i == 7 else i}" for i, row in enumerate(HEAT))),
        {"features": [], "target": "heat"},
    ),
    "rows of few steps": (
        text(
            "id,label,a1,a2,a3",
            *(
                f"n{i},{'xy'[i % 2]},{wave(i):.2f},{wave(i + i % 2):.2f},{wave(2 * i):.2f}"
                for i in range(60)
            ),
        ),
        {"layout": "rows", "task": "classify", "series": "id", "target": "label"},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_printed_command_goes_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, expected = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    waiting = ["dropsearch init data.csv --minutes 0.1"]
    tried: list[str] = []
    while waiting:
        tried.append(waiting.pop(0))
        code = dropsearch(*shlex.split(tried[-1])[1:])
        told = capsys.readouterr().err
        if code == 0:
            break
        assert code == 2
        printed = re.findall(r"^  (dropsearch init .*)(?<!\.\.\.)$", told, re.MULTILINE)
        waiting += [
            line for line in printed if line not in (*tried, *waiting) and "..." not in line
        ]
    assert code == 0, tried
    assert len(tried) > 1
    found = yaml.safe_load(Path("study.yaml").read_text())["data"]
    assert {key: found.get(key) for key in expected} == expected
    assert dropsearch("check", "study.yaml") == 0


def test_what_was_said_stands_in_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a b.csv").write_bytes(REFUSED["an encoding"][0])  # type: ignore[arg-type]
    asked = ["init", "a b.csv", "-o", "s.yaml", "--set", "data.horizon=3"]
    assert dropsearch(*asked) == 2
    wanted = (
        "  dropsearch init 'a b.csv' --set data.horizon=3 --set data.table.encoding=windows-1252"
    )
    assert f"{wanted} -o s.yaml" in capsys.readouterr().err
    assert dropsearch(*asked[:-1], "data.horizn=3") == 2
    assert "did you mean data.horizon" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.yaml"))


def test_a_key_without_a_likely_value_is_offered_to_be_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data.csv").write_text(text("day,heat", *HEAT))
    given = str(tmp_path / "data.csv")
    assert dropsearch("init", given, "-o", str(tmp_path / "s.yaml"), "--set", "data.group=x") == 2
    told = capsys.readouterr().err
    assert "has no column 'x' (data.group)" in told
    assert "--set data.group=..." in told


SERIES = text(
    "site,when,kind,x,y",
    *(
        f"{site},{day},{'ab'[site in 'pq']},{wave(i + ord(site)):.2f},{('lo', 'hi')[i // 15 % 2]}"
        for site in "pqrs"
        for i, day in enumerate(DAYS[:60])
    ),
)
SAID: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"task": "forecast", "series": "site", "time": "when", "target": "x"}),
    ({"horizon": 2, "window": 9}, {"task": "forecast", "window": 9, "horizon": 2}),
    ({"target": "kind"}, {"task": "classify", "target": "kind", "series": "site"}),
    ({"target": "kind", "series": "site"}, {"task": "classify", "time": "when"}),
    ({"target": "y"}, {"task": "classify", "window": 7, "stride": 3}),
    ({"task": "regress", "target": "x", "window": 6}, {"window": 6, "stride": 3, "time": "when"}),
    ({"categories": ["kind"]}, {"task": "forecast", "categories": ["kind"]}),
]


@pytest.mark.parametrize(("said", "expected"), SAID)
def test_the_rest_is_guessed_around_what_is_said(
    said: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text(SERIES)
    found = guess(read_table(tmp_path / "data.csv"), said)
    assert {key: found.data.get(key) for key in {**said, **expected}} == {**expected, **said}
    assert all(found.why[f"data.{key}"] == "as said" for key in said)


def test_a_layout_that_is_said_is_taken(tmp_path: Path) -> None:
    rows = [f"{day},{wave(i):.2f},{7 - wave(i):.2f}" for i, day in enumerate(DAYS)]
    (tmp_path / "data.csv").write_text(text("day,heat,load", *rows))
    table = read_table(tmp_path / "data.csv")
    assert guess(table).data.get("layout") is None
    wide = guess(table, {"layout": "columns", "target": "degrees"})
    assert wide.data["layout"] == "columns"
    assert (wide.data["time"], wide.data["target"]) == ("day", "degrees")
    with pytest.raises(DataError, match=r"no column 'cold' \(data\.target\): it has"):
        guess(table, {"target": "cold"})
    with pytest.raises(DataError, match=r"say in data\.target which"):
        guess(table, {"task": "classify"})
