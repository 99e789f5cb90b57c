"""What the tests of the answer share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dropsearch.studies.intervals import crossed, statistics


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Quantiles to the second digit, for tests that ask for many and do not see the third."""
    for module in (statistics, crossed):
        monkeypatch.setattr(module, "DRAWS", 2**12)
    caches = (statistics._points, statistics._largest_t, crossed._normals)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture(autouse=True)
def coarse_where_studies_are_filled(request: pytest.FixtureRequest) -> None:
    """What is said of made-up scores does not hang on the third digit of a quantile."""
    if request.path.parent.name in ("answer", "recommend", "sentences", "report", "snippets"):
        request.getfixturevalue("coarse")
