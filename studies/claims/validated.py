"""What a fit has said of every example that it validated, as a file beside the database.

There, and not in it: a study of 10,000 examples whose answer takes 30 fits has a megabyte of it,
which nobody asks a database for. Where the file is lost the scores of the folds still stand.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.studies.store.store import Store

LARGEST = 4 * 2**20  # bytes of a fit's outputs that are kept; larger ones can be made anew


@dataclass(frozen=True, eq=False)
class Validated:
    """Every example that a fit has validated, fold by fold.

    index, fold, unit: (n,) which example of the data, its fold, and the independent part of the
    data that it belongs to. contribution: (n,) to the score of its fold. outputs: (n, C) logits, or
    numbers in the user's unit; None where they are too large to be kept.
    """

    index: NDArray[np.int64]
    fold: NDArray[np.int64]
    unit: NDArray[np.int64]
    contribution: NDArray[np.float64]
    outputs: NDArray[Any] | None

    @property
    def by_index(self) -> Validated:
        """The same in the order of the data."""
        order = np.argsort(self.index)
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(self, **{name: value[order] for name, value in given.items()})

    def packed(self) -> bytes:
        """The content of its file."""
        arrays = {name: value for name, value in asdict(self).items() if value is not None}
        if self.outputs is not None and self.outputs.nbytes > LARGEST:
            del arrays["outputs"]
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        return content.getvalue()


def validated_folder(store: Store, study: str) -> Path:
    """Where the files of the study's fits lie; it need not exist."""
    return store.artifacts / "validated" / study


def validated_file(store: Store, study: str, claim: int) -> Path:
    """Where what the fit of that claim has said lies; it need not exist."""
    return validated_folder(store, study) / f"{claim}.npz"


def read_validated(store: Store, study: str, claim: int) -> Validated | None:
    """None where there is no such file, or where it is damaged."""
    try:
        with np.load(validated_file(store, study, claim), allow_pickle=False) as arrays:
            found = Validated(**{"outputs": None, **arrays})
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    columns = (found.index, found.fold, found.unit, found.contribution)
    whole = all(column.shape == found.index.shape for column in columns)
    return found if whole and np.isfinite(found.contribution).all() else None
