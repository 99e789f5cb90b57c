"""Commands that run fits."""

from __future__ import annotations

import json
import os
import sys
from contextlib import redirect_stdout
from typing import Annotated, Any, Literal

import typer

from dropsearch.search.cli.shared import (
    INTERRUPTED,
    AsJson,
    Storage,
    StudyFile,
    open_store,
)
from dropsearch.search.errors import ConfigError
from dropsearch.search.loading import loading
from dropsearch.search.terminal.meter import stages

commands = typer.Typer()


@commands.command(epilog="Example: dropsearch launch study.yaml --trials 20")
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
    print(f"Starting study {config.study} ...", file=sys.stderr if as_json else None, flush=True)
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
    following = open_store(storage).command("status", record.name)
    print(f"Study {record.name} waits for workers. Next: {following}")


@commands.command(epilog="Example: dropsearch worker sunspots")
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
    with stages(), loading():
        from dropsearch.search.workers.serving import serve

    try:
        serve(open_store(storage, create=forever), studies or [], forever=forever)
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(130)  # all is given back, and torch takes seconds to end on a loaded machine
