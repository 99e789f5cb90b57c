"""Standard input, output and errors, which whoever starts a command may have closed."""

from __future__ import annotations

import codecs
import os
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper

READABLE = "dropsearch"  # how what cannot be encoded is printed


def fill_streams() -> None:
    """Give each closed stream the null device, since the next opened file would take its number.

    Input is then empty, errors go nowhere, and what is written to the output fails, as with other
    tools.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            os.set_inheritable(os.open(os.devnull, flags), True)  # it gets the lowest free number
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, TextIOWrapper):
        codecs.register_error(READABLE, _readable)
        sys.stdout.reconfigure(errors=READABLE)
        if sys.stdout is sys.__stdout__ and isinstance(sys.stdout.buffer, RawIOBase):
            kept = BufferedWriter(sys.stdout.buffer)  # else output_fault sees nothing
            sys.stdout = TextIOWrapper(
                kept, sys.stdout.encoding, sys.stdout.errors, line_buffering=True
            )


def _readable(error: UnicodeError) -> tuple[str | bytes, int]:
    """Names of files that are not UTF-8 by their bytes, what the terminal has no sign for by its
    number."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def output_fault() -> str | None:
    """Why standard output does not take what was printed; None where it does, or has lost it."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more at its end
        return error.strerror
    return None
