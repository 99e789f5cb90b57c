"""Wide tables: the rows that they become, what is asked, and where a fault is in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.stored import load_data, save_data
from dropsearch.models.errors import DataError
from dropsearch.models.table.codes import coded_cells
from dropsearch.models.table.layout import Layout, lay_out
from dropsearch.models.table.read import read_table
from dropsearch.models.wide.families import dates_of, families, parts_of_year
from dropsearch.models.wide.unfold import Asked, Unfolded, unfold


def unfolded(folder: Path, content: str, **asked: Any) -> Unfolded:
    path = folder / "data.csv"
    path.write_text(content, encoding="utf-8")
    known = {"shape": "rows", "forecast": False, "target": "label", "time": None, "series": None}
    return unfold(read_table(path), Asked(**{**known, **asked}))


def content_of(found: Unfolded) -> dict[str, list[Any]]:
    """Numbers of the steps, and the text of what stands in many rows."""
    table = found.table
    assert table.origin is not None
    once = {name: table.text(name).to_list() for name in table.origin.once}
    return {name: once.get(name) or table.numbers(name).tolist() for name in table.names}


@pytest.mark.parametrize(
    ("names", "stem", "columns", "cells"),
    [
        (["id", "t0", "t10", "t2"], "t", ("t0", "t2", "t10"), ("0", "2", "10")),
        (["1960", "1961", "1962"], "", ("1960", "1961", "1962"), ("1960", "1961", "1962")),
        (
            ["Lat", "1/30/20", "1/31/20", "2/1/20"],
            *("", ("1/30/20", "1/31/20", "2/1/20"), ("1/30/2020", "1/31/2020", "2/1/2020")),
        ),
        (
            ["site", "X2020.01.02", "X2020.01.01", "X2020.01.03"],
            "X",
            ("X2020.01.01", "X2020.01.02", "X2020.01.03"),
            ("2020.01.01", "2020.01.02", "2020.01.03"),
        ),
        (["a", "Q1 2020", "Q2 2020", "Q3 2020"], "", *[("Q1 2020", "Q2 2020", "Q3 2020")] * 2),
    ],
)
def test_columns_called_alike(
    names: list[str], stem: str, columns: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    found = families(names)[0]
    assert (found.stem, found.columns, found.cells) == (stem, columns, cells)


@pytest.mark.parametrize(
    ("names", "cell", "name"),
    [
        (["t00", "t01", "t02"], "3", "t03"),
        (["V8", "V9", "V10"], "11", "V11"),
        (["1/30/20", "1/31/20", "2/1/20"], "2/2/2020", "2/2/20"),
        (["X2020.01.01", "X2020.01.02", "X2020.01.03"], "2020.01.04", "X2020.01.04"),
    ],
)
def test_the_next_column_is_called_as_the_others(names: list[str], cell: str, name: str) -> None:
    assert families(names)[0].name(cell) == name


def test_names_that_are_no_dates_or_months() -> None:
    assert dates_of(["a1", "a2", "a3", "b"]) is None
    assert dates_of(["01/02/13", "02/02/13", "03/02/13"]) is None  # of two readings
    assert parts_of_year(["Jan", "Feb"]) is None
    assert parts_of_year(["year", "Q4", "Q3", "Q2", "Q1"]) == ("Q1", "Q2", "Q3", "Q4")


def test_a_row_is_a_sequence_whose_end_may_be_blank(tmp_path: Path) -> None:
    found = unfolded(tmp_path, "label,age,t0,t1,t2\na,31,1,2,3\nb,32,4,,\nc,30,5,6,\n")
    assert content_of(found) == {
        "row": ["2", "2", "2", "3", "4", "4"],
        "label": ["a", "a", "a", "b", "c", "c"],
        "age": ["31", "31", "31", "32", "30", "30"],
        "t": [1, 2, 3, 4, 5, 6],
    }
    assert (found.time, found.series) == (None, "row")
    assert str(found.table.fault("t", 5, "x")).endswith("column 't1', row 4: x.")


def test_two_features_with_the_same_steps(tmp_path: Path) -> None:
    found = unfolded(tmp_path, "label,x_0,x_1,x_2,y_0,y_1,y_2\na,1,2,3,4,5,6\n")
    assert content_of(found)["x"] == [1, 2, 3]
    assert content_of(found)["y"] == [4, 5, 6]


def test_columns_without_a_number_are_steps_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = unfolded(tmp_path, "label,begin,middle,end\na,1,2,3\n")
    assert content_of(found)["value"] == [1, 2, 3]


def test_what_only_counts_the_rows_is_no_feature(tmp_path: Path) -> None:
    found = unfolded(tmp_path, "n,label,t0,t1,t2\n5,a,1,2,3\n7,b,1,2,3\n8,a,1,2,3\n")
    assert found.table.names == ("row", "label", "t")
    assert "Left out as a feature: 'n': only counts the rows." in found.table.sights


def test_dates_as_names_are_the_times(tmp_path: Path) -> None:
    asked = {"forecast": True, "target": "value", "series": "site"}
    content = "site,2021-01-01,2021-01-02,2021-01-03\nA,1,2,3\nB,,5,\n"
    found = unfolded(tmp_path, content, **asked)
    assert content_of(found) == {
        "time": ["2021-01-01", "2021-01-02", "2021-01-03", "2021-01-02"],
        "site": ["A", "A", "A", "B"],
        "value": [1, 2, 3, 5],
    }


def test_a_column_is_a_series(tmp_path: Path) -> None:
    asked = {"shape": "columns", "forecast": True, "target": "load", "time": "day"}
    found = unfolded(
        tmp_path, "day,A,B,temp\n1,10,,5\n2,20,21,6\n3,30,31,7\n", **asked, beside=("temp",)
    )
    assert content_of(found) == {
        "series": ["A", "A", "A", "B", "B"],
        "day": ["1", "2", "3", "2", "3"],
        "temp": ["5", "6", "7", "6", "7"],
        "load": [10, 20, 30, 21, 31],
    }
    assert str(found.table.fault("load", 4, "x")).endswith("column 'B', row 4: x.")


@pytest.mark.parametrize("year", ["Year", "Saison"])
def test_a_row_is_a_year(tmp_path: Path, year: str) -> None:
    asked = {"shape": "calendar", "forecast": True, "target": "level", "time": year}
    found = unfolded(tmp_path, f"{year},Q1,Q2,Q3,Q4,Sum\n2020,,2,3,4,9\n2021,5,6,,,11\n", **asked)
    content = content_of(found)
    assert found.time is not None
    cells = [f"{y} {q}" for y, q in zip(*(content[n] for n in found.time), strict=True)]
    assert cells == ["2020 2", "2020 3", "2020 4", "2021 1", "2021 2"]
    assert content["level"] == [2, 3, 4, 5, 6]
    assert "Sum" not in content
    assert str(found.table.fault("level", 4, "x")).endswith("column 'Q2', row 3: x.")


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@pytest.mark.parametrize(
    ("first", "known", "begin"),
    [(6, 8, "2014 7"), (9, 11, "2014 10"), (3, 5, "2014 4"), (0, 2, "2014 1")],
)
def test_a_fiscal_year_begins_with_the_month_that_stands_first(
    first: int, known: int, begin: str, tmp_path: Path
) -> None:
    months = [*MONTHS[first:], *MONTHS[:first]]
    rows = ["2014/15," + ",".join(map(str, range(12)))]
    rows += ["2015/16," + ",".join([*map(str, range(12, 12 + known)), *[""] * (12 - known)])]
    content = "\n".join([",".join(["season", *months]), *rows, ""])
    asked = {"shape": "calendar", "forecast": True, "target": "level", "time": "season"}
    found = unfolded(tmp_path, content, **asked)
    cells = content_of(found)
    assert found.time is not None
    times = [f"{y} {m}" for y, m in zip(*(cells[name] for name in found.time), strict=True)]
    assert times[0] == begin
    year, month = map(int, begin.split())
    later = [divmod(12 * year + month - 1 + k, 12) for k in range(12 + known)]
    assert times == [f"{y} {m + 1}" for y, m in later]
    assert cells["level"] == list(range(12 + known))
    y, m = later[-1]
    assert found.years.row_of(str(y), m, 12) == ("2015/16", known - 1)
    assert found.years.row_of(str(2016), (first + 11) % 12, 12)[1] == 11
    assert str(found.table.fault("level", 13, "x")).endswith(f"'{months[1]}', row 3: x.")


FAULTS = [
    ("label,t0,t1,t2\na,1,2,3\nb,1,x,3\nc,1,2,3\n", {}, r"column 't1', row 3: 'x' is a word among"),
    ("label,t0,t1,t2\na,1,2,3\nb,,,\n", {}, r"column 't0', row 3: nothing stands in it and the 2"),
    ("id,t0,t1,t2\na,1,2,3\na,1,2,4\n", {"series": "id"}, r"column 'id', row 3: 'a' names row 2"),
    ("label,t0\na,1\nb,2\n", {}, "no columns hold the steps of a row"),
    (
        "label,t0,t1,t2\na,1,2,3\n",
        {"forecast": True},
        "column 'label' is data.target, and with data.layout rows a forecast predicts",
    ),
    (
        "year,a,b\n2020,1,2\n",
        {"shape": "calendar", "forecast": True, "target": "value", "time": "year"},
        "data.layout is calendar, and there are no columns of twelve months",
    ),
    (
        "day,a\n2020-01-01,one\n",
        {"shape": "columns", "forecast": True, "target": "value", "time": "day"},
        "data.layout is columns, and no column of numbers is left",
    ),
]


@pytest.mark.parametrize(("content", "asked", "message"), FAULTS)
def test_faults_name_row_and_column_of_the_file(
    tmp_path: Path, content: str, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        unfolded(tmp_path, content, **asked)


def rows_of_sines(folder: Path) -> Path:
    path = folder / "rows.csv"
    step = np.arange(16)
    lines = ["n,label,part,who," + ",".join(f"t{k}" for k in step)]
    for row in range(24):
        wave = np.sin(2 * np.pi * step / 16 * (1 + row % 2)) + row / 100
        cells = ",".join(f"{value:.4f}" for value in wave)
        lines.append(f"{row},{row % 2},{'test' if row > 19 else 'train'},{row // 4},{cells}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_groups_and_holdout_go_with_the_row(tmp_path: Path) -> None:
    data = read_data(
        rows_of_sines(tmp_path),
        **{"task": "classify", "layout": "rows", "target": "label", "group": "who"},  # type: ignore[arg-type]
        **{"holdout_column": "part", "holdout_value": "test"},  # type: ignore[arg-type]
    )
    assert (data.features, data.length.tolist()) == (("t",), [16] * 24)
    assert data.target.tolist() == [0, 1] * 12
    assert data.group is not None
    assert data.held is not None
    assert data.group.tolist() == [row // 4 for row in range(24)]
    assert data.held.tolist() == [False] * 20 + [True] * 4
    assert data.wide is not None
    assert (data.wide.shape, data.wide.aside) == ("rows", ("who", "part"))


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("shape", ["rows", "columns"])
@pytest.mark.parametrize("blank", [None, "3", "11"])  # within, at the end of a row or a column
def test_the_layout_of_an_unfolded_table_is_that_of_its_codes(
    tmp_path: Path, shape: str, blank: str | None, named: bool
) -> None:
    cells = [
        ["" if str(4 * row + t) == blank else f"{row}.{t}" for t in range(4)] for row in range(3)
    ]
    lines = [f"2024-01-0{row + 1},s{2 - row},{','.join(own)},a" for row, own in enumerate(cells)]
    content = "\n".join(["day,name,t0,t1,t2,t3,label", *lines, ""])
    rows = shape == "rows"
    asked = {"series": "name"} if rows and named else {} if rows else {"time": "day"}
    asked |= {"shape": shape, "forecast": not rows, "target": "label" if rows else "value"}
    found = unfolded(tmp_path, content, beside=("label",) if named else (), **asked)
    codes, names = coded_cells(found.table, found.series)
    layout, known = lay_out(found.table, found.series), Layout.of(None, codes, names)
    assert layout.order is None
    assert layout.names == names
    for name in ("start", "series", "first", "place"):
        np.testing.assert_array_equal(getattr(layout, name), getattr(known, name))
    np.testing.assert_array_equal(layout.series, codes)


def test_wide_data_are_kept_and_have_the_fingerprint_of_long_ones(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"task": "classify", "target": "label", "features": ["t"]}
    wide = read_data(rows_of_sines(tmp_path), layout="rows", **asked)
    long = tmp_path / "long.csv"
    names = wide.series_names
    lines = [
        f"{names[number]},{wide.target[number]},{value}"
        for number, value in zip(wide.row_series, wide.values[:, 0], strict=True)
    ]
    long.write_text("row,label,t\n" + "\n".join(lines) + "\n")
    assert read_data(long, series="row", **asked).fingerprint == wide.fingerprint
    save_data(wide, tmp_path)
    kept: SequenceData = load_data(tmp_path, wide.fingerprint)
    assert kept.wide == wide.wide


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"task": "forecast", "time": "n", "target": "label", "window": 2, "horizon": 1},
            "column 'label' holds classes, and 16 columns, 't0' to 't15', .* data.layout: rows",
        ),
        (
            {"task": "classify", "series": "n", "target": "label"},
            "every sequence has one step, .* write data.layout: rows",
        ),
        (
            {"task": "classify", "layout": "long", "series": "n", "target": "label"},
            "every sequence has one step",
        ),
    ],
)
def test_a_table_of_rows_is_not_read_as_long(
    tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_data(rows_of_sines(tmp_path), **asked)


def test_long_may_be_insisted_on(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"task": "forecast", "time": "n", "target": "label"}
    steps = {"window": 2, "horizon": 1, "layout": "long"}
    assert read_data(rows_of_sines(tmp_path), **asked, **steps).window == 2  # type: ignore[arg-type]


def holed(seed: int, height: int, width: int, share: float) -> list[list[str]]:
    """Numbers, and blanks in such a share of the cells; none where it is 0."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(height, width)).round(3).astype(str).astype(object)
    cells[rng.random((height, width)) < share] = ""
    cells[:, 0] = np.where(cells[:, 0] == "", "0.5", cells[:, 0])  # no row is blank
    cells[0] = np.where(cells[0] == "", "0.5", cells[0])
    return cells.tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_rows_and_columns_with_holes_are_what_their_long_form_is(
    seed: int, share: float, tmp_path: Path
) -> None:
    cells = holed(seed, 30, 6, share)
    labels = [("up", "down", "na")[row % 3] for row in range(30)]
    write(tmp_path / "rows.csv", ["label", *(f"t{k}" for k in range(6))],
          [[label, *row] for label, row in zip(labels, cells, strict=True)])  # fmt: skip
    lengths = [max(k + 1 for k, cell in enumerate(row) if cell) for row in cells]
    steps = [
        [str(row + 2), labels[row], cell]
        for row, length in enumerate(lengths)
        for cell in cells[row][:length]
    ]
    write(tmp_path / "long.csv", ["row", "label", "t"], steps)
    asked: dict[str, Any] = {"task": "classify", "target": "label", "missing": "forward"}
    wide = read_data(tmp_path / "rows.csv", layout="rows", **asked)
    assert read_data(tmp_path / "long.csv", series="row", **asked).fingerprint == wide.fingerprint

    days = [f"2021-01-{day:02d}" for day in range(1, 31)]
    names = [f"site{k}" for k in range(6)]
    write(tmp_path / "columns.csv", ["day", *names],
          [[day, *row] for day, row in zip(days, cells, strict=True)])  # fmt: skip
    series = []
    for k, name in enumerate(names):
        known = [row for row in range(30) if cells[row][k]]
        series += [[name, days[row], cells[row][k]] for row in range(known[0], known[-1] + 1)]
    write(tmp_path / "long.csv", ["series", "day", "value"], series)
    asked = {"task": "forecast", "target": "value", "time": "day", "missing": "forward"}
    asked |= {"window": 4, "horizon": 2}
    wide = read_data(tmp_path / "columns.csv", layout="columns", **asked)
    long = read_data(tmp_path / "long.csv", series="series", **asked)
    assert long.fingerprint == wide.fingerprint
    assert [note for note in long.notes if "row " not in note] == [
        note for note in wide.notes[1:] if "row " not in note
    ]


def write(path: Path, names: list[str], rows: list[list[str]]) -> None:
    path.write_text("\n".join([",".join(row) for row in (names, *rows)]) + "\n")
