"""How a launch looks: live on a terminal, plain lines on a pipe or in CI."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dropsearch.studies.answer.words import (
    duration,
    metric_in_words,
    rate_in_words,
    sizes_in_words,
)
from dropsearch.studies.claims.progress import Progress
from dropsearch.studies.intervals.statistics import corrected_standard_error
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FAILED,
    FINALISTS,
    FINISHED,
    HOLDOUT,
    SEARCH,
)

if TYPE_CHECKING:
    from dropsearch.search.workers.follow import Left


def best_in_words(seen: Progress) -> str:
    """The best score so far with its corrected standard error and its rate."""
    if seen.best is None or seen.best.value is None or seen.best.point is None:
        return "no score yet"
    scores = [row.metric for row in seen.best_scores]
    if not scores:
        raise LookupError("the best trial has no scores")  # see studies.damage
    error = corrected_standard_error(scores, seen.study.summary["fold_ratio"])
    return (
        f"best {metric_in_words(seen.study)} {seen.best.value:.4g} ± {error:.2g} "
        f"at dropout {rate_in_words(seen.best.point)}"
    )


LATER = {
    FINALISTS: "the best trials again, on new seeds",
    CURVE: "the response curve",
    HOLDOUT: "the final test, on the holdout",
}


def state_in_words(seen: Progress, left: Left | None) -> str:
    """`8 of 20 trials (2 pruned, 1 failed), best accuracy ..., about 3 min left`."""
    phase = seen.study.phase
    if phase in LATER:
        parts = [f"{LATER[phase]}: {_ended(seen):,} of {seen.count(phase=phase):,} fits"]
        return ", ".join(parts + ([f"about {duration(left.all)} left"] if left else []))
    parts = [f"{_ended(seen):,} of {seen.count():,} trials{_kinds(seen)}", best_in_words(seen)]
    if left is not None and _ended(seen) < seen.count():
        parts.append(f"about {duration(left.all)} left")
    return ", ".join(parts)


def _kinds(seen: Progress) -> str:
    failed = seen.count(FAILED)
    kinds = [f"{n} {word}" for n, word in ((seen.pruned, "pruned"), (failed, "failed")) if n]
    return f" ({', '.join(kinds)})" if kinds else ""


def _phases(seen: Progress) -> list[str]:
    """Those that the study has."""
    record = seen.study
    if record.config["confirm"] is None:
        return [SEARCH]
    return [SEARCH, FINALISTS, CURVE, *([HOLDOUT] if record.summary["holdout"] else [])]


def _counted(seen: Progress) -> str:
    """The phase whose fits are counted; at the end still the search."""
    return SEARCH if seen.study.phase == DONE else seen.study.phase


def _ended(seen: Progress) -> int:
    return seen.count(FINISHED, FAILED, phase=_counted(seen))


class Lines:
    """Plain lines: one whenever a trial has ended."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] | None = None

    def say(self, sentence: str) -> None:
        print(sentence, flush=True)

    def show(self, seen: Progress, left: Left | None) -> None:
        ended = _counted(seen), _ended(seen)
        over = seen.study.phase == DONE and self._shown is not None and self._shown[0] != SEARCH
        if ended != self._shown and not over:
            self._shown = ended
            print(state_in_words(seen, left), flush=True)


class Screen:
    """A picture of the study that is drawn anew in place."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._began = time.monotonic()

    def say(self, sentence: str) -> None:
        self._live.console.print(sentence, markup=False, highlight=False)

    def show(self, seen: Progress, left: Left | None) -> None:
        self._live.update(picture(seen, left, time.monotonic() - self._began))


def picture(seen: Progress, left: Left | None, ran: float) -> Group:
    """How far the study is; ran: seconds since the launch."""
    if seen.study.phase == DONE:
        return Group(Text(f"{seen.study.name}: done in {duration(ran)}", style="bold"))
    phase, phases = _counted(seen), _phases(seen)
    whole = f", about {duration(left.all)} left" if left else ""
    parts: list[Any] = [
        Text(f"{seen.study.name}: running for {duration(ran)}{whole}", style="bold"),
        _bar(seen, left, f"{phase}, phase {phases.index(phase) + 1} of {len(phases)}"),
        Text(f"{best_in_words(seen)}{_kinds(seen)}"),
    ]
    if seen.running:
        parts.append(running_table(seen))
    return Group(*parts)


def _bar(seen: Progress, left: Left | None, name: str) -> Table:
    """`search, phase 1 of 4 ━━━━━ 3 of 16, 40 s left`"""
    ended, budget = _ended(seen), seen.count(phase=_counted(seen))
    still = f", {duration(left.phase)} left" if left and ended < budget else ""
    row = Table.grid(padding=(0, 1), expand=True)
    for ratio in (None, 1, None):
        row.add_column(ratio=ratio, no_wrap=ratio is None)
    bar = ProgressBar(total=max(budget, 1), completed=ended)
    row.add_row(name, bar, f"{ended} of {budget}{still}")
    return row


def running_table(seen: Progress) -> Table:
    """The trials that run, with their epoch."""
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("running fit", "epoch", "dropout", "network"):
        table.add_column(column)
    epochs = seen.study.config["training"]["epochs"]
    for claim in seen.running:
        point = claim.point or {}
        if BASELINE in point:
            table.add_row(point[BASELINE])
            continue
        table.add_row(
            str(claim.number) if claim.trial is None else f"trial {claim.trial}",
            f"{0 if claim.epoch is None else claim.epoch + 1} of {epochs}",
            rate_in_words(point) if point else "",
            sizes_in_words(point) if point else "",
        )
    return table


def answer_table(found: Recommendation) -> Table | None:
    """The figures under the sentences; None where the answer rests on the search alone."""
    columns, rows = found.rows()
    if not rows:
        return None
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row, style="bold" if row[0].startswith("> ") else None)
    return table


def print_answer(found: Recommendation) -> None:
    """The headline, the sentences, the warnings and the table, wrapped for a terminal."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print()
    console.print(found.headline.said, style="bold", markup=False, highlight=False)
    for sentence in (found.headline.because, found.headline.todo):
        console.print(sentence, markup=False, highlight=False)
    console.print()
    for sentence in (*found.sentences, *(f"Note: {warning}" for warning in found.warnings)):
        console.print(sentence, markup=False, highlight=False)
    if (table := answer_table(found)) is not None:
        console.print()
        console.print(table)


@contextmanager
def view_for_stdout() -> Iterator[Lines | Screen]:
    """A screen on a terminal, lines elsewhere."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    with Live(console=Console(), refresh_per_second=4) as live:
        yield Screen(live)
