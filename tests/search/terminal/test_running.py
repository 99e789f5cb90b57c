"""The table of what runs."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from dropsearch.search.terminal.show import running_table
from dropsearch.studies.claims.progress import Progress
from dropsearch.studies.store.records import Claim, StudyRecord


def test_a_baseline_stands_by_its_name_and_a_fit_without_a_point_has_no_rate() -> None:
    running = [
        Claim(number=20, point={"baseline": "majority class"}),
        Claim(number=21, trial=4, point=None),
        Claim(number=22, epoch=1, point={"dropout": 0.25, "layers": 2, "hidden_size": 8}),
    ]
    record = StudyRecord(config={"training": {"epochs": 8}})
    written = StringIO()
    Console(file=written, width=100).print(
        running_table(Progress(record, {}, 0, running, None, []))
    )
    rows = [line.split() for line in written.getvalue().splitlines()]
    assert rows[1:] == [
        ["majority", "class"],
        ["trial", "4", "0", "of", "8"],
        ["22", "2", "of", "8", "0.25", "2", "layers", "of", "8", "units"],
    ]
