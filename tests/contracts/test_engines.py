"""Where the workers of a launch run: forked from a server, spawned, and in a Ray cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from dropsearch.search.run import detach
from dropsearch.search.workers import engines
from dropsearch.search.workers.engines import Engine, LocalEngine
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store, open_store
from tests.support.processes import loads_torch
from tests.support.waiting import wait_for

LEAVING = 10  # seconds; docs/reliability.md


@pytest.fixture(scope="module")
def ray_engine() -> Iterator[Any]:
    """The module of Ray's engine, for whose workers there is a cluster of one CPU."""
    ray = pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # or other tests starve its workers
        ray.init("local", num_cpus=1, include_dashboard=False, logging_level="ERROR")
        from dropsearch.search.workers import ray_engine

        yield ray_engine
        ray.shutdown()


@pytest.fixture(params=["forkserver", "spawn", "ray"])
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Where the engine's limits stand."""
    if request.param == "ray":
        return request.getfixturevalue("ray_engine")
    monkeypatch.setattr(engines, "_start_method", lambda: request.param)
    return engines


@pytest.fixture
def engine(module: Any) -> Engine:
    """One of one worker."""
    return LocalEngine(1) if module is engines else module.RayEngine(1)


@pytest.fixture
def stored(study: Any, tmp_path: Path) -> Callable[..., Store]:
    """Makes the store of a study that waits for workers."""

    def make(epochs: int, trials: int) -> Store:
        asked = study(
            training={"epochs": epochs, "patience": None},
            search={"trials": trials, "pruner": "none"},
        )
        detach(asked, storage=str(tmp_path / "s.db"))
        return open_store(str(tmp_path / "s.db"), create=False)

    return make


def claims_in(store: Store) -> list[Claim]:
    return claims_of(store, store.find("tones").uuid)


def in_mid_fit(store: Store) -> int | None:
    """The process that runs a fit of which an epoch is done."""
    running = [claim for claim in claims_in(store) if claim.state == "running" and claim.epoch]
    return int(str(running[0].holder).split(":")[1]) if running else None


def until_none_runs(engine: Engine, store: Store) -> None:
    wait_for(lambda: not engine.running(done=store.find("tones").phase == "done"), seconds=120)
    engine.join()


def test_a_worker_that_dies_is_replaced_and_each_claim_is_done_once(
    engine: Engine, stored: Callable[..., Store]
) -> None:
    store = stored(epochs=40, trials=2)
    with engine:
        engine.start(store, "tones")
        killed = wait_for(lambda: in_mid_fit(store))
        os.kill(killed, signal.SIGKILL)
        until_none_runs(engine, store)
    assert (engine.replaced, engine.gave_up) == (1, None)
    first, second = claims_in(store)
    assert (first.state, first.attempts) == ("done", 2)
    assert (second.state, second.attempts) == ("done", 1)
    assert first.holder == second.holder
    assert str(first.holder).split(":")[1] != str(killed)
    for trial in load_study(store, store.find("tones")).trials:
        assert trial.state.name == "COMPLETE"
        assert sorted(trial.intermediate_values) == list(range(40))


def test_a_worker_that_is_asked_to_leave_gives_its_fit_back_in_time(
    engine: Engine, stored: Callable[..., Store]
) -> None:
    store = stored(epochs=100_000, trials=1)
    with engine:
        engine.start(store, "tones")
        process = psutil.Process(wait_for(lambda: in_mid_fit(store)))
        begun = time.monotonic()
        engine.ask_to_leave()
        until_none_runs(engine, store)
        assert time.monotonic() - begun < LEAVING
    (claim,) = claims_in(store)
    assert (claim.state, claim.attempts) == ("waiting", 0)
    assert claim.checkpoint is not None
    assert engine.gave_up is None
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process is held to cores")
def test_there_is_a_worker_for_each_core_that_may_be_used() -> None:
    cores = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(cores)})
        assert engines.default_workers() == engines.default_workers("cuda") == 1
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names may have another length")
@pytest.mark.parametrize(("length", "method"), [(75, "forkserver"), (76, "spawn")])
def test_workers_begin_otherwise_where_the_servers_socket_would_have_too_long_a_name(
    length: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(dir="/tmp") as short:
        folder = Path(short, "x" * (length - len(short) - 1))
        named = Path(f"{folder}/pymp-12345678/listener-12345678")
        named.parent.mkdir(parents=True)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        assert engines._start_method() == method
        with socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.bind(str(named))
        assert named.exists() == (method == "forkserver")


def test_a_worker_that_is_loading_hears_no_ctrl_c(
    stored: Callable[..., Store],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(engines, "_start_method", lambda: "spawn")
    store = stored(epochs=3, trials=1)
    with LocalEngine(1) as engine:
        engine.start(store, "tones")
        (worker,) = workers()
        os.kill(worker, signal.SIGINT)
        wait_for(lambda: loads_torch(worker))
        os.kill(worker, signal.SIGINT)
        time.sleep(0.5)
        assert engine.running(done=False)
        assert engine.replaced == 0
    assert capfd.readouterr().err == ""


def test_where_workers_die_again_and_again_the_reason_is_told(
    engine: Engine, module: Any, stored: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLACEMENTS", 1)
    store = stored(epochs=3, trials=1)
    killed: set[int] = set()

    def ended() -> bool:
        for pid in workers() - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        return not engine.running(done=False)

    with engine:
        engine.start(store, "tones")
        wait_for(ended, seconds=120)
    assert len(killed) == 2
    assert engine.gave_up is not None
    assert engine.gave_up.startswith("1 workers have died one after another")
    assert ("exit code -9" if module is engines else "died unexpectedly") in engine.gave_up
    assert [claim.state for claim in claims_in(store)] == ["waiting"]


def workers() -> set[int]:
    """The processes of our engines, whatever they do yet."""
    ours = {process.pid for process in multiprocessing.active_children()}
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended since
            if one.name().startswith("ray::Slot"):
                ours.add(one.pid)
    return ours
