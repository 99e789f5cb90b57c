"""Time columns: the one style of a column, its regular steps in words, and refusals."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.times.calendar import Calendar
from dropsearch.models.times.spans import read_times
from dropsearch.models.times.split import PartError, read_split
from dropsearch.models.times.steps import IrregularError, find_calendar, gaps_before
from dropsearch.models.times.time_styles import (
    AmbiguousError,
    Times,
    UnreadableError,
    numeric_dates,
    typed_times,
)


def calendar(times: Times) -> Calendar:
    first = np.zeros(len(times.stamps), bool)
    first[0] = True
    return find_calendar(times.stamps, first, times.style, times.offsets)


def every(start: str, unit: str, step: int = 1, count: int = 40) -> list[str]:
    return (
        (np.datetime64(start) + np.arange(count) * np.timedelta64(step, unit)).astype(str).tolist()
    )


def written(start: str, form: str, **step: int) -> list[str]:
    begin = datetime.fromisoformat(start)
    return [(begin + i * timedelta(**step)).strftime(form) for i in range(40)]


REGULAR = [
    (every("1749-01", "M"), "monthly", 12),
    (every("1749-01", "M", 3), "quarterly", 4),
    ([f"{month}-01" for month in every("1999-01", "M")], "monthly", 12),
    (every("2013-01-01", "D"), "daily", 7),
    (every("2013-01-02", "D", 7), "weekly", 52),
    (every("2013-01-02", "D", 3), "every 3 days", None),
    (every("2013-01-01T00:00", "m", 15), "every 15 minutes", 96),
    (every("2013-01-01T00:00:00", "s"), "every second", None),
    (written("2013-01-01", "%d.%m.%Y", days=1), "daily", 7),
    (written("2013-01-13", "%d/%m/%Y %H:%M", hours=1), "hourly", 24),
    (written("2013-01-13", "%m/%d/%Y %I:%M %p", hours=1), "hourly", 24),
    (written("2013-01-01", "%Y-%m-%d %H:%M:%S.%f", hours=1), "hourly", 24),
    (written("2013-01-01", "%b %d, %Y", days=1), "daily", 7),
    (written("2013-01-01", "%d %B %Y", days=1), "daily", 7),
    (written("2013-01-01", "%Y-%m-%dT%H:%M:%SZ", hours=6), "every 6 hours", 4),
    (written("2013-01-01", "%Y-%m-%dT%H:%M:%S+05:30", hours=6), "every 6 hours", 4),
    (written("2013-01-01", "%Y-%m-%d %H:%M:%S-0300", hours=6), "every 6 hours", 4),
    (["1/1/2013", "2/1/2013", "13/1/2013", "14/1/2013"], "daily", 7),
    (["2013Q1", "2013Q2", "2013Q3", "2013Q4", "2014Q1"], "quarterly", 4),
    (["2013-W51", "2013-W52", "2014-W01"], "weekly", 52),
    (["Jan 2013", "Feb 2013", "Mar 2013"], "monthly", 12),
    (["31.01.2013", "28.02.2013", "31.03.2013"], "monthly, at month ends", 12),
    (["2011-06-30", "2012-06-30", "2013-06-30"], "yearly, at month ends", None),
    (["2013-01-03", "2013-01-04", "2013-01-07", "2013-01-08"], "every business day", 5),
    (["1813-03-31", "1814-03-31"], "yearly, at month ends", None),
]


@pytest.mark.parametrize(("cells", "words", "season"), REGULAR)
def test_regular_times(cells: list[str], words: str, season: int | None) -> None:
    times = read_times(pl.Series(cells))
    found = calendar(times)
    assert found.describe() == words
    assert found.season() == season
    assert [found.label(stamp) for stamp in times.stamps] == cells
    place = found.position(times.stamps)
    for stamp, here in zip(times.stamps, place, strict=True):
        assert found.after(times.stamps[0], int(here)) == stamp
        assert found.after(int(stamp), int(place[0] - here)) == times.stamps[0]


def test_steps_are_counted_over_gaps() -> None:
    times = read_times(pl.Series(["2013-01", "2013-02", "2013-06", "2014-06"]))
    found = calendar(times)
    assert found.position(times.stamps).tolist() == [0, 1, 5, 17]
    first = np.array([True, False, False, False])
    assert gaps_before(found.position(times.stamps), first).tolist() == [False, False, True, True]


def test_business_days_count_no_weekend() -> None:
    times = read_times(pl.Series(["2013-01-03", "2013-01-04", "2013-01-07", "2013-01-09"]))
    assert calendar(times).position(times.stamps).tolist() == [0, 1, 2, 4]


def test_days_over_a_clock_change_follow_the_offsets() -> None:
    cells = ["2013-03-30T00:00+01:00", "2013-03-31T00:00+01:00", "2013-04-01T00:00+02:00"]
    times = read_times(pl.Series(cells))
    found = calendar(times)
    assert (found.describe(), found.local) == ("daily", True)
    assert found.label(found.after(int(times.stamps[-1]), 1)) == "2013-04-02T00:00+02:00"


def test_hours_over_a_clock_change_follow_utc() -> None:
    cells = [
        *("2013-10-27T01:00+02:00", "2013-10-27T02:00+02:00"),
        *("2013-10-27T02:00+01:00", "2013-10-27T03:00+01:00"),
    ]
    times = read_times(pl.Series(cells))
    found = calendar(times)
    assert (found.describe(), found.local) == ("hourly", False)
    assert found.position(times.stamps).tolist() == [0, 1, 2, 3]
    assert [found.label(stamp) for stamp in times.stamps] == cells


@pytest.mark.parametrize("mark", ["/", "-", "."])
def test_a_date_order_without_a_day_above_12_is_ambiguous(mark: str) -> None:
    cells = [f"01{mark}{month:02d}{mark}2013" for month in range(1, 13)]
    with pytest.raises(AmbiguousError) as caught:
        read_times(pl.Series(cells))
    assert caught.value.index == 1


def test_one_late_day_above_12_decides_the_order() -> None:
    cells = [f"0{i % 9 + 1}/02/20{i // 9 + 10}" for i in range(800)] + ["13/02/2100"]
    assert read_times(pl.Series(cells)).style == "{d:02d}/{m:02d}/{Y:04d}"


@pytest.mark.parametrize(
    ("cells", "index"),
    [
        (["2013-01-01", "2013-02-30", "2013-03-01"], 1),
        (["2013-01-01", "2013-01-02", "2013-01-03 00:00"], 2),
        (["2013-01-01", "2013-01-02", "soon"], 2),
        (["01/02/13", "02/02/13"], 0),
        (["13/02/2013", "02/13/2013"], 1),
        (["2013-01-01T00:00+01:00", "2013-01-01T01:00"], 1),
        (["foo", "bar"], 0),
    ],
)
def test_unreadable_times_name_the_cell(cells: list[str], index: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_times(pl.Series(cells))
    assert caught.value.index == index


@pytest.mark.parametrize(
    "cell", ["2024-10-10 02:00 CET", "2024-10-10 02:00 PM EST", "Thu, 10 Oct 2024 02:00:00 EST"]
)
def test_cells_that_no_style_reads_are_not_told_to_be_like_one_another(cell: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_times(pl.Series([cell, cell.replace("02:", "03:")]))
    assert (caught.value.index, caught.value.style) == (0, None)


def test_irregular_times_name_the_row_and_the_usual_step() -> None:
    hours = [f"2013-01-01 {hour:02d}:00" for hour in range(5)]
    with pytest.raises(IrregularError) as caught:
        calendar(read_times(pl.Series([*hours, "2013-01-01 05:17"])))
    assert caught.value.index == 5
    assert caught.value.calendar.describe() == "hourly"


@pytest.mark.parametrize(
    ("numbers", "words", "place"),
    [
        ([0, 1, 2, 5], "in steps of 1", [0, 1, 2, 5]),
        ([10, 20, 30], "in steps of 10", [0, 1, 2]),
        ([0.1, 0.2, 0.30000000000000004, 0.5], "in steps of 0.1", [0, 1, 2, 4]),
    ],
)
def test_numbers_as_times(numbers: list[float], words: str, place: list[int]) -> None:
    times = Times(np.array(numbers), "")
    found = calendar(times)
    assert found.describe() == words
    assert found.position(times.stamps).tolist() == place
    assert found.label(found.after(times.stamps[0], 0)) == str(numbers[0])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["20130130", "20130131", "20130201"], "daily"),
        (["201311", "201312", "201401"], "monthly"),
        (["2013.11", "2013.12", "2014.01"], "monthly"),
        (["11.2013", "12.2013", "01.2014"], "monthly"),
    ],
)
def test_numbers_that_are_dates(cells: list[str], words: str) -> None:
    times = numeric_dates(pl.Series(cells))
    assert times is not None
    found = calendar(times)
    assert found.describe() == words
    assert [found.label(stamp) for stamp in times.stamps] == cells


def test_plain_counters_are_no_dates() -> None:
    assert numeric_dates(pl.Series(["20130130", "20130131", "20130132"])) is None
    assert numeric_dates(pl.Series(["1990", "1991"])) is None


def test_parquet_times_match_text() -> None:
    cells = every("2013-01-01T00:00:00", "h")
    text = read_times(pl.Series(cells))
    typed = typed_times(pl.Series(cells).str.to_datetime(time_unit="ns"))
    np.testing.assert_array_equal(typed.stamps, text.stamps)
    zoned = pl.Series(["2013-06-01"]).str.to_datetime().dt.replace_time_zone("Europe/Berlin")
    assert calendar(typed_times(zoned)).label(typed_times(zoned).stamps[0]) == (
        "2013-06-01 00:00:00+02:00"
    )


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)),
    minutes=st.integers(1, 5000),
    count=st.integers(2, 30),
    n=st.integers(-200, 200),
)
def test_after_moves_by_whole_steps(start: datetime, minutes: int, count: int, n: int) -> None:
    begin = start.replace(second=0, microsecond=0)
    cells = [f"{begin + i * timedelta(minutes=minutes):%Y-%m-%d %H:%M}" for i in range(count)]
    times = read_times(pl.Series([cell.zfill(16) for cell in cells]))
    found = calendar(times)
    moved = found.after(int(times.stamps[0]), n)
    steps = found.position(np.array([times.stamps[0], moved]))
    assert steps[1] - steps[0] == n
    np.testing.assert_array_equal(np.diff(found.position(times.stamps)), 1)


def test_weeks_of_iso_beside_their_year_go_on_over_a_53rd_week() -> None:
    columns = {
        "year": pl.Series(["2020", "2020", "2020"]),
        "week": pl.Series(["50", "51", "52"]),
    }
    times = read_split(columns)
    days = times.stamps.astype("M8[us]").astype("M8[D]").astype(str).tolist()
    assert days == ["2020-12-07", "2020-12-14", "2020-12-21"]
    calendar = find_calendar(times.stamps, np.array([True, False, False]), times.style)
    ahead = [calendar.cells(calendar.after(times.stamps[-1].item(), n)) for n in (1, 2)]
    assert (calendar.describe(), ahead) == ("weekly", [("2020", "53"), ("2021", "1")])


@pytest.mark.parametrize(
    ("year", "week", "text"), [("2021", "53", "2021 has no 53rd week"), ("2021", "0", "is no week")]
)
def test_weeks_that_no_year_has_are_refused(year: str, week: str, text: str) -> None:
    with pytest.raises(PartError, match=text):
        read_split({"year": pl.Series([year]), "week": pl.Series([week])})
