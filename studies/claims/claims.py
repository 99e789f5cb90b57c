"""Claims: the fits a study has to do, each taken, done and told by one holder at a time.

Every function is one short transaction. Those that take a `Claim` raise LostClaim, and write
nothing, where its holder does not hold it any more. Lost connections pass through as SQLAlchemy's
errors; each call may then be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.contract import Details, FoldRow, Point
from dropsearch.studies.store.records import (
    RUNNING,
    WAITING,
    Claim,
    FoldScore,
    StudyRecord,
    now,
)
from dropsearch.studies.store.store import Store


class LostClaim(StudiesError):  # noqa: N818
    """The claim was given to somebody else, or its study was deleted: drop the result."""


def take(store: Store, study: str, holder: str) -> Claim | None:
    """The waiting claim of lowest number in the study's phase, now running and held by `holder`.

    A holder has one claim at a time: one that it holds already, since it was told nothing of it
    when the connection was lost, comes first. None: there is none, or the study was stopped or
    deleted.
    """
    with store.write() as session:
        claim = session.scalars(
            select(Claim)
            .join(StudyRecord, StudyRecord.uuid == Claim.study)
            .where(
                Claim.study == study,
                or_(Claim.state == WAITING, and_(Claim.state == RUNNING, Claim.holder == holder)),
                Claim.phase == StudyRecord.phase,
                StudyRecord.halted.is_(False),
            )
            .order_by(Claim.state, Claim.number)
            .limit(1)
            .with_for_update(of=Claim, skip_locked=True)
        ).one_or_none()
        if claim is not None:
            claim.state = RUNNING
            claim.holder = holder
            claim.heartbeat += 1
            claim.attempts += 1
            claim.advanced = False
            claim.started = claim.started or now()
        return claim


def settle(store: Store, claim: Claim, point: Point, trial: int | None = None) -> bool:
    """Keep `point` as what the claim fits, and with it the number of a queued trial, if given.

    False, and nothing is kept: another claim of the phase and repeat has the point, or the trial.
    """
    values = {"point": point} if trial is None else {"point": point, "trial": trial}
    try:
        with store.write() as session:
            if trial is not None:
                locked_study(session, claim.study)
                if _is_held(session, claim.study, trial):
                    return False
            _update(session, claim, **values)
    except IntegrityError:
        return False
    claim.point = point
    claim.trial = claim.trial if trial is None else trial
    return True


def is_held(store: Store, study: str, trial: int) -> bool:
    """Whether a claim of the study has the trial of that number."""
    with store.read() as session:
        return _is_held(session, study, trial)


def _is_held(session: Session, study: str, trial: int) -> bool:
    held = select(Claim.id).where(Claim.study == study, Claim.trial == trial)
    return session.scalars(held.limit(1)).first() is not None


def attach_trial(store: Store, claim: Claim, number: int) -> None:
    """Keep the number of the claim's Optuna trial."""
    _write(store, claim, trial=number)
    claim.trial = number


def renew(store: Store, claim: Claim) -> bool:
    """Show that the holder lives. False: it holds the claim no more."""
    try:
        _write(store, claim, heartbeat=Claim.heartbeat + 1)
    except LostClaim:
        return False
    return True


def write_epoch(store: Store, claim: Claim, epoch: int, rows: Sequence[FoldRow]) -> None:
    """Keep an epoch's scores. What an earlier attempt left of it and later ones is replaced."""
    with store.write() as session:
        _update(session, claim, epoch=epoch, heartbeat=Claim.heartbeat + 1, advanced=True)
        session.execute(
            delete(FoldScore).where(FoldScore.claim == claim.id, FoldScore.epoch >= epoch)
        )
        session.execute(
            insert(FoldScore), [{"claim": claim.id, "epoch": epoch, **row} for row in rows]
        )


def keep_checkpoint(store: Store, claim: Claim, name: str) -> None:
    """Name the file from which another attempt goes on; the present one is no barren one."""
    _write(store, claim, checkpoint=name, heartbeat=Claim.heartbeat + 1, advanced=True)
    claim.checkpoint = name


def finish(
    store: Store,
    claim: Claim,
    state: Literal["done", "failed"],
    *,
    value: float | None = None,
    best_epoch: int | None = None,
    parameters: int | None = None,
    cost: float | None = None,
    details: Details | None = None,
    reason: str | None = None,
) -> None:
    """End the claim. `value` None: pruned or failed, so never the best. May be repeated."""
    with store.write() as session:
        try:
            _update(
                session,
                claim,
                state=state,
                value=None if value is None else float(value),
                best_epoch=best_epoch,
                parameters=parameters,
                cost=cost,
                details=details,
                reason=reason,
                ended=now(),
            )
        except LostClaim:
            held = session.get(Claim, claim.id)
            if held is None or (held.holder, held.state) != (claim.holder, state):
                raise


def give_back(store: Store, claim: Claim) -> None:
    """Let another worker go on with the claim; point, trial and epochs stay.

    The attempt does not count: its worker lives, so the fit did not kill it.
    """
    _write(store, claim, state=WAITING, holder=None, attempts=Claim.attempts - 1)


def reasoned(reason: object, claim: Claim) -> str:
    """Why a claim has failed, with the values that it was to fit."""
    values = ", ".join(f"{key} {value}" for key, value in (claim.point or {}).items())
    return f"{reason} ({values})" if values else str(reason)


def locked_study(session: Session, study: str) -> StudyRecord | None:
    """The study, locked until the transaction ends, since its phase or its claims will change."""
    return session.get(StudyRecord, study, with_for_update=True)


def add_rows(
    session: Session, study: str, phase: str, first: int, fixed: Sequence[Mapping[str, Any]]
) -> None:
    """Write claims numbered from `first` on."""
    rows = [
        {"study": study, "phase": phase, "number": first + i, "fixed": dict(values)}
        for i, values in enumerate(fixed)
    ]
    if rows:
        session.execute(insert(Claim), rows)


def delete_waiting(session: Session, study: str, phase: str) -> int:
    """Delete the claims of the phase that wait and were never begun."""
    return _count(
        session,
        delete(Claim).where(
            Claim.study == study,
            Claim.phase == phase,
            Claim.state == WAITING,
            Claim.point.is_(None),
            Claim.trial.is_(None),
        ),
    )


def _write(store: Store, claim: Claim, **values: Any) -> None:
    with store.write() as session:
        _update(session, claim, **values)


def _update(session: Session, claim: Claim, **values: Any) -> None:
    """Change the claim's row if its holder still holds it; else LostClaim."""
    changed = _count(
        session,
        update(Claim)
        .where(Claim.id == claim.id, Claim.holder == claim.holder, Claim.state == RUNNING)
        .values(**values),
    )
    if changed != 1:
        raise LostClaim(f"Claim {claim.id} is held by another worker now.")


def _count(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount
