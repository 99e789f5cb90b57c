"""What a fit has said of every example that it validated, as a file beside the database.

There, and not in it: a study of 10,000 examples whose answer takes 30 fits has a megabyte of it,
which nobody asks a database for. Where the file is lost the scores of the folds still stand.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.store.store import Store

COLUMNS = {"index": "i", "fold": "i", "unit": "i", "contribution": "f"}  # with numpy's kinds
DIMENSIONS = {"outputs": (2,), "actual": (1, 2)}  # of arrays that may have others than one
MOST = 2**29  # bytes of a file's arrays, as they lie in memory
LARGEST = 4 * 2**20  # bytes of a fit's outputs that are kept; larger ones can be made anew


@dataclass(frozen=True, eq=False)
class Validated:
    """Every example that a fit has validated, in the order of the data.

    index, fold, unit: (n,) which example of the data, its fold, and the independent part of the
    data that it belongs to. contribution: (n,) to the score of its fold. outputs: (n, C) logits, or
    numbers in the user's unit; None where they are too large to be kept, and where they were not
    read.
    """

    index: NDArray[np.int64]
    fold: NDArray[np.int64]
    unit: NDArray[np.int64]
    contribution: NDArray[np.float64]
    outputs: NDArray[Any] | None

    def packed(self) -> bytes:
        """The content of its file."""
        return packed({k: v for k, v in vars(self).items() if k != "outputs" or self.with_outputs})

    @property
    def sample(self) -> Validated:
        """So many examples, drawn at random, that their outputs are kept; those of every fit of so
        many are the same."""
        assert self.outputs is not None
        size = min(LARGEST // self.outputs[0].nbytes, len(self.index))
        drawn = np.random.default_rng(0).choice(len(self.index), size, replace=False)
        return Validated(**{name: part[np.sort(drawn)] for name, part in vars(self).items()})

    @property
    def with_outputs(self) -> bool:
        """Whether its file has the outputs."""
        return self.outputs is not None and self.outputs.nbytes <= LARGEST

    @property
    def whole(self) -> bool:
        """Whether it is what a fit can have said."""
        parts = [part for part in vars(self).values() if part is not None]
        if len(self.index) == 0 or any(len(part) != len(self.index) for part in parts):
            return False
        folds = np.unique(self.fold)
        return bool(
            self.index.min() >= 0
            and folds[0] == 0
            and folds[-1] == len(folds) - 1
            and np.isfinite(self.contribution).all()
            and (self.outputs is None or (self.outputs < np.inf).all())
        )


def packed(arrays: Mapping[str, Any]) -> bytes:
    """The content of a file of arrays."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def validated_folder(store: Store, study: str) -> Path:
    """Where the files of the study's fits lie; it need not exist."""
    return store.artifacts / "validated" / study


def validated_file(store: Store, study: str, claim: int, *, sample: bool = False) -> Path:
    """Where what the fit of that claim has said lies; it need not exist.

    sample: of a part of the examples, with their outputs, where those of all are too large.
    """
    return validated_folder(store, study) / f"{claim}{'-sample' if sample else ''}.npz"


def read_validated(
    store: Store, study: str, claim: int, *, outputs: bool = False, sample: bool = False
) -> Validated | None:
    """None where there is no such file, no folder of artifacts, or damage.

    outputs: whether they are read, too, where they are kept. sample: of the file of a part.
    """
    file = partial(validated_file, store, study, claim, sample=sample)
    arrays = read_arrays(file, COLUMNS, outputs)
    if arrays is None:
        return None
    found = Validated(outputs=arrays.pop("outputs", None), **arrays)
    return found if found.whole else None


def read_arrays(
    path: Callable[[], Path], kinds: Mapping[str, str], outputs: bool = False
) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file by name, and `outputs` (n, C), too, where asked for and there.

    kinds: the letters of numpy's kinds that each may be of. None where the file is lost or damaged.
    """
    try:
        with np.load(path(), allow_pickle=False) as arrays:
            if sum(part.file_size for part in arrays.zip.infolist()) > MOST:
                return None
            also = ["outputs"] if outputs and "outputs" in arrays else []
            found = {name: arrays[name] for name in (*kinds, *also)}
    except Exception:  # whatever readers of archives make of other bytes
        return None
    fits = all(
        part.ndim in DIMENSIONS.get(name, (1,)) and part.dtype.kind in kinds.get(name, "f")
        for name, part in found.items()
    )
    return found if fits else None
