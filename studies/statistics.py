"""The statistics of a choice made by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def corrected_standard_error(scores: Sequence[float], ratio: float) -> float:
    """Standard error of the mean of J fold scores whose training parts overlap.

    sqrt((1/J + ratio) * var), where var is the variance with J - 1 degrees of freedom and ratio
    is n_validate / n_train: the corrected resampled t of Nadeau & Bengio 2003, section 3. The
    plain sqrt(var / J) is too small, since folds share their training data.
    """
    variance = np.var(np.asarray(scores, dtype=np.float64), ddof=1)
    return float(np.sqrt((1 / len(scores) + ratio) * variance))
