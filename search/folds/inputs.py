"""From a study's config to what its fits need: data, folds and metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, cast

import numpy as np

from dropsearch.models.data.reading import read_data
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.baselines import baselines
from dropsearch.models.fold.learnt import most_examples
from dropsearch.models.fold.periods import autocorrelation
from dropsearch.models.fold.preparation import scaling_of
from dropsearch.models.fold.scores import SCORES, resolve_metric, step_of
from dropsearch.models.fold.sizes import refuse_sizes
from dropsearch.models.names import Scale
from dropsearch.models.table.read import Table
from dropsearch.search.config.faults import written
from dropsearch.search.config.schema import HoldoutColumn, StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.folds.draw import Fold, Split, split
from dropsearch.search.folds.metric_notes import (
    NEEDS_CLASSES,
    feature_notes,
    metric_notes,
    refuse_undefined,
)
from dropsearch.search.folds.purge import scored_rows
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.store.contract import DataSummary, FoldTimes, Summary
from dropsearch.studies.store.records import CURVE, FINALISTS, HOLDOUT, PHASES, SEARCH

MOST_REPEATS = 1000  # repeats of a phase, so that no two fits of a study share drawn folds


@dataclass(frozen=True)
class Inputs:
    """What a study's config and data file come to.

    split: the folds of the search; direction: the metric's, "maximize" or "minimize".
    """

    data: SequenceData
    split: Split
    metric: str
    direction: str

    @classmethod
    def of(cls, config: StudyConfig, table: Table | None = None) -> Self:
        """Read the data file and draw the folds; table: where it has been read.

        Raises ConfigError or DataError for what cannot be used, DataError also where the metric
        fits neither the task nor the folds of any phase.
        """
        data = read_data_of(config, table)
        split = split_of(config, data)
        metric = resolve_metric(config.search.metric, data)
        _refuse_undefined(config, data, split, metric)
        return cls(data, split, metric, SCORES[metric].direction)

    @cached_property
    def fold_notes(self) -> tuple[str, ...]:
        """What is to be known of the folds, and of the metric on them."""
        of_metric = metric_notes(self.data, self.split, self.metric)
        return *self.split.notes, *of_metric, *feature_notes(self.data, self.split)


def read_data_of(config: StudyConfig, table: Table | None = None) -> SequenceData:
    """Read and check the study's data file; table: where it has been read.

    Raises DataError, and ConfigError where the files contradict the config.
    """
    data, folds = config.data, config.folds
    predefined = folds.holdout if isinstance(folds.holdout, HoldoutColumn) else None
    found = read_data(
        data.path,
        task=data.task,
        target=data.target,
        layout=data.layout,
        time=data.time,
        series=data.series,
        features=data.features,
        categories=data.categories,
        static=data.static,
        known=data.known,
        cycles=data.calendar,
        group=data.group,
        missing=data.missing,
        missing_codes=data.missing_codes,
        repeated=data.repeated,
        window=data.window or 0,
        horizon=data.horizon or 0,
        stride=data.rows_apart,
        label=data.label or ("majority" if data.task == "classify" else "last"),
        fold_column=folds.column,
        holdout_column=predefined.column if predefined else None,
        holdout_value=predefined.value if predefined else None,
        text=data.text,
        tokens=data.tokens,
        vocabulary=data.vocabulary,
        max_tokens=data.max_tokens,
        vectors=data.vectors,
        form=None if data.table is None else data.table.form,
        table=table,
    )
    refuse_sizes(found, data.path, data.targets[0], data.scale)
    _refuse_size_of_words(config, found)
    return found


def _refuse_size_of_words(config: StudyConfig, data: SequenceData) -> None:
    """Raises ConfigError where the embedding is to have another size than the word vectors."""
    size = config.model.embedding_size
    if data.vectors is not None and size not in (None, data.vectors.shape[1]):
        raise ConfigError(
            f"model.embedding_size: {written(size)}, and a word has {data.vectors.shape[1]} "
            f"numbers in {config.data.vectors}: leave it out."
        )


def split_of(
    config: StudyConfig, data: SequenceData, phase: str = SEARCH, repeat: int = 0
) -> Split:
    """The folds of one repeat of a phase; the holdout's one fold is all the rest against it.

    The holdout is the same in all phases. Raises DataError.
    """
    folds = config.folds
    found = split(
        data,
        kind=folds.kind,
        count=folds.count,
        across=folds.across,
        gap=folds.gap,
        holdout="auto" if isinstance(folds.holdout, HoldoutColumn) else folds.holdout,
        seed=config.search.seed,
        repeat=PHASES.index(phase) * MOST_REPEATS + repeat,
    )
    if phase == HOLDOUT:
        return replace(found, folds=(Fold(found.rest, found.holdout),))
    return found


def _refuse_undefined(config: StudyConfig, data: SequenceData, split: Split, metric: str) -> None:
    """Raises DataError where the metric has no value in a part that any phase scores."""
    refuse_undefined(data, metric, split)
    if metric not in NEEDS_CLASSES or split.kind != "kfold" or config.confirm is None:
        return
    least, most = least_and_most(config.confirm.repeats)
    for phase, repeats in ((FINALISTS, least), (CURVE, most)):
        for repeat in range(repeats):
            drawn = split_of(config, data, phase, repeat)
            refuse_undefined(data, metric, drawn, f" in repeat {repeat + 1} of the phase {phase}")


def summary_of(inputs: Inputs, scale: Scale = "auto", weights: tuple[float, ...] = ()) -> Summary:
    """What the store keeps of data and folds: sizes, ranges, notes, and the baselines' scores.

    weights: of several targets in the score.
    """
    data, folds, metric = inputs.data, inputs.split, inputs.metric
    per_fold = [baselines(data, fold.train, fold.validate, metric, weights) for fold in folds.folds]
    lags, held = lags_of(data), dict[str, float]()
    if len(folds.holdout):
        held = baselines(data, folds.rest, folds.holdout, metric, weights)
    found: Summary = {
        **cast(DataSummary, data.summary()),  # `models` knows nothing of the store
        "scaling": scaling_of(data, scale),
        "folds": [
            {"train": len(fold.train), "validate": len(fold.validate), **times_of(data, fold)}
            for fold in folds.folds
        ],
        "fold_ratio": float(np.mean([len(f.validate) / len(f.train) for f in folds.folds])),
        "fold_kind": folds.kind,
        "bounded": SCORES[metric].bounded,
        "step": step_of(metric, data),
        "horizon": neighbours(data),
        "persistence": persistence_of(lags),
        "autocorrelation": lags,
        "fold_why": folds.why,
        "fold_notes": list(inputs.fold_notes),
        "holdout": len(folds.holdout),
        "holdout_baselines": held,
        "holdout_times": times_of(data, Fold(folds.rest, folds.holdout)) if held else {},
        "baselines": {
            name: [scores[name] for scores in per_fold]
            for name in per_fold[0]
            if all(name in scores for scores in per_fold)
        },
    }
    if data.targets:
        found["target_baselines"] = {
            name: _means([baselines(one, f.train, f.validate, metric) for f in folds.folds])
            for name, one in zip(data.targets, data.each, strict=True)
        }
    if weights:
        found["weights"] = dict(zip(data.targets, weights, strict=True))
    if most_examples(data) < max(len(fold.train) for fold in folds.folds):
        found["baseline_examples"] = most_examples(data)
    return found


def _means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each baseline that all folds have."""
    names = [name for name in scores[0] if all(name in own for own in scores)]
    return {name: float(np.mean([own[name] for own in scores])) for name in names}


def neighbours(data: SequenceData) -> int:
    """How many examples in a row share what they are scored on: steps of a forecast, of streams the
    windows that have a row of the first in them."""
    return -(-data.window // data.stride) if data.streams else data.horizon or 1


def times_of(data: SequenceData, fold: Fold) -> FoldTimes:
    """Forecasts: the first and the last time that trains (inputs, too) and that is scored."""
    if data.stamps is None or data.calendar is None:
        return {}
    trained = data.stamps[scored_rows(data, fold.train)].max()
    scored = data.stamps[scored_rows(data, fold.validate)]
    label = data.calendar.label
    return {
        "train_times": [
            label(data.stamps[data.start[fold.train]].min().item()),
            label(trained.item()),
        ],
        "validate_times": [label(scored.min().item()), label(scored.max().item())],
    }


def persistence_of(lags: Sequence[float]) -> float | None:
    """The autocorrelation at lag 1, of those from lag 0 on; None where it is not told."""
    return lags[1] if len(lags) > 1 else None


def lags_of(data: SequenceData) -> list[float]:
    """Forecasts: the target's autocorrelation from lag 0 to 4, of the series where it is largest at
    lag 1; empty where no series tells it."""
    if data.task != "forecast":
        return []
    found = (
        autocorrelation(one.target[one.row_series == number])[:5].tolist()
        for one in data.each or (data,)
        for number in range(len(data.series_names))
    )
    return max((lags for lags in found if lags), key=lambda lags: lags[1], default=[])
