"""A command in a pseudo-terminal, and the screen that a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import pyte

from tests.support.forked import Forking


class Terminal:
    """A function in a process of its own whose terminal has so many columns."""

    def __init__(
        self,
        fork: Forking,
        columns: int,
        function: Callable[..., int],
        *arguments: str,
        lines: int = 40,
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, self._theirs = pty.openpty()
        self.resize(columns, lines)
        self._process = fork(_at, os.ttyname(self._theirs), function, *arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        self._process.kill()
        os.close(self._theirs)
        os.close(self._ours)

    def resize(self, columns: int, lines: int = 40) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
        self._screen.resize(lines, columns)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def until(self, shown: Callable[[list[str]], bool], seconds: float = 60) -> list[str]:
        """The lines of the screen as soon as `shown` is true of them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.1)
            if shown(self._lines()):
                return self._lines()
        raise AssertionError("waited in vain:\n" + "\n".join(self._lines()))

    def end(self, seconds: float = 60) -> tuple[int | None, list[str]]:
        """Exit code and last screen."""
        limit = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < limit:
            self._read(0.1)
        while self._read(0):
            pass
        return self._process.poll(), self._lines()

    def _lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def _read(self, seconds: float) -> bool:
        """Take in what was written; whether anything was."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        self._stream.feed(os.read(self._ours, 65536))
        return True


def _at(terminal: str, function: Callable[..., int], *arguments: str) -> int:
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        os.environ.pop(name, None)
    os.environ["TERM"] = "xterm"
    file = os.open(terminal, os.O_RDWR)  # of this session from now on
    for stream in range(3):
        os.dup2(file, stream)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    return function(*arguments)
