"""Streams cut into windows: their labels by hand, and the edges that none crosses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import DataError
from tests.support.sequences import notes, read

ASKED: dict[str, Any] = {"task": "classify", "target": "state", "window": 4, "stride": 2}


def stream(states: str, **columns: list[Any]) -> pl.DataFrame:
    """A row for each letter, "." where the label is blank; x is no counter."""
    rows = len(states)
    cells = [None if state == "." else state for state in states]
    noise = [float(row * 7 % 5) for row in range(rows)]
    return pl.DataFrame({"x": noise, "state": cells, **columns})


def windows(data: SequenceData) -> list[tuple[int, str]]:
    """The first row of each window and its label."""
    names = [data.classes[code] for code in data.target]
    return list(zip(data.start.tolist(), names, strict=True))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("majority", [(0, "a"), (2, "b"), (4, "b"), (6, "a")]),  # of 2 and 2 the last row's
        ("last", [(0, "a"), (2, "b"), (4, "b"), (6, "a")]),
        ("pure", [(0, "a"), (4, "b")]),
    ],
)
def test_a_window_has_the_label_that_is_asked_for(
    label: str, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    found = read(tmp_path, stream("aaaabbbbaa"), **ASKED, label=label)
    assert windows(found) == expected
    assert found.length.tolist() == [4] * len(expected)
    mixed = notes(found, "2 of 4 windows are left out: mixed labels")
    assert len(mixed) == (label == "pure")


def test_most_rows_decide_and_not_the_last(tmp_path: Path) -> None:
    found = read(tmp_path, stream("aaabbbba"), **ASKED | {"stride": 4})
    assert windows(found) == [(0, "a"), (4, "b")]
    last = read(tmp_path, stream("aaabbbba"), **ASKED | {"stride": 4}, label="last")
    assert windows(last) == [(0, "b"), (4, "a")]


def test_blank_labels_do_not_count(tmp_path: Path) -> None:
    found = read(tmp_path, stream("..ab....bb.."), **ASKED)
    assert windows(found) == [(0, "b"), (2, "a"), (6, "b"), (8, "b")]
    assert notes(found, "1 of 5 windows are left out: no label in 'state'")


DAYS = [f"2021-01-{day:02d}" for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)]


@pytest.mark.parametrize(
    ("columns", "keys", "starts"),
    [
        ({"day": DAYS}, {"time": "day"}, [0, 5]),
        ({"s": ["p"] * 5 + ["q"] * 5}, {"series": "s"}, [0, 5]),
        ({"g": ["p"] * 5 + ["q"] * 5}, {"group": "g"}, [0, 6]),
        ({"f": ["p"] * 5 + ["q"] * 5}, {"fold_column": "f"}, [0, 6]),
        ({"h": [0] * 5 + [1] * 5}, {"holdout_column": "h", "holdout_value": 1}, [0, 6]),
    ],
)
def test_no_window_crosses_an_edge(
    columns: dict[str, list[Any]], keys: dict[str, Any], starts: list[int], tmp_path: Path
) -> None:
    found = read(tmp_path, stream("aaaaabbbbb", **columns), **ASKED, **keys)
    assert found.start.tolist() == starts
    assert len(notes(found, "they cross the edge of a part")) == (starts == [0, 6])


def test_times_without_a_step_are_told(tmp_path: Path) -> None:
    odd = [f"2021-01-{day:02d} 0{day % 7}:{day * 7 % 60:02d}" for day in range(1, 11)]
    found = read(tmp_path, stream("aabbaababb", at=odd), **ASKED, time="at")
    assert found.start.tolist() == [0, 2, 4, 6]
    assert notes(found, "come at no regular step")


def test_a_number_is_that_of_the_last_row(tmp_path: Path) -> None:
    loads = [1.5, 2.0, 3.0, 4.0, None, 6.0, 7.0, None]
    frame = stream("aaaaaaaa", load=loads).drop("state")
    asked = ASKED | {"task": "regress", "target": "load", "label": "last"}
    found = read(tmp_path, frame, **asked)
    assert found.target.tolist() == [4.0, 6.0]
    assert notes(found, "1 of 3 windows are left out: no label in 'load'")


@pytest.mark.parametrize(
    ("states", "keys", "message"),
    [
        (
            "aabb",
            {"window": 5},
            "no stretch of rows without a gap is as long as data.window, 5",
        ),
        ("aaaa", {}, "column 'state', row 2: every window has one label"),
        ("....", {}, "column 'state', row 2: it holds no label"),
        ("abab", {"label": "pure"}, "no window of 4 rows has a label of its own"),
    ],
)
def test_what_cannot_be_cut_is_refused(
    states: str, keys: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, stream(states), **ASKED | keys)
    assert message in str(error.value)


def seconds(steps: dict[str, float], rows: int = 12, noise: float = 0.0) -> dict[str, list[Any]]:
    """Columns of series whose rows come at these steps; noise: of each, as a share."""
    shake = [noise * (row * 7 % 5 - 2) / 4 for row in range(rows)]
    times = [(row + shake[row]) * step for step in steps.values() for row in range(rows)]
    return {"s": [name for name in steps for _ in range(rows)], "t": times}


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize(("step", "said"), [(40.0, "in steps of 40"), (5.0, "in steps of 5")])
def test_a_stream_at_another_step_is_left_out_by_name(
    step: float, said: str, noise: float, tmp_path: Path
) -> None:
    columns = seconds({"p": 20.0, "q": step, "r": 20.0, "s": 20.0}, noise=noise)
    found = read(tmp_path, stream("aaaaaabbbbbb" * 4, **columns), **ASKED, series="s", time="t")
    assert set(found.series) == {0, 2, 3}
    if noise:
        said = said.partition(" ")[0]
    told = notes(found, "1 of 4 series have no window, as their rows come at another step")
    assert len(told) == 1
    assert said in told[0]
    assert "'q'" in told[0]
    assert found.calendar is not None
    assert found.calendar.step == pytest.approx(20.0, rel=0.1)


def test_rows_that_come_as_it_happens_have_no_step(tmp_path: Path) -> None:
    times = [0, 7, 9, 39, 44, 45, 58, 60, 99, 110]
    found = read(tmp_path, stream("aaaabbbbaa", t=times), **ASKED, time="t")
    assert found.calendar is None
