"""What a careful reader of the answer has to know besides."""

from __future__ import annotations

from typing import Any

from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.members import Member, read_phase
from dropsearch.studies.answer.words import name_of, rate_in_words, sizes_in_words
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.intervals.statistics import WALK
from dropsearch.studies.sentences.holdout import contradictions
from dropsearch.studies.store.records import FINALISTS, FINISHED, SEARCH, StudyRecord
from dropsearch.studies.store.store import Store

MOSTLY = 0.8  # share of trials above a rate that were pruned, from which on it is said
CUT_OFF = 0.95  # share of the epochs allowed, from which on it is said
FEW = 4  # trials, at least, for that


def warnings(store: Store, answer: Answer) -> tuple[str, ...]:
    """What a careful reader has to know besides."""
    found = [
        *of_features(answer.record),
        *contradictions(answer),
        *_border(answer),
        *_pruned_above(store, answer),
        *_cut_off(answer),
        *_smaller(store, answer),
        *_higher(answer),
        *_descriptive(answer),
        *_by_window(answer),
        *_by_folds(answer),
        *_without_baselines(answer),
        *_sampled(answer),
    ]
    outside = answer.better_outside
    if outside is not None:
        found.append(
            f"Outside the space that was searched, {name_of(answer, outside)} scored better: "
            f"{_mean(answer.members[outside]):.4g}."
        )
    control = answer.curve["control"]
    if control in answer.observations and control != outside and answer.gain(control) > 0:
        found.append(
            f"The best network found without dropout "
            f"({sizes_in_words(answer.curve['members'][control])}) scored better: "
            f"{_mean(answer.members[control]):.4g}."
        )
    lost = sum(member is None for member in answer.members)
    if lost:
        reason = next((f" ({reason.rstrip('.')})" for reason in answer.reasons if reason), "")
        number = "One configuration" if lost == 1 else f"{lost:,} configurations"
        found.append(f"{number} left the curve since a fit failed{reason}.")
    if answer.look > 1:
        found.append(
            f"This is look {answer.look} at the answer: the intervals are at "
            f"{100 * answer.level:.4g} % to pay for the looks before."
        )
    return tuple(found)


def of_features(record: StudyRecord) -> list[str]:
    """Of features that study.yaml names although they measure nothing."""
    return [
        f"The feature {name!r} {reason}, and is seen as study.yaml names it: scores may rest on "
        f"{'these series' if 'for each series' in reason else 'the order of this file'} alone, "
        "and not hold elsewhere."
        for name, reason in record.summary.get("doubtful", {}).items()
    ]


def _by_folds(answer: Answer) -> list[str]:
    if answer.crossed != "not kept":
        return []
    return [
        "The intervals rest on the scores of whole folds and are wide: what the fits said of each "
        "example is not there (they are of an earlier version, or the files are lost)."
    ]


def _sampled(answer: Answer) -> list[str]:
    """Whether the baselines that learn had fewer examples than the networks."""
    summary = answer.record.summary
    if "baseline_examples" not in summary or not answer.curve.get("baselines"):
        return []
    most = max(fold["train"] for fold in summary["folds"])
    return [
        f"The baselines that learn had {summary['baseline_examples']:,} training examples at most, "
        f"drawn from up to {most:,}; the networks had all of them."
    ]


def _without_baselines(answer: Answer) -> list[str]:
    if "baselines" in answer.curve:
        return []
    return [
        "Whether a network is worth it is not asked: the curve is of an earlier version, without "
        "baselines that learn."
    ]


def _mean(member: Member | None) -> float:
    return float("nan") if member is None else member.mean


def _border(answer: Answer) -> list[str]:
    rates, spec = answer.rates, _spec(answer)
    if answer.recommended not in rates or not isinstance(spec, dict):
        return []
    if all(answer.gain(place) == 0 for place in rates):
        return []
    rate = rates[answer.recommended]
    for end, value in (("highest", spec["high"]), ("lowest", spec["low"])):
        if rate == value and value > 0 and spec["low"] < spec["high"]:
            return [
                f"The best rate is the {end} of its range, {value:.3g}: widen model.dropout to see "
                "whether one beyond is better."
            ]
    return []


def _cut_off(answer: Answer) -> list[str]:
    best, most = answer.members[answer.recommended], answer.record.config["training"]["epochs"]
    if best is None or best.training_epochs < CUT_OFF * most:
        return []
    return [
        f"The folds chose {best.training_epochs} of the {most} epochs allowed, so the training was "
        "likely cut off: raise training.epochs, above all for high rates, which learn late."
    ]


def _smaller(store: Store, answer: Answer) -> list[str]:
    """A finalist that scored better than the one taken, for its size."""
    record = answer.record
    assert record.plan is not None
    left = record.plan.get("left", record.plan["finalists"])
    found = read_phase(store, record, FINALISTS, left)
    whole = [member for member in found.members if member is not None]
    taken = answer.curve["members"][answer.curve["winner"]]
    best = max(whole, key=lambda member: record.sign * member.mean, default=None)
    if best is None or sizes_in_words(best.point) == sizes_in_words(taken):
        return []
    return [
        f"Of the finalists dropout {rate_in_words(best.point)} with {sizes_in_words(best.point)} "
        f"scored best, {best.mean:.4g} there; the smallest network within one standard error of "
        "it was taken."
    ]


def _higher(answer: Answer) -> list[str]:
    """Without a curve the choice was made before: a configuration beside it may score higher."""
    if answer.rates:
        return []
    beside = dict.fromkeys((answer.curve["zero"], answer.curve["half"]))
    higher = [
        f"{name_of(answer, place)} ({_mean(answer.members[place]):.4g})"
        for place in beside
        if place in answer.observations
        and place != answer.better_outside
        and answer.gain(place) > 0
    ]
    if not higher:
        return []
    return [
        f"Here {' and '.join(higher)} scored higher than the recommended configuration, which was "
        "chosen before, among the finalists."
    ]


def _descriptive(answer: Answer) -> list[str]:
    if not answer.descriptive:
        return []
    return [
        "The intervals are descriptive only: each step of the target is close to the one before "
        f"(correlation {answer.record.summary['persistence']:.2f}), and where it wanders like a "
        "random walk, intervals over expanding folds are too narrow: in simulation they held in "
        "86 to 93 % instead of 95 % (python -m benchmarks.simulation)."
    ]


def _by_window(answer: Answer) -> list[str]:
    """A series that wanders is not scaled well by the mean and spread of its past."""
    summary, data = answer.record.summary, answer.record.config["data"]
    by_past = data["scale"] == "train" or (data["scale"] == "auto" and summary["series"] == 1)
    scaling = summary.get("scaling", "train" if by_past else "window")  # of an older study
    one_step = data["window"] == 1  # which cannot be scaled by itself
    if scaling != "train" or one_step or (summary["persistence"] or 0.0) < WALK:
        return []
    return [
        "A target that wanders leaves the range that it was scaled by: try data.scale: window, "
        "which scales each window by itself, as a study of its own."
    ]


def _spec(answer: Answer) -> Any:
    """What study.yaml says of the rate that the curve runs over."""
    key = answer.curve["key"]
    spec: Any = answer.record.config["model"]["dropout"]
    return None if key is None else spec if key == "dropout" else spec[key.removeprefix("dropout.")]


def _pruned_above(store: Store, answer: Answer) -> list[str]:
    key = answer.curve["key"]
    if key is None or not isinstance(_spec(answer), dict):
        return []
    trials = sorted(
        (
            (claim.point[key], claim.value is None)
            for claim in claims_of(store, answer.record.uuid, SEARCH)
            if claim.state == FINISHED and claim.point and key in claim.point
        ),
        reverse=True,
    )
    pruned, found = 0, None
    for count, (rate, ended_early) in enumerate(trials, 1):
        pruned += ended_early
        if count >= FEW and pruned >= MOSTLY * count and count < len(trials):
            found = rate, pruned, count
    if found is None:
        return []
    rate, pruned, count = found
    return [
        f"The search ended {pruned:,} of {count:,} trials at rates of {rate:.2g} and above early; "
        "the curve, where nothing is ended so, is the fairer view of them."
    ]
