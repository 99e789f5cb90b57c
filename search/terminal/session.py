"""What `launch()` in Python shows: a screen on a terminal, a cell in Jupyter, else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console

from dropsearch.search.terminal.show import picture, view_for_stdout
from dropsearch.search.workers.follow import Quiet
from dropsearch.studies.claims.progress import Progress
from dropsearch.studies.store.records import DONE

if TYPE_CHECKING:
    from dropsearch.search.workers.follow import Left, View

WIDTH = 88  # columns of a cell
LOOK = 1.0  # seconds between two drawings, each of which the notebook keeps a message of


class Cell:
    """A picture of the study that is drawn anew in place, below what was said."""

    def __init__(self) -> None:
        self._began = self._drawn = time.monotonic()
        self._handle: Any = None

    def say(self, sentence: str) -> None:
        print(sentence, flush=True)

    def show(self, seen: Progress, left: Left | None) -> None:
        from IPython.display import display

        now = time.monotonic()
        done = seen.study.phase == DONE
        if self._handle is not None and not done and now - self._drawn < LOOK:
            return
        self._drawn = now
        written = StringIO()
        plain = Console(file=written, width=WIDTH, color_system=None, force_jupyter=False)
        plain.print(picture(seen, left, now - self._began))
        shown = {"text/plain": written.getvalue()}
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


@contextmanager
def view_of_session() -> Iterator[View]:
    """The view of a `launch()` that is given none."""
    if in_notebook():
        yield Cell()
    elif sys.stdout.isatty():
        with view_for_stdout() as view:
            yield view
    else:
        yield Quiet()


def in_notebook() -> bool:
    """Whether this is the kernel of one."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
