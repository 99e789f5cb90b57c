"""Commands that are printed for people to copy into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def command(verb: str, *given: str, **options: str | Sequence[str] | None) -> str:
    """`dropsearch export 'a b' -o best.yaml`, for a POSIX shell; an option of None is left out, one
    of several values comes as often."""
    several = {
        name: [value] if isinstance(value, str) else value or () for name, value in options.items()
    }
    said = [
        word
        for name, values in several.items()
        for value in values
        for word in ("-" * min(len(name), 2) + name, value)
    ]
    dashed = any(word.startswith("-") for word in given)
    words = [*said, "--", *given] if dashed else [*given, *said]
    return shlex.join(["dropsearch", verb, *words])
