"""Studies in the store: made, changed, stopped."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dropsearch.studies.claims.claims import add_rows, delete_waiting, locked_study
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store import damage
from dropsearch.studies.store.contract import Summary
from dropsearch.studies.store.records import SEARCH, StudyRecord
from dropsearch.studies.store.schema import lock
from dropsearch.studies.store.store import Store

LONGEST_NAME = 512  # Optuna's column


def create_study(
    store: Store,
    name: str,
    config: dict[str, Any],
    fingerprint: str,
    summary: Summary,
    versions: dict[str, Any],
    metric: str,
    direction: str,
    claims: Sequence[Mapping[str, Any]],
) -> tuple[StudyRecord, bool]:
    """Make the study with its claims (given by their fixed values), or find the one of that name.

    Returns the study and whether this call made it; of several at once one does. Then Optuna's
    study exists too. Raises StudiesError where Optuna's is another's, before anything is written,
    and DamagedStudy.
    """
    from dropsearch.studies.claims import optuna_study

    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise StudiesError(f"A study's name has 1 to {LONGEST_NAME} characters: {name[:40]!r}")
    # Ours is written before Optuna's, so a name that only Optuna knows at this point is foreign.
    taken = optuna_study.is_taken(store.optuna, name)
    with damage.whole(store, name), store.write() as session:
        lock(session.connection())
        record = _named(session, name)
        made = record is None
        if record is None:
            if taken:
                raise optuna_study.foreign(name)
            record = StudyRecord(
                uuid=str(uuids.uuid4()),
                name=name,
                config=config,
                fingerprint=fingerprint,
                summary=summary,
                versions=versions,
                metric=metric,
                direction=direction,
            )
            session.add(record)
            session.flush()
            add_rows(session, record.uuid, SEARCH, 0, claims)
    optuna_study.ensure_study(store, record)
    return record, made


def set_halted(store: Store, study: str, halted: bool) -> None:
    """Ask the workers of the study to leave, or let them come again."""
    _set(store, study, halted=halted)


def close_search(store: Store, study: str, note: str) -> int:
    """End the search early: claims not begun are dropped, `note` is kept. Returns their number.

    Claims that were begun and given back stay, for a worker to end their trials.
    """
    with store.write() as session:
        record = locked_study(session, study)
        if record is None:
            return 0
        record.closed = True
        record.note = note
        return delete_waiting(session, study, SEARCH)


def checkpoint_folder(store: Store, study: str) -> Path:
    """Where the study's checkpoints lie; it need not exist."""
    return store.artifacts / "checkpoints" / study


def data_folder(store: Store) -> Path:
    """Where the data of all studies lies, by fingerprint; it need not exist."""
    return store.artifacts / "data"


def data_file(store: Store, fingerprint: str) -> Path:
    """Where the data of that fingerprint lies; it need not exist."""
    return data_folder(store) / f"{fingerprint}.safetensors"


def _named(session: Session, name: str) -> StudyRecord | None:
    return session.scalars(select(StudyRecord).where(StudyRecord.name == name)).one_or_none()


def _set(store: Store, study: str, **values: Any) -> None:
    with store.write() as session:
        session.execute(update(StudyRecord).where(StudyRecord.uuid == study).values(**values))
