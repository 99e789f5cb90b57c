"""Places in a cycle of the calendar, against Python's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dropsearch.models.names import CYCLES
from dropsearch.models.times.calendar import DAY, Calendar
from dropsearch.models.times.cycles import place_in, waves

HOURLY = Calendar("time", DAY // 24, 0, "{Y:04d}-{m:02d}-{d:02d} {H:02d}:{M:02d}")
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def stamps(*moments: datetime) -> np.ndarray:
    return np.array([(moment - ZERO) // timedelta(microseconds=1) for moment in moments])


@given(st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC)))
def test_places_are_those_of_python(moment: datetime) -> None:
    expected = {
        "minute": moment.minute,
        "hour": moment.hour,
        "weekday": moment.weekday(),
        "day": moment.day - 1,
        "week": moment.isocalendar().week - 1,
        "month": moment.month - 1,
    }
    found = {cycle: int(place_in(cycle, stamps(moment), HOURLY)[0]) for cycle in CYCLES}
    assert found == expected


def test_a_cycle_closes_and_its_places_lie_evenly_on_a_circle() -> None:
    day = stamps(*(datetime(2024, 3, 1, hour, tzinfo=UTC) for hour in range(24)))
    found = waves(("hour",), day, HOURLY)
    np.testing.assert_allclose((found**2).sum(axis=1), 1)
    apart = np.linalg.norm(found - np.roll(found, 1, axis=0), axis=1)
    np.testing.assert_allclose(apart, apart[0])
    np.testing.assert_allclose(found[[0, 6, 12]], [[0, 1], [1, 0], [0, -1]], atol=1e-12)


def test_the_hour_is_that_of_the_clock_on_the_wall() -> None:
    summer = stamps(datetime(2024, 3, 31, 1, tzinfo=UTC))[0]
    berlin = Calendar("time", DAY // 24, 0, "", offsets=((0, 60), (int(summer), 120)))
    hours = place_in("hour", np.array([summer - DAY // 24, summer]), berlin)
    assert hours.tolist() == [1, 3]
