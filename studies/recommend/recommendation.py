"""The configuration chosen, with its reasons and its certainty, and how people are shown it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dropsearch.studies.answer.behind import Behind
from dropsearch.studies.answer.words import metric_spelt, rate_in_words
from dropsearch.studies.recommend.answer_table import Compared, answer_rows, on_one_line
from dropsearch.studies.sentences.choices import Choice
from dropsearch.studies.sentences.headline import Headline
from dropsearch.studies.sentences.network import Beside


@dataclass(frozen=True)
class Recommendation:
    """The configuration chosen. Scores are in the metric's own unit.

    rests_on: "curve", or "search" where there is no curve (yet), or a trial was asked for. score:
    mean over all folds and repeats at the chosen epochs; intervals, and standard_error: "examples",
    by what each contributed (crossed), or "folds", by the folds' scores (the corrected one);
    fold_scores: what they are taken from. point: every value of the configuration, fixed ones too;
    epochs: how long to train it. trial: of the search; None where the curve chose. table: one row
    for each configuration compared, best differences turned so that more is better. network:
    whether it is worth it, against the best of the baselines (the best first); None where none ran
    on the curve's folds. worst_beside: on which class or series the network is worst beside the
    best of them, where that is known. choices: those of the search that were tried otherwise, each
    by itself.
    """

    study: str
    rests_on: str
    trial: int | None
    point: dict[str, Any]
    metric: str
    direction: str
    score: float
    standard_error: float
    fold_scores: tuple[float, ...]
    epochs: int
    trials: int
    baseline: str | None
    baseline_score: float | None
    network: str | None
    baselines: tuple[Beside, ...]
    worst_beside: Behind | None
    verdict: str | None
    verdict_against_half: str | None
    smallest_effect: float | None
    level: float | None
    intervals: str
    holdout: dict[str, Any] | None
    headline: Headline
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    table: tuple[Compared, ...]
    choices: tuple[Choice, ...]

    @property
    def rate(self) -> str:
        """The dropout rate in words: the shared one, or one for each site."""
        return rate_in_words(self.point)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.headline} {' '.join(self.sentences)}"

    def rows(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The table as words: its columns, and a row for each configuration compared."""
        columns = ("", metric_spelt(self.metric), "than the recommended", "")
        return columns, [
            (
                ("> " if row["chosen"] else "") + row["name"],
                f"{row['score']} {row['error']}",
                on_one_line(row["beside"]),
                row["said"],
            )
            for row in answer_rows(self.table)
        ]

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        from jinja2 import Environment, PackageLoader, select_autoescape

        templates = Environment(
            loader=PackageLoader("dropsearch.studies.recommend"), autoescape=select_autoescape()
        )
        columns, rows = self.rows()
        return templates.get_template("recommendation.html").render(
            headline=self.headline,
            sentences=self.sentences,
            warnings=self.warnings,
            columns=columns,
            rows=rows,
        )
