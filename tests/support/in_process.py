"""Commands that run in the process of the tests, where torch is loaded already."""

from __future__ import annotations

import sys
from functools import cache

import typer.main

from dropsearch.search import cli

typer.main.get_command = cache(typer.main.get_command)  # built once, and not for each command


def dropsearch(*arguments: str) -> int:
    """The exit code of a command."""
    before, sys.argv = sys.argv, ["dropsearch", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0
