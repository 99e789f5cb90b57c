"""What a launch gives back: the study as it stands in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        """One row per trial: number, state, value, epochs, seconds and every value of the point."""
        from dropsearch.studies.report.tables import trials_table

        return trials_table(self.store, self.record)

    def _repr_html_(self) -> str:
        """What Jupyter shows: the recommendation."""
        return self.recommendation._repr_html_()

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
