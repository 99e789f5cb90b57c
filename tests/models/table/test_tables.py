"""Files to tables: one reading for each column, whatever the separator, or a refusal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropsearch.models.cells.columns import plain_numbers, read_column
from dropsearch.models.errors import DataError
from dropsearch.models.table.profile import looks
from dropsearch.models.table.read import Table, read_table
from tests.support.paths import EXAMPLES


def table(folder: Path, content: str | bytes, name: str = "data.csv") -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_and_line_end_are_found(tmp_path: Path, separator: str, end: str) -> None:
    rows = ["a,b", "1,2.5", "3,4.5"]
    read = table(tmp_path, end.join(row.replace(",", separator) for row in rows))
    assert read.names == ("a", "b")
    assert read.numbers("b").tolist() == [2.5, 4.5]
    assert read.rows.tolist() == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark_are_read(tmp_path: Path, encoding: str) -> None:
    read = table(tmp_path, "größe,wort\n1,käse\n2,öl\n".encode(encoding))
    assert read.names == ("größe", "wort")
    assert read.text("wort").to_list() == ["käse", "öl"]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "2.5", "-3e2", " 4 "], [1, 2.5, -300, 4]),
        (["1,5", "2", "1234,5"], [1.5, 2, 1234.5]),
        (["0,125", "0,250"], [0.125, 0.25]),
        (["1", "", "NA", "nan", "-", "--", "?", "#DIV/0!", "#N/A"], [1, *[np.nan] * 8]),
        (["true", "FALSE", ""], [1, 0, np.nan]),
        (["1.234", "5.678"], [1.234, 5.678]),
    ],
)
def test_numbers(tmp_path: Path, cells: list[str], numbers: list[float]) -> None:
    read = table(tmp_path, "id;x\n" + "".join(f"a;{cell}\n" for cell in cells))
    np.testing.assert_array_equal(read.numbers("x"), numbers)


def test_a_late_decimal_comma_decides_the_whole_column(tmp_path: Path) -> None:
    cells = ["7"] * 5000 + ["7,25"]
    read = table(tmp_path, "id;x\n" + "".join(f"a;{cell}\n" for cell in cells))
    assert read.numbers("x")[-1] == 7.25


@pytest.mark.parametrize(
    ("cells", "row", "says"),
    [
        (["5", "1,234"], 3, "thousands mark or a decimal comma"),
        (["5", "1,234,567"], 3, "thousands mark"),
        (["5", "1,234.5"], 3, "thousands mark"),
        (["5", "1.234.567"], 3, "thousands mark"),
        (["5", "1'234"], 3, "thousands mark"),
        (["5", "1 234"], 3, "thousands mark"),
        (["1.5", "1,5"], 3, "decimal comma where other rows have a point"),
        (["5", "6", "7", "broken"], 5, "'broken' is a word among numbers"),
        (["north", "south"], 2, "'north', a word, where numbers are needed"),
        (["5", "inf"], 3, "infinite"),
        (["5", "1e400"], 3, "infinite"),
        (["5", "-1.7e308"], 3, "too large to compute with"),
    ],
)
def test_unclear_numbers_are_refused(tmp_path: Path, cells: list[str], row: int, says: str) -> None:
    read = table(tmp_path, "id;x\n" + "".join(f"a;{cell}\n" for cell in cells))
    with pytest.raises(DataError) as caught:
        read.numbers("x")
    assert f"data.csv: column 'x', row {row}: " in str(caught.value)
    assert says in str(caught.value)


def test_points_may_be_thousands_in_a_file_with_decimal_commas(tmp_path: Path) -> None:
    read = table(tmp_path, "x;y\n1,5;1.234\n2,5;5.678\n")
    assert read.numbers("x").tolist() == [1.5, 2.5]
    with pytest.raises(DataError, match=r"column 'y', row 2: '1\.234' may have a thousands mark"):
        read.numbers("y")


def test_rows_are_lines_of_the_file(tmp_path: Path) -> None:
    read = table(tmp_path, '\na,b\n1,"two\nlines"\n\n3,"a ""b"", c"\n\n')
    assert read.rows.tolist() == [3, 6]
    assert read.text("b").to_list() == ["two\nlines", 'a "b", c']


def test_a_blank_line_of_a_single_column_is_missing(tmp_path: Path) -> None:
    read = table(tmp_path, "x\n1\n\n3\n\n")
    np.testing.assert_array_equal(read.numbers("x"), [1, np.nan, 3])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n", "has no rows below its header"),
        (b"1,2\n3,4\n", "row 1: numbers stand where column names are expected"),
        (b"a,a\n1,2\n", "column 'a', row 1: two columns have this name"),
        (b"a,b\n1,2\n3,4,5\n6\n", "row 3 (the first of 2): 3 cells where the header has 2"),
        (b"a,b\n1,5,2\n", "separate by ';' where numbers have decimal commas"),
        (b'a,b\n1,"x\n', "row 2: a quote is opened and never closed"),
        (b'a,b\n1,5" x\n2,6" y\n', "quotes"),
        (b"a,b;c\n1,2;3\n", "can be split by ',' and ';'"),
        (b"a,b\n1,x\n2,caf\xe9\n", "column 'b', row 3: the byte 0xe9 is not UTF-8"),
        (b"a,b\n1,\0\n", "row 2: it holds zero bytes"),
        (bytes(range(256)) * 4, "is no text"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x1f\x8brest", "gzip"),
        (b"PAR1 and then nothing that is Parquet", "cannot be read as Parquet"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(DataError) as caught:
        table(tmp_path, content)
    assert str(tmp_path / "data.csv") in str(caught.value)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 500 + len(str(tmp_path))


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "sunspots.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"did you mean .*sunspots\.csv"):
        read_table(tmp_path / "sunspot.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


def test_a_file_larger_than_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Little:
        available = 10

    monkeypatch.setattr("psutil.virtual_memory", Little)
    with pytest.raises(DataError, match="of memory where"):
        table(tmp_path, "a,b\n1,2\n")


def test_an_unknown_column_names_the_nearest(tmp_path: Path) -> None:
    read = table(tmp_path, "Label,x,\nred,1,0\n")
    with pytest.raises(
        DataError, match=r"no column 'labels' \(data.target\): did you mean 'Label'"
    ):
        read.need("labels", "data.target")
    with pytest.raises(DataError, match="it has 'Label', 'x'"):
        read.need("(column 3)", "data.target")


def test_parquet_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "whole": [1, None],
            "real": [0.5, float("nan")],
            "truth": [True, False],
            "word": pl.Series(["a", "b"], dtype=pl.Categorical),
            "day": pl.Series(["2013-01-01", "2013-01-02"]).str.to_date(),
            "text": ["1.5", "2.5"],
            "nested": [[1], [2]],
        }
    )
    frame.write_parquet(tmp_path / "data.parquet")
    read = read_table(tmp_path / "data.parquet")
    kinds = ["numbers", "numbers", "truth", "words", "times", "numbers", "other"]
    assert [read.kind(name) for name in read.names] == kinds
    np.testing.assert_array_equal(read.numbers("whole"), [1, np.nan])
    with pytest.raises(DataError, match="column 'nested', row 1: it holds nested"):
        read.numbers("nested")


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.floats(-1e99, 1e99), min_size=1, max_size=20),
    comma=st.booleans(),
)
def test_written_numbers_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], comma: bool
) -> None:
    cells = [repr(number).replace(".", ",") if comma else repr(number) for number in numbers]
    folder = tmp_path_factory.mktemp("numbers")
    read = table(folder, "id;x\n" + "".join(f"a;{cell}\n" for cell in cells))
    try:
        back = read.numbers("x")
    except DataError as error:
        assert comma
        assert "thousands mark" in str(error)  # noqa: PT017
    else:
        assert back.tolist() == numbers


def test_the_examples_are_read_as_they_are() -> None:
    read = read_table(EXAMPLES / "japanese-vowels.csv")
    assert read.height == 9961
    assert {read.kind(f"c{i}") for i in range(1, 13)} == {"numbers"}
    assert read.kind("label") == "words"


CELLS = st.sampled_from(
    [
        *("1", "2.5", " 4 ", "-3e2", "nan", "NA", "", "  ", "inf", "1e400", "true", "word", None),
        *(
            "1,5",
            "1,234",
            "1.234",
            "1'234",
            "2013-01-01",
            "+.5",
            "5.",
            "１",
            "\u00a07",
            "0x1",
            "1_0",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_columns_of_numbers_are_read_at_once_as_one_by_one(
    rows: list[tuple[str | None, str | None]],
) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    for name, reading in plain_numbers(frame).items():
        alone = read_column(frame[name])
        assert (reading.kind, reading.fault, reading.comma) == (alone.kind, alone.fault, False)
        assert alone.values is not None
        np.testing.assert_array_equal(reading.values, alone.values)
        assert reading.text.to_list() == alone.text.to_list()


def test_polars_is_not_asked_for_each_of_many_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {f"c{n}": rng.normal(size=30) for n in range(400)}
    pl.DataFrame(columns).write_csv(tmp_path / "wide.csv")
    asked = 0

    def count(frame: Any, event: str, called: Any) -> None:
        nonlocal asked
        asked += event == "c_call" and getattr(called, "__name__", "") == "collect"

    sys.setprofile(count)
    try:
        found = looks(read_table(tmp_path / "wide.csv"))
    finally:
        sys.setprofile(None)
    assert {look.kind for look in found.values()} == {"numbers"}
    assert asked < 20
