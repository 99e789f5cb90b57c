"""The statistics against known values, odd input, and a simulation of the whole way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multivariate_normal, t

from benchmarks.simulation import simulate
from benchmarks.worlds import WORLDS
from dropsearch.studies.intervals.statistics import (
    Difference,
    against,
    chosen_epochs,
    corrected_standard_error,
    from_best,
    level_of_look,
    observations,
    simultaneous,
    smallest_effect,
)
from dropsearch.studies.intervals.verdicts import repeats_that_decide, verdict


def uncorrelated(number: int, count: int, correlation: float = 0.0) -> np.ndarray:
    """(number, count) of mean 0, variance 1 and exactly this correlation."""
    random = np.random.default_rng(0).standard_normal((count, number + 1))
    base = np.linalg.qr(np.column_stack([np.ones(count), random]))[0].T[1:] * np.sqrt(count - 1)
    return np.sqrt(1 - correlation) * base[:number] + np.sqrt(correlation) * base[number]


def quantile(differences: np.ndarray, level: float = 0.95) -> float:
    found = simultaneous(differences, 0.0, level)[0]
    return (found.high - found.mean) / found.standard_error


# Epochs and observations


def test_epoch_is_the_best_of_the_mean_of_the_other_folds() -> None:
    metric = [[1.0, 5.0, 5.0], [9.0, 1.0, 4.0], [9.0, 4.0, 1.0]]
    loss = np.zeros((3, 3))
    assert chosen_epochs(metric, loss, "minimize").tolist() == [1, 0, 0]
    assert chosen_epochs(-np.array(metric), loss, "maximize").tolist() == [1, 0, 0]


def test_equal_epochs_go_to_the_lower_loss_of_the_others_then_to_the_earlier() -> None:
    metric = np.full((3, 2), 0.5)
    loss = [[2.0, 1.0], [1.0, 2.0], [1.0, 1.0]]
    assert chosen_epochs(metric, loss, "maximize").tolist() == [0, 1]


def test_sums_in_another_order_are_a_tie() -> None:
    metric = [[0.0, 0.1, 0.2, 0.3], [0.0, 0.3, 0.2, 0.1]]
    loss = [[0.0, 2.0, 2.0, 2.0], [0.0, 1.0, 1.0, 1.0]]
    assert chosen_epochs(metric, loss, "maximize")[0] == 1


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6), st.sampled_from(["maximize", "minimize"]))
def test_no_fold_looks_at_itself(seed: int, value: float, direction: str) -> None:
    rng = np.random.default_rng(seed)
    metric, loss = rng.standard_normal((2, 6, 4)).round(1)
    before = chosen_epochs(metric, loss, direction)
    for fold in range(4):
        other, elsewhere = metric.copy(), loss.copy()
        other[rng.integers(6), fold] = value
        elsewhere[rng.integers(6), fold] = value
        assert chosen_epochs(other, elsewhere, direction)[fold] == before[fold]


def test_epochs_of_many_fits_at_once() -> None:
    metric, loss = np.random.default_rng(0).standard_normal((2, 7, 6, 4)).round(1)
    one_by_one = [chosen_epochs(m, x, "minimize") for m, x in zip(metric, loss, strict=True)]
    assert (chosen_epochs(metric, loss, "minimize") == one_by_one).all()


def test_repeats_are_observations_only_where_folds_are_drawn_anew() -> None:
    scores = np.arange(6.0).reshape(2, 3)
    assert observations(scores, True).tolist() == [0, 1, 2, 3, 4, 5]
    assert observations(scores, False).tolist() == [1.5, 2.5, 3.5]


# Simultaneous intervals


def test_one_difference_has_the_corrected_t_interval() -> None:
    scores = [0.1, 0.3, 0.2, 0.25, -0.1]
    (found,) = simultaneous([scores], 0.25, 0.9)
    error = np.sqrt((1 / 5 + 0.25) * np.var(scores, ddof=1))
    assert found.standard_error == pytest.approx(error)
    assert found.standard_error == pytest.approx(corrected_standard_error(scores, 0.25))
    assert found.high - found.mean == pytest.approx(t.ppf(0.95, 4) * error)
    assert found.mean == pytest.approx(np.mean(scores)) == (found.low + found.high) / 2


@pytest.mark.parametrize(("number", "count"), [(2, 5), (3, 5), (6, 15), (12, 15)])
def test_quantile_of_uncorrelated_differences_is_sidaks(number: int, count: int) -> None:
    exact = t.ppf((1 + 0.95 ** (1 / number)) / 2, count - 1)
    assert quantile(uncorrelated(number, count)) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(("number", "table"), [(2, 2.21), (4, 2.44), (6, 2.57)])
def test_quantile_of_many_observations_is_dunnetts(number: int, table: float) -> None:
    """Dunnett 1964, table of two-sided comparisons, 5 %, endless degrees of freedom."""
    found = quantile(uncorrelated(number, 4000, correlation=0.5))
    assert found == pytest.approx(table, abs=0.02)
    shape = np.full((number, number), 0.5) + 0.5 * np.eye(number)
    inside = multivariate_normal(cov=shape).cdf(np.full(number, found), lower_limit=-found)
    assert inside == pytest.approx(0.95, abs=0.003)


def test_three_families_of_the_same_scores_are_ordered() -> None:
    rng = np.random.default_rng(0)
    scores = dict(enumerate(rng.standard_normal((7, 15))))
    rates = against(scores, [0], "maximize", 0.25)
    with_control = against(
        scores | {"control": rng.standard_normal(15)}, [0, "control"], "maximize", 0.25
    )
    pairs = from_best(scores, 0, "maximize", 0.25)
    (alone,) = simultaneous([scores[1] - scores[0]], 0.25)
    halves = [f.high - f.mean for f in (alone, rates[1, 0], with_control[1, 0], pairs[1])]
    assert halves == sorted(halves)
    assert len(set(halves)) == 4
    assert len(rates) == 6
    assert len(with_control) == 14
    assert list(pairs) == [1, 2, 3, 4, 5, 6]


def test_a_difference_given_twice_or_turned_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((3, 10))
    once = simultaneous(rows, 0.25)
    again = simultaneous([*rows, rows[0], -rows[1]], 0.25)
    assert again[0].high == pytest.approx(once[0].high, rel=0.01)
    assert again[4].low == pytest.approx(-again[1].high)


def test_positive_is_better_in_both_directions() -> None:
    rng = np.random.default_rng(0)
    scores = {"a": rng.standard_normal(5) + 3, "b": rng.standard_normal(5)}
    up, down = (against(scores, ["b"], d, 0.25)["a", "b"] for d in ("maximize", "minimize"))
    assert up.mean > 0 > down.mean
    assert (up.low, up.high) == pytest.approx((-down.high, -down.low))
    assert from_best(scores, "a", "maximize", 0.25) == {"b": up}


def test_the_same_scores_give_the_same_intervals() -> None:
    rows = np.random.default_rng(0).standard_normal((6, 15))
    assert simultaneous(rows, 0.25) == simultaneous(rows.copy(), 0.25)


def test_identical_configurations_have_no_width_and_change_no_other() -> None:
    rows = np.random.default_rng(0).standard_normal((2, 10))
    with_zeros = simultaneous([rows[0], np.zeros(10), rows[1]], 0.25)
    assert with_zeros[1] == Difference(0.0, 0.0, 0.0, 0.0)
    assert [with_zeros[0], with_zeros[2]] == simultaneous(rows, 0.25)
    assert simultaneous(np.zeros((2, 5)), 0.25) == [Difference(0.0, 0.0, 0.0, 0.0)] * 2


def test_a_few_equal_differences_prove_nothing_and_many_do() -> None:
    assert simultaneous(np.full((1, 3), 0.1), 0.5)[0].low < 0
    assert simultaneous(np.full((1, 15), 0.1), 0.25)[0].low > 0


def test_one_observation_has_endless_intervals() -> None:
    (found,) = simultaneous([[0.3]], 0.25)
    assert (found.mean, found.low, found.high) == (0.3, -np.inf, np.inf)


def test_no_differences_no_intervals() -> None:
    assert simultaneous(np.empty((0, 5)), 0.25) == []
    assert against({0: np.ones(5)}, [0], "maximize", 0.25) == {}
    assert from_best({0: np.ones(5)}, 0, "maximize", 0.25) == {}


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(2, 8))
def test_intervals_are_finite_and_hold_their_mean(seed: int, number: int, count: int) -> None:
    rows = np.random.default_rng(seed).integers(-2, 3, (number, count)) / 30
    for found, row in zip(simultaneous(rows, 0.25), rows, strict=True):
        assert found.low <= found.mean == row.mean() <= found.high
        assert np.isfinite([found.low, found.high, found.standard_error]).all()


def test_each_look_has_half_the_error() -> None:
    assert [level_of_look(look) for look in (1, 2, 3)] == pytest.approx([0.95, 0.975, 0.9875])


def test_smallest_effect() -> None:
    assert smallest_effect(True, 0.8) == 0.01
    assert smallest_effect(False, -20.0) == pytest.approx(0.2)


# Verdicts


def between(low: float, high: float) -> Difference:
    return Difference((low + high) / 2, low, high, 1.0)


def test_helps_where_reference_and_control_are_beaten() -> None:
    family = {
        (0.3, 0.0): between(0.02, 0.2),
        (0.6, 0.0): between(-0.2, -0.01),
        ("control", 0.0): between(-0.3, -0.2),
        (0.3, "control"): between(0.01, 0.2),
    }
    found = verdict(family, 0.3, 0.0, 0.05, control="control")
    assert (found.word, found.against, found.below_worth) == ("helps", "0", False)
    assert found.difference == family[0.3, 0.0]
    assert found.control == family[0.3, "control"]
    assert found.hurting == (0.6,)
    small = verdict(family, 0.3, 0.0, 0.3, control="control")
    assert (small.word, small.below_worth) == ("helps", True)


def test_does_not_say_helps_where_the_tuned_control_is_as_good() -> None:
    family = {(0.3, 0.0): between(0.02, 0.2), (0.3, "control"): between(-0.01, 0.2)}
    assert verdict(family, 0.3, 0.0, 0.05, control="control").word == "not decided"
    assert verdict(family, 0.3, 0.0, 0.5, control="control").word == "does not help"


def test_hurts_where_every_rate_is_worse() -> None:
    family = {(0.3, 0.0): between(-0.2, -0.1), (0.6, 0.0): between(-0.3, -0.01)}
    found = verdict(family, 0.0, 0.0, 0.05)
    assert (found.word, found.difference, found.hurting) == ("hurts", None, (0.3, 0.6))
    assert verdict(family, 0.3, 0.0, 0.05).word == "hurts"


def test_does_not_help_where_every_gain_is_below_worth() -> None:
    family = {(0.3, 0.0): between(-0.1, 0.04), (0.6, 0.0): between(-0.3, -0.01)}
    found = verdict(family, 0.3, 0.0, 0.05)
    assert (found.word, found.hurting) == ("does not help", (0.6,))
    assert verdict(family, 0.0, 0.0, 0.05).word == "does not help"


def test_not_decided_else() -> None:
    family = {(0.3, 0.0): between(-0.1, 0.06), (0.6, 0.0): between(-0.3, -0.01)}
    found = verdict(family, 0.3, 0.0, 0.05)
    assert (found.word, found.difference) == ("not decided", family[0.3, 0.0])
    assert verdict(family, 0.0, 0.0, 0.05).word == "not decided"


def test_another_rates_gain_does_not_make_the_recommended_one_help() -> None:
    family = {(0.3, 0.0): between(-0.1, 0.06), (0.6, 0.0): between(0.01, 0.06)}
    found = verdict(family, 0.3, 0.0, 0.05)
    assert (found.word, found.helping) == ("helps elsewhere", (0.6,))


def test_against_one_half() -> None:
    family = {
        (0.0, 0.5): between(-0.3, -0.1),
        (0.3, 0.5): between(0.1, 0.3),
        (0.3, 0.0): between(-1, 1),
    }
    found = verdict(family, 0.3, 0.5, 0.01)
    assert (found.word, found.against, found.hurting) == ("helps", "0.5", (0.0,))


def test_no_verdict_without_the_reference_or_by_folds_that_do_not_cover() -> None:
    family = {(0.3, 0.0): between(0.1, 0.3)}
    assert verdict(family, 0.3, 0.5, 0.01).word == "no verdict"
    found = verdict(family, 0.3, 0.0, 0.01, descriptive=True)
    assert (found.word, found.difference) == ("not decided", family[0.3, 0.0])


# What would decide


def curve(gain: float, noise: float = 1.0) -> dict[object, np.ndarray]:
    steps = uncorrelated(2, 15) * noise
    return {0.0: np.zeros(15), 0.3: gain + steps[0], 0.6: steps[1] - 9}


def test_the_repeats_told_are_the_fewest_that_decide() -> None:
    scores = curve(1.6 * 0.8)
    repeats = repeats_that_decide(scores, 0.3, 0.0, 0.1, "maximize", 0.25, folds=5, redrawn=True)
    assert repeats is not None
    assert repeats > 3

    def word(repeats: int) -> str:
        family = against(scores, [0.0], "maximize", 0.25, count=5 * repeats)
        return verdict(family, 0.3, 0.0, 0.1).word

    assert word(repeats) == "helps"
    assert word(repeats - 1) == "not decided"


def test_a_decided_study_needs_no_more_repeats() -> None:
    known = {"folds": 5, "redrawn": True}
    assert repeats_that_decide(curve(9.0), 0.3, 0.0, 0.1, "maximize", 0.25, **known) == 3
    assert repeats_that_decide(curve(-9.0), 0.3, 0.0, 0.1, "maximize", 0.25, **known) == 3
    assert repeats_that_decide(curve(0.0, 0.01), 0.0, 0.0, 0.1, "maximize", 0.25, **known) == 3


def test_no_repeats_decide_what_the_ratio_keeps_wide_or_folds_that_stay() -> None:
    scores = curve(0.5)
    assert not repeats_that_decide(scores, 0.3, 0.0, 0.1, "maximize", 0.25, folds=5, redrawn=True)
    scores = curve(1.6 * 0.8)
    assert not repeats_that_decide(scores, 0.3, 0.0, 0.1, "maximize", 0.25, folds=15, redrawn=False)


def test_the_control_must_be_beaten_too() -> None:
    scores = curve(9.0)
    scores["control"] = scores[0.3] - 1 + uncorrelated(3, 15)[2]
    known = {"folds": 5, "redrawn": True, "control": "control"}
    assert repeats_that_decide(scores, 0.3, 0.0, 0.1, "maximize", 0.25, **known) is None


# The whole way


@pytest.mark.parametrize(("name", "null"), [("rows", ""), ("expanding", "alike")])
@pytest.mark.usefixtures("coarse")
def test_intervals_cover_and_verdicts_are_right(name: str, null: str) -> None:
    """A short form of benchmarks/simulation.py; the bounds leave room for so few draws."""
    draws = 60
    rules = ("today 3", "crossed 3", "looks")
    by_rule = simulate(WORLDS[name], null, draws, known=240, rules=rules)
    for found in by_rule.values():
        for family in ("0", "0.5", "best"):
            assert found[f"covers {family}"] * draws >= binom.ppf(0.001, draws, 0.93)
        for reference in ("0", "0.5"):
            assert found[f"wrong {reference}"] * draws <= binom.ppf(0.999, draws, 0.05)
        for word in ("choices", "network"):
            assert found[f"wrong {word}"] * draws <= binom.ppf(0.999, draws, 0.05)
        if null:
            words = found["against 0"]
            said = words.get("helps", 0) + words.get("hurts", 0)
            assert said * draws <= binom.ppf(0.999, draws, 0.05)
    assert by_rule["today 3"]["covers plain"] < 0.9
