"""What several commands share: options, how a store is opened."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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


def note(sentences: Sequence[str]) -> None:
    """Print sentences where they are not in the way of a command's result."""
    for sentence in sentences:
        print(f"Note: {sentence}", file=sys.stderr)


def open_store(storage: str | None, *, create: bool = False) -> Store:
    from dropsearch.studies.store.store import open_store

    return open_store(storage, create=create)
