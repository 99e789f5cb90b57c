"""Who holds a claim, and when a holder is taken for gone. No clock is compared between machines."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from dropsearch.studies.store.records import Claim

LEASE_SECONDS = 60.0


def new_holder() -> str:
    """A name for this process as holder, "host:pid:start:nonce", unlike any other ever given."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start(pid)}:{secrets.token_hex(4)}"


def holder_alive(holder: str) -> bool | None:
    """Whether the holder's process lives; None: it is of another host, so nothing is known."""
    try:
        host, pid, start, _ = holder.rsplit(":", 3)
        number = int(pid)
    except ValueError:  # a damaged row
        return False
    if host != _host():
        return None
    try:
        process = psutil.Process(number)
        return process.status() != psutil.STATUS_ZOMBIE and _start(number) == start
    except psutil.NoSuchProcess:
        return False


def host_of(holder: str) -> str:
    """The host's name, for people."""
    return holder.rsplit(":", 3)[0].partition("/")[0]


def _host() -> str:
    """This host's name and a mark of its running kernel and its space of process numbers.

    Containers and cloned machines can share a name; then equal numbers are not equal processes.
    """
    try:
        marks = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8")
        marks += os.readlink("/proc/self/ns/pid")
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{hashlib.sha256(marks.encode()).hexdigest()[:8]}"


def _start(pid: int) -> str:
    """When the process began: on Linux in ticks since boot, which no change of the clock moves."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return str(int(psutil.Process(pid).create_time()))


class LeaseWatch:
    """Sees counters of running claims stand still, by this process's own monotonic clock.

    Asked less often than twice a lease, or after `forget`, it starts over: it was not watching.
    """

    def __init__(
        self, lease: float = LEASE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lease = lease
        self._clock = clock
        self._looked = float("-inf")
        self._since: dict[int, tuple[str | None, int, float]] = {}

    def observe(self, running: Iterable[Claim]) -> set[int]:
        """Ids of the claims whose counter stood still for a whole lease."""
        moment = self._clock()
        if moment - self._looked > self._lease / 2:
            self._since.clear()
        self._looked = moment
        before, self._since = self._since, {}
        stale = set()
        for claim in running:
            holder, heartbeat, since = before.get(claim.id, (None, -1, moment))
            if (holder, heartbeat) != (claim.holder, claim.heartbeat):
                since = moment
            self._since[claim.id] = (claim.holder, claim.heartbeat, since)
            if moment - since >= self._lease:
                stale.add(claim.id)
        return stale

    def forget(self) -> None:
        """The database could not be read: whoever did not beat meanwhile may not have been able."""
        self._since.clear()
