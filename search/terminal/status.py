"""What `list` and `status` say, by sums in SQL."""

from __future__ import annotations

from typing import Any

from dropsearch.search.config.stored import whole
from dropsearch.search.terminal.show import best_in_words
from dropsearch.studies.answer.words import metric_spelt, rate_in_words
from dropsearch.studies.claims.progress import Progress, progress
from dropsearch.studies.errors import NoStudy
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.damage import DamagedStudy
from dropsearch.studies.store.records import (
    DONE,
    FAILED,
    FINISHED,
    PHASES,
    RUNNING,
    SEARCH,
    WAITING,
)
from dropsearch.studies.store.store import Store

DAMAGED, STOPPED = "damaged", "stopped"  # instead of a phase
COUNTED = (
    *("study", "phase", "metric", "trials", "complete", "pruned", "failed", "running", "waiting"),
    *("best", "best_in_words", "headline", "score", "note"),
)


def _counts(seen: Progress) -> dict[str, Any]:
    record = seen.study
    abandoned = sum(claim.phase == SEARCH for claim in seen.abandoned)
    return {
        "study": record.name,
        "phase": STOPPED if record.halted and record.phase != DONE else record.phase,
        "metric": record.metric,
        "trials": seen.count(),
        "complete": seen.count(FINISHED) - seen.pruned,
        "pruned": seen.pruned,
        "failed": seen.count(FAILED),
        "running": seen.count(RUNNING) - abandoned,
        "waiting": seen.count(WAITING) + abandoned,
        "best": seen.best.value if seen.best else None,
        "best_in_words": best_in_words(seen),
        "headline": said_of(record.answer),
        "score": record.answer["score"] if record.answer else None,
        "note": record.note,
    }


def listing(store: Store) -> list[dict[str, Any]]:
    """One entry per study, the oldest first; of a damaged one the name, and in `note` why."""
    entries = (_entry(store, name) for name in store.names())
    return [entry for entry in entries if entry is not None]


def _entry(store: Store, name: str) -> dict[str, Any] | None:
    """What `list` says of a study, None where it was deleted just now."""
    try:
        with whole(store, name):
            seen = progress(store, store.find(name).uuid)
            return None if seen is None else _counts(seen)
    except NoStudy:
        return None
    except DamagedStudy as damaged:
        return dict.fromkeys(COUNTED) | {"study": name, "phase": DAMAGED, "note": damaged.found}


def listing_in_words(found: list[dict[str, Any]]) -> str:
    if not found:
        return "No studies yet: dropsearch launch STUDY.yaml makes one."
    width = max(len(one["study"]) for one in found)
    return "\n".join(f"{one['study']:{width}}  {one['phase']:8}  {_stands(one)}" for one in found)


def _stands(one: dict[str, Any]) -> str:
    if one["phase"] == DAMAGED:
        return str(one["note"])
    if one["headline"]:
        return f"{one['headline']} {metric_spelt(one['metric'])} {one['score']:.4g}"
    return f"{_ended(one):,} of {one['trials']:,} trials, {one['best_in_words']}"


def said_of(answer: dict[str, Any] | None) -> str | None:
    """The headline of an answer; None of one from before there was any."""
    return answer["headline"]["said"] if answer and "headline" in answer else None


def status(store: Store, name: str) -> dict[str, Any]:
    """How far a study is, what runs, and the present recommendation."""
    record = store.find(name)
    seen = progress(store, record.uuid)
    if seen is None:
        return status(store, name)  # deleted just now: says so
    chosen = None if record.answer else recommend(store, record)
    epochs = record.config["training"]["epochs"]
    abandoned = {claim.id for claim in seen.abandoned}
    return _counts(seen) | {
        "storage": store.shown,
        "running_trials": [
            {
                "trial": claim.trial,
                "phase": claim.phase,
                "epoch": 0 if claim.epoch is None else claim.epoch + 1,
                "epochs": epochs,
                "point": claim.point,
                "abandoned": claim.id in abandoned,
            }
            for claim in seen.running
        ],
        "fits": {
            phase: {
                "ended": seen.count(FINISHED, FAILED, phase=phase),
                "all": seen.count(phase=phase),
            }
            for phase in PHASES
            if phase in seen.counts
        },
        "recommendation": chosen.as_dict() if chosen else record.answer,
    }


def status_in_words(found: dict[str, Any]) -> str:
    lines = [
        f"{found['study']} ({found['phase']}) in {found['storage']}",
        f"{_ended(found):,} of {found['trials']:,} trials ended: {found['complete']:,} complete, "
        f"{found['pruned']:,} pruned, {found['failed']:,} failed; {found['running']:,} running, "
        f"{found['waiting']:,} waiting",
    ]
    for one in found["running_trials"]:
        rate = f": dropout {rate_in_words(one['point'])}" if one["point"] else ""
        name = one["phase"] if one["trial"] is None else f"trial {one['trial']}"
        left = " (its worker died: the next one goes on with it)" if one["abandoned"] else ""
        lines.append(f"  {name}, epoch {one['epoch']} of {one['epochs']}{rate}{left}")
    for phase, fits in found["fits"].items():
        if phase != SEARCH:
            lines.append(f"{phase}: {fits['ended']:,} of {fits['all']:,} fits ended")
    if found["note"]:
        lines.append(found["note"])
    if found["recommendation"]:
        if found["phase"] in PHASES and found["phase"] not in (DONE, SEARCH):
            source = found["recommendation"]["rests_on"]
            lines.append(f"The present answer, from the {source}; the study goes on:")
        lead = found["recommendation"].get("headline", {})
        lines += [lead[key] for key in ("said", "because", "todo") if key in lead]
        lines += found["recommendation"]["sentences"]
        lines += [f"Note: {warning}" for warning in found["recommendation"]["warnings"]]
    else:
        lines.append(f"No trial has a score{'' if found['phase'] == DONE else ' yet'}.")
    return "\n".join(lines)


def following(store: Store, found: dict[str, Any]) -> str:
    """The command that most people want after `status`."""
    if found["phase"] == DONE:
        return store.command("report", found["study"])
    at_work = any(not fit["abandoned"] for fit in found["running_trials"])
    if found["phase"] == STOPPED or not at_work:
        return store.command("launch", "STUDY.yaml")
    return store.command("report" if found["recommendation"] else "status", found["study"])


def _ended(one: dict[str, Any]) -> int:
    return int(one["complete"] + one["pruned"] + one["failed"])
