"""The whole way of a study with a cheap learner and a known truth: do the intervals cover?

The learner is linear regression by gradient descent with a ridge penalty, which is what dropout at
rate p does to inputs of unit variance in expectation: penalty p / (1 - p) (Wager, Wang & Liang
2013). Its sizes are numbers of inputs; each fit has a random start and noise of its own. Each draw
is one data set: a search, finalists, sizes, the curve, intervals, verdicts. The truth is the mean
score of such fits, at the epochs that they chose, on the folds of data sets that they never saw.

A world in which no rate differs: the rates do nothing ("alike"), or each rate has useless inputs of
its own ("exchangeable": the differences between rates then come from the data, not from the fit,
and all folds share them).

`python -m benchmarks.simulation [draws] [world ...]`, the worlds by their names in worlds.py.
D data sets, C configurations, E epochs, K folds, R repeats, P inputs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from itertools import product
from typing import Any

import numpy as np

from benchmarks.worlds import INPUTS, WORLDS, Array, World
from dropsearch.studies.answer.statistics import (
    Difference,
    against,
    chosen_epochs,
    corrected_standard_error,
    from_best,
    observations,
    smallest_effect,
)
from dropsearch.studies.answer.verdicts import verdict

RATES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8)
SIZES = (4, 8, INPUTS)
SPEEDS = (0.03, 0.1)
STEPS = np.array([3, 10, 30, 80, 200])
POINTS = list(product(SIZES, RATES, SPEEDS))
RATE = np.array([rate for _, rate, _ in POINTS])
TRIALS, CONTROLS, FINALISTS, REPEATS = 24, 3, 3, 3
NOISE = 3  # useless inputs of each rate in an exchangeable world
TRUTH = 2000  # data sets that the truth is taken from
CHUNK = 200
FAMILIES = ("0", "0.5", "best", "all", "plain")
NULLS = ("", "alike", "exchangeable")


def simulate(
    world: World, null: str, draws: int, known: int = TRUTH, seed: int = 0
) -> dict[str, Any]:
    """Shares of the draws: each family covered, all of them, words said, words that were wrong.

    covers plain: for comparison, the differences to rate 0 each with the plain paired t of 95 %.
    """
    rng = np.random.default_rng([seed, 1])
    chunks = []
    for _ in range(known // CHUNK):
        data, unseen = _draw(world, null, rng, CHUNK), _draw(world, null, rng, CHUNK)
        chunks.append(_scores(world, null, *data, rng, unseen).mean(axis=(0, 2)))
    truth = np.mean(chunks, axis=0)
    if null:
        by_rate = truth.reshape(len(SIZES), len(RATES), len(SPEEDS))
        truth = np.broadcast_to(by_rate.mean(1, keepdims=True), by_rate.shape).reshape(-1)
    rng = np.random.default_rng([seed, 2])
    found: list[dict[str, Any]] = []
    while len(found) < draws:
        data = _draw(world, null, rng, min(CHUNK, draws - len(found)))
        search = _curves(world, null, *data, rng)[0].mean(-1)
        search = search.max(-1) if world.metric == "accuracy" else -search.min(-1)
        finalists = [_scores(world, null, *data, rng) for _ in range(REPEATS)]
        curve = [_scores(world, null, *data, rng) for _ in range(REPEATS)]
        for at, values in enumerate(search):
            fits = (np.stack([f[at] for f in phase], axis=1) for phase in (finalists, curve))
            found.append(_answer(world, truth, values, *fits, rng))
    words = {name: Counter(f[name] for f in found) for name in ("against 0", "against 0.5")}
    keys = [*(f"covers {family}" for family in FAMILIES), "wrong 0", "wrong 0.5"]
    return {
        **{key: float(np.mean([f[key] for f in found])) for key in keys},
        **{key: {w: n / draws for w, n in counts.items()} for key, counts in words.items()},
    }


def _answer(
    world: World,
    truth: Array,
    values: Array,
    finalists: Array,
    curve: Array,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """One study. values: (C,) of the search, higher better; finalists, curve: (C, R, K)."""
    direction, redrawn = world.direction, world.redrawn
    sign = 1 if direction == "maximize" else -1
    zero = rng.choice(np.flatnonzero(RATE == 0), CONTROLS, replace=False)
    free = rng.choice(np.setdiff1d(np.arange(len(POINTS)), zero), TRIALS - CONTROLS, replace=False)
    tried = np.concatenate([zero, free])
    control = zero[values[zero].argmax()]
    ranked = tried[np.argsort(-values[tried])].tolist()
    chosen: dict[Any, int] = {}
    for point in ranked:
        chosen.setdefault(POINTS[point][0], point)
    few = [*chosen.values(), *(p for p in ranked if p not in chosen.values())][:FINALISTS]
    size, _, speed = POINTS[_smallest(world, few, sign, finalists, redrawn)]

    labels: dict[Any, int] = {rate: POINTS.index((size, rate, speed)) for rate in RATES}
    labels["control"] = int(control)
    scores = {label: observations(curve[point], redrawn) for label, point in labels.items()}
    true = {label: sign * truth[point] for label, point in labels.items()}
    rates = {rate: scores[rate] for rate in RATES}
    best = max(RATES, key=lambda rate: (sign * scores[rate].mean(), rate))
    zero_family = against(scores, [0.0, "control"], direction, world.ratio)
    half_family = against(rates, [0.5], direction, world.ratio)
    best_family = from_best(rates, best, direction, world.ratio)
    covered = {
        "covers 0": _covers(zero_family, true),
        "covers 0.5": _covers(half_family, true),
        "covers best": _covers({(best, rate): d for rate, d in best_family.items()}, true),
    }
    alone = [against({r: rates[r], 0.0: rates[0.0]}, [0.0], direction, 0) for r in RATES if r]
    worth = smallest_effect(world.metric == "accuracy", float(scores[0.0].mean()))
    said = {
        0.0: verdict(zero_family, best, 0.0, worth, control="control"),
        0.5: verdict(half_family, best, 0.5, worth),
    }
    wrong = {}
    for reference, found in said.items():
        gains = [true[rate] - true[reference] for rate in RATES if rate != reference]
        tuned = true["control"] if reference == 0 else true[reference]
        wrong[f"wrong {reference:g}"] = {
            "helps": true[best] <= max(true[reference], tuned),
            "helps elsewhere": max(gains) <= max(0, tuned - true[reference]),
            "hurts": max(gains) >= 0,
            "worse": true[best] >= max(true[reference], tuned),
            "does not help": max(gains) >= worth,
        }.get(found.word, False)
    return {
        **covered,
        "covers all": all(covered.values()),
        "covers plain": all(_covers(family, true) for family in alone),
        **{f"against {reference:g}": found.word for reference, found in said.items()},
        **wrong,
    }


def _smallest(world: World, few: list[int], sign: int, fits: Array, redrawn: bool) -> int:
    """The smallest network within one corrected standard error of the best finalist, paired."""
    seen = {point: sign * observations(fits[point], redrawn) for point in few}
    best = max(few, key=lambda point: seen[point].mean())
    gaps = {point: seen[best] - seen[point] for point in few}
    near = [
        point
        for point, gap in gaps.items()
        if gap.mean() <= corrected_standard_error(gap.tolist(), world.ratio)
    ]
    return min(near, key=lambda point: (POINTS[point][0], -seen[point].mean()))


def _covers(family: dict[tuple[Any, Any], Difference], true: dict[Any, float]) -> bool:
    slack = 1e-12  # of an interval [0, 0]
    return all(
        found.low - slack <= true[first] - true[second] <= found.high + slack
        for (first, second), found in family.items()
    )


# The learner


def _draw(world: World, null: str, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    return world.draw(rng, count, NOISE * len(RATES) if null == "exchangeable" else 0)


def _scores(
    world: World,
    null: str,
    x: Array,
    y: Array,
    rng: np.random.Generator,
    unseen: tuple[Array, Array] | None = None,
) -> Array:
    """(D, C, K) scores of one repeat at the epochs chosen on the other folds.

    unseen: data sets that are scored in place of those that were fitted.
    """
    metric, loss, score = _curves(world, null, x, y, rng, unseen)
    epochs = chosen_epochs(metric, loss, world.direction)
    return np.take_along_axis(score, epochs[:, :, None], axis=2)[:, :, 0]


def _curves(
    world: World,
    null: str,
    x: Array,
    y: Array,
    rng: np.random.Generator,
    unseen: tuple[Array, Array] | None = None,
) -> tuple[Array, Array, Array]:
    """Metric, loss, and metric on `unseen` (else the same) of one repeat, (D, C, E, K) each."""
    if world.redrawn:
        order = rng.permuted(np.tile(np.arange(x.shape[1]), (len(x), 1)), axis=1)
        x, y = np.take_along_axis(x, order[..., None], 1), np.take_along_axis(y, order, 1)
    metric = np.empty((len(x), len(POINTS), len(STEPS), len(world.folds)))
    loss = np.empty_like(metric)
    score = metric if unseen is None else np.empty_like(metric)
    own = null == "exchangeable"
    block = len(SPEEDS) * (1 if own else len(RATES))  # configurations that share their inputs
    shape = (len(x), block, len(STEPS))
    for fold, (train, held) in enumerate(world.folds):
        inner = x[:, train].swapaxes(1, 2) / len(train)
        gram, slope = inner @ x[:, train], inner @ y[:, train, None]
        for start in range(0, len(POINTS), block):
            size, rate, _ = POINTS[start]
            columns = np.arange(size)
            if own:
                noise = INPUTS + NOISE * RATES.index(rate) + np.arange(NOISE)
                columns = np.concatenate([columns, noise])
            rates = RATE[start : start + block : len(SPEEDS)]
            penalty = 0 * rates if null else rates / (1 - rates)
            weights = _descend(gram[:, columns[:, None], columns], slope[:, columns], penalty, rng)
            here = np.s_[:, start : start + block, :, fold]
            found = _score(world, x[:, held][..., columns], y[:, held], weights)
            metric[here], loss[here] = (part.reshape(shape) for part in found)
            if unseen is not None:
                there, aim = unseen[0][:, held][..., columns], unseen[1][:, held]
                score[here] = _score(world, there, aim, weights)[0].reshape(shape)
    return metric, loss, score


def _score(world: World, x: Array, y: Array, weights: Array) -> tuple[Array, Array]:
    """Metric and loss (D, M) of the weights (D, P, M)."""
    forecast = x @ weights
    loss = np.square(forecast - y[..., None]).mean(1)
    if world.metric == "accuracy":
        return (np.sign(forecast) == y[..., None]).mean(1), loss
    return np.sqrt(loss), loss


def _descend(gram: Array, slope: Array, penalty: Array, rng: np.random.Generator) -> Array:
    """Weights (D, P, penalties * SPEEDS * E) after STEPS of gradient descent, in closed form."""
    count, inputs = slope.shape[:2]
    size, basis = np.linalg.eigh(gram)
    curvature = size[:, :, None, None, None] + penalty[:, None, None]
    # Speeds are shares of the largest stable one: inputs in time are nearly collinear.
    speed = np.array(SPEEDS)[:, None] / curvature.max(axis=(1, 2), keepdims=True)
    goal = (basis.swapaxes(1, 2) @ slope)[..., None, None] / np.maximum(curvature, 1e-9)
    begin = 0.3 * rng.standard_normal((count, inputs, 1, 1, 1))  # common random numbers
    weights = goal + (1 - speed * curvature) ** STEPS * (begin - goal)
    weights += 0.03 * rng.standard_normal(weights.shape)  # and each fit's own
    return basis @ weights.reshape(count, inputs, -1)


def main() -> None:
    given = sys.argv[1:]
    draws = int(given.pop(0)) if given and given[0].isdigit() else 1000
    results = {}
    head = f"{draws} draws: covered"
    print(f"{head:34}0    0.5   best    all  plain   said against 0, against 0.5 (wrong)")
    for name, null in product(given or ("rows", "expanding"), NULLS):
        started = time.perf_counter()
        found = results[f"{name} {null}".strip()] = simulate(WORLDS[name], null, draws)
        shares = "  ".join(f"{found[f'covers {key}']:.3f}" for key in FAMILIES)
        words = ", ".join(
            " ".join(f"{word} {share:.3f}" for word, share in sorted(found[f"against {r}"].items()))
            + f" ({found[f'wrong {r}']:.3f})"
            for r in ("0", "0.5")
        )
        took = time.perf_counter() - started
        print(f"{name + ' ' + null:32}  {shares}   {words}  {took:.0f} s", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
