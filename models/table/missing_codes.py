"""Numbers that stand for a missing value, such as -999: taken out, and told where they are likely.

R rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import largest, quote
from dropsearch.models.table.read import LARGEST, Table

_CODES = (-200.0, -32768.0, 32767.0, 65535.0, -(2.0**31), 2.0**31 - 1)
_REPEATED = 3  # cells
_DIFFERENT = 3  # values of the rest, at least, that one can be far from
_MOST = 4  # codes of one column
_GAPS = 3.0  # of the widest between two values of the rest, from which a usual code is far
_SPANS = 10.0  # of the rest's range, from which any number is far


@dataclass(frozen=True)
class Suspect:
    """A number that stands apart in one column. sure: a usual code, further than the rest reach."""

    column: str
    code: float
    count: int
    low: float  # of the rest
    high: float
    sure: bool

    def __str__(self) -> str:
        return (
            f"{self.code:.10g} stands in {self.count:,} rows of {quote(self.column)}, far from the "
            f"rest ({self.low:.4g} to {self.high:.4g})"
        )


def without_codes(
    table: Table, codes: Sequence[float], spared: Collection[str | None]
) -> tuple[Table, list[str]]:
    """The table with blanks in place of these numbers, but in the columns spared; and notes."""
    if not codes:
        return table, []
    found: dict[str, NDArray[np.bool_]] = {}
    counts = dict.fromkeys(codes, 0)
    for name in table.names:
        values = table.readings[name].values
        if name in spared or values is None:
            continue
        for code in codes:
            rows = values == code
            if rows.any():
                counts[code] += int(rows.sum())
                found[name] = found.get(name, False) | rows
    cells = [
        pl.when(pl.Series(rows)).then(None).otherwise(pl.col(name)).alias(name)
        for name, rows in found.items()
    ]
    said = ", ".join(f"{code:.10g} in {count:,} cells" for code, count in counts.items())
    return replace(table, frame=table.frame.with_columns(cells)), [
        f"Taken as missing (data.missing_codes): {said}."
    ]


def code_notes(table: Table, names: Collection[str]) -> list[str]:
    """A note on numbers of these columns that may be such codes."""
    found = [suspect for name in names for suspect in suspects(table, name)]
    if not found:
        return []
    codes = ", ".join(f"{code:.10g}" for code in dict.fromkeys(one.code for one in found))
    more = f"; so in {len(found) - 1} more places" if len(found) > 1 else ""
    return [
        f"{found[0]}{more}: write data.missing_codes: [{codes}] if that stands for a missing value."
    ]


def sure_codes(table: Table, names: Collection[str]) -> dict[float, Suspect]:
    """The codes that are sure in one of these columns, and in no other mere numbers."""
    found = [suspect for name in names for suspect in suspects(table, name)]
    sure = {one.code: one for one in reversed(found) if one.sure}
    for code in list(sure):
        likely = {one.column for one in found if one.code == code}
        columns = (table.readings[name].values for name in names if name not in likely)
        if any(values is not None and (values == code).any() for values in columns):
            del sure[code]
    return sure


def suspects(table: Table, name: str) -> Iterator[Suspect]:
    """The numbers of a column that stand apart from the rest and are repeated."""
    values = table.readings[name].values
    if values is None or table.kind(name) != "numbers":
        return
    usual = largest(values) <= LARGEST and not np.isnan(values).any()
    rest = values if usual else values[np.abs(values) <= LARGEST]
    for _ in range(_MOST):
        if not len(rest):
            return
        found = next(
            (one for end in (rest.min(), rest.max()) if (one := _apart(name, rest, end))), None
        )
        if found is None:
            return
        yield found
        rest = rest[rest != found.code]


def _apart(name: str, values: NDArray[np.float64], code: float) -> Suspect | None:
    rows = values == code
    count = int(rows.sum())
    if not _REPEATED <= count < len(values):
        return None
    rest = values[~rows]
    low, high = float(rest.min()), float(rest.max())
    gap, span = min(abs(code - low), abs(code - high)), high - low
    usual = _is_usual(code)
    if not (gap > _SPANS * span or (usual and gap > 0)):
        return None
    different = np.unique(rest)
    if len(different) < _DIFFERENT or (gap < _GAPS * np.diff(different).max() and gap <= span):
        return None
    return Suspect(name, float(code), count, low, high, sure=usual and gap > span)


def _is_usual(code: float) -> bool:
    """999 and the like, of one digit from 7 to 9, and some that programs have."""
    digits = f"{abs(code):.10g}".replace(".", "")
    return code in _CODES or (len(digits) >= 3 and digits[0] in "789" and len(set(digits)) == 1)
