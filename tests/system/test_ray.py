"""Workers in a Ray cluster: a real one, of several node processes on this machine."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from dropsearch.search.errors import ConfigError
from dropsearch.search.run import launch
from dropsearch.search.workers.follow import Left, Quiet
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import Progress, claims_of
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import open_store
from tests.support.databases import rows_of
from tests.support.forked import Forked, Forking
from tests.support.in_process import dropsearch
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    """A cluster whose head has no room for workers."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    settings = {
        "num_cpus": 0,
        "include_dashboard": False,
        "_system_config": {"health_check_period_ms": 500},  # a node that is gone is missed sooner
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # or other tests starve its workers
        made = cluster_utils.Cluster(True, head_node_args=settings)
        yield made
        made.shutdown()


@pytest.fixture
def cluster(head: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The head, which $RAY_ADDRESS names; a test's nodes leave it with the test."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("RAY_ADDRESS", head.address)
    yield head
    for node in list(head.worker_nodes):
        head.remove_node(node)


def pid_of(claim: Claim) -> int:
    return int(str(claim.holder).split(":")[1])


def raylet_of(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def freeze(pid: int, database: str) -> None:
    """Stop a process, but not while it holds the lock of the database."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        while not stopped(pid):
            time.sleep(0.01)
        try:
            with sqlite3.connect(database, timeout=0.2, isolation_level=None) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.05)


def stopped(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)


class Storm(Quiet):
    """At what a launch shows: its node freezes in mid-fit, another joins, the first is killed."""

    def __init__(self, cluster: Any, database: str) -> None:
        self.cluster = cluster
        self.database = database
        self.node = cluster.add_node(num_cpus=1)
        self.data = Path(database + ".artifacts") / "data"
        self._next: Callable[[Progress], None] | None = self.freeze

    def show(self, seen: Progress, left: Left | None) -> None:
        if self._next is not None and seen.running:
            self._next(seen)

    def freeze(self, seen: Progress) -> None:
        self.killed = pid_of(seen.running[0])
        freeze(self.killed, self.database)
        store = open_store(self.database, create=False)
        held = [c for c in claims_of(store, seen.study.uuid) if c.state == "running" and c.epoch]
        store.close()
        if not held:
            os.kill(self.killed, signal.SIGCONT)
            return
        (self.lost,) = held
        for file in self.data.iterdir():
            file.unlink()  # as on a machine that does not share the folder
        self.joined = self.cluster.add_node(num_cpus=1)
        self._next = self.kill

    def kill(self, seen: Progress) -> None:
        others = {pid_of(claim) for claim in seen.running} - {self.killed}
        if not others:
            return
        (self.going_on,) = others
        assert psutil.Process(self.going_on).ppid() == raylet_of(self.joined)
        self.cluster.remove_node(self.node, allow_graceful=False)
        os.kill(self.killed, signal.SIGKILL)
        self._next = None


@pytest.mark.timeout(120)
def test_a_node_that_joins_gets_work_and_the_fits_of_a_killed_one_are_done(
    study: Any, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the loss of a node is no fault of its workers
    monkeypatch.setattr("dropsearch.search.workers.ray_engine.REPLACEMENTS", 0)
    storage = str(tmp_path / "studies.db")
    storm = Storm(cluster, storage)
    asked = study(
        folds={"count": 2},
        training={"epochs": 60, "patience": None},
        search={"trials": 3, "pruner": "none"},
    )
    result = launch(asked, storage=storage, engine="ray", view=storm)
    claims = {claim.id: claim for claim in claims_of(result.store, result.record.uuid)}
    assert [claim.state for claim in claims.values()] == ["done"] * 3
    trials = load_study(result.store, result.record).get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3
    assert pid_of(storm.lost) == storm.killed
    assert pid_of(claims[storm.lost.id]) == storm.going_on
    assert (claims[storm.lost.id].attempts, claims[storm.lost.id].barren) == (2, 0)
    assert len(list(storm.data.iterdir())) == 1

    cluster.add_node(num_cpus=1, node_ip_address="127.0.0.2")
    with pytest.raises(ConfigError, match=r"1 nodes on other machines.* PostgreSQL"):
        launch(asked, storage=storage, trials=8, engine="ray")


class Helped(Quiet):
    """A plain worker comes when a launch shows for the first time how far the study is."""

    def __init__(self, storage: str, fork: Forking) -> None:
        self.storage = storage
        self._fork = fork
        self.worker: Forked | None = None

    def show(self, seen: Progress, left: Left | None) -> None:
        if self.worker is None:
            self.worker = self._fork(dropsearch, "worker", "--storage", self.storage)


@pytest.mark.timeout(120)
def test_a_full_cluster_is_not_waited_for_once_others_have_done_the_work(
    study: Any, tmp_path: Path, cluster: Any, fork: Forking
) -> None:
    import ray

    @ray.remote(num_cpus=1)
    def other_job() -> None:
        time.sleep(600)

    cluster.add_node(num_cpus=1)
    ray.init(cluster.address, logging_level="ERROR")
    job = other_job.remote()
    helped = Helped(str(tmp_path / "studies.db"), fork)
    try:
        result = launch(study(), storage=helped.storage, engine="ray", view=helped)
    finally:
        ray.cancel(job, force=True)
        ray.shutdown()
    assert result.record.phase == "done"
    assert helped.worker is not None
    assert helped.worker.wait(30) == 0
    holders = {pid_of(claim) for claim in claims_of(result.store, result.record.uuid)}
    assert holders == {helped.worker.pid}


def test_ctrl_c_lets_the_workers_of_a_local_cluster_give_their_fits_back(
    study: Any, tmp_path: Path, fork: Forking, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_worker_niceness", "0")
    asked = study(training={"epochs": 100_000, "patience": None})
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(asked))
    storage = str(tmp_path / "studies.db")
    monkeypatch.setenv("DROPSEARCH_STORAGE", storage)
    running = fork(dropsearch, "launch", "study.yaml", "--engine", "ray", "--workers", "1")
    in_mid_fit(storage)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(30) == 130
    store = open_store(storage, create=False)
    claims = claims_of(store, store.find("tones").uuid)
    assert [(claim.state, claim.attempts) for claim in claims] == [("waiting", 0)] * 4
    assert claims[0].checkpoint is not None
    assert (
        running.said().splitlines()[-1]
        == "dropsearch: interrupted; the same command goes on from here."
    )


def in_mid_fit(database: str) -> None:
    """Wait until somebody has done an epoch of a fit."""
    query = "SELECT id FROM dropsearch_claim WHERE state = 'running' AND advanced"
    wait_for(lambda: rows_of(database, query))


def test_where_ray_is_not_installed_it_is_told(study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "dropsearch.search.workers.ray_engine", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'dropsearch\[ray\]'"):
        launch(study(), engine="ray")


def test_a_cluster_that_is_not_there_is_told(study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(
        ConfigError, match=r"No Ray cluster answers at RAY_ADDRESS=127\.0\.0\.1:1: "
    ):
        launch(study(), engine="ray")
