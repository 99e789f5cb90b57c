"""Scenarios of benchmarks.faults: workers that hold a claim are killed, again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import databases, ledger, samples
from benchmarks.crew import Crew
from benchmarks.databases import Server
from benchmarks.outcome import Outcome
from benchmarks.stub import Settings, Stub
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.records import FAILED, FINISHED, SEARCH, Claim, StudyRecord
from dropsearch.studies.store.store import Store

BUDGET = 200
EVERY = 2.0  # seconds between two kills
STUBBED = Settings(Stub(pause=0.05), checkpoint=0.2)
LOCKED = 20.0

REAL: dict[str, Any] = {
    "model": {"hidden_size": 8},
    "training": {"epochs": 60},
    "search": {"trials": 8, "sampler": "random", "pruner": "none"},
    "confirm": {"finalists": 2, "repeats": 2, "rates": [0.3]},
    "folds": {"holdout": 0.25},
}
KILLS = 5  # in each phase
PHASES = ("search", "finalists", "curve", "holdout")


def storm(
    name: str,
    folder: Path,
    storage: str,
    workers: int,
    tick: Callable[[float], None] = lambda _: None,
) -> Outcome:
    """So many workers through a budget of 200 stub fits of half a second, one killed every 2 s."""
    outcome = Outcome(name)
    store, record = samples.registered(
        folder, storage, search={"trials": BUDGET}, training={"epochs": 10}
    )
    databases.watch(store)
    crew = Crew(store, record, workers, STUBBED)
    seconds = crew.storm(every=EVERY, limit=900, tick=tick)
    outcome.broken += ledger.broken(store, record, BUDGET, folds=samples.FOLDS)
    claims = claims_of(store, record.uuid, SEARCH)
    states = Counter(trial.state.name for trial in load_study(store, record).get_trials())
    outcome.facts = {
        "workers": workers,
        "finished": sum(claim.state in (FINISHED, FAILED) for claim in claims),
        **{state.lower(): number for state, number in sorted(states.items())},
        "killed": crew.killed,
        "taken up again": sum(claim.attempts > 1 for claim in claims),
        "seconds": round(seconds),
    }
    outcome.check(crew.killed >= seconds / EVERY / 2, f"only {crew.killed} kills landed")
    store.close()
    return outcome


def sqlite(folder: Path, _: Server) -> Outcome:
    return storm("kills, SQLite", folder, str(folder / "s.db"), 4)


def postgres(folder: Path, server: Server) -> Outcome:
    return storm("kills, PostgreSQL", folder, server.database(), 8)


def sqlite_locked(folder: Path, _: Server) -> Outcome:
    """An other process holds the file's lock for 20 s, from the 8th second on."""
    path, lockers = folder / "s.db", []

    def tick(seconds: float) -> None:
        if seconds > 8 and not lockers:
            lockers.append(databases.lock_file(path, LOCKED))

    outcome = storm("kills, SQLite locked", folder, str(path), 4, tick)
    outcome.check(bool(lockers) and lockers[0].wait(60) == 0, "the file was not locked for 20 s")
    outcome.facts["locked"] = f"{LOCKED:.0f} s"
    return outcome


def postgres_stopped(folder: Path, server: Server) -> Outcome:
    """The server is stopped (immediate) at the 6th and the 22nd second, for 8 s each time."""
    plan = [(6.0, server.stop), (14.0, server.start), (22.0, server.stop), (30.0, server.start)]
    stops = 0

    def tick(seconds: float) -> None:
        nonlocal stops
        if plan and seconds > plan[0][0]:
            _, act = plan.pop(0)
            act()
            stops += act == server.stop

    try:
        outcome = storm("kills, PostgreSQL stops", folder, server.database(), 8, tick)
    finally:
        server.start()
    outcome.check(stops == 2 and not plan, "the server was not stopped twice")
    outcome.facts["stopped"] = "2 times 8 s"
    return outcome


def real_fits(folder: Path, server: Server) -> Outcome:
    """Real fits, five kills in every phase, on both databases; the answer of an unkilled run."""
    outcome = Outcome("kills of real fits")
    whole = _run(folder, str(folder / "whole.db"), {}, outcome)
    for name, storage in (("SQLite", str(folder / "cut.db")), ("PostgreSQL", server.database())):
        kills = dict.fromkeys(PHASES, KILLS)
        found = _run(folder, storage, kills, outcome)
        outcome.check(not any(kills.values()), f"{name}: kills that did not land: {kills}")
        for what in ("claims", "scores", "answer"):
            same = found[what] == whole[what]
            outcome.check(same, f"{name}: {what} differ: {_difference(found[what], whole[what])}")
        outcome.facts[name] = f"{KILLS} kills in each of {len(PHASES)} phases"
    outcome.facts["fits"] = sum(whole["claims"].values())
    outcome.facts["fold scores, equal bit for bit"] = len(whole["scores"])
    return outcome


def _run(folder: Path, storage: str, kills: dict[str, int], outcome: Outcome) -> dict[str, Any]:
    """Two workers through all phases, so many killed in each; what came out."""
    store, record = samples.registered(folder, storage, **REAL)
    databases.watch(store)
    crew = Crew(store, record, 2, Settings(checkpoint=0.1))

    def wanted(claim: Claim) -> bool:
        return claim.advanced and kills.get(claim.phase, 0) > 0

    def tick(_: float) -> None:
        nonlocal seen
        if crew.killed > seen and crew.last is not None:
            seen = crew.killed
            kills[crew.last.phase] -= 1

    seen = 0
    seconds = crew.storm(every=0.1, limit=900, wanted=wanted, tick=tick)
    tick(seconds)
    outcome.broken += ledger.broken(
        store, record, REAL["search"]["trials"], folds=samples.FOLDS, stubbed=False
    )
    found = {
        "claims": _ended(store, record),
        "scores": ledger.scores(store, record),
        "answer": _answer(store, record),
    }
    store.close()
    return found


def _ended(store: Store, record: StudyRecord) -> dict[str, int]:
    claims = claims_of(store, record.uuid)
    return dict(Counter(f"{claim.phase} {claim.state}" for claim in claims))


def _answer(store: Store, record: StudyRecord) -> dict[str, Any]:
    chosen = recommend(store, record)
    return {} if chosen is None else chosen.as_dict()


def _difference(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return [(key, one.get(key), other.get(key)) for key in keys[:2]]
