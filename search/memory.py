"""Where Lightning keeps the state of a fit: in memory."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from lightning_fabric.plugins import CheckpointIO

State = dict[str, Any]

MEMORY = "memory"  # what Lightning takes for the path


class Memory(CheckpointIO):
    """Where Lightning puts the state of a fit after every epoch, and finds the one to resume."""

    def __init__(self, state: State | None, on_save: Callable[[], None]) -> None:
        self.state = state
        self._on_save = on_save

    def save_checkpoint(
        self, checkpoint: State, path: Any, storage_options: Any | None = None
    ) -> None:
        self.state = copy.deepcopy(checkpoint)  # the tensors go on changing
        self._on_save()

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> State:
        assert self.state is not None
        return copy.deepcopy(self.state)

    def remove_checkpoint(self, path: Any) -> None:
        self.state = None
