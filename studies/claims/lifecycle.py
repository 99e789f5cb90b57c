"""Studies in the store: made, found, stopped, deleted."""

from __future__ import annotations

import difflib
import shutil
import unicodedata
import uuid as uuids
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from dropsearch.studies.claims.claims import add_rows, delete_waiting, locked_study
from dropsearch.studies.claims.leases import holder_alive, host_of
from dropsearch.studies.errors import NoStudy, StudiesError
from dropsearch.studies.store import damage
from dropsearch.studies.store.records import RUNNING, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.schema import lock
from dropsearch.studies.store.store import Store

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
    study exists too. Raises StudiesError where Optuna's is another's, before anything is written,
    and DamagedStudy.
    """
    from dropsearch.studies.store import optuna_tables

    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise StudiesError(f"A study's name has 1 to {LONGEST_NAME} characters: {name[:40]!r}")
    # Ours is written before Optuna's, so a name that only Optuna knows at this point is foreign.
    taken = optuna_tables.is_taken(store.optuna, name)
    with damage.whole(store, name), store.write() as session:
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
    from dropsearch.studies.store import optuna_tables

    return optuna_tables.study_id(store, record)


def list_studies(store: Store) -> list[StudyRecord]:
    """All studies, the oldest first."""
    return store.studies()


def find_study(store: Store, name: str) -> StudyRecord:
    """The study called `name`.

    Raises NoStudy, which names the nearest one, where there is none, and DamagedStudy.
    """
    _refuse_odd(store, name)
    with damage.whole(store, name), store.read() as session:
        record = _named(session, name)
    if record is None:
        raise _none(store, name)
    return record


def _refuse_odd(store: Store, name: str) -> None:
    """Raises NoStudy for a name of bytes that are not UTF-8, which no database takes."""
    if "Cs" in map(unicodedata.category, name):
        raise _none(store, name)


def _none(store: Store, name: str) -> NoStudy:
    names = sorted(store.names())
    if not names:
        return NoStudy(f"There is no study {name!r}: {store.shown} holds none yet.")
    close = difflib.get_close_matches(name, names, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return NoStudy(
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

    What is damaged of it is not read. Raises NoStudy where there is no such study, and StudiesError
    where a worker may be at it.
    """
    from dropsearch.studies.dashboard.attachments import remove_attachments
    from dropsearch.studies.store import optuna_tables

    record = _marks(store, name)
    checkpoints = checkpoint_folder(store, record.uuid)  # an unnamed folder is an error: at once
    with store.write() as session:
        _halt(session, record.uuid)  # from here on no worker takes a claim
        running = session.scalars(
            select(Claim.holder).where(Claim.study == record.uuid, Claim.state == RUNNING)
        )
        holders = [holder or "" for holder in running]
        _refuse_running(name, holders, store.command("stop", name))
    remove_attachments(store, record)
    found = optuna_tables.find(store.optuna, record)
    if found is not None:
        store.optuna.delete_study(found)
    with store.write() as session:
        lock(session.connection())
        session.execute(delete(StudyRecord).where(StudyRecord.uuid == record.uuid))
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


def refuse_unknown(store: Store, name: str) -> None:
    """Raise NoStudy where there is no study of that name, damaged or not."""
    _marks(store, name)


def _marks(store: Store, name: str) -> StudyRecord:
    """A record with no more than tells what belongs to the study."""
    _refuse_odd(store, name)
    table = StudyRecord.__table__
    query = select(table.c.uuid, table.c.fingerprint).where(table.c.name == name)
    with store.read() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        raise _none(store, name)
    return StudyRecord(name=name, uuid=found.uuid, fingerprint=found.fingerprint)


def _halt(session: Session, study: str) -> None:
    session.execute(update(StudyRecord).where(StudyRecord.uuid == study).values(halted=True))


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
