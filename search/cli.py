"""The command line. Each command calls one function of the rooms; nothing is worked out here."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dropsearch.models.errors import ModelsError
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.search.streams import fill_streams, output_fault
from dropsearch.studies.errors import StudiesError

app = typer.Typer(
    name="dropsearch",
    help="Which dropout rate, placed where, and which layer sizes should my LSTM use?",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

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


@app.command(epilog="Example: dropsearch init sunspots.csv --minutes 10")
def init(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", metavar="DATA")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to be written; it must not exist.")
    ] = Path("study.yaml"),
    minutes: Annotated[
        float, typer.Option(help="Time for all phases of the study on this machine.", min=0.1)
    ] = 10,
) -> None:
    """Write a commented study.yaml for a data file: everything guessed, each guess with its why."""
    from dropsearch.search.init.write import init
    from dropsearch.search.terminal.meter import stages

    with stages() as tell:
        lines = init(data, output, minutes, tell)
    print("\n".join(lines))


@app.command(epilog="Example: dropsearch check study.yaml")
def check(study: StudyFile, as_json: AsJson = False) -> None:
    """Check a study.yaml and its data, and say what would run."""
    from dropsearch.search.config.load import load_config

    config = load_config(study)

    from dropsearch.search.terminal.meter import stages

    with stages() as tell:
        from dropsearch.search.terminal.check import (  # after the quick refusals: 2 s
            check,
            in_words,
        )

        found = check(config, tell)
    print(json.dumps(found, indent=2) if as_json else "\n".join(in_words(found)))


@app.command(epilog="Example: dropsearch launch study.yaml --trials 20")
def launch(
    study: StudyFile,
    trials: Annotated[int | None, typer.Option(help="Instead of search.trials.", min=1)] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for the search, instead of search.timeout.", min=0)
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Worker processes; by default one per core, on a GPU at most 6.", min=1),
    ] = None,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="Where workers run: here, or in a Ray cluster ($RAY_ADDRESS)."),
    ] = "local",
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it to waiting workers (worker --forever).")
    ] = False,
    storage: Storage = None,
    as_json: AsJson = False,
) -> None:
    """Create, resume or extend a study and run it."""
    from dropsearch.search.config.load import load_config

    config = load_config(study)
    if detach:
        unused = {
            "timeout": timeout,
            "workers": workers,
            "engine": engine if engine != "local" else None,
        }
        _detach(config, storage=storage, trials=trials, **unused)
        return
    if engine == "local":
        from dropsearch.search.workers.engines import preload

        preload()

    from dropsearch.search.run import launch
    from dropsearch.search.terminal.show import print_answer, view_for_stdout
    from dropsearch.search.workers.follow import Quiet  # after the quick refusals: 2 s

    settings: dict[str, Any] = {
        "storage": storage,
        "trials": trials,
        "timeout": timeout,
        "workers": workers,
        "engine": engine,
    }
    if as_json:
        with redirect_stdout(sys.stderr):  # where Ray tells of lost nodes
            chosen = launch(config, view=Quiet(), **settings).recommendation
        print(json.dumps(chosen.as_dict(), indent=2))
        return
    with view_for_stdout() as view:
        result = launch(config, view=view, **settings)
    print_answer(result.recommendation)
    name, command = result.record.name, result.store.command
    print(f"\nNext: {command('report', name)}; {command('export', name, o='best.yaml')}")


def _detach(config: Any, *, storage: str | None, trials: int | None, **unused: Any) -> None:
    for option, value in unused.items():
        if value is not None:
            raise ConfigError(f"--{option} has no meaning with --detach: leave one of them out.")

    from dropsearch.search.run import detach
    from dropsearch.search.terminal.show import view_for_stdout

    with view_for_stdout() as view:
        record = detach(config, storage=storage, trials=trials, view=view)
    following = _store(storage).command("status", record.name)
    print(f"Study {record.name} waits for workers. Next: {following}")


@app.command(epilog="Example: dropsearch worker sunspots")
def worker(
    studies: Annotated[
        list[str] | None, typer.Argument(help="Studies to serve; all by default.", metavar="STUDY")
    ] = None,
    forever: Annotated[
        bool, typer.Option("--forever", help="Wait for more when nothing is left to do.")
    ] = False,
    storage: Storage = None,
) -> None:
    """Join studies and run their fits until they are done."""
    from dropsearch.search.workers.serving import serve

    try:
        serve(_store(storage, create=forever), studies or [], forever=forever)
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(130)  # all is given back, and torch takes seconds to end on a loaded machine


@app.command("list", epilog="Example: dropsearch list")
def list_studies(storage: Storage = None, as_json: AsJson = False) -> None:
    """List the studies of a database."""
    from dropsearch.search.terminal.status import listing, listing_in_words

    found = listing(_store(storage))
    print(json.dumps(found, indent=2) if as_json else listing_in_words(found))


@app.command(epilog="Example: dropsearch status sunspots")
def status(study: StudyName, storage: Storage = None, as_json: AsJson = False) -> None:
    """Say how far a study is and what it has found."""
    from dropsearch.search.config.stored import whole
    from dropsearch.search.terminal.status import status, status_in_words

    store = _store(storage)
    with whole(store, study):
        found = status(store, study)
        print(json.dumps(found, indent=2) if as_json else status_in_words(found))


@app.command(epilog="Example: dropsearch stop sunspots")
def stop(study: StudyName, storage: Storage = None) -> None:
    """Ask the workers of a study to leave; launch resumes it."""
    from dropsearch.search.config.stored import whole
    from dropsearch.studies.claims.lifecycle import set_halted
    from dropsearch.studies.claims.progress import progress

    store = _store(storage)
    record = store.find(study)
    set_halted(store, record.uuid, halted=True)
    running = 0
    for _ in range(100):
        with whole(store, study):
            seen = progress(store, record.uuid)
        running = len(seen.running) - len(seen.abandoned) if seen else 0
        if not running:
            print(f"Study {study} is stopped; dropsearch launch resumes it.")
            return
        time.sleep(0.1)
    print(f"Study {study} is told to stop; {running} trials have not been left yet.")


@app.command(epilog="Example: dropsearch delete sunspots --yes")
def delete(
    study: StudyName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    storage: Storage = None,
) -> None:
    """Remove every trace of a study."""
    from dropsearch.studies.removal import delete_study, refuse_unknown

    store = _store(storage)
    refuse_unknown(store, study)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Remove study {study} with all its results?", abort=True)
    delete_study(store, study)
    print(f"Study {study} is removed.")


@app.command(epilog="Example: dropsearch export sunspots -o best.yaml")
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

    from dropsearch.search.final.export import export_text

    write_output(output, export_text(_store(storage), study, select, form))


@app.command(epilog="Example: dropsearch report sunspots -o sunspots.html")
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
    from dropsearch.search.terminal.output import refuse_output, write_files, write_output

    output = output or Path(f"{study}.html")
    refuse_output(output, mark="<html")

    from dropsearch.search.config.stored import whole
    from dropsearch.studies.report.images import images_as_png
    from dropsearch.studies.report.report import report_html
    from dropsearch.studies.report.tables import tables_as_csv

    store = _store(storage)
    record = store.find(study)
    with whole(store, study):
        write_output(output, report_html(store, record))
        if csv is not None:
            write_files(csv, tables_as_csv(store, record))
        if png is not None:
            write_files(png, images_as_png(store, record))


@app.command(epilog="Example: dropsearch dashboard --port 8080")
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    storage: Storage = None,
) -> None:
    """Open optuna-dashboard on the database."""
    from dropsearch.studies.dashboard.server import serve_dashboard

    serve_dashboard(_store(storage), host, port)


@app.command(epilog="Example: dropsearch train best.yaml -o model")
def train(
    study: StudyFile,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder to be written; it must not exist.")
    ] = Path("model"),
    seeds: Annotated[
        int, typer.Option(help="Networks to train, whose predictions are averaged.", min=1, max=100)
    ] = 1,
    keep_holdout: Annotated[
        bool, typer.Option("--keep-holdout", help="Leave the holdout out, and score it.")
    ] = False,
) -> None:
    """Train the model of an exported config on all data and write its folder."""
    from dropsearch.search.config.load import load_config

    config = load_config(study)

    from dropsearch.search.final.model_card import in_words
    from dropsearch.search.final.train import train
    from dropsearch.search.terminal.meter import meter, stages
    from dropsearch.studies.commands import command

    told: dict[str, Any] = {"networks": seeds, "keep_holdout": keep_holdout}
    try:
        with stages() as tell, meter(config.training.epochs) as on_epoch:
            made = train(config, output, **told, on_epoch=on_epoch, tell=tell)
    except KeyboardInterrupt:
        print("dropsearch: interrupted; nothing is written.", file=sys.stderr)
        sys.exit(130)
    _note(made.notes)
    print("\n".join(in_words(config, made.about)))
    print(f"Written: {made.folder}")
    print(f"Next: {command('predict', str(output), 'DATA', o='predictions.csv')}")


@app.command(epilog="Example: dropsearch predict model new.csv -o predictions.csv")
def predict(
    model: Annotated[Path, typer.Argument(help="A folder of train.", metavar="MODEL_DIR")],
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", metavar="DATA")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="CSV file; by default it is printed.")
    ] = None,
    samples: Annotated[
        int, typer.Option(help="Passes of Monte Carlo dropout; 0: none.", min=0, max=100_000)
    ] = 0,
) -> None:
    """Predict with a trained model."""
    from dropsearch.search.terminal.output import STDOUT, refuse_output, write_output

    output = output or STDOUT
    refuse_output(output, source=data)

    from dropsearch.search.terminal.meter import stages

    with stages() as tell:
        from dropsearch.search.final.predict import predictions

        table, notes = predictions(model, data, samples, tell)
    _note(notes)
    write_output(output, table.write_csv())


def _note(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(f"Note: {sentence}", file=sys.stderr)


def _store(storage: str | None, *, create: bool = False) -> Any:
    from dropsearch.studies.store.store import open_store

    return open_store(storage, create=create)


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
        print(f"dropsearch: {error}", file=sys.stderr)
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
        print(
            f"dropsearch: {type(error).__name__}: {error}\nThis is a fault of dropsearch; "
            "--debug before the command shows where.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
