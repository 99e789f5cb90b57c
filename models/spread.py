"""An array whose cells each stand in many places, as the times of one series do in all that have
the same: kept once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, eq=False)
class Spread:
    """(L,): each cell `each` times in a row, and all of that `again` times; of these those at
    `among`."""

    cells: NDArray[Any]  # (n,)
    each: int = 1
    again: int = 1
    among: Whole | None = None  # (L,) places; None: all, in order

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.cells.dtype

    @property
    def shape(self) -> tuple[int]:
        return (len(self),)

    def __len__(self) -> int:
        return self._every if self.among is None else len(self.among)

    def __getitem__(self, at: Any) -> Any:
        """As of an array: the cell at a place, or those at several, in a slice or under a mask."""
        if self.among is not None:
            places = self.among[at]
        elif isinstance(at, slice):
            places = np.arange(*at.indices(self._every))
        else:
            places = np.asarray(at)
            places = np.flatnonzero(places) if places.dtype == bool else places
        return self.cells[places // self.each % len(self.cells)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self.among is not None:
            return self[:].astype(dtype or self.dtype, copy=False)
        shape = (self.again, len(self.cells), self.each)
        made = np.broadcast_to(self.cells[:, None], shape)
        return made.reshape(-1).astype(dtype or self.dtype, copy=bool(copy))

    def of(self, cells: NDArray[Any]) -> Spread:
        """Other cells in the same places."""
        return replace(self, cells=cells)

    def keep(self, rows: NDArray[np.bool_]) -> Spread:
        """The places under a mask (L,) alone."""
        if rows.all():
            return self
        among = whole(np.flatnonzero(rows), self._every) if self.among is None else self.among[rows]
        return replace(self, among=among)

    @property
    def _every(self) -> int:
        return len(self.cells) * self.each * self.again


Places = Whole | Spread


def gathered(cells: NDArray[Any], rows: Places) -> NDArray[Any]:
    """The cells at places, those of a Spread counted from 0."""
    return np.asarray(rows.of(cells)) if isinstance(rows, Spread) else cells[rows]


def repeated(cells: NDArray[Any], again: int) -> Spread:
    """(L,) cells, kept once where they are the same ones `again` times over."""
    length = len(cells) // again
    first = cells[:length]
    if again * length == len(cells) and (cells.reshape(again, length) == first).all():
        return Spread(first.copy(), again=again)
    return Spread(cells)


def whole(numbers: NDArray[np.integer[Any]], most: int) -> Whole:
    """Numbers that are at most `most`, of 32 bits where sums of two of them fit."""
    return numbers.astype(np.int32 if 2 * most <= np.iinfo(np.int32).max else np.int64, copy=False)


def short(codes: NDArray[np.integer[Any]], most: int) -> Whole:
    """Codes below `most`, which are compared and looked up alone, in as few bytes as they need."""
    kinds = (np.int8, np.int16, np.int32)
    fitting = (kind for kind in kinds if most <= np.iinfo(kind).max)
    return codes.astype(next(fitting, np.int64), copy=False)
