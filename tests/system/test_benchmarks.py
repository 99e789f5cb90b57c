"""What the benchmarks put in the place of the product's own parts."""

from __future__ import annotations

from inspect import signature

from benchmarks.stub import stub_fit
from dropsearch.search.fit.fit import fit


def test_the_stub_takes_what_a_worker_gives_a_fit() -> None:
    asked = {*signature(fit).parameters} - {"build"}
    assert asked - {*signature(stub_fit).parameters} == set()
