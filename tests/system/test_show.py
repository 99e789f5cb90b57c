"""The live view of a launch, as a person sees it on a terminal."""

from __future__ import annotations

import re
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropsearch.search.config.load import config_from
from dropsearch.search.terminal.status import status, status_in_words
from dropsearch.studies.store.store import open_store
from tests.support.filled import fill
from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.terminal import Terminal


def whole(lines: list[str], columns: int) -> bool:
    """Whether phase, count, what is left, the score and what runs stand there, none cut off."""
    shown = [line.rstrip() for line in lines]
    bars = [line for line in shown if "━" in line]
    left = r"\d+ (s|min) left"
    return (
        any(re.fullmatch(rf"tones: running for \d+ s, about {left}", line) for line in shown)
        and len(bars) == 1
        and re.fullmatch(rf"search, phase 1 of 1 [━╸╺]+ \d of 4, {left}", bars[0]) is not None
        and len(bars[0]) in (columns - 1, columns)
        and re.search(r"best accuracy \S+ ± \S+ at dropout \S+\n *running fit", "\n".join(shown))
        is not None
    )


def test_the_live_view_is_whole_at_80_and_100_columns_and_ctrl_c_loses_nothing(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fork: Forking
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROPSEARCH_STORAGE", raising=False)
    training = {"epochs": 50, "patience": None}
    search = {"trials": 4, "pruner": "none"}
    asked = study(folds={"count": 2}, training=training, search=search)
    Path("study.yaml").write_text(yaml.safe_dump(asked))
    command = ("launch", "study.yaml", "--workers", "2")
    with Terminal(fork, 80, dropsearch, *command) as terminal:
        for columns in (80, 100):
            terminal.resize(columns)
            lines = terminal.until(partial(whole, columns=columns))
            assert not any("…" in line for line in lines)
        terminal.type("\x03")
        code, lines = terminal.end()
    assert code == 130
    assert any("Stopping: running trials are given back." in line for line in lines)
    assert "running" not in states("dropsearch_claim")
    assert dropsearch("launch", "study.yaml") == 0
    assert states("dropsearch_claim") == ["done"] * 4
    assert states("trials") == ["COMPLETE"] * 4


@pytest.mark.parametrize("columns", [80, 100])
def test_what_a_command_says_is_broken_between_words(
    study: Any, tmp_path: Path, columns: int, fork: Forking
) -> None:
    store = open_store(str(tmp_path / "s.db"), create=True)
    fill(store, config_from(study(confirm={"repeats": 2}, search={"trials": 12}), tmp_path))
    said = status_in_words(status(store, "tones"))
    with Terminal(fork, columns, dropsearch, "status", "tones", "--storage", store.url) as terminal:
        code, lines = terminal.end()
    assert code == 0
    shown = [line.rstrip() for line in lines]
    assert len([line for line in shown if line]) > len(said.splitlines()) + 1
    assert " ".join(" ".join(shown).split()).startswith(" ".join(said.split()))


@pytest.mark.parametrize("columns", [80, 100])
def test_a_refusal_is_broken_between_words_but_not_in_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, fork: Forking
) -> None:
    monkeypatch.chdir(tmp_path)
    visits = ["1.000", *(f"{950 + day}" for day in range(2, 29))]
    rows = [f"2020-01-{day:02},{seen}" for day, seen in enumerate(visits, 1)]
    Path("visits.csv").write_text("\n".join(["day,visits", *rows]) + "\n")
    with Terminal(fork, columns, dropsearch, "init", "visits.csv") as terminal:
        code, lines = terminal.end()
    assert code == 2
    said = " ".join(" ".join(lines).split())
    assert "'1.000' may have a thousands mark: write thousands without a mark, or say" in said
    assert [line for line in lines if line.startswith("  ")] == [
        f"  dropsearch init visits.csv --set data.table.{key}=." for key in ("thousands", "decimal")
    ]


def states(table: str) -> list[str]:
    with sqlite3.connect("dropsearch.db") as database:
        return [row[0] for row in database.execute(f"SELECT state FROM {table}")]
