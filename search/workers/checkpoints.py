"""The state of a fit after its last epoch: kept in memory, written now and then, read to go on.

A file is written under a new name, which holds its hash, and then named in the claim's row: it is
never torn, and a damaged one is known.
"""

from __future__ import annotations

import hashlib
import io
import logging
import time

import torch

from dropsearch.models.files import write_whole
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.memory import Memory, State
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.lifecycle import checkpoint_folder
from dropsearch.studies.claims.progress import by_epoch, fold_scores
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")

EVERY = 60.0  # seconds between two writes


class Keeper:
    """Keeps the state of one claim's fit. A fault of the disk is told, and the fit goes on."""

    def __init__(self, store: Store, claim: Claim) -> None:
        self._store = store
        self._claim = claim
        self._folder = checkpoint_folder(store, claim.study)
        self._written = time.monotonic()
        self.memory = Memory(self._read(), self._save)

    def _save(self) -> None:
        if time.monotonic() - self._written >= EVERY:
            self.write()

    def write(self) -> None:
        """Write the last epoch's state, if there is one. Raises LostClaim."""
        self._written = time.monotonic()
        if self.memory.state is None:
            return
        content = io.BytesIO()
        torch.save(self.memory.state, content)
        name = f"{self._claim.id}-{hashlib.sha256(content.getbuffer()).hexdigest()}.ckpt"
        try:
            write_whole(self._folder / name, content.getvalue())
        except OSError as error:
            log.warning("The state of claim %d is not kept: %s", self._claim.id, error)
            return
        claims.keep_checkpoint(self._store, self._claim, name)
        remove_checkpoints(self._store, self._claim, but=name)

    def _read(self) -> State | None:
        """The state named in the claim's row; None, and a word in the log, where it is no good."""
        name = self._claim.checkpoint
        if name is None:
            return None
        try:
            content = (self._folder / name).read_bytes()
            if hashlib.sha256(content).hexdigest() not in name:
                raise ValueError("its content does not match its hash")
            state: State = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            if type(state["epoch"]) is not int:
                raise ValueError("it tells no epoch")
        except Exception as error:  # torch.load raises of every kind for what it cannot read
            self._tell(f"{type(error).__name__}: {error}")
            return None
        return state

    def start_over(self, reason: str) -> None:
        """Forget a state that cannot be gone on from."""
        self._tell(reason)
        self.memory.state = None

    def _tell(self, reason: str) -> None:
        said = " ".join(reason.split())[:500]
        log.warning("Claim %d starts over, its checkpoint is no good: %s", self._claim.id, said)

    def epochs(self) -> list[Epoch]:
        """The epochs that the state comes after, as an earlier attempt told them."""
        if self.memory.state is None:
            return []
        told = by_epoch(fold_scores(self._store, self._claim.id))
        last = self.memory.state["epoch"]
        return [Epoch.of(number, rows) for number, rows in told.items() if number <= last]


def remove_checkpoints(store: Store, claim: Claim, but: str | None = None) -> None:
    """Remove the files of the claim's states, all `but` one."""
    for path in checkpoint_folder(store, claim.study).glob(f"{claim.id}-*.ckpt"):
        if path.name != but:
            path.unlink(missing_ok=True)
