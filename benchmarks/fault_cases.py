"""Scenarios of benchmarks.faults that are no storm: launches at once, SIGSTOP, abort, full disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import yaml

from benchmarks import databases, ledger, samples
from benchmarks.crew import Crew
from benchmarks.databases import Server
from benchmarks.outcome import Outcome
from benchmarks.stub import Settings, Stub
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import FAILED, FINISHED, RUNNING, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.disks import small_disk

COMMAND = str(Path(sys.executable).with_name("dropsearch"))
LAUNCHES, BUDGET = 8, 64
LEASE = 3.0
BUSY = 8  # processes beside those that leave


def launches(folder: Path, server: Server) -> Outcome:
    """Eight `dropsearch launch` of one study at once, on a new file and on an empty server."""
    outcome = Outcome("8 launches at once")
    study = folder / "study.yaml"
    sections = {"training": {"epochs": 60}, "search": {"trials": BUDGET, "sampler": "random"}}
    study.write_text(yaml.safe_dump(samples.mapping(folder, **sections)))
    os.environ["DROPSEARCH_ARTIFACTS"] = str(folder / "artifacts")
    for name, storage in (("SQLite", str(folder / "new.db")), ("PostgreSQL", server.database())):
        command = [COMMAND, "launch", str(study), "--workers", "1", "--storage", storage]
        logs = [(folder / f"{name}-{number}.log").open("w+") for number in range(LAUNCHES)]
        running = [subprocess.Popen(command, stdout=log, stderr=log) for log in logs]
        codes = [process.wait(500) for process in running]
        outcome.check(codes == [0] * LAUNCHES, f"{name}: exit codes {codes}")
        for log in logs:
            log.seek(0)
            text = log.read()
            fault = next((line for line in text.splitlines() if "Error" in line), None)
            outcome.check(fault is None, f"{name}: {fault}")
        store = open_store(storage, create=False)
        outcome.check(len(store.studies()) == 1, f"{name}: {len(store.studies())} studies")
        record = store.find(samples.NAME)
        databases.watch(store)
        outcome.broken += ledger.broken(store, record, BUDGET, folds=samples.FOLDS, stubbed=False)
        holders = {str(claim.holder).rsplit(":", 3)[1] for claim in claims_of(store, record.uuid)}
        outcome.check(len(holders) == LAUNCHES, f"{name}: {len(holders)} workers had fits")
        outcome.facts[name] = f"exit 0 of all, {len(holders)} worked, {BUDGET} trials"
        store.close()
    return outcome


def stopped(folder: Path, server: Server) -> Outcome:
    """A worker stands still (SIGSTOP) for longer than its lease while another takes its fit."""
    outcome = Outcome("SIGSTOP over the lease")
    for name, storage in (("SQLite", str(folder / "s.db")), ("PostgreSQL", server.database())):
        outcome.facts[name] = _stopped(name, folder, storage, outcome)
    return outcome


def _stopped(name: str, folder: Path, storage: str, outcome: Outcome) -> str:
    store, record = samples.registered(folder, storage, search={"trials": 2})
    databases.watch(store)
    crew = Crew(store, record, 2, Settings(Stub(pause=0.2), lease=LEASE, checkpoint=0.2))
    held: list[tuple[float, psutil.Process, Claim]] = []
    taken: list[float] = []

    def tick(seconds: float) -> None:
        if not held:
            found = crew.stop_one(lambda claim: claim.advanced)
            held.extend([(seconds, *found)] if found else [])
        elif not taken and _now(store, held[0][2]).holder not in (None, held[0][2].holder):
            taken.append(seconds - held[0][0])
            time.sleep(1.0)  # the other one is at it
            held[0][1].resume()

    crew.storm(every=1e9, limit=120, tick=tick)
    outcome.broken += ledger.broken(store, record, 2, folds=samples.FOLDS)
    outcome.check(bool(taken), f"{name}: no other worker took the fit")
    if not taken:
        return "not taken"
    lost = _now(store, held[0][2])
    outcome.check(lost.holder != held[0][2].holder, f"{name}: the stopped one's result stands")
    outcome.check(lost.attempts == 2, f"{name}: {lost.attempts} attempts")
    outcome.check(taken[0] >= LEASE, f"{name}: taken after {taken[0]:.1f} s")
    store.close()
    return f"taken after {taken[0]:.1f} s of a lease of {LEASE:.0f} s"


def _now(store: Store, claim: Claim) -> Claim:
    return next(one for one in claims_of(store, claim.study) if one.id == claim.id)


def aborting(folder: Path, server: Server) -> Outcome:
    """One of 12 points aborts its worker; another, healthy one is killed five times and ends."""
    outcome = Outcome("a fit that kills")
    for name, storage in (("SQLite", str(folder / "s.db")), ("PostgreSQL", server.database())):
        _aborting(name, folder, storage, outcome)
        outcome.facts[name] = "1 of 12 failed after 2 deaths, 1 done after 5 kills"
    return outcome


def _aborting(name: str, folder: Path, storage: str, outcome: Outcome) -> None:
    deadly = {"hidden_size": 16, "dropout": 0.5}
    store, record = samples.registered(
        folder,
        storage,
        model={"hidden_size": [8, 16, 32], "dropout": [0.0, 0.2, 0.5, 0.7]},
        search={"sampler": "grid"},
    )
    databases.watch(store)
    crew = Crew(store, record, 2, Settings(Stub(0.05, deadly), checkpoint=0.1))

    def wanted(claim: Claim) -> bool:
        """One and the same fit, after an epoch of the present attempt."""
        again = crew.last is None or claim.id == crew.last.id
        return again and claim.advanced and crew.killed < 5

    crew.storm(every=0.2, limit=120, wanted=wanted)
    outcome.broken += ledger.broken(store, record, 12, folds=samples.FOLDS)
    failed = [claim for claim in claims_of(store, record.uuid) if claim.state == FAILED]
    for claim in failed:
        at = {key: (claim.point or {}).get(key) for key in deadly}
        outcome.check(at == deadly, f"{name}: {at} failed")
        outcome.check(claim.barren == 2, f"{name}: failed after {claim.barren} deaths")
        said = str(claim.reason)
        outcome.check("2 times" in said and "hidden_size 16" in said, f"{name}: {said}")
    outcome.check(len(failed) == 1, f"{name}: {len(failed)} fits failed")
    assert crew.last is not None
    killed = _now(store, crew.last)
    healthy = killed.state == FINISHED and killed.attempts == 6
    outcome.check(healthy, f"{name}: killed five times: {killed.state}, {killed.attempts}")
    store.close()


def leaving(folder: Path, _: Server) -> Outcome:
    """SIGTERM to workers, eight busy processes beside them; then with the SQLite file locked, too.

    Those in the middle of a fit give it back, unless the file is locked; all are gone within 10 s.
    """
    outcome = Outcome("leaving on SIGTERM")
    sections = {"training": {"epochs": 100_000}, "search": {"trials": 8, "pruner": "none"}}
    store, record = samples.registered(folder, str(folder / "s.db"), **sections)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        for name, locked in (("loaded", False), ("loaded, locked", True)):
            took = _leave(store, record, locked)
            outcome.check(took < 10, f"{name}: gone after {took:.1f} s")
            outcome.facts[name] = f"gone after {took:.1f} s"
            held = [claim.number for claim in _running(store, record)]
            outcome.check(locked or not held, f"{name}: fits {held} were not given back")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    store.close()
    return outcome


def _leave(store: Store, record: StudyRecord, locked: bool) -> float:
    """Seconds until the last of two workers in mid-fit is gone."""
    command = [COMMAND, "worker", samples.NAME, "--storage", store.url]
    workers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    locker = None
    try:
        end = time.monotonic() + 200
        while sum(claim.advanced for claim in _running(store, record)) < len(workers):
            if time.monotonic() > end:
                raise TimeoutError("no fit has begun")
            time.sleep(0.2)
        if locked:
            locker = databases.lock_file(Path(store.url), 60)
            time.sleep(2.0)
        told = time.monotonic()
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(100)
        return time.monotonic() - told
    finally:
        for process in [*workers, *([] if locker is None else [locker])]:
            process.kill()
            process.wait()


def _running(store: Store, record: StudyRecord) -> list[Claim]:
    return [claim for claim in claims_of(store, record.uuid) if claim.state == RUNNING]


def full_disk(folder: Path, _: Server) -> Outcome:
    """The disk of states and database (a tmpfs of 8 MB) is full for 8 s, with real fits."""
    outcome = Outcome("full disk")
    with small_disk(Path(f"/tmp/dropsearch-small-{os.getpid()}"), "8m") as small:
        store, record = samples.registered(
            small,
            str(small / "s.db"),
            training={"epochs": 150},
            model={"hidden_size": [32, 64]},
            search={"trials": 8, "sampler": "random", "pruner": "none"},
        )
        databases.watch(store)
        crew = Crew(store, record, 2, Settings(checkpoint=0.3))
        filler = small / "filler"
        full: list[float] = []

        def tick(seconds: float) -> None:
            if seconds > 3 and not full:
                fill(filler)
                full.append(seconds)
            elif full and len(full) == 1:
                fill(filler)  # what a fit that ended has left
                if seconds > full[0] + 8:
                    full.append(shutil.disk_usage(small).free)
                    filler.unlink()

        crew.storm(every=1e9, limit=240, tick=tick)
        outcome.check(len(full) == 2 and full[1] < 65536, f"the disk was not full: {full[1:]}")
        outcome.broken += ledger.broken(store, record, 8, folds=samples.FOLDS, stubbed=False)
        states = [claim.state for claim in claims_of(store, record.uuid, SEARCH)]
        outcome.check(states == [FINISHED] * 8, f"fits: {states}")
        store.close()
        with sqlite3.connect(small / "s.db") as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchall()
        outcome.check(whole == [("ok",)], f"the database: {whole[:2]}")
        torn = list((small / "artifacts").rglob(".*"))
        outcome.check(not torn, f"torn files: {torn[:3]}")
        outcome.facts = {"disk": "tmpfs of 8 MB, full for 8 s", "fits": f"{len(states)} done"}
    return outcome


def fill(path: Path) -> None:
    """Write until nothing more is taken."""
    with path.open("ab", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
