"""The answer of a study, read from the store once its curve is over."""

from __future__ import annotations

from dropsearch.studies.answer.answer import Answer, Held
from dropsearch.studies.answer.members import Member, read_phase
from dropsearch.studies.answer.statistics import smallest_effect, tie
from dropsearch.studies.claims.moves import any_open
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.contract import CurvePlan
from dropsearch.studies.store.records import CURVE, DONE, FINISHED, HOLDOUT, StudyRecord, point_text
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
        holdout=_held(store, record, curve),
        holdout_seen=plan["holdout"]["seen"] if "holdout" in plan else 0,
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


def _held(store: Store, record: StudyRecord, curve: CurvePlan) -> tuple[Held, ...]:
    places = {point_text(point): place for place, point in enumerate(curve["members"])}
    return tuple(
        Held(places[point_text(claim.point)], claim.value, claim.best_epoch + 1)
        for claim in claims_of(store, record.uuid, HOLDOUT)
        if claim.state == FINISHED
        and claim.value is not None
        and claim.best_epoch is not None
        and claim.point is not None
        and point_text(claim.point) in places
    )
