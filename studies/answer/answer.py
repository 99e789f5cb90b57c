"""What the curve and the holdout of a study say, in numbers. `recommend` puts it into words.

Labels of configurations are their places in the curve's `members` (see CurvePlan).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from dropsearch.studies.answer.comparing import ByExamples, ByFolds, basis
from dropsearch.studies.answer.held import Held
from dropsearch.studies.answer.members import Member, observed
from dropsearch.studies.intervals.crossed import Crossed
from dropsearch.studies.intervals.deciding import Question
from dropsearch.studies.intervals.statistics import (
    Array,
    Difference,
    level_of_look,
    price_of_look,
    tie,
)
from dropsearch.studies.intervals.verdicts import OF_EVERY_RATE, Family, Verdict, verdict
from dropsearch.studies.store.contract import CurvePlan
from dropsearch.studies.store.records import StudyRecord

Missing = Literal["not kept", "long memory"]
Standing = Literal["better", "worse", "as good", "not told apart"]


@dataclass(frozen=True)
class Answer:
    """The curve of a study, compared.

    curve: what it fits. members: by place, None where a fit failed; recommended: the place of the
    one chosen. worth: U, the smallest effect worth having, None without rate 0. look: how often the
    curve was looked at. crossed: of the members that were fitted, by place, or why there is none:
    not all fits have kept what each example contributed, as before there was such a thing, or the
    rule does not hold over the folds of a series that remembers as long as this one.
    """

    record: StudyRecord
    curve: CurvePlan
    members: tuple[Member | None, ...]
    reasons: tuple[str, ...]
    recommended: int
    worth: float | None
    look: int
    holdout: tuple[Held, ...]
    holdout_seen: int
    crossed: Crossed | Missing = "not kept"

    @cached_property
    def observations(self) -> dict[int, Array]:
        """(J,) of each configuration that was fitted, by place."""
        return {
            place: observed(member, self.record)
            for place, member in enumerate(self.members)
            if member is not None
        }

    @cached_property
    def comparing(self) -> ByFolds | ByExamples:
        direction = self.record.direction
        most = 1.0 if self.record.summary["bounded"] else float("inf")
        if isinstance(self.crossed, str):
            return ByFolds(self.observations, direction, self.ratio, most)
        return ByExamples(self.crossed, tuple(self.observations), direction, most)

    def standard_error(self, place: int) -> float:
        return self.comparing.standard_error(place)

    def interval(self, place: int) -> Difference:
        """The mean score of a configuration by itself, whatever the look."""
        return self.comparing.interval(place)

    @property
    def by_examples(self) -> bool:
        """Whether the intervals rest on what each example contributed, not on the folds' scores."""
        return isinstance(self.comparing, ByExamples)

    @property
    def error_name(self) -> str:
        return "standard error" if self.by_examples else "corrected standard error"

    def of_each(self, found: Verdict) -> bool:
        """Whether the intervals of a verdict hold for each rate by itself, as its word needs."""
        return self.by_examples and found.word in OF_EVERY_RATE

    @property
    def ratio(self) -> float:
        return float(self.record.summary["fold_ratio"])

    @property
    def repeats(self) -> int:
        chosen = self.members[self.recommended]
        assert chosen is not None
        return len(chosen.scores)

    @cached_property
    def level(self) -> float:
        """Of the intervals: each look at the curve has its price, that at more repeats, too."""
        confirm = self.record.config["confirm"]
        auto = confirm is not None and confirm["repeats"] == "auto"
        if not auto or not isinstance(self.comparing, ByExamples) or not self.questions:
            return level_of_look(self.look)
        own = max(asked.level(self.comparing.of(asked.labels)) for asked in self.questions)
        return 1 - (1 - own) * price_of_look(self.look)

    @cached_property
    def questions(self) -> list[Question]:
        """Dropout against none, and against the habit of 0.5, where these have scores."""
        control = self.tuned_control
        rates = [place for place in self.family if place != control]
        asked = ((self.curve["zero"], self.family, control), (self.curve["half"], rates, None))
        return [
            Question(
                labels=tuple(places),
                recommended=self.recommended,
                reference=reference,
                worth=self.worth or 0.0,
                direction=self.record.direction,
                control=held,
                curve=bool(self.rates),
            )
            for reference, places, held in asked
            if reference in self.observations
        ]

    @cached_property
    def rates(self) -> dict[int, float]:
        """The rate of each member of the response curve that was fitted, by place."""
        return {place: rate for rate, place in self.curve["rates"] if place in self.observations}

    @cached_property
    def family(self) -> list[int]:
        """The places compared: the curve's rates; without one curve the winner and the controls."""
        curve = self.curve
        named = (curve["winner"], curve["zero"], curve["half"], curve["control"])
        wanted = dict.fromkeys([*self.rates, *named])
        return [place for place in wanted if place in self.observations]

    @property
    def networks(self) -> list[int]:
        """The places fitted that are no baselines."""
        return [p for p in self.observations if p not in self.curve.get("baselines", [])]

    @cached_property
    def against_zero(self) -> Family:
        return self._shown(self._zero_families, self.zero)

    @cached_property
    def against_half(self) -> Family:
        return self._shown(self._half_families, self.half)

    @cached_property
    def _zero_families(self) -> tuple[Family, Family]:
        return self._against(self.curve["zero"], self.curve["control"])

    @cached_property
    def _half_families(self) -> tuple[Family, Family]:
        """The pair of 0 and 0.5 has the interval that it has against 0."""
        zero, half = self.curve["zero"], self.curve["half"]
        together, alone = self._against(half)
        known = None if half is None else self.against_zero.get((half, zero))
        same: Family = {} if known is None else {(zero, half): known.turned}
        return {**together, **same}, {**alone, **same}

    def _against(self, *references: int | None) -> tuple[Family, Family]:
        """Intervals that cover at once, and those that cover each by itself."""
        asked = [place for place in dict.fromkeys(references) if place in self.observations]
        own = [place for place in self.family if place != self.tuned_control or place in asked]
        return self.comparing.against(own, asked, self.level, self.tuned_control)

    def _shown(self, families: tuple[Family, Family], found: Verdict) -> Family:
        """The intervals that the word rests on, so that none contradicts it."""
        together, alone = families
        return alone if found.word in OF_EVERY_RATE else together

    @cached_property
    def from_best(self) -> dict[int, Difference]:
        """The recommended minus every other rate of the curve, all pairs compared at once."""
        if self.recommended not in self.rates:
            return {}
        return self.comparing.from_best(list(self.rates), self.recommended, self.level)

    @cached_property
    def zero(self) -> Verdict:
        """Against no dropout."""
        control = self.tuned_control
        together, alone = self._zero_families
        found = verdict(
            together,
            self.recommended,
            self.curve["zero"],
            self.worth or 0.0,
            control=control,
            alone=alone,
            descriptive=self.descriptive or self.control_lost,
            curve=bool(self.rates),
        )
        return replace(found, word="no verdict") if self.control_lost else found

    @cached_property
    def half(self) -> Verdict:
        """Against the habit of 0.5."""
        together, alone = self._half_families
        return verdict(
            together,
            self.recommended,
            self.curve["half"],
            self.worth or 0.0,
            alone=alone,
            descriptive=self.descriptive,
            curve=bool(self.rates),
        )

    @property
    def rivals(self) -> dict[str, int]:
        """The choices of the search that were tried otherwise, and the place where."""
        found = self.curve.get("rivals", [])
        return {key: place for key, place in found if place in self.observations}

    @cached_property
    def against_rivals(self) -> dict[int, Difference]:
        """The recommended minus each rival, all at once, whatever the choice and the rate."""
        if not self.rivals:
            return {}
        found = self.comparing.pairs(self.picked_from, [*self.rivals.values()], self.level)
        return {place: found[self.recommended, place] for place in self.rivals.values()}

    @property
    def picked_from(self) -> list[int]:
        """The places whose best is recommended: what is said of that one pays for the picking."""
        return [*self.rates] if self.recommended in self.rates else [self.recommended]

    @cached_property
    def beside(self) -> dict[int, Difference]:
        """The recommended minus every other configuration: the one interval of each pair.

        Where one of a pair is none, 0.5 or the tuned control, it is the one of the family against
        it, which was fixed beforehand and decides more; else that of all pairs of rates, or of all
        rivals.
        """
        found = {**self.against_rivals, **self.from_best}
        for family in (self.against_half, self.against_zero):
            for (first, second), one in family.items():
                if first == self.recommended and isinstance(second, int):
                    found[second] = one
                elif second == self.recommended and isinstance(first, int):
                    found[first] = one.turned
        order = dict.fromkeys([*self.family, *self.rivals.values()])
        return {place: found[place] for place in order if place in found}

    @cached_property
    def standings(self) -> dict[int, Standing]:
        """How every other configuration stands against the recommended one, in one word."""
        return {place: self._standing(found) for place, found in self.beside.items()}

    def _standing(self, found: Difference) -> Standing:
        if self.descriptive:
            return "not told apart"
        if found.low > 0 or found.high < 0:
            return "worse" if found.low > 0 else "better"
        return "as good" if found.high < (self.worth or 0.0) else "not told apart"

    @property
    def tuned_control(self) -> int | None:
        """The tuned network without dropout, where it is another than the curve's rate 0."""
        control = self.curve["control"]
        fitted = control in self.observations and control != self.curve["zero"]
        return control if fitted else None

    @property
    def control_lost(self) -> bool:
        """Whether a fit of the tuned network without dropout failed, so that nothing is sure."""
        control = self.curve["control"]
        return control is not None and control not in self.observations

    @property
    def descriptive(self) -> bool:
        """Whether no verdict is given, since intervals over such folds are not known to cover."""
        return basis(self.record.summary) == "nothing"

    def gain(self, place: int) -> float:
        """How much better the mean of a configuration is than the recommended one's; 0 in a tie."""
        own, chosen = (float(self.observations[p].mean()) for p in (place, self.recommended))
        return 0.0 if tie(own, chosen) else self.record.sign * (own - chosen)

    @property
    def better_outside(self) -> int | None:
        """A control outside the user's space whose mean is better than the recommended one's."""
        outside = [place for place in self.family if not self.curve["allowed"][place]]
        best = max(outside, key=self.gain, default=None)
        return best if best is not None and self.gain(best) > 0 else None
