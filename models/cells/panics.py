"""What polars raises, its panics too, as one exception; a panic's own text on stderr is hushed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl


class PolarsFaultError(Exception):
    """Its text is the reason on one line."""


@contextmanager
def polars_faults() -> Iterator[None]:
    """Raises PolarsFaultError. A panic is no Exception, and Rust tells of it on file descriptor 2
    before Python knows."""
    try:
        with _hushed():
            yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise PolarsFaultError(reason[:200]) from None


@contextmanager
def _hushed() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
