"""The whole way of a study with a cheap learner and a known truth: do the intervals cover?

Each draw is one data set: a search, finalists, sizes, the curve (learner.py), then intervals and
verdicts by several rules from the same fits (rules.py). At the recommended rate each choice (size,
speed) runs as the search saw it best otherwise, and so does a twin, which is as good; a twin that
has no dropout is the baseline. The truth is the mean score of such fits, at the epochs that they
chose, on the folds of data sets that they never saw.

A world in which no rate differs: the rates do nothing ("alike"), or each rate has useless inputs of
its own ("exchangeable": the differences between rates then come from the data, not from the fit,
and all folds share them).

`python -m benchmarks.simulation [--rules RULE,RULE] [draws] [world ...]`, the worlds by their names
in worlds.py, the rules by theirs in rules.py ("today" of as many repeats beside each).
D data sets, C configurations, L labels of the curve, K folds, R repeats, N rows.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from benchmarks.learner import POINTS, RATE, RATES, SPEEDS, draw, fit
from benchmarks.rules import (
    CONTROL,
    LABELS,
    OTHERS,
    REFERENCES,
    REPEATS,
    RULES,
    Family,
    Said,
    Study,
    gives_verdict,
)
from benchmarks.worlds import WORLDS, Array, World
from dropsearch.search.phases.finalists import contenders
from dropsearch.studies.answer.answer import Answer
from dropsearch.studies.answer.network import network
from dropsearch.studies.intervals import crossed, error_spending, statistics
from dropsearch.studies.intervals.statistics import corrected_standard_error, observations
from dropsearch.studies.intervals.verdicts import Verdict
from dropsearch.studies.store.contract import BASELINE

TRIALS, CONTROLS, FINALISTS = 24, 3, 3
TRUTH = 2000  # data sets that the truth is taken from
CHUNK = 50
NULLS = ("", "alike", "exchangeable")
FAMILIES = ("0", CONTROL, "0.5", "best")


def simulate(
    world: World,
    null: str,
    draws: int,
    known: int = TRUTH,
    seed: int = 0,
    rules: Sequence[str] = tuple(RULES),
) -> dict[str, dict[str, Any]]:
    """What became of each rule, by its name: means over the draws in which a verdict is given.

    given: their share; covers NAME: a family at once; width: the median, against 0; told: some rate
    is told apart from none, told wrongly: not as it is; against R: words said; wrong R: words that
    were wrong; choices: some choice is told apart, or as good; wrong choices: not as it is; wrong
    twin: the twin is told apart; network: words said, wrong network: that were wrong; repeats:
    those made.
    """
    truth = _truth(world, null, known, seed)
    rng = np.random.default_rng([seed, 2])
    most = max(repeats for _, repeats in RULES.values())  # the draws are the same for all rules
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in rules}
    for start in range(0, draws, CHUNK):
        for study in _studies(world, null, truth, min(CHUNK, draws - start), most, rng):
            for name in rules:
                if gives_verdict(name, study):
                    rule, repeats = RULES[name]
                    found[name].append(_judge(study, rule(study, repeats)))
    return {name: _summary(judged, draws) for name, judged in found.items()}


def _summary(judged: list[dict[str, Any]], draws: int) -> dict[str, Any]:
    """Of each key, over the draws that have it: a rule that falls back has other families."""
    summary: dict[str, Any] = {"given": len(judged) / draws}
    for key in dict.fromkeys(key for one in judged for key in one):
        values = [one[key] for one in judged if key in one]
        if isinstance(values[0], str):
            summary[key] = {word: n / len(values) for word, n in Counter(values).items()}
        else:
            summary[key] = float(np.median(values) if key == "width" else np.mean(values))
    return summary


def _truth(world: World, null: str, known: int, seed: int) -> Array:
    """(C,) mean scores."""
    rng = np.random.default_rng([seed, 1])
    chunks = []
    for _ in range(known // CHUNK):
        data, unseen = draw(world, null, rng, CHUNK), draw(world, null, rng, CHUNK)
        chunks.append(fit(world, null, *data, rng).scores_on(*unseen).mean(axis=(0, 2)))
    truth = np.mean(chunks, axis=0)
    if null:
        by_rate = truth.reshape(-1, len(RATES), 2)
        truth = np.broadcast_to(by_rate.mean(1, keepdims=True), by_rate.shape).reshape(-1)
    return truth


def _studies(
    world: World, null: str, truth: Array, count: int, repeats: int, rng: np.random.Generator
) -> list[Study]:
    """A search of TRIALS points, finalists, sizes, and the curve, for `count` data sets."""
    sign = 1 if world.direction == "maximize" else -1
    data = draw(world, null, rng, count)
    search = (sign * fit(world, null, *data, rng).curves[0].mean(-1)).max(-1)
    finalists = np.stack([fit(world, null, *data, rng).scores for _ in range(3)], axis=2)
    points = np.stack(
        [_chosen(world, sign, *one, rng) for one in zip(search, finalists, strict=True)]
    )
    sets = np.arange(count)[:, None]
    curve = []
    for _ in range(repeats):
        fits = fit(world, null, *data, rng)
        twins = fit(world, null, *data, rng, fits.order)
        again = points[:, [*range(len(RATES)), 0]]
        given, fold = fits.contributions(points)
        more, _ = twins.contributions(again)
        scores = fits.scores[sets, points], twins.scores[sets, again]
        curve.append((np.concatenate([given, more], 1), fold, np.concatenate(scores, 1)))
    given, fold, scores = (np.stack(part, axis=-2) for part in zip(*curve, strict=True))
    lags = world.autocorrelation(data[0])
    return [
        Study(
            world,
            given[at],
            fold[at],
            scores[at],
            lags[at],
            dict(zip([*LABELS, *OTHERS], sign * truth[own], strict=True)),
        )
        for at, own in enumerate(np.concatenate([points, points[:, [*range(len(RATES)), 0]]], 1))
    ]


def _chosen(
    world: World, sign: int, values: Array, finalists: Array, rng: np.random.Generator
) -> list[int]:
    """The points of LABELS and OTHERS but the twins.

    values: (C,) of the search, higher better; finalists: (C, R, K).
    """
    zero = rng.choice(np.flatnonzero(RATE == 0), CONTROLS, replace=False)
    free = rng.choice(np.setdiff1d(np.arange(len(POINTS)), zero), TRIALS - CONTROLS, replace=False)
    tried = np.concatenate([zero, free])
    ranked = tried[np.argsort(-values[tried])].tolist()
    chosen: dict[Any, int] = {}
    for point in ranked:
        chosen.setdefault(POINTS[point][0], point)
    few = [*chosen.values(), *(p for p in ranked if p not in chosen.values())][:FINALISTS]
    size, _, speed = POINTS[_smallest(world, few, sign, finalists)]
    control = int(zero[values[zero].argmax()])
    other_size = next(POINTS[point][0] for point in ranked if POINTS[point][0] != size)
    other_speed = next(one for one in SPEEDS if one != speed)
    return [
        *(POINTS.index((size, rate, speed)) for rate in RATES),
        control,
        *(POINTS.index((other_size, rate, speed)) for rate in RATES),
        *(POINTS.index((size, rate, other_speed)) for rate in RATES),
    ]


def _smallest(world: World, few: list[int], sign: int, fits: Array) -> int:
    """The smallest network within one corrected standard error of the best finalist, paired; of
    those that the first repeat has left."""
    first = [observations(fits[point][:1], world.redrawn) for point in few]
    few = [few[place] for place in contenders(first, world.direction, world.ratio)]
    seen = {point: sign * observations(fits[point], world.redrawn) for point in few}
    best = max(few, key=lambda point: seen[point].mean())
    gaps = {point: seen[best] - seen[point] for point in few}
    near = [
        point
        for point, gap in gaps.items()
        if gap.mean() <= corrected_standard_error(gap.tolist(), world.ratio)
    ]
    return min(near, key=lambda point: (POINTS[point][0], -seen[point].mean()))


def _judge(study: Study, said: Said) -> dict[str, Any]:
    """What holds of what was said of one study."""
    true = study.true
    judged: dict[str, Any] = {
        f"covers {name}": _covers(family, true) for name, family in said.families.items()
    }
    zero = {
        rate: found
        for (rate, other), found in said.families["0"].items()
        if other == 0 and rate != CONTROL
    }
    told = {rate: np.sign(one.mean) for rate, one in zero.items() if one.low > 0 or one.high < 0}
    judged["told"] = bool(told)
    judged["told wrongly"] = any(way * (true[rate] - true[0.0]) <= 0 for rate, way in told.items())
    judged["width"] = float(np.median([found.high - found.low for found in zero.values()]))
    judged["repeats"] = said.repeats
    for reference, found in said.verdicts.items():
        judged[f"against {reference:g}"] = found.word
        judged[f"wrong {reference:g}"] = _is_wrong(study.first(said.repeats), found, reference)
    return judged | _judge_others(study.first(said.repeats), said.answer)


def _judge_others(study: Study, answer: Answer) -> dict[str, Any]:
    """What holds of what was said of choices, and of the network beside a baseline."""
    true, best = study.true, study.best
    standings = {rival: answer.standings[place] for rival, place in answer.rivals.items()}
    wrong = {}
    for rival, standing in standings.items():
        gain = true[best] - true[rival, best]
        holds = {"worse": gain > 0, "better": gain < 0, "as good": gain < study.worth}
        wrong[rival] = not holds.get(standing, True)
    found = network(answer)
    assert found is not None
    gain = true[best] - true[BASELINE]
    holds = {"worth it": gain > 0, "not needed": gain < study.worth}
    return {
        "choices": any(standing != "not told apart" for standing in standings.values()),
        "wrong choices": any(wrong.values()),
        "wrong twin": wrong["twin"],
        "network": found.word,
        "wrong network": not holds.get(found.word, True),
    }


def _is_wrong(study: Study, found: Verdict, reference: float) -> bool:
    true, best = study.true, study.best
    gains = [true[rate] - true[reference] for rate in RATES if rate != reference]
    tuned = true[CONTROL] if reference == 0 else true[reference]
    return {
        "helps": true[best] <= max(true[reference], tuned),
        "helps elsewhere": max(gains) <= max(0, tuned - true[reference]),
        "hurts": max(gains) >= 0,
        "worse": true[best] >= max(true[reference], tuned),
        "does not help": max(gains) >= study.worth,
    }.get(found.word, False)


def _covers(family: Family, true: Mapping[Any, float]) -> bool:
    slack = 1e-12  # of an interval [0, 0]
    return all(
        found.low - slack <= true[first] - true[second] <= found.high + slack
        for (first, second), found in family.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", default=",".join(RULES), type=lambda names: names.split(","))
    parser.add_argument("given", nargs="*", metavar="[draws] [world ...]")
    asked = parser.parse_args()
    given = asked.given
    draws = int(given.pop(0)) if given and given[0].isdigit() else 1000
    for module in (statistics, crossed, error_spending):
        vars(module)["DRAWS"] = 2**12  # the third digit of a quantile does not matter here
    results = {}
    print(f"{draws} draws: verdicts given; covered: {', '.join(FAMILIES)}; width against today's;")
    print("told apart from 0 (wrongly); repeats; said against 0, against 0.5 (wrong); choices told")
    print("(wrong, of twins); said of the network (wrong)")
    for name, null in product(given or WORLDS, NULLS):
        started = time.perf_counter()
        found = simulate(WORLDS[name], null, draws, rules=asked.rules)
        results[f"{name} {null}".strip()] = found
        for rule, one in found.items():
            print(f"{name + ' ' + null:28} {rule:9}  {_line(one, found)}", flush=True)
        print(f"{time.perf_counter() - started:.0f} s", flush=True)
    print(json.dumps(results))


def _line(one: dict[str, Any], found: Mapping[str, dict[str, Any]]) -> str:
    if not one["given"]:
        return "no verdict is given"
    shares = [one.get(f"covers {family}") for family in FAMILIES]
    covered = "  ".join("  -  " if share is None else f"{share:.3f}" for share in shares)
    beside = min(REPEATS, key=lambda repeats: abs(repeats - one["repeats"]))
    width = one["width"] / found[f"today {beside}"]["width"]
    words = [
        _words(one[f"against {reference:g}"], one[f"wrong {reference:g}"])
        for reference in REFERENCES
    ]
    words += [
        f"{one['choices']:.3f} ({one['wrong choices']:.3f}, {one['wrong twin']:.3f})",
        _words(one["network"], one["wrong network"]),
    ]
    told = f"{one['told']:.3f} ({one['told wrongly']:.3f})"
    shown = f"{one['given']:.3f}  {covered}  {width:.2f}  {told}  {one['repeats']:.1f}"
    return f"{shown}  {', '.join(words)}"


def _words(said: Mapping[str, float], wrong: float) -> str:
    shares = " ".join(f"{word} {share:.3f}" for word, share in sorted(said.items()))
    return f"{shares} ({wrong:.3f})"


if __name__ == "__main__":
    main()
