"""What several commands share: options, how a store is opened."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from dropsearch.studies.store.store import Store

Storage = Annotated[
    str | None,
    typer.Option(
        help="Database: a path, a SQLAlchemy URL, or by default $DROPSEARCH_STORAGE, else "
        "dropsearch.db in this folder.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyFile = Annotated[Path, typer.Argument(help="A study.yaml.", metavar="STUDY.yaml")]
StudyName = Annotated[str, typer.Argument(help="Name of a study.", metavar="STUDY")]

INTERRUPTED = "dropsearch: interrupted; the same command goes on from here."


def say(text: str, stream: TextIO | None = None) -> None:
    """Print lines, which a terminal has broken between words, but for those of commands to copy."""
    stream = stream or sys.stdout
    if stream.isatty():
        columns = shutil.get_terminal_size().columns
        text = "\n".join(_broken(line, columns) for line in text.splitlines())
    print(text, file=stream)


def _broken(line: str, columns: int) -> str:
    if line.startswith(("Next: ", "  dropsearch ")):
        return line
    deeper = " " * (len(line) - len(line.lstrip()) + 2) if line.startswith(" ") else ""
    return textwrap.fill(
        line, columns, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False
    )


def note(sentences: Sequence[str]) -> None:
    """Print sentences where they are not in the way of a command's result."""
    for sentence in sentences:
        say(f"Note: {sentence}", sys.stderr)


def open_store(storage: str | None, *, create: bool = False) -> Store:
    from dropsearch.studies.store.store import open_store

    return open_store(storage, create=create)
