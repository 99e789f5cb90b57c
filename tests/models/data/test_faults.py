"""A corpus of bad data: each refusal names the file, the column, the row and the mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.data.reading import read_data
from dropsearch.models.errors import DataError

FORECAST: dict[str, Any] = {
    "task": "forecast", "target": "y", "time": "t", "window": 2, "horizon": 1
}  # fmt: skip
MANY = FORECAST | {"series": "s"}
CLASSIFY: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}
REGRESS: dict[str, Any] = CLASSIFY | {"task": "regress"}
FORWARD = {"missing": "forward"}

GOOD = "t,y,x\n2013-01-01,1,5\n2013-01-02,2,6\n2013-01-03,4,8\n2013-01-04,5,7\n"
LABELS = "s,y,x\na,0,1\na,0,2\nb,1,3\nb,1,5\n"


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


# content, keys, the start of the message after the file's name, the mend
CORPUS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "infinite": (
        GOOD.replace("2,6", "2,inf"), FORECAST, ": column 'x', row 3: the number is infinite",
        "correct it",
    ),
    "infinite target": (
        GOOD.replace("4,8", "-Infinity,8"), FORECAST | FORWARD,
        ": column 'y', row 4: the number is infinite", "correct it",
    ),
    "missing": (
        GOOD.replace("2,6", "2,").replace("4,8", "4,NA"), FORECAST,
        ": column 'x', row 3 (the first of 2 like it): the value is missing",
        "data.missing to forward",
    ),
    "missing target": (
        GOOD.replace("4,8", ",8"), FORECAST, ": column 'y', row 4: the value is missing",
        "data.missing to forward",
    ),
    "missing word": (
        lines("t,y,w", "1,1,a", "2,2,b", "3,3,", "4,4,a", "5,6,a"),
        FORECAST | {"categories": ["w"]}, ": column 'w', row 4: the value is missing", "forward",
    ),
    "missing time": (
        GOOD.replace("2013-01-03", ""), FORECAST, ": column 't', row 4: the value is missing",
        "every row needs a time",
    ),
    "linear forecast": (
        GOOD, FORECAST | {"missing": "linear"}, ": data.missing linear looks ahead", "forward",
    ),
    "leading blank of a sequence": (
        LABELS.replace("b,1,3", "b,1,"), CLASSIFY | FORWARD, ": column 'x', row 4: the value is",
        "set data.missing to linear",
    ),
    "unordered": (
        GOOD.replace("2013-01-03", "2012-12-03"), FORECAST,
        ": column 't', row 4: '2012-12-03' comes after '2013-01-02' of row 3", "sort the rows",
    ),
    "repeated": (
        GOOD.replace("2013-01-03", "2013-01-02"), FORECAST,
        ": column 't', row 4: '2013-01-02' repeats the time of row 3", "data.series",
    ),
    "unordered, a series' column": (
        lines("s,t,x,y", "a,1,1,1", "a,2,2,2", "b,1,2,2", "b,2,2,4", "c,2,1,5", "c,3,1,5"),
        FORECAST, ": column 't', row 4", "the times rise within each 's': write data.series: s",
    ),
    "an empty row": (
        GOOD.replace("2013-01-03,4,8", ",,"), FORECAST, ": column 't', row 4: the row is empty",
        "take it out",
    ),
    "unordered inside a series": (
        lines("s,t,y", "a,1,1", "b,1,2", "a,3,3", "b,2,4", "a,2,5"), MANY,
        ": column 't', row 6: '2' comes after '3' of row 4", "sort the rows",
    ),
    "unordered steps of a sequence": (
        lines("s,t,y,x", "a,1,0,1", "b,2,1,2", "a,2,0,2", "b,1,1,7"), CLASSIFY | {"time": "t"},
        ": column 't', row 5: '1' comes after '2' of row 3", "sort the rows",
    ),
    "clock set back": (
        lines("t,y", "2013-10-27 01:00,1", "2013-10-27 02:00,2", "2013-10-27 02:00,3"), FORECAST,
        ": column 't', row 4: '2013-10-27 02:00' repeats the time of row 3", "clock change",
    ),
    "zones by name": (
        lines("t,y", "2013-10-27 01:00 CEST,1", "2013-10-27 02:00 CET,2"), FORECAST,
        ": column 't', row 2: '2013-10-27 01:00 CEST' names a time zone", "its offset",
    ),
    "one zone by name": (
        lines("t,y", "2013-10-27 1:00:00 PM EST,1", "2013-10-27 2:00:00 PM EST,2"), FORECAST,
        ": column 't', row 2: '2013-10-27 1:00:00 PM EST' names a time zone", "its offset",
    ),
    "repeated inside a series": (
        lines("s,t,y", "a,1,1", "a,2,2", "b,1,3", "b,1,4"), MANY,
        ": column 't', row 5: '1' repeats the time of row 4", "each time of a series",
    ),
    "ambiguous dates": (
        lines("t,y", "01/01/2013,1", "02/01/2013,3", "03/01/2013,2"), FORECAST,
        ": column 't', row 3: '02/01/2013' has two readings", "year-month-day",
    ),
    "no date": (
        GOOD.replace("2013-01-03", "2013-02-30"), FORECAST,
        ": column 't', row 4: '2013-02-30' is no valid time", "only real dates",
    ),
    "months of short years": (
        lines("t,y", "Jan-49,1", "Feb-49,3"), FORECAST,
        ": column 't', row 2: 'Jan-49' has a year of two digits", "write all four",
    ),
    "days of short years": (
        lines("t,y", "31/01/13 10:00,1", "01/02/13 11:00,3"), FORECAST,
        ": column 't', row 2: '31/01/13 10:00' has a year of two digits", "write all four",
    ),
    "an hour 24": (
        lines("t,y", "2013-01-01 23:00,1", "2013-01-01 24:00,3"), FORECAST,
        ": column 't', row 3: '2013-01-01 24:00' has an hour 24", "00:00 of the next day",
    ),
    "a row of totals": (
        GOOD + "Total,12,20\n", FORECAST,
        ": column 't', row 6: 'Total' is no valid time", "take the row out",
    ),
    "irregular": (
        lines("t,y", "1,1", "2,2", "3,4", "4,3", "6.5,3"), FORECAST,
        ": column 't', row 6: '6.5' is no whole step after '4' of row 5", "counts the rows",
    ),
    "too short": (
        GOOD, FORECAST | {"window": 4}, ": no series is long enough for a window of 4 steps",
        "has 4 rows; lower data.window",
    ),
    "too short between gaps": (
        GOOD.replace("2013-01-03", "2013-01-13").replace("2013-01-04", "2013-01-14"), FORECAST,
        ": no series is long enough", "the longest stretch without a gap has 2 rows",
    ),
    "constant target of a forecast": (
        lines("t,y", "1,3", "2,3", "3,3"), FORECAST, ": column 'y', row 2: the target is 3 in",
        "nothing to predict",
    ),
    "constant target of a regression": (
        LABELS.replace(",1,", ",0,"), REGRESS, ": column 'y', row 2: the target is 0 in every row",
        "nothing to learn",
    ),
    "one class": (
        LABELS.replace(",1,", ",0,"), CLASSIFY, ": column 'y', row 2: the only class is '0'",
        "nothing to tell apart",
    ),
    "label changes": (
        LABELS.replace("b,1,5", "b,0,5"), CLASSIFY, ": column 'y', row 5: the label of series 'b'",
        "'0' here and '1' in row 4",
    ),
    "number changes": (
        LABELS.replace("a,0,2", "a,0.5,2"), REGRESS, ": column 'y', row 3: the target of series",
        "give each series one target",
    ),
    "label missing": (
        LABELS.replace("b,1,5", "b,,5"), CLASSIFY, ": column 'y', row 5: the value is missing",
        "take the whole series out",
    ),
    "number missing": (
        LABELS.replace("b,1,5", "b,,5"), REGRESS | FORWARD,
        ": column 'y', row 5: the value is missing", "take the whole series out",
    ),
    "label missing of a text": (
        lines("x,y", "one text,a", "another,", "a third,b"),
        {"task": "classify", "target": "y", "text": "x"},
        ": column 'y', row 3: the value is missing", "give it, or take the row out",
    ),
    "label missing of a row": (
        lines("y,t0,t1,t2", "a,3,1,2", ",2,4,3", "b,4,3,5"),
        {"task": "classify", "target": "y", "layout": "rows"},
        ": column 'y', row 3: the value is missing", "give it, or take the row out",
    ),
    "labels missing of rows": (
        lines("y,t0,t1,t2", "a,3,1,2", ",2,4,3", "b,4,3,5", ",2,5,4"),
        {"task": "classify", "target": "y", "layout": "rows"},
        ": column 'y', row 3 (the first of 2 like it): the value is missing", "take the row out",
    ),
    "series missing": (
        LABELS.replace("b,1,5", ",1,5"), CLASSIFY, ": column 's', row 5: the value is missing",
        "name its series",
    ),
    "no series": (LABELS, CLASSIFY | {"series": None}, ": task classify needs data.series", "name"),
    "group changes": (
        lines("s,y,x,g", "a,0,1,p", "a,0,4,q", "b,1,3,p"), CLASSIFY | {"group": "g"},
        ": column 'g', row 3: the group of series 'a' is 'q' here and 'p' in row 2", "one group",
    ),
    "part of the holdout changes": (
        lines("s,y,x,g", "a,0,1,p", "a,0,4,q", "b,1,3,p"),
        CLASSIFY | {"holdout_column": "g", "holdout_value": "q"},
        ": column 'g', row 3: the part of series 'a' is 'q' here", "give each series one part",
    ),
    "fold missing": (
        lines("s,y,x,g", "a,0,1,p", "b,1,3,"), CLASSIFY | {"fold_column": "g"},
        ": column 'g', row 3: the value is missing", "name its fold",
    ),
    "holdout unknown": (
        lines("s,y,x,g", "a,0,1,p", "b,1,3,q"),
        CLASSIFY | {"holdout_column": "g", "holdout_value": "test"},
        ": column 'g' holds no 'test'", "one of 'p', 'q'",
    ),
    "holdout whole": (
        lines("s,y,x,g", "a,0,1,p", "b,1,3,p"),
        CLASSIFY | {"holdout_column": "g", "holdout_value": "p"},
        ": column 'g' holds 'p' in every row", "nothing is left to train on",
    ),
    "word as a feature": (
        lines("t,y,w", "1,1,north", "2,2,south", "3,4,north"), FORECAST | {"features": ["w"]},
        ": column 'w', row 2: it holds 'north', a word, where numbers are needed",
        "data.categories",
    ),
    "word among numbers": (
        lines("t,y,x", "1,1,5", "2,2,6", "3,4,off"), FORECAST,
        ": column 'x', row 4: 'off' is a word among numbers", "data.features",
    ),
    "word as a target": (
        lines("s,y,x", "a,low,1", "b,high,2"), REGRESS, ": column 'y', row 2: it holds 'low', a",
        "set data.task to classify",
    ),
    "thousands": (
        lines("t,y", "1,1", '2,"1,234"', "3,4"), FORECAST,
        ": column 'y', row 3: '1,234' may have a thousands mark", "without a mark",
    ),
    "unknown target": (
        GOOD, FORECAST | {"target": "yy"}, " has no column 'yy' (data.target)", "did you mean 'y'?",
    ),
    "unknown feature": (
        GOOD, FORECAST | {"features": ["z"]}, " has no column 'z' (data.features)", "'t', 'y', 'x'",
    ),
    "unknown fold column": (
        LABELS, CLASSIFY | {"fold_column": "X"}, " has no column 'X' (folds.column)", "mean 'x'?",
    ),
    "two roles": (
        GOOD, FORECAST | {"time": "y"}, ": column 'y' is named as data.target and as data.time",
        "one of them only",
    ),
    "target as a feature": (
        GOOD, FORECAST | {"features": ["y", "x"]}, ": column 'y' of data.features is the target",
        "take it out",
    ),
    "no features": (
        LABELS.replace(",x", ",w").replace("\n", "a\n").replace("wa", "w"), CLASSIFY,
        ": no feature is left", "'w': words (name it in data.categories to use it)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, "csv") for name in CORPUS]
    + [(name, "semicolon") for name in CORPUS if '"' not in CORPUS[name][0]],
)
def test_bad_data_is_refused(tmp_path: Path, name: str, form: str) -> None:
    content, keys, says, mend = CORPUS[name]
    if form == "semicolon":
        content = content.replace(",", ";")
    path = tmp_path / "data.csv"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        read_data(path, **keys)
    message = str(caught.value)
    assert message.startswith(f"{path}{says}")
    assert mend in message
    assert "\n" not in message
    assert len(message) < 500 + len(str(path))


def test_parquet_names_its_own_rows(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pl.DataFrame({"t": [1, 2, 3], "y": [1.0, float("inf"), 2.0]}).write_parquet(path)
    with pytest.raises(DataError, match="column 'y', row 2: the number is infinite"):
        read_data(path, **FORECAST)


def test_thousands_of_faults_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(
        lines("t,y,x", *(f"{i},{i % 7},{'' if i > 10 else i % 3}" for i in range(5000)))
    )
    with pytest.raises(DataError) as caught:
        read_data(path, **FORECAST)
    assert "column 'x', row 13 (the first of 4,989 like it)" in str(caught.value)


def test_names_with_newlines_and_length_stay_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('t,y,"x\n<b>' + "long" * 100 + '"\n1,1,\n2,2,3\n3,4,4\n')
    with pytest.raises(DataError) as caught:
        read_data(path, **FORECAST)
    assert "column 'x\\n<b>long" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(path))


CELLS = st.sampled_from(
    [
        "1",
        "2",
        "3.5",
        "1,5",
        "1.234",
        "",
        "NA",
        "inf",
        "a",
        "A ",
        '"x',
        '"',
        "2013-01-01",
        "\0",
        "٣",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8),
    mark=st.sampled_from(",;\t"),
    keys=st.sampled_from([FORECAST, MANY, CLASSIFY, REGRESS, FORECAST | FORWARD]),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_any_file_is_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    mark: str,
    keys: dict[str, Any],
    encoding: str,
) -> None:
    path = tmp_path_factory.mktemp("any") / "data.csv"
    width = len(rows[0])
    text = [["t", "y", "s", "x"][:width], *(row * 2 for row in rows)]
    path.write_bytes("\n".join(mark.join(row[:width]) for row in text).encode(encoding, "replace"))
    try:
        read_data(path, **keys)
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017
        assert len(str(error)) < 500 + len(str(path))  # noqa: PT017
