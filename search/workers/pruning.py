"""Which trials end early: the pruner, and the trials that it compares them with."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Sequence

import optuna
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

FRESH = 1.0  # seconds for which the trials that were read are taken for those of now

PRUNERS: dict[str, Callable[[int], optuna.pruners.BasePruner]] = {
    "median": lambda first: optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=first),
    "none": lambda _: optuna.pruners.NopPruner(),
}


def own_trials(trials: Sequence[FrozenTrial]) -> dict[int, FrozenTrial]:
    """By claim, its trial: not those that a person has queued, added or copied."""
    own: dict[int, FrozenTrial] = {}
    for trial in trials:
        if "claim" in trial.user_attrs and trial.state != TrialState.WAITING:
            own.setdefault(trial.user_attrs["claim"], trial)
    return own


class Peers(Study):
    """A study whose trials are read every `FRESH` seconds at most, for its pruner."""

    def __init__(self, study: Study) -> None:
        super().__init__(study.study_name, study._storage, study.sampler, study.pruner)
        self._trials: list[FrozenTrial] = []
        self.forget()

    def forget(self) -> None:
        """Let the trials be read anew when they are next asked for."""
        self._read = float("-inf")

    def get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if time.monotonic() - self._read > FRESH:
            self._trials = list(own_trials(super().get_trials(deepcopy)).values())
            self._read = time.monotonic()
        return [trial for trial in self._trials if states is None or trial.state in states]

    def ends(self, trial: FrozenTrial) -> bool:
        """Whether the pruner ends the trial after its last score."""
        return self.pruner.prune(self, trial)
