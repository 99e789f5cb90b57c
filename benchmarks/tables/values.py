"""Tables by what their values are: columns that cheat, codes for missing values, ends, sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from benchmarks.tables.case import Case

Cell = Callable[[int, int], Any]
DAYS = [date(2021, 1, 1) + timedelta(i) for i in range(160)]
AB = frozenset("ab")
LEFT_OUT = "Left out as a feature: 'n': only counts the rows."


def wave(i: int) -> float:
    """Round 10, a season of 12 steps, and a little noise."""
    return 10 + 5 * math.sin(2 * math.pi * i / 12) + ((i * 7919) % 13) / 13


def table(head: str, rows: list[str]) -> str:
    """The text of a file."""
    return "\n".join([head, *rows, ""])


def noise(name: str, cell: Cell, said: str, *, label: Cell = lambda s, _: "ab"[s >= 20]) -> Case:
    """40 sequences of 12 steps whose labels stand in the order of the file; x is noise."""
    rows = [
        f"{s},{t},{((s * 31 + t * 17) * 7919 % 101) / 101:.3f},{cell(s, t)},{label(s, t)}"
        for s in range(40)
        for t in range(12)
    ]
    return Case(
        name=name,
        content=table("id,t,x,n,label", rows),
        said=(said,),
        keys={"data.target": "label", "data.static": None},
        header="series,label",
        rows=40,
        labels=AB,
        between=(0.1, 0.9),  # of p_b: chance, where the column would give it away
    )


def daily(name: str, cells: list[Any], **expected: Any) -> Case:
    """A series of days."""
    rows = [f"{day},{cell}" for day, cell in zip(DAYS, cells, strict=False)]
    return Case(name=name, content=table("date,y", rows), **expected)


def coded(code: Any) -> list[Any]:
    """A slow wave from 1 to 3 with a code in place of every fifteenth."""
    return [code if i % 15 == 7 else f"{2 + math.sin(i / 5):.2f}" for i in range(160)]


def labelled(name: str, cell: Cell, label: Cell, **expected: Any) -> Case:
    """40 sequences of 12 steps, each with a number of its own, as quick as its label."""
    rows = [f"{s},{t},{cell(s, t)},{label(s, t)}" for s in range(40) for t in range(12)]
    return Case(
        name=name,
        content=table("id,t,x,label", rows),
        header="series,label",
        rows=40,
        **expected,
    )


def quick(s: int, t: int) -> str:
    """Twice as quick in every second sequence."""
    return f"{math.sin(t * (1 + s % 2)) + (s * 7919 % 101) / 50:.3f}"


def ending(s: int, t: int) -> str:
    """Sequences of 5 to 12 steps, with blanks behind."""
    return "" if t >= 5 + s % 8 else quick(s, t)


def site(pattern: str, name: str = "abcd", days: int = 60) -> list[str]:
    """A row for each day of each site."""
    return [
        pattern.format(s=s, day=DAYS[t], y=wave(t + n), big=wave(t + n) * 1000**n)
        for n, s in enumerate(name)
        for t in range(days)
    ]


WAVES = [f"{wave(i):.3f}" for i in range(160)]
AFTER = ("y,2021-06-10,", "y,2021-06-11,")
BLANK = "Missing values are filled as inputs (data.missing forward): 11 of 'y'"


def pointed(number: float) -> str:
    """With a point between thousands."""
    return f"{int(number):,}".replace(",", ".")


def machines(step: int) -> str:
    """4 machines at rest and at work by turns, a row each so many milliseconds."""
    rows = [
        f"m{m},{t * step},{math.sin(t * 1.3) * (t // 20 % 2) + (t * 7 + m) % 5 / 20:.3f},"
        f"{('rest', 'work')[t // 20 % 2]}"
        for m in range(4)
        for t in range(120)
    ]
    return table("machine,ms,x,state", rows)


def heated(unit: str, scale: float = 1.0, base: float = 0.0) -> str:
    """Days with a load and a temperature in such a unit."""
    heat = [f"{wave(i) * scale + base:.1f} {unit}" for i in range(len(DAYS))]
    rows = [f"{day},{60 - wave(i):.2f},{heat[i]}" for i, day in enumerate(DAYS)]
    return table("date,load,temp", rows)


CASES = [
    noise(
        "clock-with-jitter.csv",
        lambda s, t: f"{0.02 * t + (s * 7 + t * 5) % 11 / 5000:.4f}",
        LEFT_OUT,
        label=lambda s, _: "ab"[s % 2],
    ),
    noise(
        "second-id-of-words.csv",
        lambda s, _: f"person-{s * 7 % 40}",
        "Left out as a feature: 'n': has a word of its own for each series",
    ),
    Case(
        name="streams-at-another-step.csv",
        content=machines(20),
        keys={"data.task": "classify", "data.time": "ms", "data.window": 10},
        new=machines(40),
        refused_new="come in steps of 40, where those of the training came in steps of 20",
    ),
    Case(
        name="other-unit.csv",
        content=heated("°C"),
        said=("Numbers with a unit are read without it: 'temp' (°C)",),
        keys={"data.target": "load"},
        new=heated("°F", 1.8, 32),
        refused_new="the numbers are in °F, and the model was trained on °C",
    ),
    Case(
        name="thousands-said.csv",
        content=table("date,y", [f"{day},{pointed(100 * wave(i))}" for i, day in enumerate(DAYS)]),
        refused="may have a thousands mark",
        set=("data.table.thousands=.",),
        keys={"data.table.thousands": "."},
        between=(300, 1700),
    ),
    noise("count-step3.csv", lambda s, t: 1000 + 3 * (12 * s + t), LEFT_OUT),
    noise("count-falling.csv", lambda s, t: 5000 - 12 * s - t, LEFT_OUT),
    noise("count-holes.csv", lambda s, t: 12 * s + t + (12 * s + t) // 7, LEFT_OUT),
    noise("count-epoch.csv", lambda s, t: 1_700_000_000 + 60 * (12 * s + t), LEFT_OUT),
    noise("count-any-step.csv", lambda s, t: f"{s * 100 + t * t * 0.37:.2f}", LEFT_OUT),
    noise("count-2-60.csv", lambda s, t: 2**60 + 12 * s + t, LEFT_OUT),
    noise(
        "count-ids.csv",
        lambda s, t: 2**60 + (12 * s + t) * 7919 % 480,
        "'n': has whole numbers too long to be told apart, as ids have",
    ),
    noise("number-second.csv", lambda s, _: 100 + s, "'n': only numbers the sequences"),
    noise("number-mixed.csv", lambda s, _: 100 + s * 7 % 40, "'n': only numbers the sequences"),
    noise(
        "number-ordered.csv",
        lambda s, _: f"{(s * 7 % 20 + 25 * (s >= 20)) / 8:.3f}",
        "'n': has a value of its own for each sequence, in the order of their labels",
    ),
    Case(
        name="total.csv",
        content=table(
            "date,y,total,n",
            [
                f"{day},{wave(i):.2f},{sum(k * 7919 % 23 for k in range(i + 1))},{5 * i}"
                for i, day in enumerate(DAYS)
            ],
        ),
        said=("Left out as a feature: 'n': only counts the rows.",),  # not the total
        keys={"data.target": "y", "data.features": None},
        starts=AFTER,
    ),
    *(
        daily(
            f"code{code}.csv",
            coded(code),
            said=(f"Taken as missing (data.missing_codes): {code} in 11 cells.", BLANK),
            keys={"data.missing_codes": [code], "data.missing": "forward"},
            starts=AFTER,
            between=(0.0, 4.0),
        )
        for code in (-200, -999, 9999, 99999)
    ),
    daily(
        "code-unsure.csv",
        [0 if i % 15 == 7 else f"{1000 + 5 * math.sin(i / 5):.2f}" for i in range(160)],
        said=("0 stands in 11 rows of 'y', far from the rest", "write data.missing_codes: [0]"),
        keys={"data.missing_codes": None},
        starts=AFTER,
    ),
    daily(
        "peaks.csv",  # what is measured is no code
        [999 if i % 15 == 7 else 900 + i * 7 % 120 for i in range(160)],
        keys={"data.missing_codes": None, "data.missing": None},
        starts=AFTER,
    ),
    labelled(
        "spellings.csv",
        quick,
        lambda s, _: ("1", "2", "1.0", "2.0")[s % 4],
        said=("spells one number as '1' and as '1.0' (so do 1 more): they are one class, '1'",),
        keys={"data.task": "classify"},
        labels=frozenset("12"),
    ),
    labelled(
        "tails.csv",
        ending,
        lambda s, _: "ab"[s % 2],
        said=("140 rows at the end of 35 of 40 series are blank: taken as the end",),
        keys={"data.missing": "end"},
        labels=AB,
    ),
    labelled(
        "gaps.csv",
        lambda s, t: "" if t == 1 + s % 8 else quick(s, t),
        lambda s, _: "ab"[s % 2],
        keys={"data.missing": "forward"},
        labels=AB,
    ),
    labelled(
        "decimals.csv",
        quick,
        lambda s, _: f"{(s * 7919 % 101) / 7:.4f}",
        keys={"data.task": "regress"},
        between=(-20.0, 40.0),
    ),
    daily(
        "future.csv",
        [*WAVES[:-3], "", "", ""],
        said=("3 rows at the end without a target: to be forecast, and not trained on.",),
        keys={"data.missing": None},
        starts=("y,2021-06-07,", "y,2021-06-08,", "y,2021-06-09,"),
        between=(0.0, 20.0),
    ),
    Case(
        name="future-sites.csv",
        content=table(
            "site,date,y",
            [
                row if day < 58 or row[0] in "ad" else f"{row.rpartition(',')[0]},"
                for i, row in enumerate(site("{s},{day},{y:.2f}"))
                for day in [i % 60]
            ],
        ),
        said=("4 rows at the end of 2 of 4 series without a target: to be forecast",),
        keys={"data.series": "site", "data.missing": None},
        starts=("a,2021-03-02,",),
    ),
    daily("size-1e30.csv", [f"{wave(i)}e30" for i in range(160)], between=(0.0, 2e31)),
    daily("size-1e-30.csv", [f"{wave(i)}e-30" for i in range(160)], between=(0.0, 2e-29)),
    Case(
        name="sizes.csv",
        content=table("site,date,y", site("{s},{day},{big:.3f}")),
        keys={"data.series": "site"},
        starts=("a,2021-03-02,",),
    ),
    Case(
        name="short.csv",
        content=table(
            "site,date,y", [*site("{s},{day},{y:.2f}"), *site("z,{day},{y:.2f}", "z", 4)]
        ),
        said=("1 of 5 series are too short", "and are skipped: 'z'."),
        keys={"data.series": "site"},
        starts=("a,2021-03-02,",),
    ),
    Case(
        name="empty-row.csv",
        content=table(
            "date,y,z",
            [",," if i == 40 else f"{d},{wave(i)},{i * 7 % 11}" for i, d in enumerate(DAYS)],
        ),
        refused="column 'date', row 42: the row is empty: take it out",
    ),
    Case(
        name="runs.csv",
        content=table(
            "run,date,y",
            [
                f"{1 + i // 40},{day + timedelta(i // 40 * 30)},{wave(i):.2f}"
                for i, day in enumerate(DAYS)
            ],
        ),
        said=(),
        keys={"data.series": "run"},
        starts=("1,2021-02-10,",),
    ),
    Case(
        name="late.csv",
        content=table(
            "date,y,promo",
            [f"{day},{wave(i):.2f},{int(i > 130 and i % 3 == 0)}" for i, day in enumerate(DAYS)],
        ),
        said=("Feature 'promo' has one value where fold 1",),
        starts=AFTER,
    ),
]
