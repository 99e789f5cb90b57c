"""One time in several columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.layout import lay_out
from dropsearch.models.table.read import Table, read_table
from dropsearch.models.table.split import candidates, with_time
from dropsearch.models.table.times import times_of
from dropsearch.models.times.calendar import BETWEEN, write_time


def table(folder: Path, content: str) -> Table:
    path = folder / "data.csv"
    path.write_text(content, encoding="utf-8")
    return read_table(path)


# header and two rows less the value, the columns of the time, the first as ISO
SPLIT = [
    ("Date;Time", "30.01.2023;23:00", "31.01.2023;00:00", "2023-01-30T23:00"),
    ("Time;Date", "11:00 PM;1/30/2023", "12:00 AM;1/31/2023", "2023-01-30T23:00"),
    ("Date;Time", "30/03/2004;18.00.00", "30/03/2004;19.00.00", "2004-03-30T18:00"),
    ("date;hour", "2023-01-30;23", "2023-01-31;0", "2023-01-30T23:00"),
    ("DATE;HR", "20230130;09", "20230130;10", "2023-01-30T09:00"),
    ("year;month;day;hour", "2023;1;31;23", "2023;2;1;0", "2023-01-31T23:00"),
    ("day;month;year", "31;01;2023", "01;02;2023", "2023-01-31T00:00"),
    ("Year;Month", "2023;Jan", "2023;Feb", "2023-01-01T00:00"),
    ("year;quarter", "2023;4", "2024;1", "2023-10-01T00:00"),
    ("Year;DOY", "2023;365", "2024;001", "2023-12-31T00:00"),
    ("year;month;day;hour;minute", "2023;1;31;23;45", "2023;2;1;0;0", "2023-01-31T23:45"),
]


@pytest.mark.parametrize(("header", "one", "two", "first"), SPLIT)
def test_the_columns_are_found_and_read_together(
    tmp_path: Path, header: str, one: str, two: str, first: str
) -> None:
    read = table(tmp_path, f"{header};y\n{one};1.5\n{two};2.5\n")
    names = header.split(";")
    assert [sorted(found) for found in candidates(read)] == [sorted(names)]
    joined, name = with_time(read, names)
    assert name is not None
    times = times_of(joined, name, lay_out(joined, None))
    assert np.datetime64(int(times.stamps[0]), "us") == np.datetime64(first)
    for stamp, row in zip(times.stamps, (one, two), strict=True):
        cells = [write_time(style, int(stamp), 0) for style in times.style.split(BETWEEN)]
        assert ";".join(cells) == row


@pytest.mark.parametrize(
    ("content", "time", "message"),
    [
        (
            "date,time,y\n2023-01-30,22:00,1\n2023-01-30,23:00,2\n",
            *("date", r"column 'date', row 3: '2023-01-30' repeats .* \[date, time\]"),
        ),
        (
            "date,time,y\n2023-01-30,22:00,1\n2023-01-30,23:00,2\n",
            *("time", r"'22:00' is a part of a time alone: write data.time: \[date, time\]"),
        ),
        (
            "date,time,y\n2023-01-30,23:00,1\n2023-01-30,22:00,2\n",
            ["date", "time"],
            r"columns 'date' and 'time', row 3: '2023-01-30 22:00' comes after .* of row 2",
        ),
        (
            "date,hour,y\n2023-01-30,1,1\n2023-01-30,24,2\n",
            *(["date", "hour"], "column 'hour', row 3: '24' is no hour .* take 1 away"),
        ),
        (
            "year,month,day,y\n2023,2,28,1\n2023,2,29,2\n",
            *(["year", "month", "day"], "column 'day', row 3: 29 is no day of a month"),
        ),
        (
            "date,time,y\n2023-01-30,22:00,1\n2023-01-32,23:00,2\n",
            *(["date", "time"], "column 'date', row 3: '2023-01-32' is no valid time"),
        ),
        (
            "date,time,y\n2023-01-30,22:00,1\n,23:00,2\n",
            *(["date", "time"], "column 'date', row 3: the value is missing"),
        ),
        (
            "a,b,y\n2023-01-30,2023-01-30,1\n2023-01-31,2023-01-31,2\n",
            *(["a", "b"], "column 'a', row 2: these columns are no one time"),
        ),
    ],
)
def test_faults_name_the_column_that_holds_them(
    tmp_path: Path, content: str, time: str | list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        times_of(*_laid_out(table(tmp_path, content), time))


def _laid_out(read: Table, time: str | list[str]):  # type: ignore[no-untyped-def]
    joined, name = with_time(read, time)
    return joined, name, lay_out(joined, None)


def test_the_parts_of_the_time_are_features_only_where_they_are_named(tmp_path: Path) -> None:
    rows = "".join(f"2023,1,{1 + n // 24},{n % 24},{n * 7 % 11},{n % 5}\n" for n in range(96))
    read = table(tmp_path, "year,month,day,hour,pm,dew\n" + rows)
    asked = {"task": "forecast", "target": "pm", "window": 4, "horizon": 2, "table": read}
    time = ["year", "month", "day", "hour"]
    data = read_data(read.path, time=time, **asked)  # type: ignore[arg-type]
    assert data.features == ("pm", "dew")
    assert data.calendar is not None
    assert data.calendar.describe() == "hourly"
    data = read_data(read.path, time=time, features=["hour"], **asked)  # type: ignore[arg-type]
    assert data.features == ("pm", "hour")
