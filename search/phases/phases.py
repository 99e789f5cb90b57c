"""The phases of a study, search -> finalists -> curve -> holdout -> done: when one is over, and
which fits the next one asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dropsearch.models.names import baselines_of
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.phases import space
from dropsearch.search.phases.curve import curve_plan, most_members
from dropsearch.search.phases.finalists import contenders, finalists, smallest_as_good
from dropsearch.search.phases.rivals import choices, with_rivals
from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import (
    is_redrawn,
    is_zero,
    observed,
    read_phase,
    repeats_of,
)
from dropsearch.studies.answer.outlook import goes_on
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims import moves
from dropsearch.studies.claims.moves import Ask
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.ranking import complete, ranked
from dropsearch.studies.dashboard.note import publish
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.intervals.statistics import observations
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.contract import BASELINE, HoldoutPlan, Plan, Point
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FINALISTS,
    FINISHED,
    HOLDOUT,
    SEARCH,
    StudyRecord,
)
from dropsearch.studies.store.store import Store


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
    chosen = recommend(store, _ended(record, step)) if step.phase == DONE else None
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


def _ended(record: StudyRecord, step: Step) -> StudyRecord:
    """The record as it will be once the study has ended so."""
    kept = {column.key: getattr(record, column.key) for column in record.__table__.columns}
    return StudyRecord(**{**kept, "phase": step.phase, "plan": step.plan or record.plan})


def after(store: Store, record: StudyRecord) -> Step:
    """What comes after the study's present phase, now that it is over."""
    config = StudyConfig.model_validate(record.config)
    if config.confirm is None:
        return Step(DONE)
    return {SEARCH: _finalists, FINALISTS: _after_finalists, CURVE: _after_curve}.get(
        record.phase, lambda *_: Step(DONE)
    )(store, record, config)


def _finalists(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    points = finalists(config, ranked(store, record))
    if not points:
        return Step(DONE)
    plan: Plan = {"finalists": points}
    if record.plan is not None:
        plan = {**record.plan, **plan}
        plan.pop("left", None)
    return Step(FINALISTS, _repeated(points, 1), plan)


def _after_finalists(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    """The other repeats of those that may be the best after the first one, then the curve."""
    assert record.plan is not None
    found = read_phase(store, record, FINALISTS, record.plan["finalists"])
    whole = [member for member in found.members if member is not None]
    if not whole:
        return Step(DONE)
    ratio, redrawn = record.summary["fold_ratio"], is_redrawn(record)
    first = [observations(member.scores[:1], redrawn).tolist() for member in whole]
    left = [whole[place] for place in contenders(first, record.direction, ratio)]
    plan: Plan = {**record.plan, "left": [member.point for member in left]}
    asked = _repeated(plan["left"], repeats_of(record, FINALISTS))
    if len(left) > 1 and moves.any_new(store, record.uuid, FINALISTS, asked):
        return Step(FINALISTS, asked, plan)
    scored = [(member, observed(member, record).tolist()) for member in left]
    winner = left[smallest_as_good(scored, record.direction, ratio)]
    control = next((m.point for m in whole if is_zero(m.point)), None)
    return _curve(store, record, config, plan, winner.point, control)


def _curve(
    store: Store,
    record: StudyRecord,
    config: StudyConfig,
    plan: Plan,
    winner: Point,
    control: Point | None,
) -> Step:
    plan["curve"] = curve_plan(config, winner, control, baselines(config, record))
    assert config.confirm is not None
    plan["repeats"], _ = least_and_most(config.confirm.repeats)
    asked = _repeated(plan["curve"]["members"], plan["repeats"])
    networks = [ask for ask in asked if BASELINE not in ask.point]
    if moves.any_new(store, record.uuid, CURVE, networks):
        plan["look"] = plan.get("look", 0) + 1
    return Step(CURVE, asked, plan)


def baselines(config: StudyConfig, record: StudyRecord) -> list[str]:
    """What runs without a network on the curve's folds: those that learn, and the simple ones."""
    return [*learning_baselines(config), *record.summary["baselines"]]


def learning_baselines(config: StudyConfig) -> list[str]:
    """Those that learn, where a curve follows the search."""
    if config.confirm is None:
        return []
    return baselines_of(config.data.task, config.data.text is not None)


def _after_curve(store: Store, record: StudyRecord, config: StudyConfig) -> Step:
    """One repeat more of the curve, where that is asked for and could decide; else the holdout."""
    answer = read_answer(store, record)
    if answer is None:
        return Step(DONE)
    assert record.plan is not None
    assert config.confirm is not None
    done, (_, most) = answer.repeats, least_and_most(config.confirm.repeats)
    if done < most and goes_on(answer):
        asked = _repeated(record.plan["curve"]["members"], done + 1)
        return Step(CURVE, asked, {**record.plan, "repeats": done + 1})
    if choices(config) and "rivals" not in answer.curve and not answer.descriptive:
        return _rivals(store, record, config, answer)
    return _holdout(record, answer)


def _rivals(store: Store, record: StudyRecord, config: StudyConfig, answer: Answer) -> Step:
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    assert record.plan is not None
    trials = [*complete(store, record), *claims_of(store, record.uuid, SEARCH, FINISHED)]
    seen = [claim.point for claim in trials if claim.point is not None]  # at last the pruned ones
    curve = with_rivals(config, answer.curve, chosen.point, seen)
    asked = [curve["members"][place] for _, place in curve["rivals"]]
    return Step(CURVE, _repeated(asked, answer.repeats), {**record.plan, "curve": curve})


def _holdout(record: StudyRecord, answer: Answer) -> Step:
    if not record.summary["holdout"]:
        return Step(DONE)
    assert record.plan is not None
    plan = record.plan.copy()
    before = plan.get("holdout", HoldoutPlan(seen=0, recommended=None))
    chosen = answer.members[answer.recommended]
    assert chosen is not None
    if before["recommended"] == chosen.point:
        return Step(DONE)
    curve = answer.curve
    places = dict.fromkeys([answer.recommended, curve["zero"], curve["half"]])
    places |= dict.fromkeys(curve.get("baselines", []))
    members = [answer.members[place] for place in places if place is not None]
    plan["holdout"] = {"seen": before["seen"] + 1, "recommended": chosen.point}
    asked = [Ask(m.point, epochs=m.training_epochs) for m in members if m is not None]
    return Step(HOLDOUT, asked, plan)


def _repeated(points: Sequence[Point], repeats: int) -> list[Ask]:
    """Every point once in each repeat; first all of the first repeat."""
    return [Ask(point, repeat) for repeat in range(repeats) for point in points]


def planned_fits(
    config: StudyConfig, holdout: bool, *, without_network: int = 0, most: bool = False
) -> dict[str, int]:
    """The fits of each phase after the search, with the fewest repeats, or the most; of the
    finalists at most, since some run but once.

    without_network: baselines that run beside the networks.
    """
    if config.confirm is None:
        return {}
    zero = all(space.holds(config, key, 0.0) for key in space.rate_keys(config))
    few, many = least_and_most(config.confirm.repeats)
    return {
        FINALISTS: (config.confirm.finalists + zero) * few,
        CURVE: (most_members(config) + zero + len(choices(config)) + without_network)
        * (many if most else few),
        HOLDOUT: 3 + without_network if holdout else 0,
    }
