"""The answer of a study, read from the store once its curve is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropsearch.studies.answer.answer import Answer, Missing
from dropsearch.studies.answer.comparing import basis
from dropsearch.studies.answer.held import Held, difference, interval, units_held
from dropsearch.studies.answer.members import Member, is_redrawn, read_phase
from dropsearch.studies.claims.moves import any_open
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.claims.validated import Validated, read_validated
from dropsearch.studies.intervals.crossed import Crossed, crossed
from dropsearch.studies.intervals.statistics import smallest_effect, tie
from dropsearch.studies.intervals.units import units_of, widening_of
from dropsearch.studies.store.contract import CurvePlan
from dropsearch.studies.store.records import (
    CURVE,
    DONE,
    FINISHED,
    HOLDOUT,
    StudyRecord,
    point_text,
)
from dropsearch.studies.store.store import Store


def read_answer(store: Store, record: StudyRecord) -> Answer | None:
    """What the curve of the study says; None before it is over, or where it was not fitted."""
    plan = record.plan
    if plan is None or "curve" not in plan or record.config["confirm"] is None:
        return None
    over = record.phase in (HOLDOUT, DONE)
    if not over and (record.phase != CURVE or any_open(store, record.uuid, CURVE)):
        return None
    curve = plan["curve"]
    found = read_phase(store, record, CURVE, curve["members"])
    recommended = _recommended(curve, found.members, record)
    if recommended is None:
        return None
    zero = found.members[curve["zero"]]
    return Answer(
        record=record,
        curve=curve,
        members=found.members,
        reasons=found.reasons,
        recommended=recommended,
        worth=None if zero is None else _worth(record, zero),
        look=plan.get("look", 1),
        holdout=_held(store, record, curve, recommended),
        holdout_seen=plan["holdout"]["seen"] if "holdout" in plan else 0,
        crossed=_crossed(store, record, found.members),
    )


def _crossed(
    store: Store, record: StudyRecord, members: Sequence[Member | None]
) -> Crossed | Missing:
    """By what each example contributed to the fits of the members, or why there is none."""
    if basis(record.summary) != "contributions":
        return "long memory"
    kept: list[list[Validated]] = []  # by member and repeat
    for member in members:
        if member is not None:
            own = [read_validated(store, record.uuid, claim) for claim in member.claims]
            kept.append([one for one in own if one is not None])
            if len(kept[-1]) < len(own):
                return "not kept"
    first = kept[0]
    if not all(len(own) == len(first) for own in kept):
        return "not kept"
    for row in kept:
        for one, other in zip(row, first, strict=True):
            alike = (one.index, first[0].index), (one.unit, first[0].unit), (one.fold, other.fold)
            if not all(np.array_equal(*pair) for pair in alike):
                return "not kept"
    summary = record.summary
    over = summary["fold_kind"], first[0].unit, summary.get("horizon", 1)
    return crossed(
        [[one.contribution for one in own] for own in kept],
        [one.fold for one in first],
        units_of(*over),
        0.0 if is_redrawn(record) else summary["fold_ratio"],
        summary.get("step", 0.0),
        widening_of(*over),
    )


def _recommended(
    curve: CurvePlan, members: tuple[Member | None, ...], record: StudyRecord
) -> int | None:
    """Place of the best mean on the curve within the user's space, ties to the higher rate.

    Where there is no curve over one rate, the winner of the finalists stands.
    """
    choice = {
        place: (record.sign * member.mean, rate)
        for rate, place in curve["rates"]
        if (member := members[place]) is not None and curve["allowed"][place]
    }
    if choice:
        best, _ = max(choice.values())
        return max((rate, place) for place, (mean, rate) in choice.items() if tie(mean, best))[1]
    winner = curve["winner"]
    return winner if not curve["rates"] and members[winner] is not None else None


def _worth(record: StudyRecord, zero: Member) -> float:
    assert record.config["confirm"] is not None
    asked = record.config["confirm"]["smallest_effect"]
    return smallest_effect(record.summary["bounded"], zero.mean) if asked == "auto" else asked


def _held(
    store: Store, record: StudyRecord, curve: CurvePlan, recommended: int
) -> tuple[Held, ...]:
    places = {point_text(point): place for place, point in enumerate(curve["members"])}
    found, kept = [], {}
    for claim in claims_of(store, record.uuid, HOLDOUT):
        place = places.get(point_text(claim.point or {}))
        if (
            place is not None
            and claim.state == FINISHED
            and claim.value is not None
            and claim.best_epoch is not None
        ):
            found.append(Held(place, claim.value, claim.best_epoch + 1))
            kept[place] = read_validated(store, record.uuid, claim.id)
    chosen = kept.get(recommended)
    return tuple(_sure(one, kept[one.place], chosen, record) for one in found)


def _sure(held: Held, own: Validated | None, chosen: Validated | None, record: StudyRecord) -> Held:
    """The same with how sure it is, as far as what each example contributed tells.

    own: of this configuration; chosen: of the recommended one.
    """
    summary = record.summary
    if own is None:
        return held
    horizon = summary.get("horizon") or record.config["data"]["horizon"] or 1
    units = units_held(summary["fold_kind"], own.unit, horizon, summary["persistence"])
    hits, bounded = record.metric == "accuracy", summary["bounded"]
    of_score = interval(held.score, own.contribution, units, hits=hits, bounded=bounded)
    over = None
    if chosen is not None and chosen is not own and np.array_equal(own.index, chosen.index):
        gains = chosen.contribution, own.contribution
        over = difference(*gains, units, record.direction, summary.get("step", 0.0))
    return replace(held, interval=of_score, over=over, units=units.count)
