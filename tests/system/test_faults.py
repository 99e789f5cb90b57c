"""Faults, done for real, and what is promised for each: docs/reliability.md has the whole list.

Storms of kills and outages of real length are `python -m benchmarks.faults`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

import polars as pl
import psutil
import psycopg
import pytest
import yaml

from dropsearch.search import launch
from dropsearch.search.run import detach
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.records import Claim
from dropsearch.studies.store.store import Store, open_store
from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.paths import COMMAND
from tests.support.waiting import free_port, wait_for
from tests.support.workers import run_workers


def registered(asked: dict[str, Any], storage: str) -> tuple[Store, str]:
    record = detach(asked, storage=storage)
    return open_store(storage, create=False), record.uuid


def test_a_fit_that_kills_its_worker_is_given_up_and_the_others_are_done(
    study: Any, tmp_path: Path, fork: Forking
) -> None:
    asked = study(
        model={"hidden_size": [4, 6, 8], "dropout": 0.3}, search={"sampler": "grid", "trials": 3}
    )
    store, uuid = registered(asked, str(tmp_path / "s.db"))
    assert fork(run_workers, store.url, "tones", 1, 60.0, 6).wait(100) == 0
    claims = {(claim.point or {})["hidden_size"]: claim for claim in claims_of(store, uuid)}
    assert {size: claim.state for size, claim in claims.items()} == {
        4: "done", 6: "failed", 8: "done",
    }  # fmt: skip
    assert (claims[6].attempts, claims[6].barren) == (2, 2)
    assert "died 2 times before an epoch was finished" in str(claims[6].reason)
    assert "hidden_size 6, layers 1" in str(claims[6].reason)
    trials = load_study(store, store.find("tones")).trials
    assert Counter(trial.state.name for trial in trials) == {"COMPLETE": 2, "FAIL": 1}
    failed = next(trial for trial in trials if trial.state.name == "FAIL")
    assert failed.user_attrs["reason"] == claims[6].reason


def test_a_worker_that_stood_still_for_longer_than_its_lease_drops_its_result(
    study: Any, tmp_path: Path, fork: Forking
) -> None:
    asked = study(training={"epochs": 60, "patience": None}, search={"trials": 1})
    store, uuid = registered(asked, str(tmp_path / "s.db"))

    def held(least: int = 0) -> Claim | None:
        (claim,) = claims_of(store, uuid)
        return claim if claim.holder and (claim.epoch or 0) >= least else None

    running = fork(run_workers, store.url, "tones", 2, 1.5)
    first = wait_for(lambda: held(least=5))
    worker = psutil.Process(int(first.holder.rsplit(":", 3)[1]))
    worker.suspend()
    stopped = time.monotonic()
    wait_for(lambda: (now := held()) and now.holder != first.holder)
    assert time.monotonic() - stopped > 1.4
    worker.resume()
    assert running.wait(100) == 0
    assert "its result is dropped" in running.said()
    (claim,) = claims_of(store, uuid)
    assert (claim.state, claim.attempts) == ("done", 2)
    assert claim.holder != first.holder
    (trial,) = load_study(store, store.find("tones")).trials
    assert (trial.state.name, trial.value) == ("COMPLETE", claim.value)
    assert sorted(trial.intermediate_values) == list(range(60))


def test_where_every_trial_fails_launch_ends_with_1_and_says_the_first_reason_once(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fork: Forking
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = study(training={"learning_rate": 1e38, "clip": None}, search={"trials": 3})
    Path("study.yaml").write_text(yaml.safe_dump(asked))
    launched = fork(dropsearch, "launch", "study.yaml")
    assert launched.wait(120) == 1
    assert launched.said().count("The first: ") == 1
    assert launched.said().count("diverged") == 1
    assert "Traceback" not in launched.said()
    assert list(tmp_path.glob("*.html")) == []
    dropsearch("report", "tones")
    page = Path("tones.html").read_text()
    assert "there is no answer" in page
    assert "diverged" in page


def test_eight_workers_on_postgresql_share_five_trials_and_show_no_password(
    study: Any,
    postgres: str,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An empty database, a role with a password that has every sign that means something."""
    raw, encoded = "gehe!m@:/%#?", "gehe%21m%40%3A%2F%25%23%3F"
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(host=postgres, user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{raw}'".encode())
        connection.execute(f"ALTER DATABASE {name} OWNER TO {name}".encode())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPSEARCH_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setenv(
        "DROPSEARCH_STORAGE", f"postgresql://{name}:{encoded}@/{name}?host={postgres}"
    )
    Path("study.yaml").write_text(yaml.safe_dump(study(search={"trials": 5})))
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            for process in psutil.process_iter(["cmdline"]):
                seen.update(process.info["cmdline"] or [])

    thread = threading.Thread(target=look)
    thread.start()
    command = [COMMAND, "launch", "study.yaml", "--workers", "8"]
    done = subprocess.run(command, stdout=PIPE, stderr=STDOUT, text=True, timeout=200)
    assert done.returncode == 0, done.stdout
    texts = {"launch": done.stdout}
    over.set()
    thread.join()

    store = open_store(None, create=False)
    (record,) = store.studies()
    claims = claims_of(store, record.uuid)
    assert [claim.state for claim in claims] == ["done"] * 5
    trials = load_study(store, record).trials
    assert len(trials) == 5
    assert all(trial.state.is_finished() for trial in trials)
    assert len({str(trial.params) for trial in trials}) == 5

    wrong = f"postgresql://{name}:{encoded}x@/{name}?host={postgres}"
    for arguments in (
        ["status", "tones"],
        ["report", "tones", "--csv", "tables"],
        ["export", "tones", "-o", "best.yaml"],
        ["status", "none"],
        ["list", "--storage", wrong],
    ):
        dropsearch(*arguments)
        texts[" ".join(arguments)] = "".join(capsys.readouterr())
    assert "password authentication failed" in texts.pop(f"list --storage {wrong}")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"tones.html", "best.yaml", "folds.csv"} <= {path.name for path in files}
    texts |= {str(path): path.read_bytes().decode(errors="replace") for path in files}
    texts["processes"] = "\n".join(seen)
    assert "study.yaml" in texts["processes"]
    texts["database"] = "\n".join(rows_of(store))
    assert "tones" in texts["database"]
    for place, text in texts.items():
        assert "gehe!m" not in text, place
        assert "gehe%21m" not in text, place
    store.close()


def rows_of(store: Store) -> list[str]:
    """Every row of every table, as text."""
    with store.engine.connect() as connection:
        ask = connection.exec_driver_sql
        tables = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
        return [
            str(row)
            for table in tables
            for row in ask(f'SELECT t::text FROM "{table}" t').scalars()
        ]


NASTY = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=CMD()", "a\nb", "+1-1@2")


class Tags(HTMLParser):
    """Counts the tags of a page, and keeps every event handler."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self.handlers: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] += 1
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_names_that_would_run_somewhere_stay_text(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = study(search={"trials": 2})
    plain = pl.read_csv(asked["data"]["path"])
    plain.rename({"x": "=1+1<b>"}).with_columns(
        pl.col("series").map_elements(
            lambda number: f"{NASTY[number % len(NASTY)]}{number}", return_dtype=pl.String
        ),
        pl.col("label").replace({"slow": NASTY[0], "fast": NASTY[2]}),
    ).write_csv("nasty.csv")
    asked["data"] |= {"path": "nasty.csv"}
    asked["study"] = '=<img src=x onerror=alert(1)>"&'
    Path("study.yaml").write_text(yaml.safe_dump(asked, allow_unicode=True))
    launch("study.yaml", workers=1)
    assert not dropsearch("report", asked["study"], "-o", "nasty.html", "--csv", "tables")
    page = Tags(Path("nasty.html"))
    assert "&lt;script&gt;" in Path("nasty.html").read_text()
    assert page.count["img"] == 0
    assert page.count["script"] == Path("nasty.html").read_text().count("</script>")
    assert page.handlers == []
    for table in Path("tables").iterdir():
        cells = [cell for row in pl.read_csv(table).rows() for cell in row if isinstance(cell, str)]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not dropsearch("export", asked["study"], "-o", "best.yaml")
    assert yaml.safe_load(Path("best.yaml").read_text())["study"] == asked["study"] + "-best"
    assert not dropsearch("train", "best.yaml", "-o", "model")
    assert not dropsearch("predict", "model", "nasty.csv", "-o", "predictions.csv")
    found = pl.read_csv("predictions.csv")
    assert set(found["label"]) <= {NASTY[0], NASTY[2]}  # in the user's own spelling
    assert set(found["series"]) == set(pl.read_csv("nasty.csv")["series"])


def test_the_dashboard_listens_on_this_machine_alone(tmp_path: Path, fork: Forking) -> None:
    storage = open_store(str(tmp_path / "s.db"), create=True).url
    ports = [free_port(), free_port()]
    own = ["dashboard", "--storage", storage, "--port"]
    running = [
        fork(dropsearch, *own, str(ports[0])),
        fork(dropsearch, *own, str(ports[1]), "--host", "0.0.0.0"),
    ]
    addresses = [wait_for(lambda p=process: listening(p.pid)) for process in running]
    for process in running:
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) is not None
    assert addresses == [{("127.0.0.1", ports[0])}, {("0.0.0.0", ports[1])}]
    assert "no password" not in running[0].said()
    assert "no password" in running[1].said()


def listening(pid: int) -> set[tuple[str, int]]:
    every = psutil.Process(pid).net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in every if one.status == psutil.CONN_LISTEN}
