"""What `dropsearch check` says: what would run on this study.yaml, and how long at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dropsearch.models.names import BASELINES
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.fit.device import device_of
from dropsearch.search.folds.inputs import Inputs, summary_of
from dropsearch.search.phases import space
from dropsearch.search.phases.phases import learning_baselines, planned_fits
from dropsearch.search.phases.rivals import choices, rival_fits
from dropsearch.search.phases.search_claims import no_pruning, search_claims
from dropsearch.search.phases.starts import tried_first
from dropsearch.search.workers.engines import default_workers
from dropsearch.studies.answer.comparing import basis
from dropsearch.studies.answer.words import (
    ahead_in_words,
    count,
    duration,
    scaling_in_words,
    targets_in_words,
    texts_in_words,
)
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.store.records import CURVE, SEARCH


def check(config: StudyConfig, tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Read data and folds, time a few steps; what is found, ready for JSON.

    tell: told what is done now. Raises ConfigError or DataError for what cannot be used.
    """
    workers = default_workers(device_of(config.training.accelerator))
    tell(f"Reading {config.data.files}")
    inputs = Inputs.of(config)
    asked = search_claims(config)

    learning = learning_baselines(config)
    tell("Timing networks and baselines" if learning else "Timing networks")

    from dropsearch.models.own.named import explained  # imports torch, as the others do
    from dropsearch.search.fit.estimate import STARTING, estimate
    from dropsearch.search.fit.networks import refuse_unfit

    refuse_unfit(config, inputs)

    with explained(config.model.network):
        found = estimate(config, inputs, learning)
    holdout = len(inputs.split.holdout) > 0
    fits = {SEARCH: len(asked.fixed)} | planned_fits(config, holdout)
    most = planned_fits(config, holdout, most=True)
    summary = summary_of(inputs, config.data.scale, config.weights)
    decided = basis(summary) != "nothing"
    drawings = _drawings(config)
    learnt = drawings * len(inputs.split.folds) + holdout if learning else 0
    return {
        **summary,
        "study": config.study,
        "task": inputs.data.task,
        "metric": inputs.metric,
        "direction": inputs.direction,
        "searched": space.searched(config),
        "points": space.size(config),
        "trials": len(asked.fixed),
        "controls": len(space.controls(config)),
        "search_notes": [
            *no_pruning(config),
            *tried_first(config),
            *([asked.note] if asked.note else []),
            *found.notes,
        ],
        "workers": workers,
        "seconds_per_fit": sorted([round(found.smallest, 2), round(found.largest, 2)]),
        "recurrent_times": {kind: round(times, 2) for kind, times in found.kinds.items()},
        "fits": fits,
        "verdicts": decided,
        "choices": choices(config) if decided else [],
        "learning_baselines": learning,
        "fits_of_rivals": rival_fits(config),
        "fits_of_baselines": (drawings + holdout) * len([*learning, *summary["baselines"]])
        if drawings
        else 0,
        "seconds_of_baselines": round(learnt * found.baselines / workers, 1),
        "seconds_to_start": STARTING,
        "seconds_at_most": {
            phase: round(found.study(number, workers), 1) for phase, number in fits.items()
        },
        "with_more_repeats": {
            phase: {"fits": number, "seconds_at_most": round(found.study(number, workers), 1)}
            for phase, number in most.items()
            if number > fits[phase]
        },
    }


def _drawings(config: StudyConfig) -> int:
    """How many drawings of folds the curve has, at least."""
    return 0 if config.confirm is None else least_and_most(config.confirm.repeats)[0]


def in_words(found: dict[str, Any]) -> list[str]:
    """The findings as lines for people."""
    shortest, longest = found["seconds_per_fit"]
    baselines = {name: sum(s) / len(s) for name, s in found["baselines"].items()}
    lines = [
        f"Study {found['study']}: {found['task']}, {found['metric']} ({found['direction']})",
        *_seen(found),
        *_details(found),
        f"Folds: {found['fold_why']}",
        *(
            f"  fold {k}: {fold['train']:,} examples train{_span(fold, 'train')}, "
            f"{fold['validate']:,} validate{_span(fold, 'validate')}"
            for k, fold in enumerate(found["folds"], 1)
        ),
        f"Kept aside for a final test: {found['holdout']:,} examples"
        f"{_span(found['holdout_times'], 'validate')} (the holdout), which no fit "
        "before the last sees"
        if found["holdout"]
        else "Kept aside for a final test (a holdout): none",
        "Without a network: "
        + ", ".join(f"{name} {score:.4g}" for name, score in baselines.items())
        + _to_come(found),
        *(
            f"  {target}: {', '.join(f'{name} {score:.4g}' for name, score in scores.items())}"
            for target, scores in found.get("target_baselines", {}).items()
        ),
        f"Search: {count(found['trials'], 'trial')} ({found['controls']:,} of them controls) over "
        f"{', '.join(found['searched']) or 'nothing: every value is fixed'}; "
        + ("no end of points" if found["points"] is None else count(found["points"], "point")),
        f"Time of one fit on one core: {_time(shortest)} to {_time(longest)} at most",
        *(
            f"  recurrent dropout {kind} takes {times:.1f} times as long as none"
            for kind, times in found["recurrent_times"].items()
        ),
        f"Time with {found['workers']} workers, at most (patience and pruning make it less):",
        *(
            f"  {phase}: {count(found['fits'][phase], 'fit')}{_of_rivals(found, phase)}, "
            f"{_time(seconds)}{_more(found, phase)}"
            for phase, seconds in found["seconds_at_most"].items()
            if found["fits"][phase]
        ),
    ]
    if found["fits_of_baselines"]:
        lines.append(
            f"  without a network, beside these: {found['fits_of_baselines']:,} fits, about "
            f"{_time(found['seconds_of_baselines'])}{_sampled(found)}"
        )
    parts = *found["seconds_at_most"].values(), found["seconds_of_baselines"]
    starting = found["seconds_to_start"]
    lines.append(f"  until the workers run: {_time(starting)}")
    lines.append(f"  in all: {_time(starting + sum(parts))}")
    if len(found["fits"]) == 1:
        lines.append(
            "  confirm: null leaves out the phases after the search: the answer then rests on the "
            "search alone, and is likely too good"
        )
    notes = [*found["notes"], *found["fold_notes"], *found["search_notes"]]
    if not found["verdicts"] and found["fits"].get(CURVE):
        notes.append(
            f"each step of the target is close to the one before (correlation "
            f"{found['persistence']:.2f}), so no verdict will be given and no other size or kind "
            "tried beside the recommended one: intervals over expanding folds are too narrow there"
        )
    return lines + [f"Note: {note}" for note in notes]


def _time(seconds: float) -> str:
    """As `duration`, short ones with a decimal, so that a sum is seen to be one."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _sampled(found: dict[str, Any]) -> str:
    most = found.get("baseline_examples")
    return f", from {most:,} training examples at most" if most else ""


def _to_come(found: dict[str, Any]) -> str:
    names = found["learning_baselines"]
    made = dict.fromkeys(one.how for one in BASELINES if one.name in names)
    return f"; with the curve run {', '.join(names)} ({', '.join(made)})" if names else ""


def _of_rivals(found: dict[str, Any], phase: str) -> str:
    if phase != CURVE or not found["choices"]:
        return ""
    number = len(found["choices"])
    return f" ({found['fits_of_rivals']} of {number} {'rival' if number == 1 else 'rivals'})"


def _more(found: dict[str, Any], phase: str) -> str:
    more = found["with_more_repeats"].get(phase)
    if more is None:
        return ""
    return (
        f"; {more['fits']:,} fits, {_time(more['seconds_at_most'])}, where so many repeats could "
        "decide"
    )


def _seen(found: dict[str, Any]) -> list[str]:
    left_out = [f"  left out: {column}: {why}" for column, why in found["left_out"].items()]
    if "text" in found:
        texts = texts_in_words(found["text"], found["lengths"], found["examples"])
        return [f"Data: {texts}", *left_out]
    ahead = ahead_in_words(found.get("known", ()), found.get("cycles", ()))
    targets = targets_in_words(found.get("targets", ()), found.get("weights", {}))
    return [
        *([f"Targets: {targets}"] if targets else []),
        f"Features: {', '.join([*found['features'], *found['categories']])}",
        *([f"Known ahead: {ahead}"] if ahead else []),
        *([f"Static features: {', '.join(found['static'])}"] if "static" in found else []),
        *left_out,
        f"Scaling: {scaling_in_words(found['scaling'])}",
        f"Data: {found['rows']:,} rows, {found['series']:,} series, {found['examples']:,} examples",
        *(
            [f"Windows: {found['window']:,} rows each, one every {found['stride']}"]
            if "stride" in found
            else []
        ),
    ]


def _span(fold: dict[str, Any], part: str) -> str:
    """` (1749-01 to 1900-05)`, for a forecast."""
    times = fold.get(f"{part}_times")
    return f" ({times[0]} to {times[1]})" if times else ""


def _details(found: dict[str, Any]) -> list[str]:
    lengths = found.get("lengths")
    lines = []
    if lengths and "text" not in found:
        lines.append(
            f"  lengths: {lengths['min']} to {lengths['max']} steps, median {lengths['median']:g}"
        )
    if found.get("classes"):
        counts = ", ".join(f"{name} {count:,}" for name, count in found["classes"].items())
        lines.append(f"  classes: {counts}")
    if found.get("calendar"):
        lines.append(f"  time: {found['calendar']}, {found['first']} to {found['last']}")
    return lines
