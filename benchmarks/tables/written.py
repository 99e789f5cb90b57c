"""Tables by how their file is written: where they begin, separators, headers, marks and units."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from benchmarks.tables.case import Case


def wave(i: int) -> float:
    """Round 10, a season of 12 steps, and a little noise."""
    return 10 + 5 * math.sin(2 * math.pi * i / 12) + ((i * 7919) % 13) / 13


def rows(pattern: str, first: int = 0, last: int = 160) -> list[str]:
    """A row a day from 2021-01-01 to 06-09, y and another wave z; or an hour from 2023-01-09."""
    return [
        pattern.format(
            i=i,
            day=f"{datetime(2021, 1, 1) + timedelta(i):%Y-%m-%d}",
            week=f"{datetime(2021, 1, 1) + timedelta(7 * i):%Y-%m-%d}",
            hour=f"{datetime(2023, 1, 9) + timedelta(hours=i):%Y-%m-%d %H:%M}",
            y=wave(i),
            z=wave(i * 5),
            people=900 + i,
        )
        for i in range(first, last)
    ]


def series(pattern: str) -> list[str]:
    """30 rows of each of 8 series."""
    return [
        pattern.format(
            s=s, letter="abcdefgh"[s - 1], t=t, day=f"2021-01-{t + 1:02d}", y=wave(s + t)
        )
        for s in range(1, 9)
        for t in range(30)
    ]


def lines(*parts: str | list[str], end: str = "\n") -> str:
    """Lines, alone and in lists, as the text of a file."""
    flat = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return end.join([*flat, ""])


DAYS = rows("{day},{y:.3f}")
HEADED = lines("day,y", DAYS)
EUROPE = [row.replace(".", ",") for row in rows("{day};{y:.2f}")]
AFTER = ("y,2021-06-10,", "y,2021-06-11,", "y,2021-06-12,")
IN = (0.0, 20.0)
WORDS = ("up", "down", "flat")
TEXTS = [
    f"{('buy', 'sell', 'wait')[i % 3]},word{i % 29} word{i % 31} {WORDS[i % 3]} now"
    for i in range(240)
]
FORECAST = {"task": "forecast", "target": "y", "window": 12, "horizon": 3}
HEADLESS = {"task": "forecast", "time": "c1", "target": "c2", "window": 12, "horizon": 3}

CASES = [
    Case(name="plain.csv", content=HEADED, keys={"data.table": None}, starts=AFTER, between=IN),
    Case(
        name="title.csv",
        content=lines("Category: All categories", "", "week,y", rows("{week},{y:.0f}", last=157)),
        said=("header in line 3; 1 line above left out",),
        keys={"data.table": {"header": 3}, "data.time": "week"},
        starts=("y,2024-01-05,", "y,2024-01-12,"),
        between=IN,
    ),
    Case(
        name="title-quote.csv",
        content=lines('Rain in 5" pipes', "", "Source: the office, by hand", "", "day,y", DAYS),
        refused="a quote is opened and never closed",
        data={**FORECAST, "time": "day", "table": {"header": 5}},
        starts=AFTER,
        rows=3,
        between=IN,
    ),
    Case(
        name="title-padded.csv",
        content=lines("Rain by hand,", ",", "day,y", DAYS),
        said=("header in line 3; 2 lines above left out",),
        keys={"data.table": {"header": 3}},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="metadata.csv",
        content=lines(
            "latitude,longitude,elevation,zone",
            "52.52,13.41,38,GMT",
            "",
            "time,temp,y",
            rows("{hour},{z:.1f},{y:.2f}"),
        ),
        said=("header in line 4; 2 lines above left out",),
        keys={"data.target": "y"},
        starts=("y,2023-01-15 16:00,", "y,2023-01-15 17:00,"),
        between=IN,
    ),
    Case(
        name="metadata-equal.csv",
        content=lines("latitude,longitude", "52.52,13.41", "", "day,y", DAYS),
        said=("header in line 4; 2 lines above left out",),
        new=lines("latitude,longitude", "52.52,13.41", "48.1,11.5", "", "day,y", DAYS[60:]),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="comments.csv",
        content=lines("# a station", '# units: "ppm, see notes', "day,y", DAYS),
        said=("header in line 3; 2 lines above left out",),
        new=HEADED,
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="header-in-comment.txt",
        content=lines("# written by numpy", "# day y", rows("{day} {y:.3f}")),
        said=("header in line 2", "separated by blanks"),
        keys={"data.target": "y"},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="units.csv",
        content=lines("time,y,soil", "TS,Deg C,Deg C", rows("{hour},{y:.2f},{z:.2f}")),
        said=("line 2 left out",),
        keys={"data.table": {"skip": [2]}},
        new=lines("time,y,soil", rows("{hour},{y:.2f},{z:.2f}")),
        starts=("y,2023-01-15 16:00,",),
        between=IN,
    ),
    Case(
        name="tickers.csv",
        content=lines("Price,y,High", "Ticker,AAPL,AAPL", "Date,,", rows("{day},{y:.2f},{z:.2f}")),
        said=("lines 2, 3 left out",),
        keys={"data.time": "Price"},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="headless-dates.csv",
        content=lines(DAYS),
        said=("no header, and its columns are called c1 to c2",),
        keys={"data.table": {"header": "none"}, "data.time": "c1", "data.target": "c2"},
        header="series,time,c2",
        starts=("c2,2021-06-10,", "c2,2021-06-11,"),
        between=IN,
    ),
    Case(
        name="headless-series.csv",
        content=lines(series("{letter},{day},{y:.2f}")),
        said=("no header",),
        keys={"data.series": "c1", "data.time": "c2", "data.target": "c3"},
        header="series,time,c3",
        starts=("a,2021-01-31,",),
        between=IN,
    ),
    Case(
        name="headless-texts.csv",
        content=lines(TEXTS),
        refused="row 1: 'buy' is one of the cells below it, too",
        data={"task": "classify", "target": "c1", "text": "c2", "table": {"header": "none"}},
        header="row,label,probability,p_buy,p_sell,p_wait",
        starts=("1,", "2,"),
        rows=240,
        labels=frozenset(("buy", "sell", "wait")),
    ),
    Case(
        name="headless-equal.csv",
        content=lines(rows("{y:.2f},{y:.2f},{i}.5", last=120)),
        refused="no header, and its columns are called c1 to c3",
    ),
    Case(
        name="headless-counts.csv",
        content=lines([f"{i},{i + 7 - i % 3}" for i in range(1, 130)]),
        refused="numbers stand where column names are expected",
        data={**HEADLESS, "table": {"header": "none"}},
        header="series,time,c2",
        starts=("c2,130,", "c2,131,", "c2,132,"),
        rows=3,
    ),
    Case(
        name="semicolons.csv",
        content=lines("day;y", EUROPE),
        said=("separated by ';'; decimal commas",),
        keys={"data.table": {"separator": ";", "decimal": ","}},
        new=lines("day,y", rows("{day},{y:.2f}")),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="tabs.tsv",
        content=lines("day\ty", rows("{day}\t{y:.3f}"), end="\r\n"),
        said=("tab-separated",),
        keys={"data.table": {"separator": "\t"}},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="pipes.csv",
        content=lines("day|y", rows("{day}|{y:.3f}")),
        said=("separated by '|'",),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="blanks.txt",
        content=lines("unit cycle y", series("{s}   {t}  {y:8.3f} ")),
        said=("separated by blanks",),
        keys={"data.table": {"separator": "blanks"}, "data.series": "unit", "data.time": "cycle"},
        starts=("1,30,",),
        between=IN,
    ),
    Case(
        name="aligned.txt",
        content=lines(
            "Means of every day", "", "        day        y", rows("  {day}  {y:7.3f}   ")
        ),
        said=("header in line 3; 1 line above left out; separated by blanks",),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="two-separators.csv",
        content=lines("day,y;z", rows("{day},{y:.2f};{i}")),
        refused="can be split by ',' and ';'",
    ),
    Case(
        name="trailing.csv",
        content=lines("day;y", rows("{day};{y:.3f};")),
        said=("a separator at the end of each line",),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="trailing-header.csv",
        content=lines("day,y,", rows("{day},{y:.3f},")),
        said=("a separator at the end of each line",),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="rownames.csv",
        content=lines('"date","y"', rows('"{i}","{day}",{y:.3f}')),
        said=("a name ahead of each row",),
        keys={"data.time": "date", "data.target": "y"},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="rownames.txt",
        content=lines('"date" "y"', rows('"{i}" "{day}" {y:.3f}')),
        said=("separated by blanks; a name ahead of each row",),
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="utf-16.csv",
        content=lines("Tag;Größe", EUROPE).encode("utf-16"),
        said=("separated by ';'; decimal commas",),
        header="series,time,Größe",
        starts=("Größe,2021-06-10,",),
        between=IN,
    ),
    Case(
        name="windows.csv",
        content=lines("Tag;Größe", EUROPE).encode("windows-1252"),
        refused="data.table.encoding: windows-1252 ('Größe' there)",
        data={
            **FORECAST,
            "time": "Tag",
            "target": "Größe",
            "table": {"encoding": "windows-1252"},
        },
        header="series,time,Größe",
        starts=("Größe,2021-06-10,",),
        rows=3,
        between=IN,
    ),
    Case(
        name="footer.csv",
        content=lines("day,y", DAYS, "Source: the office"),
        refused="row 162: 1 cells where the header has 2",
        data={**FORECAST, "time": "day", "table": {"skip": [162]}},
        new=HEADED,
        starts=AFTER,
        rows=3,
        between=IN,
    ),
    Case(
        name="ragged.csv",
        content=lines("day,y", DAYS[:9], "2021-01-10,1,5", DAYS[10:]),
        refused="row 11: 3 cells where the header has 2",
    ),
    Case(
        name="thousands.csv",
        content=lines("t;y", [f"{i};{700 + 3 * i:,}".replace(",", ".") for i in range(160)]),
        refused="data.table.thousands: '.' (1000) or data.table.decimal: '.' (1)",
        data={**FORECAST, "time": "t", "table": {"thousands": "."}},
        starts=("y,160,", "y,161,"),
        rows=3,
        between=(600.0, 1500.0),
    ),
    Case(
        name="thousands-comma.csv",
        content=lines("t;y", [f"{i};{900 + i % 12 * 40:,}" for i in range(160)]),
        refused="data.table.thousands: ',' (1020) or data.table.decimal: ',' (1.020)",
        data={**FORECAST, "time": "t", "table": {"thousands": ","}},
        starts=("y,160,",),
        rows=3,
        between=(600.0, 1700.0),
    ),
    Case(
        name="thousands-beside.csv",
        content=lines("day;y;people", rows("{day};{y:.2f};{people:,}")),
        said=("Left out as a feature: 'people': '1,000' may have a thousands mark",),
        keys={"data.target": "y"},
        starts=AFTER,
        between=IN,
    ),
    Case(
        name="suffix.csv",
        content=lines("day,price,volume,change", rows("{day},{y:.2f},{z:.2f}K,{y:.2f}%")),
        said=("'volume' (K = 1,000), 'change' (%)",),
        keys={"data.target": "price"},
        header="series,time,price",
        starts=("price,2021-06-10,",),
        between=IN,
    ),
    Case(
        name="millions.csv",
        content=lines("day,y", rows("{day},{y:.2f}M")),
        said=("'y' (M = 1,000,000)",),
        starts=AFTER,
        between=(0.0, 2e7),
    ),
    Case(
        name="dollars.csv",
        content=lines("day,y", [f'{row}"' for row in rows('{day},"$1,1{y:05.2f}')]),
        said=("'y' ($)",),
        starts=AFTER,
        between=(1100.0, 1120.0),
    ),
    Case(
        name="percent-comma.csv",
        content=lines("day;y", [f"{row} %" for row in EUROPE]),
        said=("separated by ';'", "'y' (%)"),
        starts=AFTER,
        between=IN,
    ),
]
