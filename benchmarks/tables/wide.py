"""Wide tables: a row or a column for each series or sequence, dates as names, a row a year."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from benchmarks.tables.case import Case
from benchmarks.tables.written import wave

STEPS = range(24)
DAYS = [datetime(2021, 1, 1) + timedelta(i) for i in range(90)]  # to 2021-03-31
BETWEEN = (0.0, 20.0)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def shape(row: int, steps: int = 24) -> list[str]:
    """One period of a sine in even rows, two in odd ones, and noise that no other row has."""
    return [
        f"{math.sin(2 * math.pi * k / 24 * (1 + row % 2)) + ((row * 31 + k * 17) % 61) / 122:.3f}"
        for k in range(steps)
    ]


def waves(series: int, steps: Iterable[int]) -> list[str]:
    return [f"{wave(step + series):.2f}" for step in steps]


def lines(*rows: Iterable[str], mark: str = ",") -> str:
    return "\n".join([*(mark.join(row) for row in rows), ""])


def numbered(stem: str, first: int = 0, count: int = 24) -> list[str]:
    return [f"{stem}{first + k}" for k in range(count)]


LABELLED = [[str(row % 2 + 1), *shape(row)] for row in range(60)]
SITES = [[f"s{number}", *waves(number, range(90))] for number in range(5)]
CLASSES = {"header": "row,label,probability,p_1,p_2", "rows": 60, "labels": frozenset("12")}


def monthly(last: int) -> list[list[str]]:
    """A row for each year from 1990 on; the last has this many months."""
    years = [[str(1990 + year), *waves(0, range(12 * year, 12 * year + 12))] for year in range(20)]
    return [*years[:-1], [*years[-1][: last + 1], *[""] * (12 - last)]]


CASES = (
    Case(
        name="rows.csv",
        content=lines(["label", *numbered("t")], *LABELLED),
        said=("One row is one sequence, its steps in 24 columns, 't0' to 't23'",),
        keys={"data.layout": "rows", "data.task": "classify", "data.series": None},
        starts=("2,", "3,", "4,"),
        **CLASSES,
    ),
    Case(
        name="rows-counted.csv",
        content=lines(
            ["step", "label", *numbered("t")],
            *([str(number), *row] for number, row in enumerate(LABELLED)),
        ),
        said=("'step': only counts the rows",),
        keys={"data.layout": "rows", "data.target": "label", "data.time": None},
        **CLASSES,
    ),
    Case(
        name="rows-headless.tsv",
        content=lines(*LABELLED, mark="\t"),
        keys={"data.layout": "rows", "data.target": "c1"},
        starts=("1,", "2,"),
        **CLASSES,
    ),
    Case(
        name="rows-label-last.csv",
        content=lines(*([*row[1:], f"{float(row[0]):.1e}"] for row in LABELLED)),
        keys={"data.layout": "rows", "data.target": "c25"},
        header="row,label,probability,p_1.0e+00,p_2.0e+00",
        rows=60,
    ),
    Case(
        name="rows-unnamed.csv",
        content=lines(
            ["", *numbered("X", 1), "y"],
            *([f"X{number}.V1", *row[1:], row[0]] for number, row in enumerate(LABELLED)),
        ),
        keys={"data.layout": "rows", "data.target": "y"},
        **CLASSES,
    ),
    Case(
        name="rows-of-people.csv",
        content=lines(
            ["id", "person", "part", "age", "label", *numbered("v_", 1)],
            *(
                [f"r{n}", f"p{n // 4}", "test" if n > 47 else "train", str(20 + n // 4), *row]
                for n, row in enumerate(LABELLED)
            ),
        ),
        keys={
            "data.series": "id",
            "data.group": "person",
            "data.static": ["age"],
            "folds.holdout": {"column": "part", "value": "test"},
        },
        header="series,label,probability,p_1,p_2",
        starts=("r0,", "r1,"),
        rows=60,
    ),
    Case(
        name="rows-of-lengths.csv",
        content=lines(
            ["label", *numbered("t")],
            *(
                [*row[: 12 + number % 13], *[""] * (13 - number % 13)]
                for number, row in enumerate(LABELLED)
            ),
        ),
        keys={"data.layout": "rows", "data.missing": None},
        **CLASSES,
    ),
    Case(
        name="rows-of-two.csv",
        content=lines(
            ["label", *numbered("x_", 0, 10), *numbered("y_", 0, 10)],
            *([str(n % 2 + 1), *shape(n, 10), *shape(n + 1, 10)] for n in range(60)),
        ),
        keys={"data.layout": "rows", "data.features": None},
        **CLASSES,
    ),
    Case(
        name="rows-of-letters.csv",
        content=lines(
            ["label", *numbered("base", 1, 12)],
            *(
                ["EI"[n % 2], *("ACGT"[(n * k + n // 3 + k * k) % 4] for k in range(12))]
                for n in range(60)
            ),
        ),
        data={"task": "classify", "layout": "rows", "target": "label", "categories": ["base"]},
        refused="no column holds numbers",
        header="row,label,probability,p_E,p_I",
        rows=60,
    ),
    Case(
        name="rows-to-regress.csv",
        content=lines(
            ["target", *numbered("t")],
            *([f"{1 + row % 2 + row / 100:.2f}", *shape(row)] for row in range(60)),
        ),
        keys={"data.layout": "rows", "data.task": "regress"},
        header="row,target",
        rows=60,
    ),
    Case(
        name="rows-with-a-word.csv",
        content=lines(
            ["label", *numbered("t")], *LABELLED[:9], ["1", "x", *shape(9)[1:]], *LABELLED[10:]
        ),
        refused="column 't0', row 11: 'x' is a word among numbers",
    ),
    Case(
        name="columns.csv",
        content=lines(
            ["date", "north", "south", "east", "west"],
            *([f"{t:%Y-%m-%d}", *waves(i, (0, 3, 6, 9))] for i, t in enumerate(DAYS)),
        ),
        said=("Each of 4 columns is one series: 'north', 'south', 'east', 'west'",),
        keys={"data.layout": "columns", "data.time": "date", "data.target": "value"},
        header="date,north,south,east,west",
        starts=("2021-04-01,", "2021-04-02,"),
        between=BETWEEN,
    ),
    Case(
        name="columns-meters.csv",
        content=lines(
            ["", *numbered("MT_00", 1, 6)],
            *(
                [
                    f"{t:%Y-%m-%d}",
                    *(f"{wave(i + s) * 10**s:.2f}".replace(".", ",") for s in range(6)),
                ]
                for i, t in enumerate(DAYS)
            ),
            mark=";",
        ),
        keys={"data.layout": "columns", "data.time": "(column 1)"},
        header="(column 1),MT_001,MT_002,MT_003,MT_004,MT_005,MT_006",
        starts=("2021-04-01,",),
    ),
    Case(
        name="columns-split.csv",
        content=lines(
            ["Date", "Time", *numbered("load_", 1, 5)],
            *(
                [f"{t:%d.%m.%Y}", f"{t:%H:%M}", *waves(i, range(5))]
                for i, t in enumerate(datetime(2023, 1, 9) + timedelta(hours=h) for h in range(120))
            ),
        ),
        keys={"data.layout": "columns", "data.time": ["Date", "Time"]},
        header="Date,Time,load_1,load_2,load_3,load_4,load_5",
        starts=("14.01.2023,00:00,", "14.01.2023,01:00,"),
        between=BETWEEN,
    ),
    Case(
        name="columns-begin-late.csv",
        content=lines(
            ["date", *numbered("site", 1, 5)],
            *(
                [f"{t:%Y-%m-%d}", *waves(i, range(4)), "" if i < 30 else waves(i, (4,))[0]]
                for i, t in enumerate(DAYS)
            ),
        ),
        keys={"data.layout": "columns", "data.missing": None},
        header="date,site1,site2,site3,site4,site5",
        starts=("2021-04-01,",),
        between=BETWEEN,
    ),
    Case(
        name="dates-as-names.csv",
        content=lines(["site", *(f"{t:%Y-%m-%d}" for t in DAYS)], *SITES),
        said=("One row is one series, whose times are the names of 90 columns",),
        keys={"data.layout": "rows", "data.series": "site", "data.time": None},
        header="site,2021-04-01,2021-04-02",
        starts=("s0,", "s1,", "s2,", "s3,", "s4,"),
        rows=5,
        between=BETWEEN,
    ),
    Case(
        name="covid.csv",
        content=lines(
            [
                "Province/State",
                "Country/Region",
                "Lat",
                "Long",
                *(f"{t.month}/{t.day}/{t:%y}" for t in DAYS),
            ],
            *(["", f"Land {n}", f"{50 - n}.5", f"{n}.25", *row[1:]] for n, row in enumerate(SITES)),
        ),
        keys={"data.layout": "rows", "data.series": "Country/Region"},
        header="Country/Region,4/1/21,4/2/21",
        rows=5,
    ),
    Case(
        name="covid-r.csv",
        content=lines(["site", *(f"X{t.month}.{t.day}.{t:%y}" for t in DAYS)], *SITES),
        keys={"data.layout": "rows", "data.series": "site"},
        header="site,X4.1.21,X4.2.21",
        rows=5,
        between=BETWEEN,
    ),
    Case(
        name="m4.csv",
        content=lines(
            numbered("V", 1, 81),
            *(
                [f'"Y{n}"', *waves(n, range(60 + 2 * n)), *[""] * (20 - 2 * n)]
                for n in range(1, 11)
            ),
        ),
        keys={"data.layout": "rows", "data.series": "V1", "data.task": "forecast"},
        header="V1,V64,V65",
        starts=("Y1,", "Y2,,,"),
        rows=10,
        between=BETWEEN,
    ),
    Case(
        name="years-as-names.csv",
        content=lines(
            ["Country Name", "Country Code", "Indicator", *map(str, range(1960, 2020))],
            *([f"Land {n}", f"L{n}", "GDP", *waves(n, range(60))] for n in range(8)),
        ),
        keys={"data.layout": "rows", "data.series": "Country Name"},
        header="Country Name,2020",
        starts=("Land 0,", "Land 1,"),
        rows=8,
        between=BETWEEN,
    ),
    Case(
        name="rows-of-few-steps.csv",
        content=lines(
            ["id", "label", "a1", "a2", "a3"],
            *([f"n{row}", str(row % 2 + 1), *shape(row, 12)[::4]] for row in range(60)),
        ),
        refused="If one row is one sequence, say data.layout: rows.",
        set=("data.layout=rows",),
        keys={"data.layout": "rows", "data.series": "id", "data.target": "label"},
        **CLASSES | {"header": "series,label,probability,p_1,p_2"},
    ),
    Case(
        name="calendar.csv",
        content=lines(["Year", *MONTHS], *monthly(5)),
        said=("One row is one year, its parts in 12 columns, 'Jan' to 'Dec'",),
        keys={"data.layout": "calendar", "data.time": "Year", "data.horizon": 12},
        header="Year,Jan,Feb,Mar",
        starts=("2009,,,,,,", "2010,"),
        rows=2,
        between=BETWEEN,
    ),
    Case(
        name="calendar-fiscal.csv",  # from July on: 1990/91 begins in July 1990
        content=lines(
            ["Season", *MONTHS[6:], *MONTHS[:6]],
            *([f"{year}/{(int(year) + 1) % 100:02d}", *rest] for year, *rest in monthly(5)),
        ),
        keys={"data.layout": "calendar", "data.time": "Season"},
        header=",".join(["Season", *MONTHS[6:], *MONTHS[:6]]),
        starts=("2009/10,,,,,,", "2010/11,"),
        rows=2,
        between=BETWEEN,
    ),
    Case(
        name="calendar-unnamed.csv",
        content=lines(["", *MONTHS], *monthly(5)),
        keys={"data.layout": "calendar", "data.time": "(column 1)"},
        starts=("2009,,,,,,", "2010,"),
        header="(column 1),Jan,Feb,",
        rows=2,
        between=BETWEEN,
    ),
    Case(
        name="calendar-annual.csv",
        content=lines(
            ["YEAR", *(f"{n}" for n in range(1, 13)), "Annual"],
            *([*row, "10.5"] for row in monthly(12)),
        ),
        said=("Left out: 'Annual': no part of the year",),
        keys={"data.layout": "calendar", "data.time": "YEAR"},
        header="YEAR,1,2,3",
        starts=("2010,",),
        rows=1,
        between=BETWEEN,
    ),
    Case(
        name="calendar-quarters.csv",
        content=lines(
            ["region", "year", "Q1", "Q2", "Q3", "Q4"],
            *(
                [f"r{n}", str(1990 + year), *waves(n, range(4 * year, 4 * year + 4))]
                for n in range(4)
                for year in range(20)
            ),
        ),
        keys={"data.layout": "calendar", "data.series": "region", "data.time": "year"},
        header="region,year,Q1,Q2,Q3,Q4",
        starts=("r0,2010,", "r1,2010,", "r2,2010,", "r3,2010,"),
        between=BETWEEN,
    ),
    Case(
        name="long-still.csv",
        content=lines(
            ["unit", "cycle", *numbered("s", 1, 10), "label"],
            *(
                [str(u), str(c), *waves(u * c, range(10)), "ab"[u % 2]]
                for u in range(30)
                for c in range(8)
            ),
        ),
        keys={"data.layout": None, "data.series": "unit", "data.target": "label"},
        header="series,label",
        rows=30,
    ),
)
