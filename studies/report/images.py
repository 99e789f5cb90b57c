"""Figures as PNG files, drawn by kaleido in a Chrome or Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import plotly.graph_objects as go
import plotly.io

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.report.parts import after_the_trials, before_the_trials
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store

WIDTH, SCALE = 900, 2
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = "BROWSER_PATH"  # kaleido's own name for it


def images_as_png(
    store: Store, record: StudyRecord, tell: Callable[[str], None] = lambda _: None
) -> dict[str, bytes]:
    """The report's figures as the content of PNG files, 1,800 pixels wide, by name.

    tell: told what is done now. Raises StudiesError where there is no browser, or no room to draw.
    """
    tell("Working the pictures out")
    evidence = Evidence(store, record)
    parts = [*before_the_trials(evidence), *after_the_trials(evidence)]
    shown = [part for part in parts if part.figure is not None]
    browser = _browser()
    tell(f"Drawing {len(shown)} pictures with {Path(browser).name}")
    try:
        with TemporaryDirectory(prefix="dropsearch-") as folder:
            paths = [Path(folder) / f"{part.slug}.png" for part in shown]
            _draw([part.figure for part in shown], paths, browser)
            return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise StudiesError(f"Cannot draw in {gettempdir()}: {error.strerror or error}.") from None
    except RuntimeError as error:  # kaleido's and choreographer's own
        said = error.args[0] if error.args else type(error).__name__
        raise StudiesError(
            f"{browser} has not drawn the pictures: {said} Name another program in {BROWSER}."
        ) from None


def _draw(figures: list[go.Figure], paths: list[Path], browser: str) -> None:
    before = os.environ.get(BROWSER)
    os.environ[BROWSER] = browser
    try:
        plotly.io.write_images(
            figures,
            paths,
            width=WIDTH,
            height=[figure.layout.height for figure in figures],
            scale=SCALE,
        )
    finally:
        if before is None:
            del os.environ[BROWSER]


def _browser() -> str:
    given = os.environ.get(BROWSER)
    if given and not Path(given).is_file():
        raise StudiesError(f"{BROWSER} names {given}, but there is no such file.")
    found = given or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise StudiesError(
            "--png needs Chrome or Chromium to draw with, and none is installed: install it "
            f"(Debian: apt install chromium), or name its program in {BROWSER}."
        )
    return found
