"""Text files as people have them: where their table begins, and how it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dropsearch.models.cells.columns import read_column
from dropsearch.models.cells.form import PLAIN, Form
from dropsearch.models.cells.marks import with_marks
from dropsearch.models.errors import DataError
from dropsearch.models.table.read import Table, read_like, read_table

DAYS = [f"2021-01-{day:02d}" for day in range(1, 21)]
ROWS = "".join(f"{day},{k * 3 % 7}.{k % 4}5\n" for k, day in enumerate(DAYS))
THREE = "".join(f"{day},{k * 3 % 7}.5,{k % 4}.25\n" for k, day in enumerate(DAYS))
SPACED = "".join(f"  {k // 5}   {k % 5}  {k * 3 % 7}.5 {k}.25 \n" for k in range(20))


def read(folder: Path, content: str, form: Form = PLAIN, encoding: str = "utf-8") -> Table:
    path = folder / "data.csv"
    path.write_bytes(content.encode(encoding))
    return read_table(path, form=form)


# content; names; line of the first row; rows; the form; what is said
SEEN: dict[str, tuple[str, tuple[str, ...], int, int, dict[str, Any], str]] = {
    "plain": ("day,y\n" + ROWS, ("day", "y"), 2, 20, {}, ""),
    "blank lines above": ("\n\nday,y\n" + ROWS, ("day", "y"), 4, 20, {}, ""),
    "title": (
        "Category: All\n\nday,y\n" + ROWS,
        ("day", "y"),
        4,
        20,
        {"header": 3},
        "header in line 3; 1 line above left out",
    ),
    "title of two cells": (
        "Station: Potsdam, Germany\nDaily means\nday,y\n" + ROWS,
        ("day", "y"),
        4,
        20,
        {"header": 3},
        "2 lines above",
    ),
    "metadata": (
        "latitude,longitude,zone\n52.5,13.4,GMT\n\nday,y\n" + ROWS,
        ("day", "y"),
        5,
        20,
        {"header": 4},
        "2 lines above",
    ),
    "metadata of as many cells": (
        "latitude,longitude\n52.5,13.4\n\nday,y\n" + ROWS,
        ("day", "y"),
        5,
        20,
        {"header": 4},
        "2 lines above",
    ),
    "titles padded by a spreadsheet": (
        "Rain by hand,\nall of it,\n,\nday,y\n" + ROWS,
        ("day", "y"),
        5,
        20,
        {"header": 4},
        "3 lines above left out",
    ),
    "a title padded by a spreadsheet": (
        "Rain by hand,,\nday,y,z\n" + THREE,
        ("day", "y", "z"),
        3,
        20,
        {"header": 2},
        "1 line above left out",
    ),
    "a first column without a name": (",y\n" + ROWS, ("(column 1)", "y"), 2, 20, {}, ""),
    "comments": (
        '# 5" of rain, "daily\n# see notes\nday,y\n' + ROWS,
        ("day", "y"),
        4,
        20,
        {"header": 3},
        "2 lines above",
    ),
    "header in a comment": (
        "# written by numpy\n# day y\n" + ROWS.replace(",", " "),
        ("day", "y"),
        3,
        20,
        {"header": 2, "separator": "blanks"},
        "header in line 2; 1 line above",
    ),
    "a name with #": ("#day,y\n" + ROWS, ("#day", "y"), 2, 20, {}, ""),
    "units": (
        "day,y,z\nTS,Deg C,\n" + THREE,
        ("day", "y", "z"),
        3,
        20,
        {"skip": [2]},
        "line 2 left out (units or other names)",
    ),
    "tickers": (
        "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n" + THREE,
        ("Price", "Close", "High"),
        4,
        20,
        {"skip": [2, 3]},
        "lines 2, 3 left out (units or other names)",
    ),
    "title and units": (
        "A title\nday,y,z\nd,m,m\n" + THREE,
        ("day", "y", "z"),
        4,
        20,
        {"header": 2, "skip": [3]},
        "line 3",
    ),
    "no header, dates": (ROWS, ("c1", "c2"), 1, 20, {"header": "none"}, "no header"),
    "no header, equal numbers": (
        "15.5,15.5,2\n" + "".join(f"{k}.5,{k}.5,{k}\n" for k in range(9)),
        ("c1", "c2", "c3"),
        1,
        10,
        {"header": "none"},
        "no header",
    ),
    "no header, labels and numbers": (
        "".join(f"{'ab'[k % 2]},{k * 3 % 7}.5\n" for k in range(20)),
        ("c1", "c2"),
        1,
        20,
        {"header": "none"},
        "no header",
    ),
    "no header below a comment": (
        "# all by hand\n" + ROWS,
        ("c1", "c2"),
        2,
        20,
        {"header": "none"},
        "no header",
    ),
    "semicolons": (
        "day;y\n" + ROWS.replace(",", ";").replace(".", ","),
        ("day", "y"),
        2,
        20,
        {"separator": ";", "decimal": ","},
        "separated by ';'; decimal commas",
    ),
    "tabs": (
        "day\ty\n" + ROWS.replace(",", "\t"),
        ("day", "y"),
        2,
        20,
        {"separator": "\t"},
        "tab-separated",
    ),
    "blanks": (
        "unit step y z\n" + SPACED,
        ("unit", "step", "y", "z"),
        2,
        20,
        {"separator": "blanks"},
        "separated by blanks",
    ),
    "blanks and a title": (
        "Means of every hour\n\nunit step y z\n" + SPACED,
        ("unit", "step", "y", "z"),
        4,
        20,
        {"header": 3, "separator": "blanks"},
        "header in line 3",
    ),
    "blanks and quotes": (
        '"unit" "the step" "y"\n' + "".join(f'"a b" {k} {k}.5\n' for k in range(9)),
        ("unit", "the step", "y"),
        2,
        9,
        {"separator": "blanks"},
        "separated by blanks",
    ),
    "closing separators": (
        "day,y\n" + ROWS.replace("\n", ",\n"),
        ("day", "y"),
        2,
        20,
        {},
        "a separator at the end of each line",
    ),
    "closing separators in the header too": (
        "day;y;\n" + ROWS.replace(",", ";").replace("\n", ";\r\n"),
        ("day", "y"),
        2,
        20,
        {"separator": ";"},
        "a separator at the end of each line",
    ),
    "row names": (
        '"day","y"\n' + "".join(f'"{k}",{row}\n' for k, row in enumerate(ROWS.split(), 1)),
        ("(column 1)", "day", "y"),
        2,
        20,
        {},
        "a name ahead of each row",
    ),
    "row names between blanks": (
        "day y\n"
        + "".join(
            f"{k} {row}\n" for k, row in enumerate(ROWS.replace(",", " ").split("\n")[:-1], 1)
        ),
        ("(column 1)", "day", "y"),
        2,
        20,
        {"separator": "blanks"},
        "a name ahead of each row",
    ),
    "dates as names": (
        "site,2021-01-01,2021-01-02\n" + "".join(f"s{k},{k}.5,{k}.25\n" for k in range(9)),
        ("site", "2021-01-01", "2021-01-02"),
        2,
        9,
        {},
        "",
    ),
    "years as names": (
        "site,2019,2020\n" + "".join(f"s{k},{k}.5,{k}.25\n" for k in range(9)),
        ("site", "2019", "2020"),
        2,
        9,
        {},
        "",
    ),
    "a first value that is missing": (
        "day,y\n2021-01-01,NA\n" + ROWS.replace("2021", "2022"),
        ("day", "y"),
        2,
        21,
        {},
        "",
    ),
}


@pytest.mark.parametrize("kind", SEEN)
def test_the_table_is_found(tmp_path: Path, kind: str) -> None:
    content, names, first, height, form, said = SEEN[kind]
    found = read(tmp_path, content)
    assert (found.names, int(found.rows[0]), found.height) == (names, first, height)
    assert found.form.known() == form
    assert (said in found.sights[0]) if said else not found.sights
    assert np.isfinite(found.numbers(names[-1])[1:]).all()


@pytest.mark.parametrize("kind", SEEN)
def test_what_was_seen_can_be_said(tmp_path: Path, kind: str) -> None:
    content = SEEN[kind][0]
    found = read(tmp_path, content)
    again = read(tmp_path, content, found.form)
    assert again.frame.equals(found.frame)
    assert (again.rows.tolist(), again.form) == (found.rows.tolist(), found.form)


def test_a_row_with_a_label_is_no_row_of_units(tmp_path: Path) -> None:
    rows = "".join(f"{'ab'[k % 2]},{k},{k}\n" for k in range(20))
    assert read(tmp_path, "kind,x,y\na,not yet,not yet\n" + rows).height == 21


DOUBTS = {
    "numbers as names": ("1,2\n3,4\n5,6\n", "row 1: numbers stand where column names are expected"),
    "labels as names": (
        "buy,w1 w2\nsell,w3\nbuy,w4 w5\nsell,w6\nbuy,w7\n",
        "row 1: 'buy' is one of the cells below it",
    ),
    "two separators": ("a,b;c\n1,2;3\n", "data.table.separator"),
    "another encoding": ("a,b\n1,café\n", "data.table.encoding: windows-1252 ('café' there)"),
    "a row with more cells": ("day,y\n" + ROWS + "2021-02-01,5,3\n", "data.table.skip"),
    "a footer": ("day,y\n" + ROWS + "Total\n", "row 22: 1 cells where the header has 2"),
    "decimal commas between commas": ("t,y\n1,5,2\n2,5,4\n3,5,4\n", "row 2 (the first of 3)"),
    "no names at all": (",,\n1,2,3\n", "no column has a name"),
}


@pytest.mark.parametrize("kind", DOUBTS)
def test_what_is_not_sure_is_refused_with_the_key(tmp_path: Path, kind: str) -> None:
    content, says = DOUBTS[kind]
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, encoding="latin-1" if "encoding" in kind else "utf-8")
    assert says in str(caught.value)


# content, what is said by hand, the names, the numbers of the last column
SAID: dict[str, tuple[str, Form, tuple[str, ...], list[float]]] = {
    "no header": ("1,2\n3,4\n", Form(header="none"), ("c1", "c2"), [2, 4]),
    "numbers are names": ("1,2\n3,4\n", Form(header=1), ("1", "2"), [4]),
    "the header's line": ('a "title\nx\ny,z\n1,2\n', Form(header=3), ("y", "z"), [2]),
    "a footer": ("a,b\n1,2\n3,4\nTotal\n", Form(skip=(4,)), ("a", "b"), [2, 4]),
    "lines among the rows": ("a,b\n1,2\nx\n3,4\n5,6\n", Form(skip=(3,)), ("a", "b"), [2, 4, 6]),
    "no unit row": ("a;b\n1;2\n3;4\n", Form(skip=()), ("a", "b"), [2, 4]),
    "the separator": ("a,b;c\n1,2;3\n", Form(separator=";"), ("a,b", "c"), [3]),
    "another sign": ("a~b\n1~2\n", Form(separator="~"), ("a", "b"), [2]),
    "the encoding": ("é,b\n1,2\n", Form(encoding="windows-1252"), ("é", "b"), [2]),
    "thousands": ("a;b\n1;900\n2;1.000\n", Form(thousands="."), ("a", "b"), [900, 1000]),
    "a point": ("a;b\n1;900\n2;1.000\n", Form(decimal="."), ("a", "b"), [900, 1]),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_said_holds(tmp_path: Path, kind: str) -> None:
    content, form, names, numbers = SAID[kind]
    found = read(tmp_path, content, form, form.encoding or "utf-8")
    assert found.names == names
    assert found.numbers(names[-1]).tolist() == numbers


def test_a_header_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for line in (3, 9):
        with pytest.raises(DataError, match=f"nothing in line {line}"):
            read(tmp_path, "a,b\n1,2\n\n", Form(header=line))


# how a file was written, one like it, and the numbers of column b
LIKE: dict[str, tuple[Form, str, list[float]]] = {
    "fewer lines above": (Form(header=3), "a,b\n" + "x,1\nx,2\n", [1, 2]),
    "a line that only a person knows": (Form(skip=(2,)), "a,b\nx,1\nx,2\n", [2]),
    "another separator": (Form(separator="\t"), "a,b\nx,1\nx,2\n", [1, 2]),
    "said by hand": (Form(separator=";"), "a,c;b\n1,2;3\n", [3]),
    "said lines": (Form(skip=(3,)), "a,b\n1,2\nTotal\n3,4\n", [2, 4]),
    "thousands": (Form(separator=";", thousands="."), "a;b\n1;900\n1;1.000\n", [900, 1000]),
}


@pytest.mark.parametrize("kind", LIKE)
def test_a_file_like_another_has_its_own_lines(tmp_path: Path, kind: str) -> None:
    form, content, numbers = LIKE[kind]
    (tmp_path / "new.csv").write_text(content)
    assert read_like(tmp_path / "new.csv", (), form, ["b"]).numbers("b").tolist() == numbers


NUMBERS: list[tuple[list[str], Form, list[float] | str]] = [
    (["266.16K", "1.2M", "950"], PLAIN, [266160, 1200000, 950]),
    (["0.08%", "-1.2%", "-"], PLAIN, [0.08, -1.2, np.nan]),
    (["0,08 %", "1,2 %"], PLAIN, [0.08, 1.2]),
    (["$1,200", "-$3.50"], PLAIN, [1200, -3.5]),
    (["12 kg", "13 kg"], PLAIN, [12, 13]),
    (["12°C", "-3°C"], PLAIN, [12, -3]),
    (["1.234.567", "5"], Form(thousands="."), [1234567, 5]),
    (["1.234,5", "5,2"], Form(thousands="."), [1234.5, 5.2]),
    (["1\u202f234", "5"], Form(thousands=" "), [1234, 5]),
    (["1,234", "5"], Form(thousands=","), [1234, 5]),
    (["1,234", "5"], Form(decimal=","), [1.234, 5]),
    (["10.57", "3.125"], Form(thousands="."), [10.57, 3.125]),
    (["0.125", "7"], PLAIN, [0.125, 7]),
    (["1.125", "1200"], PLAIN, [1.125, 1200]),
    (["900", "1.000"], PLAIN, "data.table.thousands: '.' (1000) or data.table.decimal: '.' (1)"),
    (["1,200K", "3K"], PLAIN, "thousands mark or a decimal comma"),
    (["1,5", "2.5"], Form(decimal="."), "data.table.decimal is a point"),
]


@pytest.mark.parametrize(("cells", "form", "expected"), NUMBERS)
def test_marks_and_units(cells: list[str], form: Form, expected: list[float] | str) -> None:
    found = with_marks(read_column(pl.Series("x", cells)), form)
    if isinstance(expected, str):
        assert found.fault is not None
        assert found.fault.marks
        assert expected in found.fault.text
    else:
        assert found.values is not None
        np.testing.assert_allclose(found.values, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "cells", [["3G", "4G"], ["1a", "2b"], ["12 kg", "13 lb"], ["5 K", "6 K"], ["K", "M"]]
)
def test_words_with_digits_stay_words(cells: list[str]) -> None:
    assert with_marks(read_column(pl.Series("x", cells)), PLAIN).kind == "words"


@pytest.mark.parametrize("late", ["1.5", "", " 2.5", "-3e2", "1_0", "NA", "word", '"4.5"', "1,5"])
def test_a_column_of_decimals_is_read_alike_whatever_comes_late(tmp_path: Path, late: str) -> None:
    cells = [f"{k}.5" for k in range(1100)]
    found = read(tmp_path, "a;x\n" + "".join(f"b;{cell}\n" for cell in [*cells, late]))
    alone = with_marks(read_column(pl.Series("x", [*cells, late.strip('"') or None])), PLAIN)
    reading = found.readings["x"]
    assert (reading.kind, reading.fault) == (alone.kind, alone.fault)
    assert reading.text.to_list() == alone.text.to_list()
    if alone.values is not None:
        assert reading.values is not None
        np.testing.assert_array_equal(reading.values, alone.values)


def test_a_large_file_is_read_again_for_the_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropsearch.models.cells.csv_file._LARGE", 10)
    found = read(tmp_path, "t,x,y\n" + "".join(f"{k},{k}.50,{k}\n" for k in range(9)))
    assert found.numbers("x").tolist() == [k + 0.5 for k in range(9)]
    assert found.text("x").to_list() == [f"{k}.50" for k in range(9)]
    again = read_table(tmp_path / "data.csv")
    (tmp_path / "data.csv").write_text("t,x,y\n")
    with pytest.raises(DataError, match="has changed while it was read"):
        again.text("x")


@pytest.mark.parametrize("block", [1, 7, 30, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_large_file_is_read_again_in_pieces_of_whole_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, end: str
) -> None:
    monkeypatch.setattr("dropsearch.models.cells.csv_file._LARGE", 10)
    monkeypatch.setattr("dropsearch.models.cells.lines._BLOCK", block)
    rows = [f'"{k}{end}",{k}.50,w{k}' for k in range(9)]
    found = read(tmp_path, end.join(["t,x,y", *rows[:4], "", *rows[4:], "", "", ""]))
    assert found.text("x").to_list() == [f"{k}.50" for k in range(9)]
    again = read_table(tmp_path / "data.csv")
    with (tmp_path / "data.csv").open("a") as file:
        file.write("9,9.50,w9\n")
    with pytest.raises(DataError, match="has changed while it was read"):
        again.text("x")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("large", [False, True])
def test_breaks_in_names_and_empty_lines_do_not_move_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool, end: str
) -> None:
    if large:
        monkeypatch.setattr("dropsearch.models.cells.csv_file._LARGE", 10)
    rows = [f'"{k}",{k}.5,"w{end}{k}"' for k in range(9)]
    content = end.join(['"a "",', 'b",x,"y"', "", *rows[:4], "", *rows[4:], ""])
    found = read(tmp_path, content)
    assert found.names == (f'a ",{end}b', "x", "y")
    assert found.rows.tolist() == [4, 6, 8, 10, 13, 15, 17, 19, 21]
    assert found.numbers("x").tolist() == [k + 0.5 for k in range(9)]
    assert found.text("x").to_list() == [f"{k}.5" for k in range(9)]
    assert found.text("y").to_list() == [f"w{end}{k}" for k in range(9)]
