"""Parts of benchmarks.scaling: what store, sampler and states of fits cost a trial."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial
from sqlalchemy import insert, update

from benchmarks import samples, stub
from benchmarks.databases import Server
from benchmarks.share import Stopwatch
from benchmarks.stub import Stub
from dropsearch.search.fit import callbacks
from dropsearch.search.fit.process import prepare_process
from dropsearch.search.workers import checkpoints as states
from dropsearch.search.workers import fits, trials, worker
from dropsearch.search.workers.heartbeat import Heartbeat
from dropsearch.studies.claims import claims
from dropsearch.studies.claims.optuna_study import ensure_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import FINISHED, Claim, FoldScore, StudyRecord
from dropsearch.studies.store.store import Store

THERE, MORE = 1000, 5
EPOCHS, PAUSE = 40, 0.25  # a trial of ten seconds
STORE = (
    *((claims, name) for name in ("take", "settle", "attach_trial", "write_epoch", "finish")),
    *((trials.Trials, name) for name in ("moved", "of", "report", "prune", "complete")),
)


class MainStopwatch(Stopwatch):
    """Of the main thread alone; what passes within `but` counts there."""

    def __init__(self, but: Stopwatch | None = None) -> None:
        super().__init__()
        self.calls = 0
        self._but = but

    def around(self, call: Any) -> Any:
        timed = super().around(call)

        def main_only(*args: Any, **settings: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return call(*args, **settings)
            self.calls += 1
            before = self._but.seconds if self._but else 0.0
            try:
                return timed(*args, **settings)
            finally:
                if self._but and not self._depth:
                    self.seconds -= self._but.seconds - before

        return main_only


def store(folder: Path, server: Server) -> dict[str, Any]:
    """The share of a trial of 10 s (40 epochs) with 1,000 trials there (goal under 5 %)."""
    found = {}
    for name, storage in (("SQLite", str(folder / "s.db")), ("PostgreSQL", server.database())):
        opened, record = samples.registered(
            folder,
            storage,
            search={"trials": THERE + MORE},
            training={"epochs": EPOCHS},
        )
        _fill(opened, record)
        found[name] = _run(opened, record)
        opened.close()
        told = ", ".join(f"{key} {value:.4g}" for key, value in found[name].items())
        print(f"  {name}: {told}", flush=True)
    return found


def _fill(store: Store, record: StudyRecord) -> None:
    """A thousand complete trials, with all their epochs, as a search leaves them."""
    rng = np.random.default_rng(0)
    study = ensure_study(store, record)
    for claim in claims_of(store, record.uuid)[:THERE]:
        point = {"dropout": float(rng.uniform(0, 0.8)), "hidden_size": 8, "layers": 1}
        curve = [[stub.score(point, epoch, k) for k in range(3)] for epoch in range(EPOCHS)]
        means = [float(np.mean(scores)) for scores in curve]
        spread: dict[str, BaseDistribution] = {"dropout": FloatDistribution(0.0, 0.8)}
        made = store.optuna.create_new_trial(
            study,
            create_trial(
                state=TrialState.COMPLETE,
                value=min(means),
                params={"dropout": point["dropout"]},
                distributions=spread,
                user_attrs={"claim": claim.id, "fold_scores": curve[-1]},
                intermediate_values=dict(enumerate(means)),
            ),
        )
        rows = [
            {
                **{"claim": claim.id, "epoch": epoch, "fold": k, "metric": metric},
                **{"train_loss": 0.1, "val_loss": 0.2, "updates": epoch, "seconds": PAUSE},
            }
            for epoch, scores in enumerate(curve)
            for k, metric in enumerate(scores)
        ]
        with store.write() as session:
            session.execute(
                update(Claim)
                .where(Claim.id == claim.id)
                .values(
                    **{"state": FINISHED, "point": point, "value": min(means)},
                    **{"trial": store.optuna.get_trial(made).number, "epoch": EPOCHS - 1},
                )
            )
            session.execute(insert(FoldScore), rows)


def _run(store: Store, record: StudyRecord) -> dict[str, float]:
    """The rest of the search by one worker in this process, its calls of the store timed."""
    sampler, asked = MainStopwatch(), MainStopwatch()
    watch = MainStopwatch(but=sampler)
    heartbeat = Heartbeat(store, record.uuid, told=lambda: 0)
    with ExitStack() as patches:
        patches.enter_context(patch.object(fits, "fit", partial(stub.stub_fit, Stub(PAUSE))))
        patches.enter_context(
            patch.object(trials, "draws", lambda *a, **k: iter(sampler.around(_first)(*a, **k)))
        )
        for owner, name in STORE:
            wrapped = watch.around(getattr(owner, name))
            patches.enter_context(patch.object(owner, name, wrapped))
        made = worker.Worker(store, record, heartbeat)
        asked.around(made.trials._study.get_trials)(deepcopy=False)
        heartbeat.start()
        started = time.perf_counter()
        made.run()
        seconds = (time.perf_counter() - started) / MORE
    heartbeat.end()
    epochs = sum((claim.epoch or 0) + 1 for claim in claims_of(store, record.uuid)[THERE:])
    return {
        "epochs": epochs / MORE,
        "seconds a trial": seconds,
        "of them in the store": watch.seconds / MORE,
        "store share": watch.seconds / MORE / seconds,
        "milliseconds an epoch": 1000 * watch.seconds / epochs,
        "in the sampler": sampler.seconds / MORE,
        "first reading of the trials": asked.seconds,
    }


_draws = trials.draws


def _first(*arguments: Any, **settings: Any) -> list[Any]:
    """The sampler's first proposal, drawn at once, so that it can be timed."""
    return [next(_draws(*arguments, **settings))]


def checkpoints(folder: Path, _: Server) -> dict[str, Any]:
    """The share of a fit that keeping its states costs, written every minute (goal 2 %)."""
    found = {}
    for size, layers, sequences in ((8, 1, 200), (128, 3, 400)):
        part = folder / f"{size}"
        part.mkdir()
        opened, record = samples.registered(
            part,
            str(part / "s.db"),
            sequences=sequences,
            model={"hidden_size": size, "layers": layers, "dropout": 0.3},
            training={"epochs": 10_000},
            search={"trials": 1},
        )
        kept, written = MainStopwatch(), MainStopwatch()
        began = time.monotonic()
        heartbeat = Heartbeat(opened, record.uuid, told=lambda: time.monotonic() > began + 90)  # noqa: B023
        prepare_process()
        with ExitStack() as patches:
            for owner, name, watch in (
                (callbacks.Saving, "on_train_epoch_end", kept),
                (states.Keeper, "write", written),
            ):
                wrapped = watch.around(getattr(owner, name))
                patches.enter_context(patch.object(owner, name, wrapped))
            made = worker.Worker(opened, record, heartbeat)
            heartbeat.start()
            started = time.perf_counter()
            made.run()
            seconds = time.perf_counter() - started
        heartbeat.end()
        opened.close()
        share = kept.seconds / seconds
        found[f"hidden {size}, layers {layers}"] = {
            "share": share,
            "writes": written.calls - 1,
            "seconds a write": written.seconds / written.calls,
        }
        print(
            f"  hidden {size}, layers {layers}: {100 * share:.2f} % of {seconds:.0f} s, "
            f"{written.calls - 1} writes of {written.seconds / written.calls:.3f} s",
            flush=True,
        )
    return found
