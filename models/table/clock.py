"""How the rows of streams follow one another: their steps, and which streams have other ones.

R rows in the layout's order, S series.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.cells.columns import listed, quote
from dropsearch.models.table.layout import Layout
from dropsearch.models.table.read import Table
from dropsearch.models.table.times import times_of
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.times.sampling import sampling_of, series_steps, unlike
from dropsearch.models.times.steps import IrregularError, find_calendar


@dataclass(frozen=True, eq=False)
class Clock:
    """The times of streams, as far as windows need them."""

    position: NDArray[np.int64]  # (R,) in steps; one that is missing is a gap
    style: str = ""  # of the times
    sampling: Calendar | None = None  # the step of most rows; None: there is none
    steps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  # (S,) of each series
    notes: tuple[str, ...] = ()

    def odd(self, layout: Layout) -> NDArray[np.bool_]:
        """(S,) the series whose rows come at another step."""
        if self.sampling is None:
            return np.zeros(len(layout.names), bool)
        return unlike(self.steps, self.sampling)

    def without_window(self, layout: Layout, own: NDArray[np.int64], window: int) -> list[str]:
        """Notes on the series that have no window, by name; own: those that have one."""
        none = np.ones(len(layout.names), bool)
        none[own] = False
        odd = none & self.odd(layout)
        said = []
        if odd.any():
            assert self.sampling is not None
            step = self.steps[odd][0].item()
            said.append(
                f"{odd.sum():,} of {len(none):,} series have no window, as their rows come at "
                f"another step ({in_words(self.sampling, step)}) than most "
                f"({in_words(self.sampling)}): {_names(odd, layout)}. Bring them to one step."
            )
        short = none & ~odd
        if short.any():
            said.append(
                f"{short.sum():,} of {len(none):,} series have no {window:,} rows without a gap, "
                f"and so no window: {_names(short, layout)}."
            )
        return said


def clock_of(table: Table, layout: Layout, time: str | None, usual: str = "") -> Clock:
    """usual: how ambiguous times are written. Raises DataError as `times_of`."""
    if time is None:
        return Clock(
            layout.place, notes=("No data.time is named: the rows count as equally spaced.",)
        )
    times = times_of(table, time, layout, usual)
    found = Clock(
        layout.place,
        times.style,
        sampling_of(times.stamps, layout.first, times.style),
        series_steps(times.stamps, layout.first),
    )
    odd = found.odd(layout)
    finer = odd & (found.steps < found.sampling.step) if found.sampling is not None else odd
    apart = finer[layout.series]
    try:
        calendar = find_calendar(
            times.stamps[~apart], layout.first[~apart], times.style, times.offsets
        )
        position = calendar.position(times.stamps)
    except IrregularError:
        position, apart = layout.place, odd[layout.series]
        note = (
            f"The times of column {quote(time)} come at no regular step: the rows count as equally "
            "spaced, and windows cross what may be gaps."
        )
        found = replace(found, notes=(note,))
    alone = 2 * layout.place  # where no row follows another
    return replace(found, position=np.where(apart, alone, position))


def refuse_other_steps(
    table: Table, layout: Layout, time: str, clock: Clock, learnt: Calendar, window: int
) -> None:
    """Raises DataError for a series, long enough for a window, that comes at another step than the
    training's."""
    if (clock.style == "") != (learnt.unit == "number"):
        here, there = ("numbers", "dates") if learnt.unit != "number" else ("dates", "numbers")
        text = f"it holds {here}, and the model was trained on {there}: write those"
        raise table.fault(time, 0, text)
    wrong = unlike(clock.steps, learnt) & (np.bincount(layout.series) >= window)
    if wrong.any():
        one = int(np.argmax(wrong))
        whose = f"of series {quote(layout.names[one])} " if layout.names[one] else ""
        text = (
            f"the rows {whose}come {in_words(learnt, clock.steps[one].item())}, where those of the "
            f"training came {in_words(learnt)}: bring them to that step, or train on such rows"
        )
        raise table.fault(time, int(layout.rows(layout.start[one])), text, int(wrong.sum()))


def in_words(sampling: Calendar, step: float | None = None) -> str:
    """A step, or its own, as "every 20 milliseconds"."""
    if step is None:
        return sampling.describe()
    return replace(sampling, step=step if sampling.unit == "number" else round(step)).describe()


def _names(series: NDArray[np.bool_], layout: Layout) -> str:
    return listed([layout.names[number] for number in np.flatnonzero(series)])
