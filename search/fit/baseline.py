"""A baseline as a fit: on the same folds as the networks, scored by the same metric."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.errors import DivergedError
from dropsearch.models.fold.baselines import predictions
from dropsearch.models.fold.learnt import LEARNERS, learnt
from dropsearch.models.fold.preparation import for_outputs
from dropsearch.models.fold.scored import scored, targets
from dropsearch.models.fold.scores import SCORES, score_of
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.fit import FitResult
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.outputs import validated_of
from dropsearch.search.fit.process import on_own_threads
from dropsearch.studies.store.contract import FoldRow

BALANCED = ("balanced_accuracy", "f1")  # metrics for which all classes count as much


def fit_baseline(
    name: str,
    folds: FoldSet,
    *,
    seeds: Sequence[int],
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    on_fold: Callable[[], None] = lambda: None,
) -> FitResult:
    """The baseline of that name on every fold, as a fit of one epoch without parameters.

    Equal seeds give equal scores. `on_fold` is called before each fold and may raise to end it.
    Raises DivergedError where a score is no number, RuntimeError where it cannot be learnt: a fault
    of this fit, and not of its worker.
    """
    rows, outputs = [], []
    for fold, seed in enumerate(seeds):
        on_fold()
        began, units = time.perf_counter(), folds.preparations[fold].units
        validate, sample = folds.validate[fold].index, folds.sample[fold].index
        both = _predicted(name, folds, fold, np.concatenate([validate, sample]), seed)
        found, again = both[: len(validate)], both[len(validate) :]
        rows.append(
            FoldRow(
                fold=fold,
                train_loss=_loss(folds, fold, sample, again),
                val_loss=_loss(folds, fold, validate, found),
                metric=score_of(
                    folds.metric, scored(folds.data, validate, found, units, folds.config.weights)
                ),
                updates=0,
                seconds=time.perf_counter() - began,
            )
        )
        outputs.append(found)
    if not np.isfinite([row["metric"] for row in rows]).all():
        raise DivergedError(f"the {SCORES[folds.metric].label} of {name} is no finite number")
    epoch = Epoch.of(0, rows)
    on_epoch(epoch)
    return FitResult((epoch,), epoch, 0, 0.0, validated=validated_of(folds, outputs))


def _predicted(
    name: str, folds: FoldSet, fold: int, index: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    train = np.sort(folds.train[fold].index)
    if name in LEARNERS:
        try:
            with on_own_threads():
                return learnt(
                    name,
                    folds.data,
                    folds.preparations[fold],
                    train,
                    index,
                    seed=seed,
                    balanced=folds.metric in BALANCED,
                )
        except ValueError as error:
            raise RuntimeError(f"{name} cannot be learnt: {error}") from error
    found = predictions(folds.data, train, index, folds.metric)
    return np.asarray(found.get(name, next(iter(found.values()))))


def _loss(folds: FoldSet, fold: int, index: NDArray[Any], outputs: NDArray[np.float64]) -> float:
    """As networks have it: log loss, or the mean square in units of the training's spread."""
    data = folds.data
    if data.task == "classify":
        shares = outputs - np.logaddexp.reduce(outputs, axis=1)[:, None]
        own = np.take_along_axis(shares, data.target[index][:, None], axis=1)
        return float(-np.maximum(own, np.log(1e-12)).mean())
    actual, known = targets(data, index)
    spread = np.atleast_2d(folds.preparations[fold].target_spread)
    apart = ((outputs - actual) / for_outputs(data, spread))[known]
    return float(np.mean(apart**2)) if len(apart) else 0.0
