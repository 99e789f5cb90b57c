"""How far a command is, on stderr: a training by a bar on a terminal, else by lines."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

BETWEEN = 2.0  # seconds between two lines
ERASE = "\r\x1b[K"  # the line of a terminal


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
        task = bar.add_task("", total=epochs, visible=False)
        yield lambda done: bar.update(task, completed=done, visible=True)


def _lines(epochs: int) -> Callable[[int], None]:
    from dropsearch.studies.answer.words import duration

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


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """A function that is told what is done now: a terminal shows it at once, from the loading of
    modules on, and in the end no more; elsewhere it is said once two seconds have passed; "" is
    nothing."""
    stream = _stderr_of_its_own()
    if sys.stderr.isatty():

        def draw(stage: str) -> None:
            print(ERASE + (stage and f"{stage} ..."), end="", file=stream, flush=True)

        draw("Starting")
        try:
            yield draw
        finally:
            draw("")
        return
    current = ""
    late = threading.Event()

    def show() -> None:
        late.set()
        if current:
            print(f"{current} ...", file=stream, flush=True)

    def tell(stage: str) -> None:
        nonlocal current
        current = stage
        if late.is_set():
            show()

    timer = threading.Timer(BETWEEN, show)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()


def _stderr_of_its_own() -> TextIO:
    """What is said is seen while polars is hushed (models/cells/panics.py)."""
    try:
        return open(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
    except (OSError, ValueError, AttributeError):  # closed, or no file
        return sys.stderr
