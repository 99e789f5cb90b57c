"""The picture of the README: accuracy against the rate at fixed sizes, Japanese vowels.

`python -m benchmarks.response_curve` writes docs/response-curve.png (with Debian's chromium).
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import plotly.graph_objects as go

from benchmarks.job import EXAMPLES, Job
from dropsearch.search import launch
from dropsearch.studies.recommend import recommend

RATES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
PICTURE = EXAMPLES.parent / "docs" / "response-curve.png"


def main() -> None:
    job = Job.of(
        EXAMPLES / "japanese-vowels.yaml",
        model={"hidden_size": 32, "layers": 1, "dropout": RATES},
        training={"learning_rate": 3e-3, "patience": None},
        search={"sampler": "grid", "pruner": "none"},
    )
    with tempfile.TemporaryDirectory() as folder:
        result = launch(job.mapping, storage=f"{folder}/curve.db")
        chosen = [recommend(result.store, result.record, trial) for trial in range(len(RATES))]
        rows = sorted(
            (one.point["dropout"], one.score, one.standard_error) for one in chosen if one
        )
        _draw(rows, Path(folder) / "curve.html")
    for rate, score, error in rows:
        print(f"rate {rate:.1f}  accuracy {score:.4f} ± {error:.4f}")
    print(json.dumps(rows))


def _draw(rows: list[tuple[float, float, float]], page: Path) -> None:
    rates, scores, errors = (list(column) for column in zip(*rows, strict=True))
    figure = go.Figure(
        go.Scatter(
            x=rates,
            y=scores,
            error_y={"array": errors, "color": "#2a7de1"},
            mode="lines+markers",
            line={"color": "#2a7de1"},
            marker={"size": 10},
        )
    )
    figure.update_layout(
        template="simple_white",
        width=800,
        height=400,
        margin={"l": 70, "r": 20, "t": 20, "b": 60},
        xaxis_title="dropout rate",
        yaxis_title="cross-validated accuracy",
    )
    figure.write_html(page)
    subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={page.parent}/profile",
            "--window-size=820,420",
            "--virtual-time-budget=5000",
            f"--screenshot={PICTURE}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
