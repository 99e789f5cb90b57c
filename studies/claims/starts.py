"""Trials that were not drawn: those that the search tried first."""

from __future__ import annotations

from dropsearch.studies.store.records import SEARCH, Claim, StudyRecord


def source_of(record: StudyRecord, claim: Claim) -> str | None:
    """Where the values of a trial come from; None where they were drawn."""
    starts = record.summary.get("starts", [])
    if claim.phase != SEARCH or claim.number >= len(starts) or claim.point is None:
        return None
    start, point = starts[claim.number], claim.point
    kept = all(point[key] == value for key, value in start["values"].items())
    return start["source"] if kept else None
