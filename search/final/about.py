"""What a model folder says of its model: its training, its data, its scores.

C classes or steps of a forecast, N examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.learner import Learner
from dropsearch.models.fold.preparation import scaling_of
from dropsearch.models.fold.scored import scored
from dropsearch.models.fold.scores import SCORES, contributions
from dropsearch.models.trained.predict import (
    by_target,
    covered,
    learns_in_training,
    predict,
    scores,
    spread,
)
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.final.intervals import reaches_of
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.folds.draw import Split
from dropsearch.search.folds.inputs import Inputs, lags_of, neighbours, persistence_of
from dropsearch.search.versions import versions
from dropsearch.studies.answer.held import interval, units_held
from dropsearch.studies.store.contract import Point

SAMPLES = 100  # passes of Monte Carlo dropout that measure the band's coverage
MEASURED = 1000  # examples of the holdout, at most, on which it is measured


def about_model(
    point: Point,
    inputs: Inputs,
    folds: FoldSet,
    networks: Sequence[Learner],
    seeds: Sequence[int],
    *,
    seconds: float,
    held: bool,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Ready for JSON. held: whether the holdout was kept, and is scored."""
    config, data, split = folds.config, inputs.data, inputs.split
    return {
        "study": config.study,
        "metric": inputs.metric,
        "direction": inputs.direction,
        "point": point,
        "epochs": config.training.epochs,
        "seconds": round(seconds, 1),
        "seeds": list(seeds),
        "parameters": sum(weight.numel() for weight in networks[0].parameters()),
        "data": _described(config, data),
        "training": _scored(networks, folds, split.rest),
        "holdout": _held(networks, folds, split) if held else None,
        "notes": list(notes),
        "versions": versions(),
    }


def _described(config: StudyConfig, data: SequenceData) -> dict[str, Any]:
    found = data.summary()
    kept = ("rows", "series", "examples", "first", "last", "calendar", "classes", "fingerprint")
    scaling = scaling_of(data, config.data.scale)
    return {"path": config.data.path, "scaling": scaling} | {
        name: found[name] for name in kept if name in found
    }


def _scored(
    networks: Sequence[Learner], folds: FoldSet, index: NDArray[np.int64]
) -> dict[str, Any]:
    """Number of examples and scores, dropout off."""
    own = folds.preparations[0]
    found = predict(networks, folds.data, own, index)
    metric, positive, weights = folds.metric, folds.positive, folds.config.weights
    said = scores(found, folds.data, own, index, metric, positive, weights)
    each = by_target(found, folds.data, own, index, metric)
    return {"examples": len(index), "scores": said} | ({"targets": each} if each else {})


def _held(networks: Sequence[Learner], folds: FoldSet, split: Split) -> dict[str, Any]:
    """The holdout's scores with their intervals and, of numbers, how much of it prediction
    intervals and the band of the samples cover."""
    index, own = split.holdout, folds.preparations[0]
    said = _scored(networks, folds, index)
    said["intervals"] = _intervals(networks, folds, split, said["scores"])
    if folds.data.task == "classify" or learns_in_training(networks):
        return said
    found = predict(networks, folds.data, own, index)
    if reaches := reaches_of(folds.config):
        measured = [reach.measured(folds.data, own, index, found) for reach in reaches]
        said["prediction_intervals"] = measured
    if len(index) > MEASURED:
        index = index[np.linspace(0, len(index) - 1, MEASURED).astype(np.int64)]
        found = predict(networks, folds.data, own, index)
    band = spread(
        networks, folds.data, own, index, found, samples=SAMPLES, seed=folds.config.search.seed
    )
    share = covered(band, folds.data, index)
    return said | {"coverage": {"share": share, "samples": SAMPLES, "examples": len(index)}}


def _intervals(
    networks: Sequence[Learner], folds: FoldSet, split: Split, scores: Mapping[str, float]
) -> dict[str, list[float] | None]:
    """The ends of the interval of each score, as of a study's holdout."""
    data, index = folds.data, folds.validate[0].index
    outputs = predict(networks, data, folds.preparations[0], index)
    if data.task == "classify":
        outputs = np.log(outputs.clip(1e-300))
    given = scored(data, index, outputs, folds.preparations[0].units, folds.config.weights)
    persistence = persistence_of(lags_of(data))
    units = units_held(split.kind, split.unit[index], neighbours(data), persistence)
    found = {}
    for metric, score in scores.items():
        own, bounded = contributions(metric, given), SCORES[metric].bounded
        ends = interval(score, own, units, hits=metric == "accuracy", bounded=bounded)
        found[metric] = None if ends is None else [ends.low, ends.high]
    return found
