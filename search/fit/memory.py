"""Where Lightning keeps the state of a fit: in memory."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from lightning_fabric.plugins import CheckpointIO

State = dict[str, Any]

MEMORY = "memory"  # what Lightning takes for the path
PAUSE = 0.5  # seconds between two states, at least: each costs some milliseconds


class Memory(CheckpointIO):
    """Where Lightning puts the state of a fit after an epoch, and finds the one to resume."""

    def __init__(
        self, state: State | None, on_save: Callable[[], None], pause: float = PAUSE
    ) -> None:
        self.state = state
        self._on_save = on_save
        self._pause = pause
        self._saved = float("-inf")

    @property
    def due(self) -> bool:
        """Whether the last state is older than the pause."""
        return time.monotonic() - self._saved >= self._pause

    def save_checkpoint(
        self, checkpoint: State, path: Any, storage_options: Any | None = None
    ) -> None:
        self.state = copy.deepcopy(checkpoint)  # the tensors go on changing
        self._saved = time.monotonic()
        self._on_save()

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> State:
        assert self.state is not None
        return copy.deepcopy(self.state)

    def remove_checkpoint(self, path: Any) -> None:
        self.state = None
