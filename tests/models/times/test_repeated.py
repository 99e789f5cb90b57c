"""Times that many series share: each is read once, and a fault names the first row that has it."""

from __future__ import annotations

import polars as pl
import pytest

from dropsearch.models.times.spans import read_times
from dropsearch.models.times.time_styles import AmbiguousError, UnreadableError

OFFSET = "2013-10-27T0{}:00+0{}:00"
KINDS = {
    "days": [f"2021-01-{day:02d}" for day in range(1, 29)],
    "offsets": [OFFSET.format(2, 2), OFFSET.format(2, 1), OFFSET.format(3, 1)],
    "fiscal": [f"{year}/{(year + 1) % 100:02d}" for year in range(1998, 2006)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_repeated_times_are_read_as_they_are_alone(kind: str) -> None:
    cells = KINDS[kind]
    alone, together = read_times(pl.Series(cells)), read_times(pl.Series(cells * 9))
    assert together.stamps.tolist() == alone.stamps.tolist() * 9
    assert (together.style, together.offsets) == (alone.style, alone.offsets)


@pytest.mark.parametrize(
    ("cells", "error", "index"),
    [
        (["2021-01-31"] * 20 + ["2021-02-31"] * 20, UnreadableError, 20),
        (["01/02/2021"] * 20 + ["03/02/2021"] * 20, AmbiguousError, 0),
        (["01/01/2021"] * 20 + ["03/02/2021"] * 20, AmbiguousError, 20),
    ],
)
def test_a_fault_names_the_first_row(
    cells: list[str], error: type[UnreadableError | AmbiguousError], index: int
) -> None:
    with pytest.raises(error) as caught:
        read_times(pl.Series(cells))
    assert caught.value.index == index
