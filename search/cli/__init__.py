"""The command line. Each command calls one function of the rooms; nothing is worked out here.

`app` is the typer application, `main` what the console script runs.
"""

from dropsearch.search.cli.entry import app, main

__all__ = ["app", "main"]
