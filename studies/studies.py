"""Studies in the store: made, found, stopped, deleted."""

from __future__ import annotations

import difflib
import shutil
import unicodedata
import uuid as uuids
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dropsearch.studies.claims import add_rows, delete_waiting, locked_study
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.leases import holder_alive, host_of
from dropsearch.studies.records import RUNNING, SEARCH, Claim, StudyRecord
from dropsearch.studies.schema import lock
from dropsearch.studies.store import Store

LONGEST_NAME = 512  # Optuna's column


def create_study(
    store: Store,
    name: str,
    config: dict[str, Any],
    fingerprint: str,
    summary: dict[str, Any],
    versions: dict[str, Any],
    metric: str,
    direction: str,
    claims: Sequence[Mapping[str, Any]],
) -> tuple[StudyRecord, bool]:
    """Make the study with its claims (given by their fixed values), or find the one of that name.

    Returns the study and whether this call made it; of several at once one does. Then Optuna's
    study exists too. Raises StudiesError where Optuna's is another's, before anything is written.
    """
    from dropsearch.studies import optuna_tables

    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise StudiesError(f"A study's name has 1 to {LONGEST_NAME} characters: {name[:40]!r}")
    # Ours is written before Optuna's, so a name that only Optuna knows at this point is foreign.
    taken = optuna_tables.is_taken(store.optuna, name)
    with store.write() as session:
        lock(session.connection())
        record = _named(session, name)
        made = record is None
        if record is None:
            if taken:
                raise optuna_tables.foreign(name)
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
    optuna_tables.study_id(store, record)
    return record, made


def optuna_study_id(store: Store, record: StudyRecord) -> int:
    """Id of Optuna's study, found by our UUID; StudiesError where it was deleted."""
    from dropsearch.studies import optuna_tables

    return optuna_tables.study_id(store, record)


def list_studies(store: Store) -> list[StudyRecord]:
    """All studies, the oldest first."""
    return store.studies()


def find_study(store: Store, name: str) -> StudyRecord:
    """The study called `name`; StudiesError names the nearest one where there is none."""
    with store.read() as session:
        readable = "Cs" not in map(unicodedata.category, name)  # else no database takes it
        record = _named(session, name) if readable else None
        if record is not None:
            return record
        names = list(session.scalars(select(StudyRecord.name).order_by(StudyRecord.name)))
    if not names:
        raise StudiesError(f"There is no study {name!r}: {store.shown} holds none yet.")
    close = difflib.get_close_matches(name, names, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    raise StudiesError(
        f"There is no study {name!r} in {store.shown}.{meant} "
        f"It holds: {', '.join(names[:20])}{more}."
    )


def set_halted(store: Store, study: str, halted: bool) -> None:
    """Ask the workers of the study to leave, or let them come again."""
    _set(store, study, halted=halted)


def set_config(store: Store, study: str, config: dict[str, Any]) -> None:
    """Keep a config of which only what may change on resuming was changed."""
    _set(store, study, config=config)


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


def delete_study(store: Store, name: str) -> None:
    """Remove every trace of the study; what was cut off is finished by calling it again.

    Raises StudiesError where there is no such study or a worker may be at it.
    """
    from dropsearch.studies import optuna_tables
    from dropsearch.studies.attachments import remove_attachments

    record = find_study(store, name)
    checkpoints = checkpoint_folder(store, record.uuid)  # an unnamed folder is an error: at once
    with store.write() as session:
        record = locked_study(session, record.uuid) or record
        running = session.scalars(
            select(Claim).where(Claim.study == record.uuid, Claim.state == RUNNING)
        )
        holders = [claim.holder or "" for claim in running]
        _refuse_running(name, holders, store.command("stop", name))
        record.halted = True  # from here on no worker takes a claim
    remove_attachments(store, record)
    found = optuna_tables.find(store.optuna, record)
    if found is not None:
        store.optuna.delete_study(found)
    with store.write() as session:
        lock(session.connection())
        if (study := locked_study(session, record.uuid)) is not None:
            session.delete(study)
            session.flush()
        sharing = select(func.count()).where(StudyRecord.fingerprint == record.fingerprint)
        # While the lock is held nobody writes a study that needs the data.
        data = data_file(store, record.fingerprint)
        _remove_files(checkpoints, None if session.scalar(sharing) else data)


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


def _refuse_running(name: str, holders: list[str], stop: str) -> None:
    live = [holder for holder in holders if holder_alive(holder) is not False]
    if live:
        hosts = ", ".join(sorted({host_of(holder) for holder in live}))
        raise StudiesError(
            f"Study {name!r} has {len(live)} fits running (on {hosts}): run "
            f"`{stop}`, wait until its workers have left, then delete it."
        )


def _remove_files(checkpoints: Path, data: Path | None) -> None:
    try:
        shutil.rmtree(checkpoints, ignore_errors=True)
        if data is not None:
            data.unlink(missing_ok=True)
    except OSError as error:
        raise StudiesError(f"Cannot remove {error.filename}: {error.strerror}.") from None
