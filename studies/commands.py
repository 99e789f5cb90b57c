"""Commands that are printed for people to copy into a shell."""

from __future__ import annotations

import shlex


def command(verb: str, *given: str, **options: str | None) -> str:
    """`dropsearch export 'a b' -o best.yaml`, for a POSIX shell; an option of None is left out."""
    said = [
        word
        for name, value in options.items()
        if value is not None
        for word in ("-" * min(len(name), 2) + name, value)
    ]
    dashed = any(word.startswith("-") for word in given)
    words = [*said, "--", *given] if dashed else [*given, *said]
    return shlex.join(["dropsearch", verb, *words])
