"""The report's part on where the recommended configuration does worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dropsearch.studies.answer.words import count, metric_in_words, metric_of_each
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.part import Part, Table
from dropsearch.studies.store.contract import (
    SeriesScore,
    StepScore,
    TargetsScore,
    WorstClass,
    WorstClasses,
    WorstSeries,
)
from dropsearch.studies.store.records import HOLDOUT, StudyRecord

MOST = 10  # rows of a table


def worst(evidence: Evidence) -> Part | None:
    """By class, series and forecast step; None where no fit tells, or there is but one of each."""
    claim = evidence.detailed
    if claim is None or claim.details is None:
        return None
    found, record = claim.details, evidence.record
    parts = []
    if "classes" in found:
        parts.append(_classes(found["classes"], record))
    if "series" in found:
        parts.append(_series(found["series"], record))
    if "targets" in found:
        parts.append(_targets(found["targets"], record))
    if "steps" in found:
        parts.append(_steps(found["steps"], record))
    if not parts:
        return None
    examples = count(found["examples"], "example")
    said = [
        f"The recommended configuration on the holdout, {examples}."
        if claim.phase == HOLDOUT
        else f"The recommended configuration on the folds of the curve's last repeat, {examples}, "
        "with the networks as they were at the end of their training."
    ]
    said += [sentence for sentence, _ in parts]
    tables = tuple(table for _, table in parts)
    return Part("worst", "Where it does worst", " ".join(said), tables=tables)


def _classes(found: WorstClasses, record: StudyRecord) -> tuple[str, Table]:
    rows = found["worst"]
    first = rows[0]
    if first["recall"] == 1:
        said = "Every class is found each time."
    else:
        said = (
            f"Of {first['name']!r} it finds {_share(first)}; no other class is found less often. "
            f"What it misses is mostly taken for {first['taken_for']!r}."
        )
    table = Table(
        _title("class", "classes", rows, found["number"]),
        ("class", "examples", "found", "share found", "mostly taken for"),
        tuple(
            (
                row["name"],
                f"{row['examples']:,}",
                f"{round(row['recall'] * row['examples']):,}",
                f"{row['recall']:.3g}",
                row["taken_for"] or "–",
            )
            for row in rows
        ),
    )
    return said, table


def _share(row: WorstClass) -> str:
    return f"{round(row['recall'] * row['examples'])} of {count(row['examples'], 'example')}"


def _series(found: WorstSeries, record: StudyRecord) -> tuple[str, Table]:
    rows, unit = found["worst"], metric_in_words(record)
    said = (
        f"The worst of {found['number']:,} series is {rows[0]['name']!r}: {unit} "
        f"{rows[0]['score']:.4g}, where half of them have {found['median']:.4g} or less."
    )
    title, names = _title("series", "series", rows, found["number"]), [row["name"] for row in rows]
    return said, _scores(title, "series", names, rows, unit)


def _targets(found: Sequence[SeriesScore], record: StudyRecord) -> tuple[str, Table]:
    unit, weights = metric_of_each(record), record.summary.get("weights", {})
    rows = sorted(found, key=lambda row: -row["score"] * weights.get(row["name"], 1))
    first = rows[0]["name"]
    by = f" by their weights, of which it has {weights[first]:g}," if weights else ""
    said = f"The worst of {len(rows)} targets{by} is {first!r}: {unit} {rows[0]['score']:.4g}."
    names = [row["name"] for row in rows]
    title = _title("target", "targets", rows, len(rows))
    return said, _scores(title, "target", names, rows, unit)


def _steps(found: Sequence[StepScore], record: StudyRecord) -> tuple[str, Table]:
    unit = metric_in_words(record)
    rows = sorted(found, key=lambda row: -row["score"])
    said = (
        f"By forecast step {unit} is worst at step {rows[0]['step']} ({rows[0]['score']:.4g}) and "
        f"best at step {rows[-1]['step']} ({rows[-1]['score']:.4g})."
    )
    shown = rows[:MOST]
    title = _title("forecast step", "forecast steps", shown, len(rows))
    return said, _scores(title, "step", [str(row["step"]) for row in shown], shown, unit)


def _scores(
    title: str, name: str, names: Sequence[str], rows: Sequence[TargetsScore], unit: str
) -> Table:
    cells = zip(names, rows, strict=True)
    return Table(
        title,
        (name, "targets", unit),
        tuple((own, f"{row['targets']:,}", f"{row['score']:.4g}") for own, row in cells),
    )


def _title(one: str, many: str, rows: Sequence[Any], number: int) -> str:
    """`All 3 classes, worst first`, `The worst 10 of 412 series`"""
    if len(rows) < number:
        return f"The worst {len(rows)} of {number:,} {many}"
    return f"The only {one}" if number == 1 else f"All {number} {many}, worst first"
