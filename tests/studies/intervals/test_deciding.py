"""What a curve decides, what would, and how often it is wrong where nothing differs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from dropsearch.studies.intervals.crossed import Crossed, crossed
from dropsearch.studies.intervals.deciding import CHOSEN, Question, against, from_best
from dropsearch.studies.intervals.error_spending import LOOKS

RATES = (0.0, 0.3, 0.6)


def curve(
    gains: tuple[float, ...], *, examples: float = 1.0, fits: float = 0.1, repeats: int = 3
) -> Crossed:
    """Of 200 examples: what each adds and each fit adds, spread as told, to rates that gain."""
    rng = np.random.default_rng(0)
    fold = np.stack([rng.permutation(200) % 5 for _ in range(repeats)])
    each = rng.standard_normal((len(gains), 1, 200))
    each -= each.mean(-1, keepdims=True)
    own = rng.standard_normal((len(gains), repeats, 5))
    own -= own.mean((1, 2), keepdims=True)
    made = np.take_along_axis(own, np.broadcast_to(fold, (len(gains), *fold.shape)), axis=2)
    values = np.reshape(gains, (-1, 1, 1)) + examples * each + fits * made
    return crossed(values, fold, np.arange(200))


def about(best: float = 0.3, worth: float = 0.05, control: str | None = None) -> Question:
    labels = RATES if control is None else (*RATES, control)
    return Question(labels, best, 0.0, worth, "maximize", control)


# Verdicts


def test_helps_needs_both_families() -> None:
    assert about().verdict(curve((0, 0.5, 0))).word == "helps"
    with_control = about(control="control")
    assert with_control.verdict(curve((0, 0.5, 0, 0.1))).word == "helps"
    assert with_control.verdict(curve((0, 0.5, 0, 0.45))).word == "not decided"
    together, alone = with_control.families(curve((0, 0.5, 0, 0.1)))
    rates = [(rate, 0.0) for rate in (0.3, 0.6, "control")]
    assert list(together) == list(alone) == rates + [(rate, "control") for rate in RATES]


def test_each_family_pays_for_its_own_number_alone() -> None:
    found = curve((0, 0.5, 0, 0.1))
    without, _ = about().families(replace(found))
    labels = ("control", 0.0, 0.3, 0.6)
    order = [3, 0, 1, 2]
    turned = replace(
        found,
        mean=found.mean[order],
        size=found.size[order],
        **{
            part: getattr(found, part)[np.ix_(order, order)]
            for part in ("examples", "fits", "residual")
        },
    )
    both = Question(labels, 0.3, 0.0, 0.05, "maximize", "control")
    again, _ = both.families(turned)
    assert again[0.3, 0.0].high > without[0.3, 0.0].high  # for one comparison more
    assert {pair[1] for pair in again} == {0.0, "control"}


def test_what_was_chosen_on_the_examples_is_told_less_by_them() -> None:
    """The search chose the control, and beside it the sizes: new fits do not know of that."""
    found, labels = curve((0, 0.5, 0, 0.1), fits=1.0), (*RATES, "control")
    asked = found, labels, [0.0, "control"], "maximize"
    for known, plain in zip(against(*asked, control="control"), against(*asked), strict=True):
        for (first, second), one in plain.items():
            own = found.differences([(labels.index(first), labels.index(second))], "maximize")
            more = (CHOSEN - 1) * own.examples[0, 0] if second == "control" else 0.0
            wider = known[first, second]
            assert wider.mean == one.mean
            assert wider.standard_error**2 == pytest.approx(one.standard_error**2 + more)
            assert (wider.high > one.high) == (second == "control")


def test_what_is_said_of_every_rate_pays_nothing_for_their_number() -> None:
    low = curve((0, -0.2, -0.2), examples=0.9)
    question = about(best=0.0)
    together, alone = question.families(low)
    assert any(one.high > 0 for one in together.values())
    assert all(one.high < 0 for one in alone.values())
    found = question.verdict(low)
    assert (found.word, found.hurting) == ("hurts", (0.3, 0.6))
    small = about(worth=0.2).verdict(curve((0, 0.01, 0.01), examples=0.8))
    assert small.word == "does not help"
    assert small.difference == about().families(curve((0, 0.01, 0.01), examples=0.8))[1][0.3, 0.0]


def test_positive_is_better_in_both_directions() -> None:
    found = curve((0, 0.5, 0))
    lower = replace(about(), direction="minimize")
    assert lower.verdict(replace(found, mean=-found.mean)).word == "helps"
    assert lower.verdict(found).word != "helps"


@pytest.mark.parametrize("gain", [0.0, -0.6])
def test_wrong_helps_and_wrong_hurts_stay_within_the_error(gain: float) -> None:
    """Six rates, none of which differs from 0, or one alone while the others are far below."""
    rng, draws, words = np.random.default_rng(1), 400, []
    fold = np.stack([np.arange(100) % 5] * 3)
    rates = tuple(np.arange(7) / 10)
    for _ in range(draws):
        fits = 0.1 * rng.standard_normal((7, 3, 5))[:, :, fold[0]]
        values = rng.standard_normal((7, 1, 100)) + fits
        values[2:] += gain
        found = crossed(values, fold, np.arange(100))
        best = rates[found.mean.argmax()]
        words.append(Question(rates, best, 0.0, 0.01, "maximize").verdict(found).word)
    wrong = sum(word in ("helps", "helps elsewhere", "hurts") for word in words)
    assert wrong <= binom.ppf(0.999, draws, 0.05)


# What would decide


def test_the_repeats_told_are_the_fewest_that_decide() -> None:
    found = curve((0, 0.4, 0), examples=0.2, fits=0.8)
    question = about()
    needed = question.repeats_that_decide(found)
    assert needed is not None
    assert needed > 3
    assert question.verdict(found.foreseen(needed)).word == "helps"
    assert question.verdict(found.foreseen(needed - 1)).word == "not decided"
    assert question.repeats_that_decide(found, most=needed - 1) is None


def test_a_decided_curve_needs_no_more() -> None:
    for gains, best in (((0, 1, 0), 0.3), ((0, -1, -1), 0.0)):
        assert about(best).repeats_that_decide(curve(gains)) == 3
        assert about(best).examples_that_decide(curve(gains)) == 1
        assert not about(best).goes_on(curve(gains))


def test_repeats_do_not_decide_what_the_examples_keep_open() -> None:
    found = curve((0, 0.15, 0), fits=0.01)
    question = about(worth=0.01)
    assert question.repeats_that_decide(found) is None
    assert not question.goes_on(found)
    more = question.examples_that_decide(found)
    assert more is not None
    assert question.verdict(found.foreseen(more=more)).word == "helps"
    assert question.verdict(found.foreseen(more=more - 0.1)).word == "not decided"


def test_examples_do_not_decide_what_the_fits_keep_open() -> None:
    found = curve((0, 0.4, 0), examples=0.2, fits=0.8)
    assert about().examples_that_decide(found) is None
    assert about().goes_on(found)


def test_a_larger_smallest_effect_decides() -> None:
    found = curve((0, 0.05, 0.02))
    enough = about().worth_that_decides(found)
    assert about(worth=0.99 * enough).verdict(found).word == "not decided"
    assert about(worth=1.01 * enough).verdict(found).word == "does not help"


def test_nothing_decides_what_is_descriptive() -> None:
    found, question = curve((0, 9, 0)), replace(about(), descriptive=True)
    assert question.verdict(found).word == "not decided"
    assert question.repeats_that_decide(found) is question.examples_that_decide(found) is None
    assert not question.goes_on(found)


def test_all_pairs_are_compared_with_the_best() -> None:
    found = curve((0, 0.5, 0.1))
    apart = from_best(found, RATES, 0.3, "maximize")
    assert list(apart) == [0.0, 0.6]
    together, _ = about().families(found)
    assert apart[0.0].mean == pytest.approx(together[0.3, 0.0].mean)
    assert apart[0.0].low < together[0.3, 0.0].low


def test_it_goes_on_to_the_last_look_at_most() -> None:
    open_still = curve((0, 0.4, 0), examples=0.2, fits=3.0, repeats=LOOKS[-1])
    assert about().verdict(open_still).word == "not decided"
    assert not about().goes_on(open_still)


def test_the_first_look_pays_for_those_to_come() -> None:
    fits_alone = curve((0, 0.4, 0), examples=0.001, fits=0.8)
    assert about().level(fits_alone) == pytest.approx(0.985, abs=0.002)
    assert about().level(curve((0, 0.4, 0), fits=0.01)) == pytest.approx(0.95, abs=0.002)
