"""Where the cells of a table that was unfolded stand in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.spread import Spread


@dataclass(frozen=True, eq=False)
class Origin:
    """Of L rows."""

    columns: Mapping[str, tuple[str, ...]]  # of a column the file's, one for each step
    step: Spread  # (L,)
    commas: tuple[str, ...] = ()  # columns of the file that have decimal commas
    # of a column whose cells stand in many rows: a Table with each once, and (L,) its rows
    once: Mapping[str, tuple[Any, Spread]] = field(default_factory=dict)

    def keep(self, rows: NDArray[np.bool_]) -> Origin:
        """These rows alone."""
        once = {name: (table, place.keep(rows)) for name, (table, place) in self.once.items()}
        return Origin(self.columns, self.step.keep(rows), self.commas, once)
