"""Commands about a study.yaml that is not a study yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dropsearch.search.cli.shared import AsJson, StudyFile, say
from dropsearch.search.terminal.meter import stages

commands = typer.Typer()


@commands.command(epilog="Example: dropsearch init sunspots.csv --minutes 10")
def init(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", metavar="DATA")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to be written; it must not exist.")
    ] = Path("study.yaml"),
    minutes: Annotated[
        float, typer.Option(help="Time for all phases of the study on this machine.", min=0.1)
    ] = 10,
    said: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A key of data as study.yaml has it, such as data.target=price or "
            "data.table.header=none; the rest is guessed around it. Can be repeated.",
        ),
    ] = None,
) -> None:
    """Write a commented study.yaml for a data file: everything guessed, each guess with its why."""
    with stages() as tell:
        from dropsearch.search.init.write import init

        lines = init(data, output, minutes, tell, said or ())
    say("\n".join(lines))


@commands.command(epilog="Example: dropsearch check study.yaml")
def check(study: StudyFile, as_json: AsJson = False) -> None:
    """Check a study.yaml and its data, and say what would run."""
    from dropsearch.studies.commands import command

    with stages() as tell:
        from dropsearch.search.config.load import load_config

        config = load_config(study)

        from dropsearch.search.terminal.check import (  # after the quick refusals: 2 s
            check,
            in_words,
        )

        found = check(config, tell)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    say("\n".join(in_words(found)))
    print(f"Next: {command('launch', str(study))}")
