"""What the minutes are spent on."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dropsearch.search.fit.estimate import STARTING
from dropsearch.search.init.sizing import (
    FEWEST_EPOCHS,
    LEVELS,
    MOST_TRIALS,
    Level,
    planned,
)

FITS_OF_AN_ANSWER = 12  # curve and holdout


@given(st.floats(0.5, 100), st.floats(6, 7200), st.floats(0.001, 20), st.integers(1, 16))
def test_the_time_asked_for_is_spent_on_epochs_then_on_trials(
    wanted: float, seconds: float, fit: float, workers: int
) -> None:
    def each(level: Level) -> float:
        later = FITS_OF_AN_ANSWER + level.finalists
        phases = [level.trials, math.ceil(later * level.repeats)]
        return sum(math.ceil(fits / workers) * fit for fits in phases)

    def took(level: Level, epochs: int) -> float:
        return STARTING + epochs * each(level)

    def least(level: Level) -> float:
        return took(level, max(FEWEST_EPOCHS, round(level.epochs * wanted)))

    plan = planned(wanted, seconds, each)
    near = 1e-9 * seconds
    assert plan.seconds == took(plan.asked, plan.epochs)
    if plan.seconds > seconds + near:
        assert (plan.level, plan.asked, plan.seconds) == (LEVELS[-1], LEVELS[-1], least(LEVELS[-1]))
        return
    better = LEVELS[: LEVELS.index(plan.level)]
    assert all(least(level) > seconds - near for level in better)
    assert plan.asked == plan.level._replace(trials=plan.asked.trials)
    assert plan.level.trials <= plan.asked.trials <= MOST_TRIALS
    if plan.epochs < round(wanted):
        assert took(plan.level, plan.epochs + 1) > seconds - near
    if plan.asked.trials < MOST_TRIALS:
        more = plan.asked._replace(trials=plan.asked.trials + 1)
        assert took(more, plan.epochs) > seconds - near
    last = [level for level in LEVELS if level.finalists][-1]
    assert plan.checked == (0.0 if plan.level.finalists else least(last))
