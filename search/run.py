"""launch(): the whole way from a study.yaml to its answer, on one page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import optuna

from dropsearch.search.config.load import config_from, load_config
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.stored import whole
from dropsearch.search.errors import ConfigError
from dropsearch.search.fit.device import device_of
from dropsearch.search.folds.inputs import Inputs
from dropsearch.search.phases.phases import baselines, planned_fits
from dropsearch.search.registration import register
from dropsearch.search.result import Result
from dropsearch.search.workers.engines import Engine, LocalEngine, default_workers
from dropsearch.search.workers.follow import Quiet, View, follow
from dropsearch.studies.claims.optuna_study import refuse_gone
from dropsearch.studies.store.records import DONE, StudyRecord
from dropsearch.studies.store.store import Store, open_store


def launch(
    study: str | Path | Mapping[str, Any] | StudyConfig,
    *,
    storage: str | None = None,
    trials: int | None = None,
    timeout: float | None = None,
    workers: int | None = None,
    engine: Literal["local", "ray"] = "local",
    view: View | None = None,
    progress: bool = True,
) -> Result:
    """Create, resume or extend a study and run it to its answer.

    study: the path of a study.yaml, the same as a mapping (its data.path is then relative to the
    current folder), or a config. storage: see `dropsearch.studies.store.store.open_store`. trials:
    instead of search.trials. timeout: seconds for the search from now on, instead of
    search.timeout. workers: processes on this machine, by default one per core, on a GPU at most
    `ON_A_GPU`. engine: where the workers run; with "ray" `workers` is how many of the cluster's
    slots are used at most. view: told how far it is; without one a terminal or a notebook shows
    that, unless `progress` is false.

    Raises ConfigError, DataError or StudiesError for what cannot be used, and SearchError where
    no trial gave a score or the study exists with another config or other data.
    """
    config = _config(study, trials, timeout)
    with _viewed(view, progress) as view, _engine(engine, workers, config) as running:
        store, record = _registered(config, storage, view)
        if record.phase != DONE:
            deadline = config.search.timeout and time.monotonic() + config.search.timeout
            running.start(store, record.name)
            held = record.summary["holdout"] > 0
            planned = planned_fits(
                config, holdout=held, without_network=len(baselines(config, record))
            )
            with whole(store, record.name):
                follow(store, record, running, deadline=deadline, planned=planned, view=view)
            refuse_gone(store, record)
    return Result(store, record.name)


@contextmanager
def _viewed(view: View | None, progress: bool) -> Iterator[View]:
    if view is not None or not progress:
        yield view or Quiet()
        return
    from dropsearch.search.terminal.session import view_of_session

    with view_of_session() as own:
        yield own


def detach(
    study: str | Path | Mapping[str, Any] | StudyConfig,
    *,
    storage: str | None = None,
    trials: int | None = None,
    view: View | None = None,
) -> StudyRecord:
    """Create, resume or extend a study as `launch` does, and leave it to waiting workers.

    Raises what `launch` raises, and ConfigError for a time limit, which a launch has to watch.
    """
    config = _config(study, trials, None)
    if config.search.timeout is not None:
        raise ConfigError(
            "search.timeout is watched by the launch, which does not stay with --detach: set it "
            "to null, or launch without --detach."
        )
    return _registered(config, storage, view or Quiet())[1]


def _engine(kind: str, workers: int | None, config: StudyConfig) -> Engine:
    if kind == "local":
        device = device_of(config.training.accelerator)
        return LocalEngine(workers or default_workers(device))
    try:
        from dropsearch.search.workers.ray_engine import RayEngine
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise ConfigError("The engine ray needs Ray: pip install 'dropsearch[ray]'") from None
    return RayEngine(workers)


def _registered(config: StudyConfig, storage: str | None, view: View) -> tuple[Store, StudyRecord]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    view.say(f"Reading {config.data.files}")
    inputs = Inputs.of(config)
    _try(config, inputs, view)
    store = open_store(storage, create=True)
    view.say(f"Storage {store.shown}")
    record, sentences = register(store, config, inputs)
    for sentence in (*inputs.data.notes, *inputs.fold_notes, *sentences):
        view.say(sentence)
    return store, record


def _try(config: StudyConfig, inputs: Inputs, view: View) -> None:
    if config.model.network is not None:
        view.say(f"Trying {config.model.network}")

        from dropsearch.search.fit.networks import refuse_unfit  # imports torch

        refuse_unfit(config, inputs)


def _config(
    study: str | Path | Mapping[str, Any] | StudyConfig, trials: int | None, timeout: float | None
) -> StudyConfig:
    if isinstance(study, str | Path):
        config = load_config(study)
    elif isinstance(study, StudyConfig):
        config = study
    else:
        config = config_from(study, Path.cwd())
    changed = {
        key: value for key, value in (("trials", trials), ("timeout", timeout)) if value is not None
    }
    if not changed:
        return config
    mapping = config.model_dump(mode="json", exclude_unset=True)
    mapping["search"] = {**(mapping.get("search") or {}), **changed}
    return config_from(mapping, Path.cwd())
