"""Commands that show what a study has found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dropsearch.search.cli.shared import Storage, StudyName, note, open_store
from dropsearch.search.terminal.meter import stages

commands = typer.Typer()


@commands.command(epilog="Example: dropsearch export sunspots -o best.yaml")
def export(
    study: StudyName,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File; by default it is printed.")
    ] = None,
    select: Annotated[
        str, typer.Option(help="recommended, best, or the number of a trial.")
    ] = "recommended",
    form: Annotated[Literal["yaml", "json"], typer.Option("--format", help="Format.")] = "yaml",
    storage: Storage = None,
) -> None:
    """Write the best config as a study.yaml of its own."""
    from dropsearch.search.terminal.output import STDOUT, refuse_output, write_output

    output = output or STDOUT
    refuse_output(output, mark="selected")

    with stages():
        from dropsearch.search.final.export import WRITERS, export_config, no_intervals
        from dropsearch.studies.commands import command
        from dropsearch.studies.store.records import DONE

        store = open_store(storage)
        made = export_config(store, study, select)
        known = made.selected is not None and made.selected.errors is not None
        lacks = None if known else no_intervals(store, study, select)
    write_output(output, WRITERS[form](made))
    if store.find(study).phase != DONE:
        note(["The study has not ended: this is what it has found so far. Export it again then."])
    elif lacks is not None:
        note([lacks])
    if output != STDOUT:
        print(f"Next: {command('train', str(output), o='model')}")


@commands.command(epilog="Example: dropsearch report sunspots -o sunspots.html")
def report(
    study: StudyName,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File; by default STUDY.html.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help="Folder for the pictures as PNG files; needs Chromium.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Folder for trials, curve and fold scores as CSV files.")
    ] = None,
    storage: Storage = None,
) -> None:
    """Write a study's report, one HTML file."""
    from dropsearch.search.terminal.output import STDOUT, refuse_output, write_files, write_output

    output = output or Path(f"{study}.html")
    refuse_output(output, mark="<html")

    with stages() as tell:
        from dropsearch.search.config.stored import whole
        from dropsearch.studies.report.images import images_as_png
        from dropsearch.studies.report.report import report_html
        from dropsearch.studies.report.tables import tables_as_csv

        store = open_store(storage)
        record = store.find(study)
        tell("Drawing")
        with whole(store, study):
            page = report_html(store, record)
    with whole(store, study):
        write_output(output, page)
        if csv is not None:
            write_files(csv, tables_as_csv(store, record))
        if png is not None:
            with stages() as tell:
                pictures = images_as_png(store, record, tell)
            write_files(png, pictures)
    if output != STDOUT:
        print(f"Next: {store.command('export', study, o='best.yaml')}")


@commands.command(epilog="Example: dropsearch dashboard --port 8080")
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    storage: Storage = None,
) -> None:
    """Open optuna-dashboard on the database."""
    with stages():
        from dropsearch.studies.dashboard.server import serve_dashboard

        store = open_store(storage)
    serve_dashboard(store, host, port)
