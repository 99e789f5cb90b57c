"""Commands about the model that the study was for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dropsearch.search.cli.shared import StudyFile, note, say
from dropsearch.search.loading import loading
from dropsearch.search.terminal.meter import meter, stages

commands = typer.Typer()


@commands.command(epilog="Example: dropsearch train best.yaml -o model")
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

    from dropsearch.studies.commands import command

    with stages(), loading():
        from dropsearch.search.final.model_card import in_words
        from dropsearch.search.final.train import train

    told: dict[str, Any] = {"networks": seeds, "keep_holdout": keep_holdout}
    try:
        with stages() as tell, meter(config.training.epochs) as on_epoch:
            made = train(config, output, **told, on_epoch=on_epoch, tell=tell)
    except KeyboardInterrupt:
        print("dropsearch: interrupted; nothing is written.", file=sys.stderr)
        sys.exit(130)
    note(made.notes)
    say("\n".join(in_words(config, made.about)))
    print(f"Written: {made.folder}")
    own = {"o": "predictions.csv", "network": config.model.network}
    print(f"Next: {command('predict', str(output), 'DATA', **own)}")


@commands.command(epilog="Example: dropsearch predict model new.csv -o predictions.csv")
def predict(
    model: Annotated[Path, typer.Argument(help="A folder of train.", metavar="MODEL_DIR")],
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", metavar="DATA")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="CSV file; by default it is printed.")
    ] = None,
    future: Annotated[
        Path | None,
        typer.Option(
            help="File of what is known ahead (data.known) of the steps to be forecast; by default "
            "the rows of DATA whose target is blank at the end.",
            metavar="FILE",
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option(help="Passes of Monte Carlo dropout; 0: none.", min=0, max=100_000)
    ] = 0,
    interval: Annotated[
        float | None,
        typer.Option(help="Numbers: share of true values that an interval is to hold, as 0.9."),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            help="The class of a model of your own networks, package.module:Class, which is "
            "imported.",
            metavar="CLASS",
        ),
    ] = None,
) -> None:
    """Predict with a trained model."""
    from dropsearch.search.terminal.output import STDOUT, refuse_output, write_output

    output = output or STDOUT
    for read in (data, future):
        refuse_output(output, source=read)

    with stages() as tell:
        with loading():
            from dropsearch.search.final.predict import predictions

        table, notes = predictions(
            model, data, samples, tell, future=future, interval=interval, network=network
        )
    note(notes)
    write_output(output, table.write_csv())
