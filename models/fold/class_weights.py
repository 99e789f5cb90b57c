"""Class weights: a rare class counts for as much as a common one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData


def class_weights(data: SequenceData, train: NDArray[np.int64]) -> NDArray[np.float64]:
    """Balanced weights (C,) of the loss, learnt from the examples `train`: N / (C n_c).

    King & Zeng 2001 (weighting), in the form that scikit-learn calls balanced; their mean over the
    examples is 1. C counts the classes that training has; a class that it has not, and that only
    the validation loss can meet, has weight 1.
    """
    counts = np.bincount(data.target[train], minlength=len(data.classes))
    present = counts > 0
    weights: NDArray[np.float64] = np.ones(len(counts))
    weights[present] = len(train) / (present.sum() * counts[present])
    return weights
