"""`launch()` in a notebook: what its cells show, by a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import yaml

CELLS = (  # what a person types
    "import yaml\n"
    "from dropsearch.search import launch\n"
    "asked = yaml.safe_load(open('study.yaml'))\n"
    "result = launch(asked, storage='s.db', workers=1)",
    "result",
    "result.best_params['dropout'], result.report(), result.export(), result.train()",
    "launch(asked, storage='s.db', workers=1, progress=False).trials()",  # it is done
)


def test_a_notebook_shows_progress_answer_and_curve_and_goes_on_to_a_model(
    study: Any, tmp_path: Path
) -> None:
    asked = study(search={"trials": 2}, confirm={"finalists": 1, "repeats": 2, "rates": [0.3]})
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(asked))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    launched, shown, made, quiet = (cell.outputs for cell in notebook.cells)
    drawn = [one["data"]["text/plain"] for one in launched if one["output_type"] == "display_data"]
    assert len(drawn) == 1  # drawn anew in place
    assert drawn[0].startswith("tones: done in ")
    answer, curve = (one["data"] for one in shown)
    assert "use " in answer["text/html"]
    assert "application/vnd.plotly.v1+json" in curve
    assert "model" in made[-1]["data"]["text/plain"]
    assert {path.name for path in tmp_path.iterdir()} >= {"tones.html", "best.yaml", "model"}
    assert [one["output_type"] for one in quiet] == ["execute_result"]
