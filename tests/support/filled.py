"""Whole studies in the store without any training: scores come from a formula.

Data, folds, plan and phases are real; so are Optuna's tables. What is made up are the points of
the search and all fold scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import distribution_to_json
from optuna.storages._rdb import models
from optuna.trial import TrialState
from sqlalchemy import func, insert, select, update

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.fold.scored import targets
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.fit.outputs import examples_of
from dropsearch.search.folds.inputs import Inputs, split_of
from dropsearch.search.phases import phases, space
from dropsearch.search.registration import register
from dropsearch.studies.answer.members import at_chosen
from dropsearch.studies.claims.examples import examples_file
from dropsearch.studies.claims.moves import advance
from dropsearch.studies.claims.optuna_study import ensure_study
from dropsearch.studies.claims.progress import by_epoch, claims_of, fold_scores
from dropsearch.studies.claims.validated import Validated, validated_file
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FAILED,
    FINISHED,
    HOLDOUT,
    RUNNING,
    SEARCH,
    WAITING,
    Claim,
    FoldScore,
    StudyRecord,
)
from dropsearch.studies.store.store import Store

Fate = Callable[[int], str]

WITHOUT = 0.1  # what baselines score, as truths are counted


def helps(point: Mapping[str, Any]) -> float:
    """Best at a rate of 0.3, better with more units."""
    rates = [value for key, value in point.items() if key.startswith("dropout")]
    rate = sum(rates) / len(rates)
    return float(0.94 - 0.25 * (rate - 0.3) ** 2 - 0.4 / point["hidden_size"])


def mixed(number: int) -> str:
    """Every third trial is pruned, every fiftieth fails."""
    return "failed" if number % 50 == 49 else "pruned" if number % 3 == 2 else "complete"


def fill(
    store: Store,
    config: StudyConfig,
    *,
    truth: Callable[[Mapping[str, Any]], float] = helps,
    fate: Fate = mixed,
    noise: float = 0.01,
    until: str = DONE,
    examples: float | None = None,
    held: Callable[[Mapping[str, Any]], float] | None = None,
    without: float = WITHOUT,
) -> StudyRecord:
    """Makes the study, or goes on, and ends the claims of its phases, those of `until`, too.

    fate: by number of a trial: complete, pruned, failed, running or waiting. examples: how much the
    contributions of the examples to a score differ, by any amount, where they are kept. held: the
    truth on the holdout, where it is another. without: what baselines score, as `truth` counts.
    """
    inputs = Inputs.of(config)
    record, _ = register(store, config, inputs)
    if examples is not None:
        _without_steps(store, record)
    rng = np.random.default_rng(0)
    if not any(claim.ended for claim in claims_of(store, record.uuid, SEARCH)):
        _search(store, record, config, truth, fate, noise, rng)
    while record.phase != until:
        step = phases.after(store, record)  # phases.advance tells the dashboard, too: seconds
        advance(store, record.uuid, record.phase, step.phase, step.asked, plan=step.plan)
        record = store.find(record.name)
        claims = [c for c in claims_of(store, record.uuid, record.phase) if c.state == WAITING]
        own = held if held is not None and record.phase == HOLDOUT else truth
        points = [claim.point or {} for claim in claims]
        _end(store, record, config, claims, points, own, noise, rng, without=without)
        if examples is not None and record.phase in (CURVE, HOLDOUT):
            _keep(store, record, config, inputs.data, examples)
    return store.find(record.name)


def _without_steps(store: Store, record: StudyRecord) -> None:
    summary = record.summary | {"step": 0.0}
    with store.write() as session:
        session.execute(
            update(StudyRecord).where(StudyRecord.uuid == record.uuid).values(summary=summary)
        )


def _keep(
    store: Store,
    record: StudyRecord,
    config: StudyConfig,
    data: SequenceData,
    spread: float,
) -> None:
    """What each example contributed: its fold's score, and something of its own; and outputs that
    have nothing to do with it."""
    own = spread * np.random.default_rng(1).normal(size=len(data.start))
    split = cache(lambda repeat: split_of(config, data, record.phase, repeat))
    for claim in claims_of(store, record.uuid, record.phase):
        drawn = split(claim.repeat)
        scores = at_chosen(by_epoch(fold_scores(store, claim.id)), record.direction).scores
        if record.phase == HOLDOUT:
            assert claim.value is not None
            scores = np.array([claim.value])
        parts = [fold.validate for fold in drawn.folds]
        contribution = [
            score + own[part] - own[part].mean() for score, part in zip(scores, parts, strict=True)
        ]
        index = np.concatenate(parts)
        order = np.argsort(index)
        found = Validated(
            index=index[order],
            fold=np.repeat(np.arange(len(parts)), [len(part) for part in parts])[order],
            unit=drawn.unit[index[order]],
            contribution=np.concatenate(contribution)[order],
            outputs=_outputs(data, index[order], claim.id),
        )
        path = validated_file(store, record.uuid, claim.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.packed())
    examples_file(store, record.uuid).write_bytes(examples_of(data).packed())


def _outputs(data: SequenceData, index: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """Near what is true."""
    rng = np.random.default_rng(seed)
    if data.task == "classify":
        logits = rng.normal(size=(len(index), len(data.classes)))
        logits[np.arange(len(index)), data.target[index]] += 2
        return logits.astype(np.float32)
    actual, known = targets(data, index)
    near = np.where(known, actual, 0.0) + 0.1 * rng.normal(size=actual.shape)
    return near.astype(np.float32)


def _search(
    store: Store,
    record: StudyRecord,
    config: StudyConfig,
    truth: Callable[[Mapping[str, Any]], float],
    fate: Fate,
    noise: float,
    rng: np.random.Generator,
) -> None:
    claims = [c for c in claims_of(store, record.uuid, SEARCH) if fate(c.number) != WAITING]
    drawing = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    points = []
    for claim in claims:
        trial = drawing.ask()
        space.suggest(trial, config)
        points.append(space.point_of(trial.params, config) | claim.fixed)
    trials = drawing.get_trials(deepcopy=False)
    fates = [fate(claim.number) for claim in claims]
    values = _end(store, record, config, claims, points, truth, noise, rng, fates)
    study_id = ensure_study(store, record)
    states = {
        "complete": TrialState.COMPLETE,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
        "running": TrialState.RUNNING,
    }
    trials_made: list[dict[str, Any]] = []
    attributes: list[dict[str, Any]] = []
    params: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    with store.write() as session:
        first = 1 + (session.scalar(select(func.max(models.TrialModel.trial_id))) or 0)
        every = zip(claims, trials, points, fates, values, strict=True)
        for number, (claim, trial, point, kind, value) in enumerate(every, first):
            trials_made.append(
                {
                    "trial_id": number,
                    "number": claim.number,
                    "study_id": study_id,
                    "state": states[kind],
                    "datetime_start": record.created,
                    "datetime_complete": None if kind == "running" else record.created,
                }
            )
            attributes.append(
                {"trial_id": number, "key": "claim", "value_json": json.dumps(claim.id)}
            )
            params += [
                {
                    "trial_id": number,
                    "param_name": key,
                    "param_value": spec.to_internal_repr(point[key]),
                    "distribution_json": distribution_to_json(spec),
                }
                for key, spec in trial.distributions.items()
            ]
            named = {"score": value, "parameters": _parameters(point), "cost": 1e6}
            found += [
                {
                    "trial_id": number,
                    "objective": place,
                    "value": named[objective],
                    "value_type": models.TrialValueModel.TrialValueType.FINITE,
                }
                for place, objective in enumerate(config.search.objectives)
                if kind == "complete"
            ]
        for model, rows in (
            (models.TrialModel, trials_made),
            (models.TrialUserAttributeModel, attributes),
            (models.TrialParamModel, params),
            (models.TrialValueModel, found),
        ):
            if rows:
                session.execute(insert(model.__table__), rows)


def _parameters(point: Mapping[str, Any]) -> int:
    if BASELINE in point:
        return 0
    return int(point["layers"] * point["hidden_size"] * (8 + 4 * point["hidden_size"]))


def _end(
    store: Store,
    record: StudyRecord,
    config: StudyConfig,
    claims: list[Claim],
    points: list[dict[str, Any]],
    truth: Callable[[Mapping[str, Any]], float],
    noise: float,
    rng: np.random.Generator,
    fates: list[str] | None = None,
    without: float = WITHOUT,
) -> list[float | None]:
    """Write the claims' ends and their fold scores; returns the values."""
    folds, sign = len(record.summary["folds"]), 1 if record.direction == "maximize" else -1
    rows, changes, values = [], [], []
    start = record.created
    for place, (claim, point) in enumerate(zip(claims, points, strict=True)):
        kind = "complete" if fates is None else fates[place]
        epochs = {"complete": config.training.epochs, "running": 1, "pruned": 2, "failed": 0}[kind]
        if BASELINE in point:
            epochs, own, level = 1, np.random.default_rng(claim.id), without
        else:
            own, level = rng, truth(point)
        score = level + noise * own.normal(size=folds) + 0.3 * noise * own.normal()
        grown = 1 - np.exp(-np.arange(1, epochs + 1)[:, None] / (config.training.epochs / 5))
        grown = np.ones((1, 1)) if BASELINE in point else grown
        rise = 0.002 * np.arange(epochs)[:, None]
        curve = score * grown - rise * 0.1 + 0.1 * noise * own.normal(size=(epochs, folds))
        metric = curve if sign == 1 else 1 - curve
        best = int((sign * metric.mean(1)).argmax()) if epochs else None
        value = float(metric.mean(1)[best]) if kind == "complete" else None
        values.append(value)
        rows += [
            {
                "claim": claim.id,
                "epoch": epoch,
                "fold": fold,
                "train_loss": float(1 - grown[epoch, 0]),
                "val_loss": float(1.05 - curve[epoch, fold] + rise[epoch, 0]),
                "metric": float(metric[epoch, fold]),
                "updates": 10,
                "seconds": 0.1,
            }
            for epoch in range(epochs)
            for fold in range(folds)
        ]
        began = start + timedelta(seconds=4 * (place // 2))
        changes.append(
            {
                "id": claim.id,
                "point": point,
                "state": {"failed": FAILED, "running": RUNNING}.get(kind, FINISHED),
                "trial": claim.number if record.phase == SEARCH else None,
                "value": value,
                "best_epoch": best if kind == "complete" else None,
                "epoch": epochs - 1 if epochs else None,
                "parameters": _parameters(point),
                "cost": 1e6 * _parameters(point),
                "reason": {"pruned": "worse than the median", "failed": "diverged"}.get(kind),
                "holder": f"host{place % 2}/ab:{place % 2}:0:ff",
                "started": began,
                "ended": None if kind == "running" else began + timedelta(seconds=3.5),
            }
        )
    with store.write() as session:
        if changes:
            session.execute(update(Claim), changes)
        if rows:
            session.execute(insert(FoldScore), rows)
    return values
