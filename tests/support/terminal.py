"""A command in a pseudo-terminal, and the screen that a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import pyte


class Terminal:
    """A command whose terminal has so many columns; at the block's end it has ended."""

    def __init__(self, command: list[str], columns: int, lines: int = 40) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        self.resize(columns, lines)
        environment = {**os.environ, "TERM": "xterm"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            start_new_session=True,
        )
        os.close(theirs)

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
        self._process.wait()
        os.close(self._ours)

    def resize(self, columns: int, lines: int = 40) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
        self._screen.resize(lines, columns)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def until(self, shown: Callable[[list[str]], bool], seconds: float = 60) -> list[str]:
        """The lines of the screen as soon as `shown` is true of them."""
        end = time.monotonic() + seconds
        going = True
        while going and time.monotonic() < end:
            going = self._read(0.1)
            if shown(self._lines()):
                return self._lines()
        raise AssertionError("waited in vain:\n" + "\n".join(self._lines()))

    def end(self, seconds: float = 60) -> tuple[int, list[str]]:
        """Exit code and last screen."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and self._read(0.1):
            pass
        return self._process.wait(max(limit - time.monotonic(), 0)), self._lines()

    def _lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def _read(self, seconds: float) -> bool:
        """Take in what was written; False at its end."""
        if select.select([self._ours], [], [], seconds)[0]:
            try:
                self._stream.feed(os.read(self._ours, 65536))
            except OSError:  # Linux says so where nobody has the other side open
                return False
        return True
