"""Studies removed from the store, with all that belongs to them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from dropsearch.studies.claims.leases import LEASE_SECONDS, LeaseWatch, holder_alive, host_of
from dropsearch.studies.claims.lifecycle import checkpoint_folder, data_file
from dropsearch.studies.claims.validated import validated_folder
from dropsearch.studies.dashboard.attachments import remove_attachments
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.optuna_storage import find_study
from dropsearch.studies.store.records import RUNNING, Claim, StudyRecord
from dropsearch.studies.store.schema import lock
from dropsearch.studies.store.store import Store

LOOK = 0.5  # seconds between two looks at workers of other hosts


def delete_study(
    store: Store,
    name: str,
    tell: Callable[[str], None] = lambda _: None,
    lease: float = LEASE_SECONDS,
) -> None:
    """Remove every trace of the study; what was cut off is finished by calling it again.

    What is damaged of it is not read. Raises NoStudy where there is no such study, and StudiesError
    where a worker is at it; one of another host is watched until it shows life, for `lease` seconds
    at most, of which `tell` is told.
    """
    record = _marks(store, name)
    still = _still(store, record.uuid, tell, lease)
    own = [folder(store, record.uuid) for folder in (checkpoint_folder, validated_folder)]
    with store.write() as session:
        _halt(session, record.uuid)  # from here on no worker takes a claim
        running = [claim for claim in _running(session, record.uuid) if _beat(claim) not in still]
        _refuse_running(name, running, store.command("stop", name))
    remove_attachments(store, record)
    found = find_study(store.optuna, record)
    if found is not None:
        store.optuna.delete_study(found)
    with store.write() as session:
        lock(session.connection())
        session.execute(delete(StudyRecord).where(StudyRecord.uuid == record.uuid))
        sharing = select(func.count()).where(StudyRecord.fingerprint == record.fingerprint)
        # While the lock is held nobody writes a study that needs the data.
        data = data_file(store, record.fingerprint)
        alone = _is_one_name(record.fingerprint) and not session.scalar(sharing)
        _remove_files(own if _is_one_name(record.uuid) else [], data if alone else None)


def refuse_unknown(store: Store, name: str) -> None:
    """Raise NoStudy where there is no study of that name, damaged or not."""
    _marks(store, name)


def _marks(store: Store, name: str) -> StudyRecord:
    """A record with no more than tells what belongs to the study."""
    store.refuse_odd(name)
    table = StudyRecord.__table__
    query = select(table.c.uuid, table.c.fingerprint).where(table.c.name == name)
    with store.read() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        raise store.unknown(name)
    return StudyRecord(name=name, uuid=found.uuid, fingerprint=found.fingerprint)


def _halt(session: Session, study: str) -> None:
    session.execute(update(StudyRecord).where(StudyRecord.uuid == study).values(halted=True))


def _running(session: Session, study: str) -> list[Claim]:
    """Of each claim that runs no more than tells who holds it."""
    table = Claim.__table__
    query = select(table.c.id, table.c.holder, table.c.heartbeat).where(
        table.c.study == study, table.c.state == RUNNING
    )
    return [Claim(**row._asdict()) for row in session.execute(query)]


def _beat(claim: Claim) -> tuple[int, str | None, int]:
    return claim.id, claim.holder, claim.heartbeat


def _still(
    store: Store, study: str, tell: Callable[[str], None], lease: float
) -> set[tuple[int, str | None, int]]:
    """The last beats of workers of other hosts that showed no life for a lease; none, as soon as
    any worker is known to live."""
    watch, first = LeaseWatch(lease), None
    while True:
        with store.read() as session:
            running = _running(session, study)
        alive = [holder_alive(claim.holder or "") for claim in running]
        away = [claim for claim, lives in zip(running, alive, strict=True) if lives is None]
        beats = {_beat(claim) for claim in away}
        first = first or beats
        if True in alive or not beats <= first:
            return set()
        if {claim.id for claim in away} <= watch.observe(away):
            return beats
        tell(f"Watching whether the workers on {_hosts(away)} live, for {lease:.0f} s at most")
        time.sleep(LOOK)


def _hosts(running: Iterable[Claim]) -> str:
    return ", ".join(sorted({host_of(claim.holder or "") for claim in running}))


def _refuse_running(name: str, running: list[Claim], stop: str) -> None:
    live = [claim for claim in running if holder_alive(claim.holder or "") is not False]
    if live:
        raise StudiesError(
            f"Study {name!r} has {len(live):,} fits running (on {_hosts(live)}): run "
            f"`{stop}`, wait until its workers have left, then delete it."
        )


def _is_one_name(name: str) -> bool:
    """Whether it names a file in a folder: a damaged row must not lead out of ours."""
    return name == Path(name).name and name not in ("", "..")


def _remove_files(folders: Sequence[Path], data: Path | None) -> None:
    try:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if data is not None:
            data.unlink(missing_ok=True)
    except OSError as error:
        raise StudiesError(f"Cannot remove {error.filename}: {error.strerror}.") from None
