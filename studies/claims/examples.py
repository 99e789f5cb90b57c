"""What the examples of a study are: a file beside those of what its fits have said of them.

N examples, S series, R rows of forecasts, H steps of a horizon.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.claims.validated import packed, read_arrays, validated_folder
from dropsearch.studies.store.store import Store

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

KINDS = {  # of numpy's; words are kept as bytes
    "names": "u",
    "series": "i",
    "actual": "if",
    "last": "i",
    "row_series": "i",
    "position": "i",
    "times": "u",
}
WORDS = tuple(name for name, kind in KINDS.items() if kind == "u")


@dataclass(frozen=True, eq=False)
class Examples:
    """names: S, as the user writes them. series: (N,), which of them. actual: (N,) numbers of
    classes, or values in the user's unit.

    Of forecasts actual is (R,), of several targets (R, M), NaN where it is missing; last: (N,), the
    last row of the input; row_series: (R,); position: (R,), the row's step on the calendar; times:
    of all steps in order that have a row, as the user writes them. All are empty for other tasks.
    """

    names: tuple[str, ...]
    series: Places
    actual: NDArray[Any]
    last: Places
    row_series: Places
    position: Places
    times: tuple[str, ...]

    def packed(self) -> bytes:
        """The content of its file."""
        values = {field: getattr(self, field) for field in KINDS}
        return packed(values | {field: _bytes(values[field]) for field in WORDS})

    @property
    def whole(self) -> bool:
        """Whether every number stands for something."""
        rows = len(self.actual)
        steps = len(np.unique(self.position))
        sizes = (len(self.last), len(self.row_series), len(self.position), len(self.times))
        places = (
            (self.series, len(self.names)),
            (self.row_series, len(self.names)),
            (self.last, rows),
        )
        return (
            sizes in ((len(self.series), rows, rows, steps), (0, 0, 0, 0))
            and (sizes[0] > 0 or rows == len(self.series))
            and all(((place >= 0) & (place < size)).all() for place, size in places)
            and not np.isinf(self.actual).any()
        )

    def targets(self, index: Places, horizon: int) -> tuple[Numbers, Places]:
        """Of forecasts (n,) the actual values (n, H), NaN where not known, and their rows.

        A step behind a gap, in another series or past the last row has the row -1.
        """
        last = self.last[index][:, None]
        rows = np.minimum(last + np.arange(1, horizon + 1), len(self.actual) - 1)
        there = self.position[rows] - self.position[last] == np.arange(1, horizon + 1)
        there &= self.row_series[rows] == self.row_series[last]
        return np.where(there, self.actual[rows], np.nan), np.where(there, rows, -1)

    def labels(self, rows: Places) -> list[str | None]:
        """The times of rows (n,), None for the row -1."""
        found = zip((rows >= 0).tolist(), self._step[rows].tolist(), strict=True)
        return [self.times[at] if there else None for there, at in found]

    @cached_property
    def _step(self) -> Places:
        """(R,), the place of each row in `times`."""
        return np.unique(self.position, return_inverse=True)[1]


def examples_file(store: Store, study: str) -> Path:
    """It need not exist. Raises StudiesError where there can be no folder of artifacts."""
    return validated_folder(store, study) / "examples.npz"


def read_examples(store: Store, study: str) -> Examples | None:
    """None where there is no such file, as of fits of earlier versions, or damage."""
    arrays = read_arrays(lambda: examples_file(store, study), KINDS)
    if arrays is None:
        return None
    try:
        names, times = (_words(arrays.pop(field).tobytes()) for field in WORDS)
    except (ValueError, RecursionError):
        return None
    found = Examples(names=names, times=times, **arrays)
    return found if found.whole else None


def _bytes(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words).encode(), np.uint8)


def _words(content: bytes) -> tuple[str, ...]:
    """Raises ValueError where they are none."""
    found = json.loads(content)
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise ValueError(f"no words: {content[:40]!r}")
    "".join(found).encode()  # half of a surrogate pair cannot be written
    return tuple(found)
