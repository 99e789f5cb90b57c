"""The quickstart notebook in a real kernel: what its cells show, and what lies beside it after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import polars as pl
import pytest

from tests.support.paths import ROOT

NOTEBOOK = ROOT / "examples/quickstart.ipynb"
FEWER = {'"epochs": 6': '"epochs": 2', '"trials": 4': '"trials": 2', '"repeats": 2': '"repeats": 1'}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """The folder in which the notebook has run, and what its cells of code and one more show.

    It asks for fewer fits than people do, on fewer sequences.
    """
    folder = tmp_path_factory.mktemp("notebook")
    spoken = pl.read_csv(ROOT / "examples/japanese-vowels.csv")
    spoken.filter(pl.col("series") % 4 == 0).write_csv(folder / "japanese-vowels.csv")
    notebook = nbformat.read(NOTEBOOK, 4)
    asked = next(cell for cell in notebook.cells if cell.cell_type == "code")
    for many, few in FEWER.items():
        assert many in asked.source
        asked.source = asked.source.replace(many, few)
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            "launch(asked, storage='quickstart.db', workers=1, progress=False).trials()"
        )
    )
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return folder, [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def test_it_shows_progress_answer_and_curve_and_goes_on_to_a_model(
    ran: tuple[Path, list[Any]],
) -> None:
    folder, (launched, shown, point, trials, made, predicted, quiet) = ran
    drawn = [one["data"]["text/plain"] for one in launched if one["output_type"] == "display_data"]
    assert len(drawn) == 1  # drawn anew in place
    assert drawn[0].startswith("quickstart: done in ")
    answer, curve = (one["data"] for one in shown)
    assert "use " in answer["text/html"]
    assert "application/vnd.plotly.v1+json" in curve
    assert "'dropout': " in point[0]["data"]["text/plain"]
    assert "<table" in trials[0]["data"]["text/html"]
    assert "model" in made[-1]["data"]["text/plain"]
    assert "speaker1" in predicted[0]["data"]["text/html"]
    assert {path.name for path in folder.iterdir()} >= {"quickstart.html", "best.yaml", "model"}
    assert [one["output_type"] for one in quiet] == ["execute_result"]  # it is done


def test_no_cell_warns(ran: tuple[Path, list[Any]]) -> None:
    said = [one for outputs in ran[1] for one in outputs if one.get("name") == "stderr"]
    assert said == []


def test_a_code_host_shows_its_outputs(ran: tuple[Path, list[Any]]) -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    kinds = [[one["output_type"] for one in cell.outputs if "data" in one] for cell in cells]
    assert kinds == [[one["output_type"] for one in run if "data" in one] for run in ran[1][:-1]]
    assert "image/png" in cells[1].outputs[1]["data"]
