"""The report in a real browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dropsearch.search import launch
from dropsearch.studies.report import report_html

CHROMIUM = shutil.which("chromium")


def dom(page: Path, profile: Path) -> str:
    """The page's HTML after its scripts have run, without a network."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=8000",
            "--dump-dom",
            page.as_uri(),
        ],
        text=True,
        capture_output=True,
        timeout=120,
        check=True,
    )
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_every_figure_is_drawn_and_names_are_escaped(study: Any, tmp_path: Path) -> None:
    asked = study(study="tones <b>&amp;</b>".replace("/", ""), search={"trials": 3})
    result = launch(asked, storage=str(tmp_path / "studies.db"))
    page = tmp_path / "report.html"
    page.write_text(report_html(result.store, result.record), encoding="utf-8")
    found = dom(page, tmp_path / "profile")
    assert found.count("<figcaption>") == 3
    assert found.count('class="main-svg"') >= 3
    assert "Best of 3 trials" in found
    assert "<b>&amp;" not in found.split("<body>", 1)[1].split("<script", 1)[0]


def test_a_study_without_a_score_has_a_report_that_says_so(study: Any, tmp_path: Path) -> None:
    asked = study(training={"learning_rate": 1e38, "clip": None}, search={"trials": 2})
    result = launch(asked, storage=str(tmp_path / "studies.db"))
    page = report_html(result.store, result.record)
    assert "No trial has a score yet." in page
    assert "diverged" in page
    assert "http://" not in page.split("<script", 1)[0]
