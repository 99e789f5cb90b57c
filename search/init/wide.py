"""Whether a table is wide: a row or a column for each series or sequence, or a row a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError
from dropsearch.models.table.layout import lay_out
from dropsearch.models.table.profile import Look, rises, stamps_of
from dropsearch.models.table.read import Table
from dropsearch.models.table.split import with_time
from dropsearch.models.times.split import named_part
from dropsearch.models.wide.families import Family, dates_of, parts_of_year
from dropsearch.models.wide.steps import (
    MANY,
    is_numeric,
    smoother_along_rows,
    steps_of,
)
from dropsearch.models.wide.unfold import VALUE, Asked, Unfolded, Wide, fiscal_years, unfold
from dropsearch.search.init.hints import TIMES, hinted
from dropsearch.search.init.order import NOTHING, SAID, Order, Said, find_order
from dropsearch.search.init.target import is_class, key_of_rows, label_of_rows, rank_of

FEWEST_DATES = 4  # columns whose names are dates
FEWEST_ALIKE, FEWEST_CALLED_ALIKE = 3, 4  # columns that are one series each
APART = (  # what is told of one thing, in one unit
    *("open", "high", "low", "close", "adj", "min", "max", "mean", "avg", "average", "median"),
    *("std", "lower", "upper", "lag", "x", "y", "z", "bid", "ask"),
)
_FIRST = 1000  # numbers that tell how many decimals a column has
_MOST_DECIMALS = 6
FARTHEST = 0.5  # means of columns that are alike, in their spread
WIDEST = 1.5  # spread of the one by that of the other


@dataclass(frozen=True, eq=False)
class WideGuess:
    """A table that was unfolded, how its rows hang together, and why it is thought so."""

    asked: Asked
    table: Table
    order: Order
    label: str | None  # None: a forecast
    why: str


def find_wide(table: Table, columns: Mapping[str, Look], said: Said = NOTHING) -> WideGuess | None:
    """said: keys of data that are known. None: the table is long. Raises DataError where it cannot
    be unfolded."""
    shape = said.get("layout")
    cut = said.get("task", "forecast") != "forecast" and "window" in said
    if shape == "long" or cut or said.keys() & {"text", "stride"}:
        return None
    try:
        order: Order | None = find_order(table, columns)
    except DataError:
        order = None
    for find in _FINDERS if shape is None else _FINDERS_OF[shape]:
        found = find(table, columns, order)
        if found is not None and _fits(found.asked, table, said):
            return found
    return None if shape is None else _as_said(table, columns, order, said)


def _fits(asked: Asked, table: Table, said: Said) -> bool:
    """Whether a guess says nothing else than what is known."""
    target, task, time = said.get("target"), said.get("task"), said.get("time")
    if target is not None and (target in table.names if asked.forecast else target != asked.target):
        return False
    if task is not None and (task == "forecast") != asked.forecast:
        return False
    times = tuple(time) if isinstance(time, list) else time
    return times in (None, asked.time) and said.get("series") in (None, asked.series)


def _as_said(
    table: Table, columns: Mapping[str, Look], order: Order | None, said: Said
) -> WideGuess:
    """A table that is known to be wide, the rest guessed around it."""
    target, time, series = said.get("target"), said.get("time"), said.get("series")
    taken = {target, series, *(time if isinstance(time, list) else (time,))}
    rest = [look for name, look in columns.items() if name not in taken | {*table.joined}]
    label: Look | None = None
    if said["layout"] == "rows":
        family = steps_of(table, {name for name in taken if name})[0]
        rest = [look for look in rest if look.name not in family.columns]
        label = columns.get(str(target))
        if target is None and said.get("task") != "forecast":
            label = label_of_rows(rest, table.height) or _label_inside(table, columns, family)
        series = series or key_of_rows([look for look in rest if look is not label], table.height)
    elif time is None:
        years = [look.name for look in rest if named_part(look.name) == "Y"]
        time = order.time if order is not None and said["layout"] == "columns" else None
        time = time or next(iter(years or [look.name for look in rest[:1]]))
        time = list(table.joined.get(time, ())) or time
    asked = Asked(
        shape=said["layout"],
        forecast=label is None,
        target=label.name if label is not None else target or VALUE,
        time=tuple(time) if isinstance(time, list) else time,
        series=series,
    )
    return _made(table, asked, SAID)


def _dated_rows(table: Table, columns: Mapping[str, Look], order: Order | None) -> WideGuess | None:
    family = dates_of(table.names)
    if family is None or len(family.columns) < FEWEST_DATES:
        return None
    if not all(is_numeric(table, n) or table.kind(n) == "empty" for n in family.columns):
        return None
    rest = [look for name, look in columns.items() if name not in family.columns]
    label = next((look for look in rest if look.varies and rank_of(look) is not None), None)
    why = f"the names of {len(family.columns):,} columns are dates: the times of a row"
    return _rows(table, rest, label, why)


def _calendar(table: Table, columns: Mapping[str, Look], order: Order | None) -> WideGuess | None:
    parts = parts_of_year(table.names)
    if parts is None or not all(is_numeric(table, n) or table.kind(n) == "empty" for n in parts):
        return None
    rest = [name for name in table.names if name not in parts]
    years = sorted(filter(partial(_holds_years, table), rest), key=lambda n: named_part(n) != "Y")
    stamps = stamps_of(table, years[0]) if years else None
    if stamps is None:
        return None
    keys = [None, *(name for name in rest if name in columns and columns[name].kind == "words")]
    for series in keys:
        if rises(stamps, lay_out(table, series)):
            why = f"one row is one year of {quote(years[0])}, its parts {quote(parts[0])} to "
            return _forecast(
                table, "calendar", f"{why}{quote(parts[-1])} in columns", years[0], series
            )
    return None


def _holds_years(table: Table, name: str) -> bool:
    """Whether its cells are years: numbers by its name or their size, or 2000/01."""
    reading = table.readings[name]
    if reading.kind == "numbers" and reading.values is not None:
        whole = (reading.values % 1 == 0) & (reading.values >= 1500) & (reading.values < 2200)
        return named_part(name) == "Y" or bool(whole.all())
    return reading.kind == "words" and fiscal_years(table, name) is not None


def _columns(table: Table, columns: Mapping[str, Look], order: Order | None) -> WideGuess | None:
    if order is None or not order.dated or order.series is not None or order.time is None:
        return None
    times = table.joined.get(order.time, (order.time,))
    rest = [look for name, look in columns.items() if name not in (*times, *table.joined)]
    if not all(look.kind == "numbers" for look in rest):
        return None
    why = _called_alike(table, rest) or _alike(table, rest)
    if why is None:
        return None
    time = times[0] if len(times) == 1 else times
    return _forecast(table, "columns", why, time, None)


def _called_alike(table: Table, rest: list[Look]) -> str | None:
    if len(rest) < FEWEST_CALLED_ALIKE:
        return None
    names = {look.name for look in rest}
    family = steps_of(table, set(table.names) - names)[0]
    if set(family.columns) != names or not family.stem.strip():
        return None
    return f"its {len(rest):,} columns of numbers are called alike: each is one series"


def _alike(table: Table, rest: list[Look]) -> str | None:
    known = [look for look in rest if rank_of(look) is not None or hinted(look.name, APART)]
    if len(rest) < FEWEST_ALIKE or known:
        return None
    values = np.stack([table.numbers(look.name) for look in rest])
    mean, spread = np.nanmean(values, axis=1), np.nanstd(values, axis=1)
    decimals = {_decimals(table, look.name) for look in rest}
    if spread.min() == 0 or len(decimals) > 1 or spread.max() > WIDEST * spread.min():
        return None
    if np.ptp(mean) > FARTHEST * spread.min():
        return None
    return (
        f"the numbers of its {len(rest):,} columns are alike (mean {mean.min():.4g} to "
        f"{mean.max():.4g}, spread {spread.min():.4g} to {spread.max():.4g}): each is one series; "
        "long: one of them is the target, the others its features"
    )


def _decimals(table: Table, name: str) -> int:
    """How many the first numbers of a column have, as far as they matter."""
    values = table.numbers(name)
    values = values[~np.isnan(values)][:_FIRST]
    scaled = (values * 10.0**number for number in range(_MOST_DECIMALS))
    whole = [np.allclose(numbers, np.rint(numbers), rtol=0, atol=1e-6) for numbers in scaled]
    return whole.index(True) if any(whole) else len(whole)


def _numbered_rows(
    table: Table, columns: Mapping[str, Look], order: Order | None
) -> WideGuess | None:
    if order is not None and (order.dated or (order.series is not None and order.time is not None)):
        return None
    numeric = [look for look in columns.values() if look.kind in ("numbers", "unclear")]
    if len(numeric) < MANY:
        return None
    families = steps_of(table)
    steps = [name for family in families for name in family.columns]
    if families[0].stem == "" and families[0].columns[0] not in _numbered(families[0]):
        return None
    if len(families[0].columns) < MANY or len(steps) < len(numeric) / 2:
        return None
    rest = [look for name, look in columns.items() if name not in steps]
    label = label_of_rows(rest, table.height) or _label_inside(table, columns, families[0])
    counted = order is not None and order.time is not None and hinted(order.time, TIMES)
    if label is None and order is not None:
        return None
    if counted and not (label and smoother_along_rows(table, families[0])):
        return None
    first, last = families[0].columns[0], families[0].columns[-1]
    many = f"{len(families[0].columns):,} columns are called alike, {quote(first)} to {quote(last)}"
    return _rows(
        table, [look for look in rest if look is not label], label, f"{many}: steps of a row"
    )


def _numbered(family: Family) -> list[str]:
    """Columns that bear their number as a name."""
    return [name for name, cell in zip(family.columns, family.cells, strict=True) if name == cell]


def _label_inside(table: Table, columns: Mapping[str, Look], family: Family) -> Look | None:
    """The first or the last of columns without names of their own, where it alone has classes."""
    inner = [columns[name] for name in family.columns[1:-1]]
    if any(is_class(look, table.height) for look in inner[:3] + inner[-3:]):
        return None
    ends = [columns[family.columns[0]], columns[family.columns[-1]]]
    found = [look for look in ends if is_class(look, table.height)]
    return found[0] if len(found) == 1 else None


_FINDERS = (_dated_rows, _calendar, _columns, _numbered_rows)
_FINDERS_OF = {
    "rows": (_dated_rows, _numbered_rows),
    "columns": (_columns,),
    "calendar": (_calendar,),
}


def _rows(table: Table, rest: list[Look], label: Look | None, why: str) -> WideGuess:
    series = key_of_rows([look for look in rest if look is not label], table.height)
    asked = Asked(
        shape="rows",
        forecast=label is None,
        target=VALUE if label is None else label.name,
        time=None,
        series=series,
    )
    return _made(table, asked, why)


def _forecast(
    table: Table, shape: Wide, why: str, time: str | tuple[str, ...], series: str | None
) -> WideGuess:
    asked = Asked(shape=shape, forecast=True, target=VALUE, time=time, series=series)
    return _made(table, asked, why)


def _made(table: Table, asked: Asked, why: str) -> WideGuess:
    found = unfold(table, asked)
    long, time = with_time(found.table, found.time)
    layout = lay_out(long, found.series)
    order = Order(layout, time, found.series, asked.forecast, _reasons(asked, found))
    return WideGuess(asked, long, order, None if asked.forecast else asked.target, why)


def _reasons(asked: Asked, found: Unfolded) -> dict[str, str]:
    why = {}
    if asked.series is not None:
        why["data.series"] = "it names the rows" if asked.shape == "rows" else "it names the series"
    if asked.time is not None:
        why["data.time"] = "its years rise" if asked.shape == "calendar" else "its dates rise"
    return why
