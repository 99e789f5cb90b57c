"""What each example contributes to the score of its fold, without torch.

Values whose mean is the score. Where the score is no mean of single examples they are its
linearisation at these examples: the score plus each one's influence (Hampel 1974), which leaves out
second-order terms in 1 / n. n examples, C classes, H steps of a forecast, or 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from scipy.stats import rankdata

from dropsearch.models.fold.scores import SCORES

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """The predictions of one fold, as its metric takes them.

    outputs: (n, C) logits, or (n, H) numbers in the user's unit. target: (n,) classes, or (n, H)
    numbers. known: (n, H), the targets that are scored; None: all. unit: (n,) of MASE. positive: of
    two classes the one whose F1 is meant.
    """

    outputs: Numbers
    target: NDArray[np.int64] | Numbers
    known: NDArray[np.bool_] | None = None
    unit: Numbers | None = None
    positive: int = 1


def contributions(metric: str, scored: Scored) -> Numbers:
    """(n,) contributions to the metric of that name over one fold; their mean is its score."""
    return CONTRIBUTIONS[metric](scored)


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    """Of sum(above) / sum(below), (n,) each; 0 where nothing is below."""
    total = below.sum()
    if total == 0:
        return np.zeros(len(above))
    score = above.sum() / total
    influence: Numbers = len(above) / total * (above - score * below)
    return score + influence


def _hits(scored: Scored) -> Numbers:
    return np.equal(scored.outputs.argmax(1), scored.target).astype(np.float64)


def _log_loss(scored: Scored) -> Numbers:
    rows = np.arange(len(scored.target))
    return -log_softmax(scored.outputs, axis=1)[rows, scored.target.astype(np.int64)]


def _balanced_accuracy(scored: Scored) -> Numbers:
    """The mean over the classes that are there of each one's recall, a ratio."""
    hits = _hits(scored)
    there = np.unique(scored.target)
    recalls = [_ratio(hits * (scored.target == c), (scored.target == c) * 1.0) for c in there]
    return np.mean(recalls, axis=0)


def _f1(scored: Scored) -> Numbers:
    """2 TP / (TP + FP + TP + FN): of the positive one of two classes, else the mean over those that
    are there or predicted."""
    predicted = scored.outputs.argmax(1)
    if scored.outputs.shape[1] == 2:
        classes = np.array([scored.positive])
    else:
        classes = np.union1d(predicted, scored.target)
    return np.mean([_class_f1(predicted == c, scored.target == c) for c in classes], axis=0)


def _class_f1(predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> Numbers:
    hits = (predicted & actual).astype(np.float64)
    return _ratio(2 * hits, predicted.astype(np.float64) + actual)


def _auroc(scored: Scored) -> Numbers:
    """The mean over the classes that are there of the area of each against the rest."""
    there = np.unique(scored.target)
    if len(there) < 2:
        return np.full(len(scored.target), 0.5)
    shares = softmax(scored.outputs, axis=1)
    return np.mean([_area(shares[:, c], scored.target == c) for c in there], axis=0)


def _area(share: Numbers, positive: NDArray[np.bool_]) -> Numbers:
    """By placements: of an example the share of those of the other kind on its right side.

    DeLong, DeLong & Clarke-Pearson 1988; as influence LeDell, Petersen & van der Laan 2015,
    section 3.
    """
    among_all, found = rankdata(share), np.empty(len(share))
    for own in (positive, ~positive):
        others = len(share) - own.sum()
        below = (among_all[own] - rankdata(share[own])) / others
        found[own] = below if own is positive else 1 - below
    area = found[positive].mean()
    sizes = np.where(positive, positive.sum(), (~positive).sum())
    influence: Numbers = len(share) / sizes * (found - area)
    return area + influence


def _errors(scored: Scored) -> Numbers:
    """(n, H) absolute errors, 0 where the target is not known."""
    errors = np.abs(scored.outputs - scored.target)
    return errors if scored.known is None else np.where(scored.known, errors, 0.0)


def _mean(scored: Scored, errors: Numbers) -> Numbers:
    """Of the mean of (n, H) errors over the known targets, of which an example may have few."""
    known = np.ones_like(errors) if scored.known is None else scored.known.astype(np.float64)
    return _ratio(errors.sum(1), known.sum(1))


def _scaled(scored: Scored) -> Numbers:
    assert scored.unit is not None
    return _mean(scored, _errors(scored) / scored.unit[:, None])


def _symmetric(scored: Scored) -> Numbers:
    size = np.abs(scored.outputs) + np.abs(scored.target)
    return _mean(scored, 2 * _errors(scored) / np.where(size > 0, size, 1.0))


def _root_mean_square(scored: Scored) -> Numbers:
    """The root, by its slope at the mean of the squares."""
    squares = _mean(scored, _errors(scored) ** 2)
    root = np.sqrt(squares.mean())
    return root + (squares - root**2) / (2 * root) if root > 0 else squares


CONTRIBUTIONS: dict[str, Callable[[Scored], Numbers]] = {
    "accuracy": _hits,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "auroc": _auroc,
    "log_loss": _log_loss,
    "rmse": _root_mean_square,
    "mae": lambda scored: _mean(scored, _errors(scored)),
    "mase": _scaled,
    "smape": _symmetric,
}
assert CONTRIBUTIONS.keys() == SCORES.keys()
