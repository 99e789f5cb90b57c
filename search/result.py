"""What a launch gives back: the study as it stands in the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropsearch.search.config.stored import whole
from dropsearch.search.errors import SearchError
from dropsearch.studies.answer.reading import read_answer
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import FAILED, SEARCH
from dropsearch.studies.store.store import Store

if TYPE_CHECKING:
    import polars
    from plotly.graph_objects import Figure


class Result:
    """A study that a launch has run."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.record = store.find(name)

    @property
    def recommendation(self) -> Recommendation:
        """The configuration chosen. Raises SearchError where no trial has a score."""
        with whole(self.store, self.record.name):
            chosen = recommend(self.store, self.record)
        if chosen is None:
            raise SearchError(self._why_none())
        return chosen

    @property
    def best_params(self) -> dict[str, Any]:
        """Every value of the configuration chosen, fixed ones too."""
        return dict(self.recommendation.point)

    def response_curve(self) -> Figure:
        """The score against the rate, with bands. Raises SearchError where there is no curve."""
        from dropsearch.studies.plots.response import response_curve

        answer = read_answer(self.store, self.record)
        if answer is None:
            raise SearchError(
                f"Study {self.record.name!r} has no response curve: it comes after the search, "
                "and not with confirm: null."
            )
        return response_curve(answer, claims_of(self.store, self.record.uuid, SEARCH))

    def trials(self) -> polars.DataFrame:
        """One row per trial, the best first: number, state, value, epochs, seconds, and what its
        point has that is not alike in all."""
        from dropsearch.studies.report.tables import best_first, trials_table, without_alike

        trials = best_first(trials_table(self.store, self.record), self.record)
        return without_alike(trials)[0]

    def _repr_html_(self) -> str:
        """What Jupyter shows: the recommendation."""
        return self.recommendation._repr_html_()

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report, by default STUDY.html. Raises SearchError where that cannot be done."""
        from dropsearch.search.terminal.output import refuse_output, write_output
        from dropsearch.studies.report.report import report_html

        found = Path(path or f"{self.record.name}.html")
        refuse_output(found, mark="<html")
        write_output(found, report_html(self.store, self.record))
        return found

    def export(self, path: str | Path = "best.yaml") -> Path:
        """Write the configuration chosen as a study.yaml of its own, as `dropsearch export`."""
        from dropsearch.search.final.export import export_text
        from dropsearch.search.terminal.output import refuse_output, write_output

        refuse_output(Path(path), mark="selected")
        write_output(Path(path), export_text(self.store, self.record.name, "recommended", "yaml"))
        return Path(path)

    def train(self, folder: str | Path = "model", *, networks: int = 1) -> Path:
        """Train the configuration chosen on all data, and write its folder; as `dropsearch train`.

        Raises what `dropsearch.search.final.train.train` raises.
        """
        from dropsearch.search.config.load import config_from
        from dropsearch.search.final.train import train
        from dropsearch.studies.recommend.export import exported

        config = config_from(exported(self.store, self.record, self.recommendation), Path.cwd())
        return train(config, Path(folder), networks=networks).folder

    def _ipython_display_(self) -> None:
        """The answer, then the curve where there is one."""
        from IPython.display import HTML, display

        display(HTML(self._repr_html_()))
        if read_answer(self.store, self.record) is not None:
            display(self.response_curve())

    def _why_none(self) -> str:
        claims = claims_of(self.store, self.record.uuid)
        reasons = [claim.reason for claim in claims if claim.state == FAILED and claim.reason]
        if not reasons and self.record.halted:
            return (
                f"Study {self.record.name!r} was stopped before a trial was finished: launch it "
                "again to go on."
            )
        if not reasons:
            return (
                f"No trial of study {self.record.name!r} was finished, so there is no answer yet."
            )
        return (
            f"No trial of study {self.record.name!r} gave a score: {len(reasons)} failed. "
            f"The first: {reasons[0]}"
        )
