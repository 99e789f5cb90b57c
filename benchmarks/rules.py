"""The rules that benchmarks.simulation holds side by side, on the curve of one simulated study.

"today": the corrected resampled t over fold scores (statistics.py), and, for comparison, the plain
paired t of each rate against none. "crossed": by what each example contributes (crossed.py).
"looks": the same, with repeats added until both verdicts are decided. What is said of other choices
and of the network beside a baseline is the product's own answer (`answer_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learner import RATES
from benchmarks.worlds import Array, World
from dropsearch.studies.answer.answer import Answer, Missing
from dropsearch.studies.answer.members import Member
from dropsearch.studies.intervals.crossed import Crossed, crossed
from dropsearch.studies.intervals.deciding import Question
from dropsearch.studies.intervals.deciding import from_best as best_by_contributions
from dropsearch.studies.intervals.error_spending import LOOKS
from dropsearch.studies.intervals.statistics import (
    ALPHA,
    Difference,
    against,
    covers,
    from_best,
    observations,
    smallest_effect,
)
from dropsearch.studies.intervals.units import Basis, basis_of, units_of, widening_of
from dropsearch.studies.intervals.verdicts import Verdict, verdict
from dropsearch.studies.store.contract import BASELINE, CurvePlan, Point
from dropsearch.studies.store.records import StudyRecord

REPEATS = (1, 3, 8)
REFERENCES = (0.0, 0.5)
CONTROL = "control"
LABELS: list[Any] = [*RATES, CONTROL]
RIVALS = ("size", "speed", "twin")  # a twin is the same configuration, fitted by itself
OTHERS: list[Any] = [*product(RIVALS, RATES), BASELINE]  # of which the best rate's are in an answer

Family = Mapping[tuple[Any, Any], Difference]


@dataclass(frozen=True)
class Study:
    """The curve of one draw. contributions: (L, R, N), fold: (R, N), scores: (L, R, K), of LABELS
    and OTHERS.

    autocorrelation: (lags,) of a series, or empty. true: of each label, higher better.
    """

    world: World
    contributions: Array
    fold: NDArray[np.int64]
    scores: Array
    autocorrelation: Array
    true: Mapping[Any, float]

    def first(self, repeats: int) -> Study:
        return replace(
            self,
            contributions=self.contributions[:, :repeats],
            fold=self.fold[:repeats],
            scores=self.scores[:, :repeats],
        )

    @property
    def best(self) -> float:
        means = self.scores.mean((1, 2)) * (1 if self.world.direction == "maximize" else -1)
        found: float = max(zip(means[: len(RATES)], RATES, strict=True))[1]
        return found

    @property
    def worth(self) -> float:
        return smallest_effect(self.world.metric != "rmse", float(self.scores[0].mean()))

    @property
    def basis(self) -> Basis:
        steps = len(self.fold[0])
        return basis_of(self.world.kind, steps, self.autocorrelation, self.world.horizon)

    @property
    def crossed(self) -> Crossed:
        world, kept = self.world, self.fold[0] >= 0
        unit = world.step if world.kind in ("expanding", "blocked") else world.group
        assert unit is not None
        unit = unit.copy()
        over = world.kind, unit[kept], world.horizon
        unit[kept], widening = units_of(*over), widening_of(*over)
        ratio = 0.0 if world.redrawn else world.ratio
        return crossed(self.contributions, self.fold, unit, ratio, world.step_of_score, widening)

    def question(self, reference: float) -> Question:
        control = CONTROL if reference == 0 else None
        labels = tuple(label for label in LABELS if control or label != CONTROL)
        return Question(labels, self.best, reference, self.worth, self.world.direction, control)


@dataclass(frozen=True)
class Said:
    """What a rule says of a study: its families by name, and the verdicts by reference."""

    families: Mapping[str, Family]
    verdicts: Mapping[float, Verdict]
    repeats: int
    answer: Answer


def by_fold_scores(study: Study, repeats: int) -> Said:
    study = study.first(repeats)
    direction, ratio, best = study.world.direction, study.world.ratio, study.best
    seen = [observations(scores, study.world.redrawn) for scores in study.scores[: len(LABELS)]]
    scores = dict(zip(LABELS, seen, strict=True))
    rates: dict[Any, Array] = {rate: scores[rate] for rate in RATES}
    zero = against(scores, [0.0, CONTROL], direction, ratio)
    half = against(rates, [0.5], direction, ratio)
    apart = from_best(rates, best, direction, ratio)
    verdicts = {
        0.0: verdict(zero, best, 0.0, study.worth, control=CONTROL),
        0.5: verdict(half, best, 0.5, study.worth),
    }
    plain: dict[tuple[Any, Any], Difference] = {}
    for rate in RATES[1:]:
        plain |= against({rate: rates[rate], 0.0: rates[0.0]}, [0.0], direction, 0.0)
    families: dict[str, Family] = {"0": zero, "0.5": half, "plain": plain}
    families["best"] = {(best, rate): one for rate, one in apart.items()}
    return Said(families, verdicts, repeats, answer_of(study, "not kept"))


def by_contributions(study: Study, repeats: int) -> Said:
    if study.basis == "fold scores":
        return by_fold_scores(study, repeats)
    study = study.first(repeats)
    found = study.crossed
    said = answer_of(study, found)
    return _say(study, found, dict.fromkeys(REFERENCES, 1 - ALPHA), said)


def by_looks(study: Study, _: int) -> Said:
    """Repeats until both verdicts are decided, or until no more of them could decide."""
    if study.basis == "fold scores":
        return by_fold_scores(study, LOOKS[0])
    for look in LOOKS:
        part = study.first(look)
        found = part.crossed
        questions = {reference: part.question(reference) for reference in REFERENCES}
        if not any(question.goes_on(found) for question in questions.values()):
            break
    levels = {reference: one.level(found) for reference, one in questions.items()}
    return _say(part, found, levels, answer_of(part, found, "auto"))


def _say(study: Study, found: Crossed, levels: Mapping[float, float], answer: Answer) -> Said:
    families: dict[str, Family] = {}
    verdicts = {}
    for reference, level in levels.items():
        question = study.question(reference)
        together, _ = question.families(found, level)
        for other in dict.fromkeys(second for _, second in together):
            own = {pair: one for pair, one in together.items() if pair[1] == other}
            families[other if other == CONTROL else f"{other:g}"] = own
        verdicts[reference] = question.verdict(found, level)
    best = study.best
    apart = best_by_contributions(
        found, LABELS[: len(RATES)], best, study.world.direction, levels[0.0]
    )
    families["best"] = {(best, rate): one for rate, one in apart.items()}
    return Said(families, verdicts, found.repeats, answer)


def answer_of(study: Study, found: Crossed | Missing, repeats: int | str = 1) -> Answer:
    """As the product reads it from a store. repeats: of the config."""
    best, world = study.best, study.world
    own = [*LABELS, *((rival, best) for rival in RIVALS), BASELINE]
    at = [[*LABELS, *OTHERS].index(label) for label in own]
    place = {label: number for number, label in enumerate(own)}
    same = np.array_equal(study.contributions[at[0]], study.contributions[place[CONTROL]])
    points: list[Point] = [{"label": str(label)} for label in own]
    points[-1] = {BASELINE: "equal"}
    curve: CurvePlan = {
        "key": "label",
        "rates": [(rate, place[rate]) for rate in RATES],
        "sites": {},
        "half": place[0.5],
        "winner": place[best],
        "zero": place[0.0],
        "control": place[0.0 if same else CONTROL],
        "members": points,
        "allowed": [True] * len(own),
        "rivals": [(rival, place[rival, best]) for rival in RIVALS],
        "baselines": [place[BASELINE]],
    }
    lags = study.autocorrelation.tolist()
    summary = {
        "fold_kind": world.kind,
        "fold_ratio": world.ratio,
        "bounded": world.metric != "rmse",
        "autocorrelation": lags,
        "horizon": world.horizon,
        "examples": len(study.fold[0]),
        "series": 1,
    }
    record = StudyRecord(
        name="simulated",
        metric=world.metric,
        direction=world.direction,
        config={"confirm": {"repeats": repeats}},
        summary=summary,
    )
    members = []
    for number, point in zip(at, points, strict=True):
        scores = study.scores[number]
        members.append(Member(point, (), 0, scores, np.zeros(scores.shape, int), scores, scores))
    return Answer(
        record=record,
        curve=curve,
        members=tuple(members),
        reasons=(),
        recommended=place[best],
        worth=study.worth,
        look=1,
        holdout=(),
        holdout_seen=0,
        crossed=found if isinstance(found, str) else found.only(at),
    )


def gives_verdict(rule: str, study: Study) -> bool:
    if "today" not in rule:
        return study.basis != "nothing"
    lags = study.autocorrelation
    return covers(study.world.kind, float(lags[1]) if len(lags) else None)


Rule = Callable[[Study, int], Said]
RULES: dict[str, tuple[Rule, int]] = {  # with the repeats that each needs
    **{f"today {repeats}": (by_fold_scores, repeats) for repeats in REPEATS},
    **{f"crossed {repeats}": (by_contributions, repeats) for repeats in REPEATS},
    "looks": (by_looks, LOOKS[-1]),
}
