"""The phases of a study, search -> finalists -> curve -> holdout -> done: the fits that each asks
for, and when it is over. `confirm` has the choices between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import ConfigError
from dropsearch.search.phases import confirm, space
from dropsearch.studies.answer.answer import read_answer
from dropsearch.studies.answer.members import observed, read_phase
from dropsearch.studies.answer.ranking import ranked
from dropsearch.studies.claims import moves
from dropsearch.studies.claims.moves import Ask
from dropsearch.studies.dashboard.note import publish
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.documents import HoldoutPlan, Plan
from dropsearch.studies.store.records import CURVE, DONE, FINALISTS, HOLDOUT, SEARCH
from dropsearch.studies.store.store import Store, StudyRecord

LARGEST_GRID = 10_000


@dataclass(frozen=True)
class Asked:
    """The fits of the search that are still to be written as claims, and what to say of them."""

    fixed: list[dict[str, Any]]
    note: str | None


def search_claims(config: StudyConfig, present: Sequence[dict[str, Any]] = ()) -> Asked:
    """The claims of the search beyond those `present`, given by their fixed values.

    A claim with no fixed value asks the sampler; controls fix the rates; a grid fixes all. Never
    more claims than the space has points, since no point is trained twice.
    """
    size = space.size(config)
    if config.search.sampler == "grid":
        if size is not None and size > LARGEST_GRID:
            raise ConfigError(
                f"search.sampler: grid would try {size:,} points, more than {LARGEST_GRID:,}: "
                "take fewer values, or search.sampler: tpe."
            )
        return Asked([point for point in space.points(config) if point not in present], None)
    budget = config.search.trials if size is None else min(config.search.trials, size)
    controls = _without(space.controls(config), present)
    missing = max(0, budget - len(present))
    fixed = (controls + [{}] * missing)[:missing]
    if size is not None and size < config.search.trials:
        points = "one point" if size == 1 else f"{size} points"
        return Asked(
            fixed,
            f"The space has {points}, fewer than the {config.search.trials} trials asked for: "
            "the search ends when all have been tried.",
        )
    return Asked(fixed, None)


def no_pruning(config: StudyConfig) -> list[str]:
    """What is to be said where a pruner is set that cannot act."""
    several = len(config.search.objectives) > 1
    if not several or config.search.pruner == "none":
        return []
    return ["With several objectives no trial is pruned: Optuna has no order of such trials."]


def _without(
    wanted: list[dict[str, Any]], present: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """`wanted` less one for each equal entry of `present`."""
    left = list(present)
    kept = []
    for fixed in wanted:
        if fixed in left:
            left.remove(fixed)
        else:
            kept.append(fixed)
    return kept


@dataclass(frozen=True)
class Step:
    """Where a study goes next: the phase, its fits, and the plan that is kept with the study."""

    phase: str
    asked: list[Ask] = field(default_factory=list)
    plan: Plan | None = None


def advance(store: Store, record: StudyRecord) -> bool:
    """Take the study from a phase that has nothing left to do to the next; True for one worker."""
    if moves.any_open(store, record.uuid, record.phase):
        return False
    step = after(store, record)
    chosen = recommend(store, record) if step.phase == DONE else None
    won = moves.advance(
        store,
        record.uuid,
        record.phase,
        step.phase,
        step.asked,
        plan=step.plan,
        answer=chosen.as_dict() if chosen else None,
    )
    if won and step.phase == DONE:
        publish(store, record)
    return won


def after(store: Store, record: StudyRecord) -> Step:
    """What comes after the study's present phase, now that it is over."""
    config = StudyConfig.model_validate(record.config)
    if config.confirm is None:
        return Step(DONE)
    return {SEARCH: _finalists, FINALISTS: _curve, CURVE: _holdout}.get(
        record.phase, lambda *_: Step(DONE)
    )(store, record, config)


def _finalists(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    points = confirm.finalists(config, ranked(store, record))
    if not points:
        return Step(DONE)
    plan: Plan = {"finalists": points}
    if record.plan is not None:
        plan = {**record.plan, **plan}
    return Step(FINALISTS, _repeated(points, config), plan)


def _curve(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    assert record.plan is not None
    plan = record.plan.copy()
    found = read_phase(store, record, FINALISTS, plan["finalists"])
    whole = [member for member in found.members if member is not None]
    if not whole:
        return Step(DONE)
    winner = confirm.smallest_as_good(
        [(member, observed(member, record).tolist()) for member in whole],
        record.direction,
        record.summary["fold_ratio"],
    )
    control = next((m.point for m in whole if confirm.is_zero(m.point)), None)
    plan["curve"] = confirm.curve_plan(config, whole[winner].point, control)
    asked = _repeated(plan["curve"]["members"], config)
    if moves.any_new(store, record.uuid, CURVE, asked):
        plan["look"] = plan.get("look", 0) + 1
    return Step(CURVE, asked, plan)


def _holdout(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    answer = read_answer(store, record)
    if answer is None or not record.summary["holdout"]:
        return Step(DONE)
    assert record.plan is not None
    plan = record.plan.copy()
    before = plan.get("holdout", HoldoutPlan(seen=0, recommended=None))
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    if before["recommended"] == chosen.point:
        return Step(DONE)
    places = dict.fromkeys([answer.recommended, answer.curve["zero"], answer.curve["half"]])
    members = [answer.members[place] for place in places if place is not None]
    plan["holdout"] = {"seen": before["seen"] + 1, "recommended": chosen.point}
    asked = [Ask(m.point, epochs=m.training_epochs) for m in members if m is not None]
    return Step(HOLDOUT, asked, plan)


def _repeated(points: Sequence[dict[str, Any]], config: StudyConfig) -> list[Ask]:
    """Every point once in each repeat; first all of the first repeat."""
    assert config.confirm is not None
    return [Ask(point, repeat) for repeat in range(config.confirm.repeats) for point in points]


def planned_fits(config: StudyConfig, holdout: bool) -> dict[str, int]:
    """The fits of each phase after the search, at most."""
    if config.confirm is None:
        return {}
    settings = config.confirm
    zero = all(space.holds(config, key, 0.0) for key in space.rate_keys(config))
    key = confirm.curve_key(config)
    if key is not None:
        rates = len(confirm.curve_rates(config, key))
    else:
        rates = 3 + (confirm.SITE_RATES - 1) * len(space.rate_keys(config))
    return {
        FINALISTS: (settings.finalists + zero) * settings.repeats,
        CURVE: (rates + zero) * settings.repeats,
        HOLDOUT: 3 if holdout else 0,
    }
