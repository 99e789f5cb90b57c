"""A database that is away for a while: told from other faults, and waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

from dropsearch.studies.errors import StoreAway

log = logging.getLogger("dropsearch")

SHORTEST, LONGEST = 0.5, 5.0  # seconds between two attempts
LISTEN = 0.25  # seconds between two looks at whether to give up
LITE = ("locked", "busy", "full", "disk i/o error")  # faults of SQLite that pass
LASTING = ("password authentication", "does not exist", "no password supplied")

DISCONNECTED = "8s2b"  # SQLAlchemy's code of a transaction whose connection was lost

T = TypeVar("T")


def is_outage(error: BaseException) -> bool:
    """Whether the error, or one that it came of, is a database that cannot be reached or written.

    PostgreSQL: any fault of the connection, a server that stops, starts or has no room, a deadlock
    or a lock not got. SQLite: a file locked by another process, a full disk.
    """
    return any(_is_outage(one) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, StoreAway):
        return True
    if isinstance(error, PendingRollbackError):  # Optuna asks again within a lost transaction
        return error.code == DISCONNECTED
    if not isinstance(error, DBAPIError):
        return False
    said = str(error.orig).lower()
    if type(error.orig).__module__.startswith("sqlite3"):
        return isinstance(error, OperationalError) and any(word in said for word in LITE)
    lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return lost and not any(word in said for word in LASTING)


def patiently(call: Callable[[], T], give_up: Callable[[], None]) -> T:
    """What `call` gives, repeated as long as the database is away, with growing pauses.

    `give_up` is called several times in each pause and may raise to end the waiting.
    """
    pause = SHORTEST
    while True:
        try:
            return call()
        except Exception as error:
            if not is_outage(error):
                raise
            if pause == SHORTEST:
                log.warning("The database is away, waiting for it: %s", reason(error))
        _wait(pause, give_up)
        pause = min(2 * pause, LONGEST)


def _wait(pause: float, give_up: Callable[[], None]) -> None:
    end = time.monotonic() + pause
    while (left := end - time.monotonic()) > 0:
        give_up()
        time.sleep(min(left, LISTEN))


def reason(error: Exception) -> str:
    """The first line of what the driver says; it holds no password."""
    last = list(_chain(error))[-1]
    return str(getattr(last, "orig", None) or last).strip().partition("\n")[0]
