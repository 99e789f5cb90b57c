"""The command line as a whole: its commands in order, and how it ends."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import Annotated

import typer

from dropsearch.models.errors import ModelsError
from dropsearch.search.cli import models, results, runs, studies, study_files
from dropsearch.search.cli.shared import INTERRUPTED, say
from dropsearch.search.errors import NO_MEMORY, SearchError, lacks_memory
from dropsearch.search.streams import fill_streams, output_fault
from dropsearch.studies.errors import StudiesError

app = typer.Typer(
    name="dropsearch",
    help="Which dropout rate, placed where, and which layer sizes should my LSTM use?",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for group in (study_files, runs, studies, results, models):
    app.add_typer(group.commands)


def _version(asked: bool) -> None:
    if asked:
        print(importlib.metadata.version("dropsearch"))
        raise typer.Exit


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    global _debug
    _debug = debug


_debug = False


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 failed, 2 wrong use or bad input, 130 Ctrl-C."""
    fill_streams()
    try:
        code = app(standalone_mode=False)  # typer gives 130 back for Ctrl-C
        sys.stdout.flush()
        if code == 130:
            print(INTERRUPTED, file=sys.stderr)
        sys.exit(code)
    except (ModelsError, SearchError, StudiesError) as error:
        if _debug:
            raise
        say(f"dropsearch: {error}", sys.stderr)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except OSError as error:
        fault = output_fault()
        if isinstance(error, BrokenPipeError):  # the reader of a pipe has what it wants
            sys.exit(1)
        if _debug:
            raise
        said = str(error) if fault is None else f"Cannot write to standard output: {fault}."
        print(f"dropsearch: {said}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "show"):
            error.show()
            sys.exit(error.exit_code)
        if _debug:
            raise

        from dropsearch.studies.store.outage import is_outage, reason

        if lacks_memory(error):
            print(f"dropsearch: {NO_MEMORY}", file=sys.stderr)
            sys.exit(1)
        if is_outage(error):
            print(
                f"dropsearch: The database is away or cannot be written: {reason(error)}. Run the "
                "same command again once it is back.",
                file=sys.stderr,
            )
            sys.exit(1)
        print(
            f"dropsearch: {type(error).__name__}: {error}\nThis is a fault of dropsearch; "
            "--debug before the command shows where.",
            file=sys.stderr,
        )
        sys.exit(1)
