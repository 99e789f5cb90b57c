"""SIGINT and SIGTERM, noted instead of obeyed: what was begun is brought to a clean end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts() -> Iterator[Callable[[], int]]:
    """How many have come within the block; none are seen but in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return
    before = {number: signal.getsignal(number) for number in NUMBERS}
    try:
        yield noted()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cleaning_up() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, by KeyboardInterrupt, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def noted() -> Callable[[], int]:
    """How many have come from now on, as long as the process lives. In the main thread alone."""
    count = 0

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal count
        count += 1

    for number in NUMBERS:
        signal.signal(number, note)
    return lambda: count
