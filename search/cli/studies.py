"""Commands about the studies of a database."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from dropsearch.search.cli.shared import AsJson, Storage, StudyName, open_store, say
from dropsearch.search.terminal.meter import stages

commands = typer.Typer()


@commands.command("list", epilog="Example: dropsearch list")
def list_studies(storage: Storage = None, as_json: AsJson = False) -> None:
    """List the studies of a database."""
    with stages():
        from dropsearch.search.terminal.status import listing, listing_in_words

        store = open_store(storage)
        found = listing(store)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        say(listing_in_words(found))
    if found and not as_json:
        print(f"Next: {store.command('status', found[-1]['study'])}")


@commands.command(epilog="Example: dropsearch status sunspots")
def status(study: StudyName, storage: Storage = None, as_json: AsJson = False) -> None:
    """Say how far a study is and what it has found."""
    with stages():
        from dropsearch.search.config.stored import whole
        from dropsearch.search.terminal.status import following, status, status_in_words

        store = open_store(storage)
        with whole(store, study):
            found = status(store, study)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        say(status_in_words(found))
        print(f"Next: {following(store, found)}")


@commands.command(epilog="Example: dropsearch stop sunspots")
def stop(study: StudyName, storage: Storage = None) -> None:
    """Ask the workers of a study to leave; launch resumes it."""
    with stages():
        from dropsearch.search.workers.stop import stop

        running = stop(open_store(storage), study)
    if running:
        print(f"Study {study} is told to stop; {running:,} trials have not been left yet.")
    else:
        print(f"Study {study} is stopped; dropsearch launch resumes it.")


@commands.command(epilog="Example: dropsearch delete sunspots --yes")
def delete(
    study: StudyName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    storage: Storage = None,
) -> None:
    """Remove every trace of a study."""
    with stages():
        from dropsearch.studies.removal import delete_study, refuse_unknown

        store = open_store(storage)
        refuse_unknown(store, study)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Remove study {study} with all its results?", abort=True)
    with stages() as tell:
        delete_study(store, study, tell)
    print(f"Study {study} is removed. Next: {store.command('list')}")
