"""Tables by how their times are written: in several columns, as intervals, with words, by year."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.tables.case import Case
from benchmarks.tables.written import wave

HOURS = [datetime(2023, 1, 9) + timedelta(hours=i) for i in range(240)]  # to 2023-01-18 23:00
DAYS = [datetime(2021, 1, 1) + timedelta(i) for i in range(160)]  # to 2021-06-09
BETWEEN = (0.0, 20.0)


def table(head: str, pattern: str, times: list[datetime], separator: str = ",") -> str:
    """A row a time, its wave y in the last column; `e` is the end of its hour."""
    rows = [
        pattern.format(t=t, e=t + timedelta(hours=1), q=(t.month + 2) // 3)
        + f"{separator}{wave(i):.2f}"
        for i, t in enumerate(times)
    ]
    return "\n".join([head, *rows, ""])


def fiscal(pattern: str) -> str:
    """12 seasons of 9 sites."""
    rows = [
        f"{site},{pattern.format(2000 + i, (i + 1) % 100, 2001 + i)},{site * 3 + i % 4}"
        for site in range(9)
        for i in range(12)
    ]
    return "\n".join(["site,season,y", *rows, ""])


MONTHS = [datetime(2005 + i // 12, i % 12 + 1, 1) for i in range(150)]  # to 2017-06
QUARTERS = [datetime(1990 + i // 4, 3 * (i % 4) + 1, 1) for i in range(120)]  # to 2019-12

WEEKS = [datetime(2015, 1, 5) + timedelta(7 * i) for i in range(312)]  # 2015-W02 to 2020-W52

CASES = (
    Case(
        name="year-and-week.csv",  # 2020 has a 53rd week
        content="\n".join(
            [
                "year,week,y",
                *(f"{t:%G},{int(f'{t:%V}')},{wave(i):.2f}" for i, t in enumerate(WEEKS)),
                "",
            ]
        ),
        keys={"data.time": ["year", "week"], "data.target": "y"},
        header="series,year,week,y",
        starts=("y,2020,53,", "y,2021,1,", "y,2021,2,"),
        between=BETWEEN,
    ),
    Case(
        name="date-and-time.csv",
        content=table("Date;Time;Load", "{t:%d.%m.%Y};{t:%H:%M}", HOURS, ";"),
        keys={"data.time": ["Date", "Time"], "data.target": "Load"},
        header="series,Date,Time,Load",
        starts=("Load,19.01.2023,00:00,", "Load,19.01.2023,01:00,"),
        between=BETWEEN,
    ),
    Case(
        name="air-quality.csv",
        content=table("Date;Time;CO", "{t:%d/%m/%Y};{t:%H.%M.%S}", HOURS, ";"),
        keys={"data.time": ["Date", "Time"]},
        header="series,Date,Time,CO",
        starts=("CO,19/01/2023,00.00.00,", "CO,19/01/2023,01.00.00,"),
        between=BETWEEN,
    ),
    Case(
        name="am-and-pm.csv",
        content=table("time,date,y", "{t:%I:%M %p},{t:%m/%d/%Y}", HOURS),
        keys={"data.time": ["date", "time"]},
        header="series,date,time,y",
        starts=("y,01/19/2023,12:00 AM,", "y,01/19/2023,01:00 AM,"),
    ),
    Case(
        name="date-and-hour.csv",
        content=table("date,hour,y", "{t:%Y-%m-%d},{t.hour}", HOURS),
        keys={"data.time": ["date", "hour"], "data.features": None},
        header="series,date,hour,y",
        starts=("y,2023-01-19,0,", "y,2023-01-19,1,"),
    ),
    Case(
        name="four-columns.csv",
        content=table("year,month,day,hour,pm", "{t.year},{t.month},{t.day},{t.hour}", HOURS),
        keys={"data.time": ["year", "month", "day", "hour"]},
        header="series,year,month,day,hour,pm",
        starts=("pm,2023,1,19,0,", "pm,2023,1,19,1,"),
    ),
    Case(
        name="year-and-month.csv",
        content=table("Year,Month,y", "{t.year},{t:%b}", MONTHS),
        keys={"data.time": ["Year", "Month"], "data.horizon": 9},
        header="series,Year,Month,y",
        starts=("y,2017,Jul,", "y,2017,Aug,"),
    ),
    Case(
        name="year-and-quarter.csv",
        content=table("year,quarter,y", "{t.year},{q}", QUARTERS),
        keys={"data.time": ["year", "quarter"], "data.horizon": 4},
        header="series,year,quarter,y",
        starts=("y,2020,1,", "y,2020,2,", "y,2020,3,", "y,2020,4,"),
    ),
    Case(
        name="day-of-year.csv",
        content=table("year,doy,y", "{t.year},{t:%j}", DAYS),
        keys={"data.time": ["year", "doy"]},
        header="series,year,doy,y",
        starts=("y,2021,161,", "y,2021,162,"),
    ),
    Case(
        name="unnamed.csv",
        content=table(",y", "{t:%Y-%m-%d}", DAYS),
        keys={"data.time": "(column 1)", "data.target": "y"},
        starts=("y,2021-06-10,", "y,2021-06-11,"),
    ),
    Case(
        name="interval.csv",
        content=table("time,load", "{t:%d.%m.%Y %H:%M} - {e:%d.%m.%Y %H:%M}", HOURS),
        keys={"data.time": "time", "data.task": "forecast"},
        header="series,time,load",
        starts=("load,19.01.2023 00:00 - 19.01.2023 01:00,",),
    ),
    Case(
        name="interval-of-clocks.csv",
        content=table("time,load", "{t:%d.%m.%Y %H:%M} - {e:%H:%M}", HOURS),
        header="series,time,load",
        starts=("load,19.01.2023 00:00 - 01:00,", "load,19.01.2023 01:00 - 02:00,"),
    ),
    Case(
        name="interval-iso.csv",
        content=table("time,load", "{t:%Y-%m-%dT%H:%M}/{e:%Y-%m-%dT%H:%M}", HOURS),
        header="series,time,load",
        starts=("load,2023-01-19T00:00/2023-01-19T01:00,",),
    ),
    Case(
        name="long-dates.csv",
        content=table("time,load", '"{t:%A, %B %d, %Y %I:%M %p}"', HOURS),
        header="series,time,load",
        starts=('load,"Thursday, January 19, 2023 12:00 AM",',),
    ),
    Case(
        name="mail-dates.csv",
        content=table("time,load", '"{t:%a, %d %b %Y %H:%M:%S} GMT"', HOURS),
        header="series,time,load",
        starts=('load,"Thu, 19 Jan 2023 00:00:00 GMT",',),
    ),
    Case(
        name="log-dates.csv",
        content=table("time,load", "{t:%a %b %d %H:%M:%S %Y}", HOURS),
        header="series,time,load",
        starts=("load,Thu Jan 19 00:00:00 2023,",),
    ),
    Case(
        name="upper-months.csv",
        content=table("DATE,Y", "{t:%d-%b-%Y}", DAYS).upper(),
        header="series,time,Y",
        starts=("Y,10-JUN-2021,", "Y,11-JUN-2021,"),
    ),
    Case(
        name="fiscal.csv",
        content=fiscal("{0}/{1:02d}"),
        keys={"data.time": "season", "data.series": "site", "data.target": "y"},
        starts=("0,2012/13,",),
    ),
    Case(name="fiscal-dash.csv", content=fiscal("{0}-{1:02d}"), starts=("0,2012-13,",)),
    Case(name="fiscal-long.csv", content=fiscal("{0}/{2}"), starts=("0,2012/2013,",)),
    Case(
        name="unreadable.csv",
        content=table("time,load", "{t:%d}th of {t:%B} {t:%Y} at {t:%H} h", HOURS),
        refused="column 'time', row 2: '09th of January 2023 at 00 h' is no time that can be read",
    ),
    Case(
        name="hours-from-one.csv",
        content=table("date,hour,y", "{t:%Y-%m-%d},{t:%H}", HOURS).replace(",00,", ",24,"),
        refused="column 'hour', row 2: '24' is no hour (0 to 23): hours are counted from 0",
    ),
)
