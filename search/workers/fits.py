"""One claim's fit: on its phase's folds, from where it was cut off, ended from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import optuna

from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.errors import ModelsError
from dropsearch.models.files import write_whole
from dropsearch.models.own.named import explained
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.errors import GpuLostError
from dropsearch.search.fit.device import gpu_is_lost
from dropsearch.search.fit.epochs import Epoch
from dropsearch.search.fit.fit import FitResult, Stopped, UnusableState, fit
from dropsearch.search.fit.foldset import FoldSet
from dropsearch.search.fit.networks import fold_seeds
from dropsearch.search.fit.outputs import examples_of
from dropsearch.search.folds.inputs import Inputs, split_of
from dropsearch.search.workers.checkpoints import Keeper
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.claims import LostClaim
from dropsearch.studies.claims.examples import examples_file
from dropsearch.studies.claims.validated import validated_file
from dropsearch.studies.intervals.error_spending import least_and_most
from dropsearch.studies.store.contract import BASELINE
from dropsearch.studies.store.records import CURVE, HOLDOUT, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store

log = logging.getLogger("dropsearch")


@dataclass
class Fits:
    """The fits of one study in this process."""

    store: Store
    record: StudyRecord
    config: StudyConfig
    data: SequenceData
    heartbeat: Heartbeat
    _folds: dict[tuple[str, int], FoldSet] = field(default_factory=dict)  # the last ones

    def run(
        self,
        claim: Claim,
        point: Mapping[str, Any],
        report: Callable[[Epoch], None] = lambda _: None,
    ) -> FitResult:
        """Fit `point` and write its epochs, each told to `report`, too.

        Raises what `report` raises and what ends the fit: Stopped, its state then kept, LostClaim,
        TrialPruned, GpuLostError, RuntimeError, MemoryError, and ModelsError, as where it diverged
        or the user's network failed.
        """
        keeper = Keeper(self.store, claim)
        try:
            try:
                return self._run(claim, point, report, keeper)
            except UnusableState as unusable:
                keeper.start_over(str(unusable))
                return self._run(claim, point, report, keeper)
        except Stopped:
            keeper.write()
            raise
        except (ModelsError, RuntimeError):
            if gpu_is_lost():
                raise GpuLostError from None
            raise

    def keep(self, claim: Claim, result: FitResult) -> None:
        """Write what the fit has said of each example. A fault of the disk is told, and no more."""
        found = result.validated
        if found is None:
            return
        try:
            write_whole(validated_file(self.store, claim.study, claim.id), found.packed())
            examples = examples_file(self.store, claim.study)
            if found.outputs is not None and not (found.with_outputs or self.data.classes):
                part = validated_file(self.store, claim.study, claim.id, sample=True)
                write_whole(part, found.sample.packed())
            if found.outputs is not None and not examples.exists():
                write_whole(examples, examples_of(self.data).packed())
        except OSError as error:
            log.warning(
                "What the fit of claim %d said of each example is not kept, only the scores of its "
                "folds: %s",
                claim.id,
                error,
            )

    def _run(
        self,
        claim: Claim,
        point: Mapping[str, Any],
        report: Callable[[Epoch], None],
        keeper: Keeper,
    ) -> FitResult:
        def on_epoch(epoch: Epoch) -> None:
            wait = self.heartbeat.patiently
            wait(lambda: claims.write_epoch(self.store, claim, epoch.number, epoch.rows))
            wait(lambda: report(epoch))

        folds = self._folds_of(claim)
        seeds = fold_seeds(self.config.search.seed, claim.phase, claim.repeat, len(folds.train))
        if BASELINE in point:
            from dropsearch.search.fit.baseline import fit_baseline  # brings scikit-learn

            return fit_baseline(
                point[BASELINE],
                folds,
                seeds=seeds,
                on_epoch=on_epoch,
                on_fold=lambda: self._look_up(claim),
            )
        with explained(self.config.model.network):
            return fit(
                point,
                folds,
                seeds=seeds,
                direction=self.record.direction,
                exactly=claim.fixed.get("epochs") if claim.phase == HOLDOUT else None,
                detailed=self._detailed(claim),
                kept=claim.phase in (CURVE, HOLDOUT),
                memory=keeper.memory,
                before=keeper.epochs(),
                on_epoch=on_epoch,
                on_batch=lambda: self._look_up(claim),
            )

    def _look_up(self, claim: Claim) -> None:
        """Raise what ends the fit where the heartbeat has learnt that it has to end."""
        if self.heartbeat.lost:
            raise LostClaim(f"Claim {claim.id} is held by another worker now.")
        if self.heartbeat.leave:
            raise Stopped
        if self.heartbeat.closed and claim.phase == SEARCH:
            raise optuna.TrialPruned("the time limit of the search has passed")

    def _detailed(self, claim: Claim) -> bool:
        """Whether the fit tells where it does worst: on the holdout, else in the last repeat."""
        if claim.phase != CURVE or self.config.confirm is None:
            return claim.phase == HOLDOUT
        fewest, _ = least_and_most(self.config.confirm.repeats)
        last = claim.repeat >= fewest - 1
        return last and not self.record.summary["holdout"]

    def _folds_of(self, claim: Claim) -> FoldSet:
        """The folds of the claim's phase and repeat."""
        drawing = claim.phase, claim.repeat
        if drawing not in self._folds:
            split = split_of(self.config, self.data, *drawing)
            inputs = Inputs(self.data, split, self.record.metric, self.record.direction)
            self._folds = {drawing: FoldSet.of(self.config, inputs)}
        return self._folds[drawing]
