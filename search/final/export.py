"""The text of an exported config: what `train` and `launch` read back without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dropsearch.search.config.faults import shown
from dropsearch.search.config.load import config_from, to_json, to_yaml
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.stored import whole
from dropsearch.search.errors import ConfigError, SearchError
from dropsearch.studies.recommend.errors import errors_of
from dropsearch.studies.recommend.export import exported
from dropsearch.studies.recommend.recommend import best_trial, recommend
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store

LONGEST_NUMBER = 10  # digits
WRITERS = {"yaml": to_yaml, "json": to_json}


def export_text(store: Store, study: str, select: str, form: Literal["yaml", "json"]) -> str:
    """As `export_config`, as text."""
    return WRITERS[form](export_config(store, study, select))


def export_config(store: Store, study: str, select: str) -> StudyConfig:
    """The configuration of the recommended, the best, or a numbered trial.

    Raises ConfigError for another word or trial, SearchError where no trial has a score.
    """
    record = store.find(study)
    number = _number(select)
    with whole(store, study):
        chosen = _chosen(store, record, select)
        made = None if chosen is None else config_from(exported(store, record, chosen), Path.cwd())
    if made is None:
        which = "No trial of" if number is None else f"There is no trial {number} with a score in"
        has = " has a score" if number is None else ""
        raise (SearchError if number is None else ConfigError)(
            f"{which} study {study!r}{has} (pruned and failed trials have none), so there is "
            f"nothing to export: see {store.command('report', study)}"
        )
    return made


def no_intervals(store: Store, study: str, select: str) -> str | None:
    """Why a model of what is exported will have no prediction intervals; None where it will have
    them, and of classes."""
    record = store.find(study)
    with whole(store, study):
        chosen = _chosen(store, record, select)
        found = None if chosen is None else errors_of(store, record, chosen)
    if not isinstance(found, str):
        return None
    return f"A model of this has no prediction intervals (predict --interval). {found}"


def _number(select: str) -> int | None:
    """Of a trial. Raises ConfigError for another word than the two."""
    numbered = select.isdecimal() and len(select) < LONGEST_NUMBER
    if select not in ("recommended", "best") and not numbered:
        raise ConfigError(
            f"--select {shown(select)}: use recommended, best, or the number of a trial."
        )
    return int(select) if numbered else None


def _chosen(store: Store, record: StudyRecord, select: str) -> Recommendation | None:
    if select == "best":
        return best_trial(store, record)
    return recommend(store, record, _number(select))
