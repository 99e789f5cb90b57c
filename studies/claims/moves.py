"""A study's way from phase to phase, and back to the search for more trials.

Every function is one short transaction; of several callers at once one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dropsearch.studies.claims.claims import add_rows, locked_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.contract import Config, Plan, Point
from dropsearch.studies.store.records import DONE, RUNNING, SEARCH, WAITING, Claim, now, point_text
from dropsearch.studies.store.store import Store


def add_trials(
    store: Store,
    study: str,
    fixed: Sequence[Mapping[str, Any]],
    *,
    after: int | None = None,
    reopen: bool = False,
    config: Mapping[str, Any] | None = None,
) -> bool:
    """Add claims to the search, with numbers going on, and set the study back to it, open again and
    without an answer.

    With `reopen` also where there is none to add: the later phases are then gone through anew,
    and what they have of the fits asked for is kept. config: the study's from now on, but for its
    trials, which never become fewer. False, and nothing is done: the study is gone, or `after` is
    given and the search has not that number of claims (somebody else has added some).
    """
    with store.write() as session:
        record = locked_study(session, study)
        if record is None:
            return False
        count, last = session.execute(
            select(func.count(), func.coalesce(func.max(Claim.number), -1)).where(
                Claim.study == study, Claim.phase == SEARCH
            )
        ).one()
        if after is not None and count != after:
            return False
        if fixed or reopen:
            add_rows(session, study, SEARCH, last + 1, fixed)
            record.phase = SEARCH
            record.ended = record.answer = None
        if fixed:
            record.closed = False
            record.note = None
        if config is not None:
            trials = max(one["search"]["trials"] for one in (config, record.config))
            search = {**config["search"], "trials": trials}
            record.config = cast("Config", {**config, "search": search})
        return True


@dataclass(frozen=True)
class Ask:
    """A fit that a phase after the search asks for."""

    point: Point
    repeat: int = 0
    epochs: int | None = None  # train exactly so many; None: as the config says


def advance(
    store: Store,
    study: str,
    from_phase: str,
    to_phase: str,
    asked: Sequence[Ask] = (),
    *,
    plan: Plan | None = None,
    answer: dict[str, Any] | None = None,
) -> bool:
    """Go to the next phase with its claims, once no claim of the old one waits or runs.

    Claims that the phase has already, from an earlier answer, are kept; those that wait there and
    are not asked for any more are dropped. `plan`, where given, and `answer` become the study's.
    True for one caller only.
    """
    with store.write() as session:
        record = locked_study(session, study)
        if record is None or record.phase != from_phase:
            return False
        if _any_open(session, study, from_phase):
            return False
        record.phase = to_phase
        record.ended = now() if to_phase == DONE else None
        record.plan = plan or record.plan
        record.answer = answer
        _write_asked(session, study, to_phase, asked)
        return True


def any_open(store: Store, study: str, phase: str) -> bool:
    """Whether a claim of the phase waits or runs."""
    with store.read() as session:
        return _any_open(session, study, phase)


def _any_open(session: Session, study: str, phase: str) -> bool:
    found = select(Claim.id).where(
        Claim.study == study, Claim.phase == phase, Claim.state.in_([WAITING, RUNNING])
    )
    return session.scalars(found.limit(1)).first() is not None


def any_new(store: Store, study: str, phase: str, asked: Sequence[Ask]) -> bool:
    """Whether the phase has not ended one of the fits asked for already."""
    ended = {
        (claim.repeat, point_text(claim.point or {}))
        for claim in claims_of(store, study, phase)
        if claim.ended is not None
    }
    return any((ask.repeat, point_text(ask.point)) not in ended for ask in asked)


def _write_asked(session: Session, study: str, phase: str, asked: Sequence[Ask]) -> None:
    present = session.scalars(select(Claim).where(Claim.study == study, Claim.phase == phase))
    wanted = {(ask.repeat, point_text(ask.point)): ask for ask in asked}
    last = -1
    for claim in present:
        last = max(last, claim.number)
        key = (claim.repeat, point_text(claim.point or {}))
        if wanted.pop(key, None) is None and claim.state == WAITING:
            session.delete(claim)
    session.flush()
    session.add_all(
        Claim(
            study=study,
            phase=phase,
            number=last + 1 + place,
            repeat=ask.repeat,
            fixed={} if ask.epochs is None else {"epochs": ask.epochs},
            point=ask.point,
        )
        for place, ask in enumerate(wanted.values())
    )
