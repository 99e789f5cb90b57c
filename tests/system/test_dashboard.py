"""optuna-dashboard on our studies: its pages in a real browser, and what is done to them there."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import optuna
import optuna_dashboard
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.trial import FrozenTrial, TrialState, create_trial
from optuna_dashboard import get_note, save_note
from optuna_dashboard._custom_plot_data import get_plotly_graph_objects

from dropsearch.search import launch
from dropsearch.search.config.load import load_config
from dropsearch.search.final.export import export_text
from dropsearch.studies.claims import lifecycle as studies
from dropsearch.studies.claims import optuna_study
from dropsearch.studies.claims.optuna_study import load_study
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.dashboard import note as dashboard_notes
from dropsearch.studies.dashboard.attachments import attachment_folder
from dropsearch.studies.dashboard.note import publish, publish_missing
from dropsearch.studies.removal import delete_study
from dropsearch.studies.store.store import Store, open_store
from tests.support import waiting
from tests.support.forked import Forking, forking
from tests.support.in_process import dropsearch

CHROMIUM = shutil.which("chromium")

wait_for = partial(waiting.wait_for, seconds=120)

Study = Any


@dataclass
class Page:
    """A dashboard that runs, and the storage it shows."""

    url: str
    storage: str

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def number(self, name: str) -> int:
        found = {one["study_name"]: one["study_id"] for one in self.studies()}
        return int(found[name])

    def studies(self) -> list[dict[str, Any]]:
        return list(self.ask("/api/studies")["study_summaries"])

    def draw(self, path: str, profile: Path) -> tuple[str, list[str]]:
        """The page's HTML after its scripts have run, and the errors of its console."""
        assert CHROMIUM is not None
        done = subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                f"--user-data-dir={profile}",
                "--window-size=1400,3000",
                "--enable-logging=stderr",
                "--virtual-time-budget=6000",
                "--dump-dom",
                self.url + path,
            ],
            text=True,
            capture_output=True,
            timeout=120,
            check=True,
        )
        console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        return done.stdout, console


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A dashboard on a new storage."""
    store = open_store(str(tmp_path_factory.mktemp("page") / "studies.db"), create=True)
    url = f"http://127.0.0.1:{(port := waiting.free_port())}"
    with forking() as fork:
        process = fork(dropsearch, "dashboard", "--port", str(port), "--storage", store.url)
        wait_for(lambda: f"{url} " in process.said())
        yield Page(url, store.url)


@dataclass
class Looks:
    """How often the dashboard was looked at during a launch, and what went wrong."""

    count: int = 0
    failures: list[Exception] = field(default_factory=list)


@pytest.fixture(scope="module")
def looks() -> Looks:
    return Looks()


@pytest.fixture(scope="module")
def ended(
    page: Page,
    looks: Looks,
    tmp_path_factory: pytest.TempPathFactory,
    study_in: Callable[[Path], Study],
) -> Store:
    """A study that came to its answer while the dashboard was looked at without a pause."""
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            try:
                for one in page.studies():
                    page.ask(f"/api/studies/{one['study_id']}")
                looks.count += 1
            except Exception as error:
                looks.failures.append(error)
            time.sleep(0.05)

    asked = study_in(tmp_path_factory.mktemp("ended"))(
        folds={"count": 2},
        model={"hidden_size": 4},
        training={"epochs": 2},
        search={"trials": 3},
        confirm={"finalists": 1, "rates": [0.3], "repeats": 1},
    )
    thread = threading.Thread(target=look)
    thread.start()
    try:
        store = launch(asked, storage=page.storage).store
        number = page.number("tones")
        wait_for(lambda: len(page.ask(f"/api/studies/{number}")["artifacts"]) == 2)
        return store
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def number(ended: Store) -> int:
    """Optuna's id of that study, which has got a trial in every other state besides."""
    number = optuna_study.ensure_study(ended, ended.find("tones"))
    done = ended.optuna.get_all_trials(number)[0]
    for state, noted in (
        (TrialState.PRUNED, {}),
        (TrialState.FAIL, {"reason": "diverged at epoch 0 of fold 1"}),
        (TrialState.RUNNING, {}),
    ):
        template = create_trial(
            state=state,
            params=done.params,
            distributions=done.distributions,
            user_attrs=noted,
        )
        ended.optuna.create_new_trial(number, template)
    return number


@pytest.fixture
def copy(ended: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy of the ended study, for a test to change."""
    path = tmp_path / "copy.db"
    with sqlite3.connect(ended.url) as source, sqlite3.connect(path) as target:
        source.backup(target)
    shutil.copytree(ended.artifacts, tmp_path / "copy.db.artifacts")
    store = open_store(str(path), create=False)
    yield store
    store.close()


def running(store: Store, name: str) -> list[FrozenTrial]:
    """Trials of Optuna's study that run and have told a score."""
    if not optuna_study.is_taken(store.optuna, name):
        return []
    trials = store.optuna.get_all_trials(store.optuna.get_study_id_from_name(name))
    return [one for one in trials if one.state == TrialState.RUNNING and one.intermediate_values]


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "",
            [
                'id="user-defined-plot:response-curve"',
                'id="user-defined-plot:overfitting"',
                "mean ± standard error",
                "worth having",
                "best.yaml",
                "report.html",
                ">accuracy<",
            ],
        ),
        ("/note", ["<strong>", "Use dropout", "±", "network is", "<td"]),
        ("/trials", ["6 Trials", "Pruned", "Fail", "Running", "fold_scores"]),
    ],
)
def test_pages_show_the_answer_and_trials_of_every_state(
    page: Page, number: int, tmp_path: Path, path: str, shown: list[str]
) -> None:
    html, console = page.draw(f"/dashboard/studies/{number}{path}", tmp_path / "profile")
    assert [piece for piece in shown if piece not in html] == []
    assert console == []


def test_the_files_are_the_exported_config_and_the_report(
    page: Page, ended: Store, number: int, tmp_path: Path
) -> None:
    found = page.ask(f"/api/studies/{number}")
    files = {one["filename"]: one["artifact_id"] for one in found["artifacts"]}
    links = dict(re.findall(r"\[(best.yaml|report.html)\]\((.*?)\)", found["note"]["body"]))
    assert links == {name: f"/artifacts/{number}/{artifact}" for name, artifact in files.items()}
    bodies = {name: urllib.request.urlopen(page.url + link).read() for name, link in links.items()}
    assert b"<html" in bodies["report.html"]
    (tmp_path / "best.yaml").write_bytes(bodies["best.yaml"])
    (tmp_path / "exported.yaml").write_text(export_text(ended, "tones", "recommended", "yaml"))
    assert load_config(tmp_path / "best.yaml") == load_config(tmp_path / "exported.yaml")


def test_the_worker_that_ends_the_study_writes_its_page(ended: Store) -> None:
    study = load_study(ended, ended.find("tones"))
    assert study.metric_names == ["accuracy"]
    said = study.user_attrs["answer"]
    assert get_note(study).startswith(f"**{said}**")
    assert study.user_attrs["verdict"] in ("helps", "no difference", "hurts", "undecided")
    assert study.user_attrs["score"].startswith("accuracy ")
    assert "not the answer" in study.user_attrs["best_trial_is"]


def test_a_persons_note_stays_and_files_are_replaced(copy: Store) -> None:
    record = copy.find("tones")
    study = load_study(copy, record)
    ours = get_note(study)
    before = {path: path.stat().st_mtime_ns for path in attachment_folder(copy).iterdir()}
    for theirs in ("", ours + " Mine."):
        save_note(study, theirs)
        publish(copy, record)
        assert get_note(study) == theirs
    assert [one.filename for one in optuna.artifacts.get_all_artifact_meta(study)] == ["best.yaml"]
    publish_missing(copy)
    after = {path: path.stat().st_mtime_ns for path in attachment_folder(copy).iterdir()}
    assert len(after) == 2
    assert after.keys() == before.keys()
    assert all(after[path] > before[path] for path in after)
    assert len(optuna.artifacts.get_all_artifact_meta(study)) == 2


def test_a_note_that_was_cut_off_is_still_ours(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(study: optuna.Study, body: str) -> None:
        raise OSError("killed before")

    def save_and_die(study: optuna.Study, body: str) -> None:
        save_note(study, body)
        raise OSError("killed after")

    record = copy.find("tones")
    study = load_study(copy, record)
    ours = get_note(study)
    monkeypatch.setattr(dashboard_notes, "WRITERS", {"note": dashboard_notes.WRITERS["note"]})
    for killed in (die, save_and_die):
        with monkeypatch.context() as patch:
            patch.setattr("optuna_dashboard.save_note", killed)
            patch.setattr(dashboard_notes, "note_of", lambda *_: "Another answer.")
            publish(copy, record)
        assert get_note(study) == (ours if killed is die else "Another answer.")
        publish(copy, record)
        assert get_note(study) == ours


def test_what_fails_is_logged_and_the_rest_is_written(
    copy: Store, caplog: pytest.LogCaptureFixture
) -> None:
    record = copy.find("tones")
    shutil.rmtree(attachment_folder(copy))
    attachment_folder(copy).write_text("a file where the folder should be")
    study = load_study(copy, record)
    copy.optuna.set_study_system_attr(study._study_id, "study:metric_names", ["other"])
    publish(copy, record)
    assert study.metric_names == ["accuracy"]
    assert "The dashboard lacks the config of 'tones'" in caplog.text


def test_a_page_lost_by_renaming_is_written_again(copy: Store) -> None:
    record = copy.find("tones")
    before = get_note(load_study(copy, record))
    number = optuna_study.ensure_study(copy, record)
    files = FileSystemArtifactStore(attachment_folder(copy))
    app = optuna_dashboard.wsgi(copy.optuna, artifact_store=files)
    name = {"study_name": "new"}
    assert ask_in_process(app, f"/api/studies/{number}/rename", "POST", name) == 201
    study = load_study(copy, record)
    assert (study.study_name, study.metric_names) == ("new", None)
    publish_missing(copy)
    study = load_study(copy, record)
    links = (f"/artifacts/{number}/", f"/artifacts/{study._study_id}/")
    assert get_note(study) == before.replace(*links)
    assert study.metric_names == ["accuracy"]
    assert len(get_plotly_graph_objects(copy.optuna.get_study_system_attrs(study._study_id))) == 2
    assert ask_in_process(app, f"/api/studies/{study._study_id}", "DELETE", {}) == 204
    assert list(attachment_folder(copy).iterdir()) == []


def ask_in_process(app: Any, path: str, method: str, body: Any) -> int:
    """Status of the dashboard's reply, without a server."""
    content = json.dumps(body).encode()
    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
    }
    setup_testing_defaults(environ)
    seen: list[str] = []
    app(environ, lambda status, *_: seen.append(status))
    return int(seen[0].split()[0])


def test_delete_removes_the_files(copy: Store) -> None:
    assert len(list(attachment_folder(copy).iterdir())) == 2
    delete_study(copy, "tones")
    assert list(attachment_folder(copy).iterdir()) == []


def test_one_connection_left_open_holds_up_no_other(page: Page) -> None:
    host, port = page.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))):
        time.sleep(0.2)
        assert page.ask("/api/meta")["artifact_is_available"]


def test_a_launch_survives_a_dashboard_that_is_looked_at(
    page: Page, ended: Store, looks: Looks
) -> None:
    assert looks.failures == []
    assert looks.count > 5
    record = ended.find("tones")
    assert record.phase == "done"
    assert {claim.state for claim in claims_of(ended, record.uuid)} == {"done"}


def test_what_is_done_there_to_a_study_that_runs(
    page: Page, study_in: Callable[[Path], Study], tmp_path: Path, fork: Forking
) -> None:
    """A trial is ended by hand, then the study is renamed, then deleted."""
    asked = study_in(tmp_path)(
        study="first", training={"epochs": 100_000, "patience": None}, search={"trials": 5}
    )
    store = open_store(page.storage, create=False)
    failures = []

    def act() -> None:
        try:
            act_on(page, store, fork)
        except BaseException as error:
            failures.append(error)
            studies.set_halted(store, store.find("first").uuid, True)

    thread = threading.Thread(target=act)
    thread.start()
    gone = "'first' are gone: Optuna's study was deleted.*`dropsearch delete first --storage "
    with pytest.raises(optuna_study.StudyGone, match=gone) as caught:
        launch(asked, storage=page.storage, workers=1)
    thread.join()
    assert failures == []
    assert caught.value.exit_code == 1
    delete_study(store, "first")
    assert "first" not in {record.name for record in store.studies()}


def act_on(page: Page, store: Store, fork: Forking) -> None:
    """Do so, while a worker of a launch and a `dropsearch worker` are at the study."""
    wait_for(lambda: running(store, "first"))
    worker = fork(dropsearch, "worker", "first", "--storage", store.url)
    try:
        wait_for(lambda: len(running(store, "first")) == 2)
        study = store.find("first").uuid

        trial = running(store, "first")[0]
        told = {"state": "Complete", "values": [0.99]}
        page.ask(f"/api/trials/{trial._trial_id}/tell", "POST", told)
        ended = wait_for(lambda: [one for one in claims_of(store, study) if one.ended])
        assert [(one.trial, one.state, one.reason) for one in ended] == [
            (trial.number, "failed", "ended in the dashboard")
        ]

        before = wait_for(lambda: epochs(store, study, least=10))
        page.ask(f"/api/studies/{page.number('first')}/rename", "POST", {"study_name": "second"})
        wait_for(lambda: "'first' is called 'second' now" in worker.said())
        assert "first" not in {one["study_name"] for one in page.studies()}
        wait_for(lambda: any(now < before.get(one, 0) for one, now in epochs(store, study).items()))

        page.ask(f"/api/studies/{page.number('second')}", "DELETE", {})
        assert worker.wait(120) == 1
    finally:
        worker.kill()
    assert re.fullmatch(
        "dropsearch: The trials of study 'first' are gone: .*", worker.said().splitlines()[-1]
    )
    assert "Traceback" not in worker.said()


def epochs(store: Store, study: str, least: int = 0) -> dict[int, int]:
    """The epoch of each fit that runs and has come so far."""
    return {
        one.id: one.epoch
        for one in claims_of(store, study)
        if one.state == "running" and one.epoch is not None and one.epoch >= least
    }
