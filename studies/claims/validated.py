"""What a fit has said of every example that it validated, as a file beside the database.

There, and not in it: a study of 10,000 examples whose answer takes 30 fits has a megabyte of it,
which nobody asks a database for. Where the file is lost the scores of the folds still stand.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.store import Store

COLUMNS = ("index", "fold", "unit", "contribution")
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
    def with_outputs(self) -> bool:
        """Whether its file has the outputs."""
        return self.outputs is not None and self.outputs.nbytes <= LARGEST


def packed(arrays: Mapping[str, Any]) -> bytes:
    """The content of a file of arrays."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def validated_folder(store: Store, study: str) -> Path:
    """Where the files of the study's fits lie; it need not exist."""
    return store.artifacts / "validated" / study


def validated_file(store: Store, study: str, claim: int) -> Path:
    """Where what the fit of that claim has said lies; it need not exist."""
    return validated_folder(store, study) / f"{claim}.npz"


def read_validated(
    store: Store, study: str, claim: int, *, outputs: bool = False
) -> Validated | None:
    """None where there is no such file, no folder of artifacts, or damage.

    outputs: whether they are read, too, where they are kept.
    """
    arrays = read_arrays(lambda: validated_file(store, study, claim), COLUMNS, outputs)
    if arrays is None:
        return None
    found = Validated(outputs=arrays.pop("outputs", None), **arrays)
    parts = [part for part in vars(found).values() if part is not None]
    whole = all(len(part) == len(found.index) for part in parts)
    return found if whole and np.isfinite(found.contribution).all() else None


def read_arrays(
    path: Callable[[], Path], names: Sequence[str], outputs: bool = False
) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file by name, `outputs` too where asked for and there; None where it is lost
    or damaged."""
    try:
        with np.load(path(), allow_pickle=False) as arrays:
            also = ["outputs"] if outputs and "outputs" in arrays else []
            return {name: np.atleast_1d(arrays[name]) for name in (*names, *also)}
    except (StudiesError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
