"""Keys said on the command line: typed as in study.yaml, and wrong ones named."""

from __future__ import annotations

from typing import Any

import pytest

from dropsearch.search.config.said import said_of, settings_of
from dropsearch.search.errors import ConfigError

TYPED: list[tuple[list[str], dict[str, Any]]] = [
    (
        ["data.table.header=none", "data.target=price"],
        {"table": {"header": "none"}, "target": "price"},
    ),
    (["data.table.header=3", "data.table.skip=[4, 5]"], {"table": {"header": 3, "skip": [4, 5]}}),
    (["data.table.separator=,"], {"table": {"separator": ","}}),
    (["data.table.thousands='"], {"table": {"thousands": "'"}}),
    (["data.table={decimal: ','}"], {"table": {"decimal": ","}}),
    (["data.time=[date, time]", "data.window=48"], {"time": ["date", "time"], "window": 48}),
    (['data.target="2021"'], {"target": "2021"}),
    (["data.target=a: b"], {"target": "a: b"}),
    (["data.missing_codes=[-999, -1.5]"], {"missing_codes": [-999, -1.5]}),
    (["data.group=null"], {"group": None}),
]


@pytest.mark.parametrize(("settings", "expected"), TYPED)
def test_values_are_typed_as_in_study_yaml(settings: list[str], expected: dict[str, Any]) -> None:
    assert said_of(settings) == expected


WRONG = [
    (
        ["data.tagret=price"],
        "data.tagret: is no key of data that init reads: did you mean data.target",
    ),
    (
        ["target=price"],
        "--set target: is no key of data that init reads: did you mean data.target?",
    ),
    (["header=none"], "did you mean data.table.header?"),
    (["data.table.headr=1"], "did you mean data.table.header"),
    (["nothing.like=it"], "it knows data.table, data.table.header,"),
    (["data.path=other.csv"], "data.path: name the file behind init"),
    (["search.trials=3"], "search.trials: init decides what is not data by the minutes"),
    (["data.target"], "--set data.target: write KEY=VALUE, as data.target=price"),
    (["data.window=4.5"], "data.window: 4.5 is not a whole number"),
    (
        ["data.layout=row"],
        'data.layout: "row" is not offered: write long, rows, columns or calendar',
    ),
    (["data.target=2021"], 'data.target: 2021 is not a name: write "2021" in quotes if it is one'),
    (["data.target=yes"], "yes without quotes is read as true"),
    (["data.table.separator=ab"], "is no separator"),
    (["data.window=3", "data.window=4"], "data.window is said already: keep one"),
    (["data.table=3", "data.table.header=1"], "data.table is said already"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_a_wrong_key_or_value_is_named(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        said_of(settings)
    assert message in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "way",
    [
        {"data.table.separator": "\t"},
        {"data.table.thousands": " "},
        {"data.time": ["a, b", "c", "[d]", "1"]},
        {"data.series": "2021"},
        {"data.series": "yes"},
        {"data.series": "a # b"},
        {"data.target": " x", "data.window": 3},
        {"data.table.skip": [3, 4], "data.table.header": "none"},
    ],
)
def test_what_is_printed_is_read_back(way: dict[str, Any]) -> None:
    settings = settings_of(way)
    assert all(setting.isprintable() for setting in settings)
    found = said_of(settings)
    for key, value in way.items():
        inner: Any = found
        for part in key.split(".")[1:]:
            inner = inner[part]
        assert inner == value
