"""Times that name a span or are written out; each goes on as it is written."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dropsearch.models.times.likeness import resembles_times
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.steps import find_calendar
from dropsearch.models.times.time_styles import UnreadableError

# cells, the first as ISO, the step, the two cells that come next
WRITTEN = [
    (
        ["Mon, 09 Jan 2023 00:00:00 GMT", "Tue, 10 Jan 2023 00:00:00 GMT"],
        *("2023-01-09T00:00", "daily", "Wed, 11 Jan 2023 00:00:00 GMT"),
    ),
    (
        ["Monday, January 30, 2023 11:00 PM", "Tuesday, January 31, 2023 12:00 AM"],
        *("2023-01-30T23:00", "hourly", "Tuesday, January 31, 2023 01:00 AM"),
    ),
    (
        ["Mon Jan 30 23:00:00 2023", "Tue Jan 31 00:00:00 2023"],
        *("2023-01-30T23:00", "hourly", "Tue Jan 31 01:00:00 2023"),
    ),
    (
        ["Mon, 30 Jan 2023 23:00:00 +0100", "Tue, 31 Jan 2023 00:00:00 +0100"],
        *("2023-01-30T22:00", "hourly", "Tue, 31 Jan 2023 01:00:00 +0100"),
    ),
    (
        ["2023-01-30 22:00:00 UTC", "2023-01-30 23:00:00 UTC"],
        *("2023-01-30T22:00", "hourly", "2023-01-31 00:00:00 UTC"),
    ),
    (
        ["1/30/2023 10:00 PM GMT", "1/30/2023 11:00 PM GMT"],
        *("2023-01-30T22:00", "hourly", "1/31/2023 12:00 AM GMT"),
    ),
    (
        ["2023-01-30T22:00:00.250 UTC", "2023-01-30T23:00:00.250 UTC"],
        *("2023-01-30T22:00:00.250", "hourly", "2023-01-31T00:00:00.250 UTC"),
    ),
    (["30-JAN-2023", "31-JAN-2023"], "2023-01-30T00:00", "daily", "01-FEB-2023"),
    (
        ["1/30/2023 10:00pm", "1/30/2023 11:00pm"],
        *("2023-01-30T22:00", "hourly", "1/31/2023 12:00am"),
    ),
    (
        ["30.01.2023 22:00 - 30.01.2023 23:00", "30.01.2023 23:00 - 31.01.2023 00:00"],
        *("2023-01-30T22:00", "hourly", "31.01.2023 00:00 - 31.01.2023 01:00"),
    ),
    (
        ["30.01.2023 22:45 - 23:00", "30.01.2023 23:00 - 23:15"],
        *("2023-01-30T22:45", "every 15 minutes", "30.01.2023 23:15 - 23:30"),
    ),
    (
        ["2023-01-01/2023-01-31", "2023-02-01/2023-02-28"],
        *("2023-01-01T00:00", "monthly", "2023-03-01/2023-03-31"),
    ),
    (
        ["2023-01-01 to 2023-02-01", "2023-02-01 to 2023-03-01"],
        *("2023-01-01T00:00", "monthly", "2023-03-01 to 2023-04-01"),
    ),
    (["1997/98", "1998/99", "1999/00"], "1997-01-01T00:00", "yearly", "2000/01"),
    (["2000-01", "2001-02", "2002-03"], "2000-01-01T00:00", "yearly", "2003-04"),
    (["2011/2012", "2012/2013"], "2011-01-01T00:00", "yearly", "2013/2014"),
]


@pytest.mark.parametrize(("cells", "first", "step", "next_one"), WRITTEN)
def test_they_go_on_as_they_are_written(
    cells: list[str], first: str, step: str, next_one: str
) -> None:
    times = read_times(pl.Series(cells))
    assert np.datetime64(int(times.stamps[0]), "us") == np.datetime64(first)
    begins = np.arange(len(cells)) == 0
    found = find_calendar(times.stamps, begins, times.style, times.offsets)
    assert found.describe() == step
    assert [found.label(stamp) for stamp in times.stamps] == cells
    assert found.label(found.after(int(times.stamps[-1]), 1)) == next_one


@pytest.mark.parametrize(
    ("cells", "index"),
    [
        (["Mon, 09 Jan 2023", "Mon, 10 Jan 2023"], 1),  # a Tuesday
        ([*(f"{year}/{year + 1 - 2000:02d}" for year in range(2000, 2020)), "2020/22"], 20),
    ],
)
def test_what_contradicts_itself_is_no_time(cells: list[str], index: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_times(pl.Series(cells))
    assert (caught.value.index, caught.value.style is None) == (index, False)


def test_two_months_are_no_fiscal_years() -> None:
    times = read_times(pl.Series(["2000/01", "2001/02"]))
    assert times.style == "{Y:04d}/{m:02d}"
    known = read_times(pl.Series(["2000/01", "2001/02"]), "{Y:04d}/{n:02d}")
    assert known.style == "{Y:04d}/{n:02d}"


@pytest.mark.parametrize(
    ("cell", "resembles"),
    [
        *(("9th of January 2023", True), ("2023-01-09 25:00 CET", True), ("12:30", True)),
        *(("2012_01", True), ("12-345", False), ("192.168.1.1", False), ("1.5 to 2.5", False)),
        *(("Winter 2001", False), ("won 3:1 in 2001", False)),
    ],
)
def test_cells_that_a_person_takes_for_times(cell: str, resembles: bool) -> None:
    assert resembles_times(pl.Series([cell, cell])) == resembles


def test_by_its_name_a_column_is_one_of_times() -> None:
    cells = pl.Series(["day nine at 3", "day ten at 4"])
    assert resembles_times(cells, "Date") is True
    assert resembles_times(cells, "update") is False
