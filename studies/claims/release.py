"""Claims of holders that are gone: given back, or failed where they seem to kill their workers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dropsearch.studies.claims.claims import reasoned
from dropsearch.studies.claims.leases import LeaseWatch, holder_alive
from dropsearch.studies.store.records import FAILED, RUNNING, SEARCH, WAITING, Claim, now
from dropsearch.studies.store.store import Store

MOST_BARREN = 2  # attempts that ended with their worker before any epoch was finished
MOST_ATTEMPTS = 10


def release_dead(store: Store, study: str, watch: LeaseWatch) -> list[Claim]:
    """Give back the claims whose holder is gone: dead on this host, or still for a lease.

    Returns them as they are now: waiting, or failed for good after two attempts without an epoch
    or ten in all. To be called more often than twice a lease.
    """
    try:
        with store.read() as session:
            running = list(
                session.scalars(select(Claim).where(Claim.study == study, Claim.state == RUNNING))
            )
    except SQLAlchemyError:
        watch.forget()
        raise
    still = watch.observe(running)
    gone = [
        claim for claim in running if claim.id in still or holder_alive(str(claim.holder)) is False
    ]
    released = (_release(store, claim, unmoved=claim.id in still) for claim in gone)
    return [claim for claim in released if claim is not None]


def _release(store: Store, seen: Claim, *, unmoved: bool) -> Claim | None:
    """Give the claim back for its gone holder; None where that has changed since it was seen."""
    held = [Claim.id == seen.id, Claim.holder == seen.holder, Claim.state == RUNNING]
    if unmoved:
        held.append(Claim.heartbeat == seen.heartbeat)
    with store.write() as session:
        claim = session.scalars(select(Claim).where(*held).with_for_update()).one_or_none()
        if claim is None:
            return None
        begun = claim.trial is not None or claim.phase != SEARCH
        claim.barren += begun and not claim.advanced
        claim.holder = None
        if claim.barren >= MOST_BARREN or claim.attempts >= MOST_ATTEMPTS:
            claim.state = FAILED
            claim.ended = now()
            claim.reason = reasoned(
                f"Its worker died {claim.barren} times before an epoch was finished, "
                "perhaps for want of memory"
                if claim.barren >= MOST_BARREN
                else f"Its worker died in each of {claim.attempts} attempts",
                claim,
            )
        else:
            claim.state = WAITING
        return claim
