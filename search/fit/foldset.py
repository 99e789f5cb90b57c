"""Everything of a study that all its fits share: the K folds as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.batches import Examples
from dropsearch.models.fold.class_weights import class_weights
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.fold.scores import rarer_class
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.folds.draw import Fold
from dropsearch.search.folds.inputs import Inputs

SAMPLED = 64  # training examples, at most, on which the loss is taken with dropout off


@dataclass(frozen=True)
class FoldSet:
    """Everything of a study that does not depend on the point: K folds as tensors."""

    config: StudyConfig
    data: SequenceData
    metric: str
    outputs: int
    width: int
    static: int  # channels of the static features
    ahead: int  # channels that are known ahead
    vocabulary: int | None  # texts: the largest size of the folds' vocabularies
    preparations: tuple[Preparation, ...]
    train: tuple[Examples, ...]
    validate: tuple[Examples, ...]
    sample: tuple[Examples, ...]
    steps: float  # time steps of the training part, mean over the folds
    class_weights: tuple[tuple[float, ...] | None, ...]  # one for each fold
    positive: int  # of two classes the one whose F1 is meant
    unit: NDArray[np.int64]  # of each example of the data, see Split

    @classmethod
    def of(cls, config: StudyConfig, inputs: Inputs) -> FoldSet:
        data, split = inputs.data, inputs.split
        preparations = tuple(
            Preparation.fit(data, fold.train, config.data.scale) for fold in split.folds
        )
        parts = list(zip(split.folds, preparations, strict=True))
        sizes = [p.vocabulary.size for p in preparations if p.vocabulary is not None]

        def by_length(index: NDArray[np.int64]) -> NDArray[np.int64]:
            """Short sequences with short ones: less padding, and evaluation knows no order."""
            return index[np.argsort(data.length[index], kind="stable")]

        return cls(
            config=config,
            data=data,
            metric=inputs.metric,
            outputs=data.outputs,
            width=preparations[0].width,
            static=preparations[0].static_width,
            ahead=len(preparations[0].known),
            vocabulary=max(sizes, default=None),
            preparations=preparations,
            train=tuple(Examples(data, p, fold.train) for fold, p in parts),
            validate=tuple(Examples(data, p, by_length(fold.validate)) for fold, p in parts),
            sample=tuple(
                Examples(data, p, by_length(_sample(fold, config.search.seed, k)))
                for k, (fold, p) in enumerate(parts)
            ),
            steps=float(np.mean([data.length[fold.train].sum() for fold in split.folds])),
            class_weights=tuple(
                tuple(class_weights(data, fold.train).tolist())
                if config.training.class_weights
                else None
                for fold in split.folds
            ),
            positive=rarer_class(data) if data.task == "classify" else 0,
            unit=split.unit,
        )


def _sample(fold: Fold, seed: int, number: int) -> NDArray[np.int64]:
    """Training examples of fold `number`, no more than validate, for the loss on them."""
    rng = np.random.default_rng([seed, number, 0x5A])
    size = min(SAMPLED, len(fold.validate), len(fold.train))
    return rng.choice(fold.train, size, replace=False)
