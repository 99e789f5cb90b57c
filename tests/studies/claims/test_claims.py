"""Claims: each done by one holder, none lost, none twice; on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dropsearch.studies.claims import claims, moves
from dropsearch.studies.claims.claims import LostClaim
from dropsearch.studies.claims.leases import LeaseWatch, holder_alive, new_holder
from dropsearch.studies.claims.lifecycle import close_search, create_study, set_halted
from dropsearch.studies.claims.moves import Ask
from dropsearch.studies.claims.progress import claims_of, fold_scores, progress
from dropsearch.studies.claims.release import release_dead
from dropsearch.studies.store import records
from dropsearch.studies.store.records import Claim, StudyRecord
from dropsearch.studies.store.store import Store, open_store
from tests.support.at_once import grow, settle_same, take_all
from tests.support.paths import ROOT
from tests.support.processes import Starting

Make = Callable[..., StudyRecord]
AtOnce = Callable[..., list[Any]]
SCRIPT = ROOT / "tests" / "support" / "at_once.py"
ELSEWHERE = "another-host/12345678:1:1:00000000"


@pytest.fixture
def make_study(store: Store) -> Make:
    """Makes a study with so many claims, without Optuna's side: claims do not need it."""

    def make(count: int) -> StudyRecord:
        record = StudyRecord(
            uuid=str(uuid.uuid4()),
            name="s",
            config={"search": {"objectives": ["score"]}},
            fingerprint="f0",
            summary={},
            versions={},
            metric="rmse",
            direction="minimize",
        )
        with store.write() as session:
            session.add(record)
            session.flush()
            claims.add_rows(session, record.uuid, "search", 0, [{}] * count)
        return record

    return make


def row(fold: int, metric: float = 0.5) -> dict[str, Any]:
    return {
        "fold": fold,
        "train_loss": 0.1,
        "val_loss": 0.2,
        "metric": metric,
        "updates": 7,
        "seconds": 0.01,
    }


def taken(store: Store, record: StudyRecord, holder: str | None = None) -> Claim:
    claim = claims.take(store, record.uuid, holder or new_holder())
    assert claim is not None
    return claim


def now_of(store: Store, claim: Claim) -> Claim:
    return next(one for one in claims_of(store, claim.study) if one.id == claim.id)


def test_four_processes_take_each_claim_once(
    store: Store, make_study: Make, at_once: AtOnce
) -> None:
    record = make_study(80)
    results = at_once(4, take_all, store.url, record.uuid)
    assert sorted(number for numbers, _ in results for number in numbers) == list(range(80))
    assert sum(won for _, won in results) == 1
    done = claims_of(store, record.uuid)
    assert {(claim.state, claim.attempts) for claim in done} == {("done", 1)}
    found = store.find("s")
    assert found.phase == "done"
    assert found.ended is not None


def test_a_point_is_settled_by_one(store: Store, make_study: Make, at_once: AtOnce) -> None:
    record = make_study(4)
    assert sorted(at_once(4, settle_same, store.url, record.uuid)) == [False, False, False, True]


def test_growing_at_once_grows_once(store: Store, make_study: Make, at_once: AtOnce) -> None:
    record = make_study(3)
    assert sorted(at_once(3, grow, store.url, record.uuid)) == [False, False, True]
    assert [claim.number for claim in claims_of(store, record.uuid)] == [0, 1, 2, 3, 4]


def test_take_in_order_and_not_when_halted(store: Store, make_study: Make) -> None:
    record = make_study(2)
    first = taken(store, record)
    assert (first.number, first.state, first.attempts) == (0, "running", 1)
    set_halted(store, record.uuid, True)
    assert claims.take(store, record.uuid, new_holder()) is None
    set_halted(store, record.uuid, False)
    assert taken(store, record).number == 1
    assert claims.take(store, record.uuid, new_holder()) is None
    assert claims.take(store, "no study", new_holder()) is None


def test_equal_points_have_one_spelling(store: Store, make_study: Make) -> None:
    record = make_study(3)
    first, second, third = (taken(store, record) for _ in range(3))
    assert claims.settle(store, first, {"dropout": 0.0, "hidden_size": 64, "mask": "locked"})
    assert claims.settle(store, first, {"dropout": 0.0, "hidden_size": 64, "mask": "locked"})
    assert not claims.settle(store, second, {"mask": "locked", "hidden_size": 64.0, "dropout": 0})
    assert claims.settle(store, second, {"mask": "locked", "hidden_size": 64, "dropout": 0.1})
    assert not claims.settle(store, third, {"mask": "locked", "hidden_size": 64, "dropout": 0.1})
    assert now_of(store, second).point == {"dropout": 0.1, "hidden_size": 64, "mask": "locked"}
    assert now_of(store, third).point is None


def test_epochs_are_kept_and_replaced_from_a_resume_on(store: Store, make_study: Make) -> None:
    record = make_study(1)
    claim = taken(store, record)
    for epoch in range(4):
        claims.write_epoch(store, claim, epoch, [row(0, epoch), row(1, epoch + 0.5)])
    assert [score.metric for score in fold_scores(store, claim.id, 2)] == [2.0, 2.5]
    claims.give_back(store, claim)
    again = taken(store, record)
    assert again.epoch == 3
    claims.write_epoch(store, again, 2, [row(0, 9.0), row(1, 9.5)])
    scores = fold_scores(store, claim.id)
    assert [score.metric for score in scores] == [0.0, 0.5, 1.0, 1.5, 9.0, 9.5]
    assert now_of(store, claim).epoch == 2


def test_a_torn_epoch_is_not_kept(store: Store, make_study: Make) -> None:
    claim = taken(store, make_study(1))
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        claims.write_epoch(store, claim, 0, [row(0), row(1), row(1)])
    assert fold_scores(store, claim.id) == []
    assert now_of(store, claim).epoch is None


def test_finish_keeps_the_result_and_may_be_repeated(store: Store, make_study: Make) -> None:
    claim = taken(store, make_study(1))
    claims.attach_trial(store, claim, 7)
    for _ in range(2):
        claims.finish(store, claim, "done", value=0.25, best_epoch=3)
    kept = now_of(store, claim)
    assert (kept.state, kept.value, kept.best_epoch, kept.trial) == ("done", 0.25, 3, 7)
    with pytest.raises(LostClaim):
        claims.finish(store, claim, "failed", reason="too late")
    assert now_of(store, claim).reason is None
    assert not claims.renew(store, claim)


def test_giving_back_keeps_what_was_found_and_costs_no_attempt(
    store: Store, make_study: Make
) -> None:
    record = make_study(1)
    for _ in range(12):
        claim = taken(store, record)
        assert claims.settle(store, claim, {"dropout": 0.5})
        claims.attach_trial(store, claim, 0)
        claims.give_back(store, claim)
    kept = now_of(store, claim)
    assert (kept.state, kept.attempts, kept.barren, kept.trial) == ("waiting", 0, 0, 0)
    assert kept.point == {"dropout": 0.5}
    assert kept.holder is None


def test_killed_holder_is_seen_at_once(store: Store, make_study: Make, start: Starting) -> None:
    record = make_study(2)
    command = [sys.executable, str(SCRIPT), store.url, record.uuid]
    process = start(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    holder = process.stdout.readline().strip()
    mine = taken(store, record)
    assert holder_alive(holder) is True
    assert release_dead(store, record.uuid, LeaseWatch()) == []
    process.send_signal(signal.SIGKILL)
    while holder_alive(holder):  # not waited for: dead, though still in the table
        time.sleep(0.01)
    released = release_dead(store, record.uuid, LeaseWatch())
    assert [(claim.number, claim.state, claim.barren) for claim in released] == [(0, "waiting", 0)]
    process.wait()
    assert holder_alive(holder) is False
    assert claims.renew(store, mine)
    assert taken(store, record).number == 0


def test_holder_is_told_from_a_later_process_of_its_number() -> None:
    host, pid, start, nonce = new_holder().rsplit(":", 3)
    assert int(pid) == os.getpid()
    assert holder_alive(f"{host}:{pid}:{start}:{nonce}") is True
    assert holder_alive(f"{host}:{pid}:{start}1:{nonce}") is False
    assert holder_alive(ELSEWHERE) is None


def test_a_claim_that_its_holder_was_not_told_of_comes_first(
    store: Store, make_study: Make
) -> None:
    """The connection was lost between the commit and its answer."""
    record = make_study(3)
    first = taken(store, record, ELSEWHERE)
    assert taken(store, record, "other:1:2:3").number == 1
    assert taken(store, record, ELSEWHERE).id == first.id
    claims.finish(store, taken(store, record, ELSEWHERE), "done", value=1.0)
    assert taken(store, record, ELSEWHERE).number == 2


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def pass_time(
    store: Store, record: StudyRecord, watch: LeaseWatch, clock: Clock, steps: int
) -> list[Claim]:
    released = []
    for _ in range(steps):
        clock.now += 1.0
        released += release_dead(store, record.uuid, watch)
    return released


def test_counter_that_stands_still_for_a_lease_is_given_back(
    store: Store, make_study: Make
) -> None:
    record = make_study(2)
    silent, beating = taken(store, record, ELSEWHERE), taken(store, record, ELSEWHERE + "0")
    clock = Clock()
    watch = LeaseWatch(10.0, clock)
    assert pass_time(store, record, watch, clock, 10) == []
    assert claims.renew(store, beating)
    assert [claim.id for claim in pass_time(store, record, watch, clock, 1)] == [silent.id]
    assert pass_time(store, record, watch, clock, 9) == []
    assert [claim.id for claim in pass_time(store, record, watch, clock, 2)] == [beating.id]


def test_a_clock_that_is_off_or_stepped_makes_nobody_stale(
    store: Store, make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_study(3)
    watch, true, today = LeaseWatch(10.0), time.time, records.now
    own = new_holder()
    for hours in (0, 5, -30):
        shift = timedelta(hours=hours)
        monkeypatch.setattr(time, "time", lambda s=shift: true() + s.total_seconds())
        monkeypatch.setattr(claims, "now", lambda s=shift: today() + s)
        taken(store, record, ELSEWHERE + str(hours))
        assert release_dead(store, record.uuid, watch) == []
        assert holder_alive(own) is True
    found = claims_of(store, record.uuid)
    assert {(claim.state, claim.attempts) for claim in found} == {("running", 1)}
    assert len({claim.started.day for claim in found if claim.started}) > 1


def test_nobody_is_stale_because_the_observer_was_away(store: Store, make_study: Make) -> None:
    record = make_study(1)
    taken(store, record, ELSEWHERE)
    clock = Clock()
    watch = LeaseWatch(10.0, clock)
    pass_time(store, record, watch, clock, 9)
    clock.now += 3600.0
    assert pass_time(store, record, watch, clock, 9) == []
    watch.forget()
    assert pass_time(store, record, watch, clock, 10) == []
    assert len(pass_time(store, record, watch, clock, 1)) == 1


def test_holder_that_lost_its_claim_writes_nothing(store: Store, make_study: Make) -> None:
    record = make_study(1)
    old = taken(store, record, ELSEWHERE)
    claims.write_epoch(store, old, 0, [row(0)])
    clock = Clock()
    pass_time(store, record, LeaseWatch(2.0, clock), clock, 4)
    new = taken(store, record)
    assert new.id == old.id
    assert not claims.renew(store, old)
    late: list[Callable[[], Any]] = [
        lambda: claims.write_epoch(store, old, 1, [row(0)]),
        lambda: claims.finish(store, old, "done", value=1.0),
        lambda: claims.settle(store, old, {"dropout": 0.9}),
        lambda: claims.attach_trial(store, old, 5),
        lambda: claims.give_back(store, old),
    ]
    for call in late:
        with pytest.raises(LostClaim):
            call()
    kept = now_of(store, new)
    assert (kept.state, kept.holder, kept.epoch) == ("running", new.holder, 0)
    assert (kept.point, kept.trial, kept.value) == (None, None, None)
    assert len(fold_scores(store, old.id)) == 1


def die(store: Store, record: StudyRecord, epochs: int) -> Claim:
    """A worker takes a claim, makes its trial, finishes some epochs and dies."""
    host, pid, start, nonce = new_holder().rsplit(":", 3)
    claim = taken(store, record, f"{host}:{pid}:{start}0:{nonce}")
    claims.attach_trial(store, claim, 0)
    for epoch in range(epochs):
        claims.write_epoch(store, claim, epoch, [row(0)])
    (released,) = release_dead(store, record.uuid, LeaseWatch())
    assert released.id == claim.id
    return released


NEXT = Ask({"dropout": 0.0}, repeat=2, epochs=7)


def test_two_deaths_without_an_epoch_fail_the_claim(store: Store, make_study: Make) -> None:
    record = make_study(1)
    assert die(store, record, 0).state == "waiting"
    assert die(store, record, 2).state == "waiting"
    last = die(store, record, 0)
    assert last.state == "failed"
    assert "before an epoch was finished" in str(last.reason)
    assert claims.take(store, record.uuid, new_holder()) is None


def test_deaths_before_the_fit_was_begun_are_not_its_own(store: Store, make_study: Make) -> None:
    record = make_study(1)
    host, pid, start, nonce = new_holder().rsplit(":", 3)
    states = []
    for _ in range(10):
        taken(store, record, f"{host}:{pid}:{start}0:{nonce}")
        (released,) = release_dead(store, record.uuid, LeaseWatch())
        states.append((released.state, released.barren))
    assert states == [("waiting", 0)] * 9 + [("failed", 0)]


def test_ten_deaths_fail_the_claim(store: Store, make_study: Make) -> None:
    record = make_study(1)
    states = [die(store, record, 1).state for _ in range(10)]
    assert states == ["waiting"] * 9 + ["failed"]
    assert moves.advance(store, record.uuid, "search", "done")


def test_advance_waits_for_all_and_writes_the_next_claims(store: Store, make_study: Make) -> None:
    record = make_study(2)
    first, second = taken(store, record), taken(store, record)
    claims.finish(store, first, "done", value=1.0)
    assert not moves.advance(store, record.uuid, "search", "finalists", [NEXT])
    claims.give_back(store, second)
    assert not moves.advance(store, record.uuid, "search", "finalists", [NEXT])
    claims.finish(store, taken(store, record), "failed", reason="diverged")
    assert moves.advance(store, record.uuid, "search", "finalists", [NEXT])
    assert not moves.advance(store, record.uuid, "search", "finalists", [NEXT])
    third = taken(store, record)
    assert (third.phase, third.number, third.repeat) == ("finalists", 0, 2)
    assert (third.point, third.fixed) == ({"dropout": 0.0}, {"epochs": 7})
    assert not moves.advance(store, "no study", "search", "done")


def test_a_phase_gone_through_again_keeps_what_it_has(store: Store, make_study: Make) -> None:
    record = make_study(1)
    claims.finish(store, taken(store, record), "done", value=1.0)
    first = [Ask({"dropout": rate}) for rate in (0.0, 0.2, 0.5)]
    assert moves.advance(store, record.uuid, "search", "curve", first, plan={"look": 1})
    assert moves.any_new(store, record.uuid, "curve", first)
    claims.finish(store, taken(store, record), "done", value=0.9)
    assert moves.add_trials(store, record.uuid, [], after=1, reopen=True)
    second = [Ask({"dropout": rate}) for rate in (0.0, 0.5, 0.7)]
    assert moves.advance(store, record.uuid, "search", "curve", second)
    found = claims_of(store, record.uuid, "curve")
    states = [((claim.point or {})["dropout"], claim.state, claim.number) for claim in found]
    assert states == [(0.0, "done", 0), (0.5, "waiting", 2), (0.7, "waiting", 3)]
    assert not moves.any_new(store, record.uuid, "curve", first[:1])
    assert store.find("s").plan == {"look": 1}


def test_more_claims_reopen_a_study_that_is_done(store: Store, make_study: Make) -> None:
    record = make_study(1)
    claims.finish(store, taken(store, record), "done", value=1.0)
    assert moves.advance(store, record.uuid, "search", "done")
    assert moves.add_trials(store, record.uuid, [{}, {"dropout": 0.5}], after=1)
    found = store.find("s")
    assert (found.phase, found.ended) == ("search", None)
    assert taken(store, record).number == 1
    assert close_search(store, record.uuid, "the time is over") == 1
    assert moves.add_trials(store, record.uuid, [{}])
    numbers = [claim.number for claim in claims_of(store, record.uuid, "search")]
    assert numbers == [0, 1, 2]
    assert not moves.add_trials(store, "no study", [{}])


def test_progress(store: Store, make_study: Make) -> None:
    record = make_study(6)
    values = [0.5, 0.3, None]
    for value in values:
        claim = taken(store, record)
        claims.write_epoch(store, claim, 0, [row(0), row(1)])
        claims.write_epoch(store, claim, 1, [row(0, 0.2), row(1, 0.4)])
        claims.finish(store, claim, "done", value=value, best_epoch=1)
    claims.finish(store, taken(store, record), "failed", reason="diverged")
    claims.settle(store, taken(store, record), {"dropout": 0.5})
    seen = progress(store, record.uuid)
    assert seen is not None
    assert seen.best is not None
    assert seen.counts == {"search": {"done": 3, "failed": 1, "running": 1, "waiting": 1}}
    assert (seen.count(), seen.count("done", "failed"), seen.pruned) == (6, 4, 1)
    assert [(claim.number, claim.point) for claim in seen.running] == [(4, {"dropout": 0.5})]
    assert (seen.best.number, [score.metric for score in seen.best_scores]) == (1, [0.2, 0.4])
    assert progress(store, "no study") is None


def test_progress_of_ten_thousand_claims_is_quick(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    record, _ = create_study(
        store,
        "s",
        {"search": {"objectives": ["score"]}},
        "f",
        {},
        {},
        "rmse",
        "maximize",
        [{}] * 10_000,
    )
    with store.write() as session:
        session.execute(
            update(Claim).where(Claim.number < 9_000).values(state="done", value=Claim.number)
        )
    started = time.perf_counter()
    seen = progress(store, record.uuid)
    assert time.perf_counter() - started < 0.5
    assert seen is not None
    assert seen.count("done") == 9_000
    assert seen.best is not None
    assert seen.best.number == 8_999
    store.close()
