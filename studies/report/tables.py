"""Tables of a study, as polars data frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import select

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.words import name_of
from dropsearch.studies.claims.predictions import Predictions
from dropsearch.studies.claims.progress import claims_of, epoch_seconds
from dropsearch.studies.claims.starts import source_of
from dropsearch.studies.intervals.statistics import Difference
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.store.records import FAILED, FINISHED, SEARCH, Claim, FoldScore, StudyRecord
from dropsearch.studies.store.store import Store


def trials_table(store: Store, record: StudyRecord) -> pl.DataFrame:
    """One row per trial of the search that was begun.

    trial, state (complete, pruned, failed, running, waiting), value (mean over folds at the best
    epoch; null unless complete), epochs (run so far), best_epoch (from 1), seconds, parameters,
    cost, every value of the point, the source of one that was tried first, and the reason of an
    early end.
    """
    seconds = epoch_seconds(store, record.uuid)
    rows = [
        {
            "trial": claim.trial,
            "state": _state(claim),
            "value": claim.value,
            "epochs": None if claim.epoch is None else claim.epoch + 1,
            "best_epoch": None if claim.best_epoch is None else claim.best_epoch + 1,
            "seconds": seconds.get(claim.id),
            **(claim.point or {}),
            **({"source": source_of(record, claim)} if "starts" in record.summary else {}),
            "reason": claim.reason,
        }
        for claim in claims_of(store, record.uuid, SEARCH)
        if claim.trial is not None
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _state(claim: Claim) -> str:
    if claim.state == FINISHED:
        return "pruned" if claim.value is None else "complete"
    return "failed" if claim.state == FAILED else claim.state


def best_first(trials: pl.DataFrame, record: StudyRecord) -> pl.DataFrame:
    """Those without a score last, else as they were."""
    if trials.is_empty():
        return trials
    return trials.sort(
        "value", descending=record.direction == "maximize", nulls_last=True, maintain_order=True
    )


def without_alike(trials: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The trials without the values that are the same for all of them, and these values."""
    kept = {"trial", "state", "value", "epochs", "best_epoch", "seconds"}
    alike = {
        column: trials[column][0]
        for column in trials.columns
        if column not in kept and trials[column].n_unique() == 1
    }
    return trials.drop(alike), {key: value for key, value in alike.items() if value is not None}


def curve_table(answer: Answer) -> pl.DataFrame:
    """One row per configuration of the curve that was fitted.

    configuration, recommended, every value of the point, parameters, score, standard_error, epochs,
    train_loss (dropout off), val_loss, and the differences over_zero and over_half (positive is
    better) with the ends of their intervals.
    """
    rows = []
    for place, member in enumerate(answer.members):
        if member is None:
            continue
        rows.append(
            {
                "configuration": name_of(answer, place),
                "recommended": place == answer.recommended,
                **member.point,
                "parameters": member.parameters,
                "score": member.mean,
                "standard_error": answer.standard_error(place),
                "epochs": member.training_epochs,
                "train_loss": float(member.train_loss.mean()),
                "val_loss": float(member.val_loss.mean()),
                **_ends("over_zero", answer.against_zero.get((place, answer.curve["zero"]))),
                **_ends("over_half", answer.against_half.get((place, answer.curve["half"]))),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _ends(name: str, found: Difference | None) -> dict[str, float | None]:
    columns = (name, f"{name}_low", f"{name}_high")
    if found is None:
        return dict.fromkeys(columns)
    return dict(zip(columns, (found.mean, found.low, found.high), strict=True))


def folds_table(store: Store, record: StudyRecord) -> pl.DataFrame:
    """Every fold score: phase, number, repeat, trial, epoch and fold (from 1), losses, metric."""
    columns = (
        *(Claim.phase, Claim.number, Claim.repeat, Claim.trial),
        *(FoldScore.epoch + 1, FoldScore.fold + 1),
        *(FoldScore.train_loss, FoldScore.val_loss, FoldScore.metric),
        *(FoldScore.updates, FoldScore.seconds),
    )
    names = "phase number repeat trial epoch fold train_loss val_loss metric updates seconds"
    with store.read() as session:
        rows = session.execute(
            select(*columns)
            .join(Claim, Claim.id == FoldScore.claim)
            .where(Claim.study == record.uuid)
            .order_by(Claim.id, FoldScore.epoch, FoldScore.fold)
        ).all()
    return pl.DataFrame(
        [tuple(row) for row in rows], schema=names.split(), orient="row", infer_schema_length=None
    )


def predictions_table(found: Predictions, record: StudyRecord) -> pl.DataFrame:
    """One row per example and repeat, of forecasts and step, of several targets and target.

    series (of texts: text), of several targets target, which stands alone where no column names
    the series; of forecasts time and step (of the horizon, from 1); fold (from 1), repeat, actual,
    predicted, and of classes the probability p_NAME of each.
    """
    targets = record.summary.get("targets", [])
    if not targets:
        return _predictions_of_one(found, record)
    parts = []
    for number, name in enumerate(targets):
        one = _predictions_of_one(found.of_target(number, len(targets)), record)
        parts.append(one.insert_column(1, pl.lit(name).alias("target")))
    whole = pl.concat(parts)
    return whole if record.config["data"].get("series") else whole.drop("series")


def _predictions_of_one(found: Predictions, record: StudyRecord) -> pl.DataFrame:
    repeats, _, outputs = found.said.shape
    forecast = record.summary["task"] == "forecast"
    steps = outputs if forecast else 1
    columns: dict[str, Any] = {
        "text" if "text" in record.summary else "series": np.repeat(found.names, steps),
    }
    actual: Any = found.examples.actual[found.index]
    said: Any = found.said[:, :, 0]
    shares = {}
    if forecast:
        actual, rows = found.examples.targets(found.index, steps)
        columns["time"] = found.examples.labels(rows.ravel())
        columns["step"] = np.tile(np.arange(1, steps + 1), len(actual))
        actual, said = actual.ravel(), found.said
    if record.summary["task"] == "classify":
        names = np.array(list(record.summary.get("classes", {})))
        actual, said = names[actual], names[found.said.argmax(2)]
        shares = {f"p_{name}": found.said[:, :, c].ravel() for c, name in enumerate(names)}
    return pl.DataFrame(
        {
            **{name: np.tile(column, repeats) for name, column in columns.items()},
            "fold": np.repeat(found.fold + 1, steps),
            "repeat": np.repeat(np.arange(repeats), len(actual)),
            "actual": np.tile(actual, repeats),
            "predicted": said.ravel(),
            **shares,
        }
    ).fill_nan(None)


def tables_as_csv(store: Store, record: StudyRecord) -> dict[str, bytes]:
    """The content of trials.csv, folds.csv, of a curve curve.csv, and where they are kept
    predictions.csv, by name."""
    evidence = Evidence(store, record)
    tables = {"trials": trials_table(store, record), "folds": folds_table(store, record)}
    if evidence.answer is not None:
        tables["curve"] = curve_table(evidence.answer)
    if isinstance(evidence.predictions, Predictions):
        tables["predictions"] = predictions_table(evidence.predictions, record)
    return {f"{name}.csv": table.write_csv().encode() for name, table in tables.items()}
