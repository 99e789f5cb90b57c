"""How far a training is, on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dropsearch.studies.words import duration

BETWEEN = 2.0  # seconds between two lines


@contextmanager
def meter(epochs: int) -> Iterator[Callable[[int], None]]:
    """A function that is told the number of epochs done."""
    if not sys.stderr.isatty():
        yield _lines(epochs)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=epochs)
        yield lambda done: bar.update(task, completed=done)


def _lines(epochs: int) -> Callable[[int], None]:
    began = time.monotonic()
    said = began

    def show(done: int) -> None:
        nonlocal said
        now = time.monotonic()
        if done < epochs and now - said < BETWEEN:
            return
        said = now
        left = f", about {duration((now - began) / done * (epochs - done))} left"
        print(f"epoch {done} of {epochs}{left if done < epochs else ''}", file=sys.stderr)

    return show
