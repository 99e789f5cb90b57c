"""The dashboard answers known hosts alone, and says of what is not there that it is not."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import make_server

import optuna
import optuna_dashboard
import pytest
from optuna.artifacts import FileSystemArtifactStore, upload_artifact

from dropsearch.studies.dashboard.attachments import attachment_folder
from dropsearch.studies.dashboard.guard import Guard
from dropsearch.studies.dashboard.server import _Server, _Silent
from dropsearch.studies.store.store import Store, open_store
from tests.support.forked import Forking
from tests.support.in_process import dropsearch
from tests.support.waiting import free_port, wait_for

FULL, SHORT = socket.getfqdn(), socket.gethostname()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A study of Optuna's with a trial and a file."""
    store = open_store(str(tmp_path_factory.mktemp("guard") / "s.db"), create=True)
    study = optuna.create_study(storage=store.optuna, study_name="one")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    folder = attachment_folder(store)
    folder.mkdir(parents=True)
    (folder.parent / "a.txt").write_text("a")
    kept = FileSystemArtifactStore(folder)
    upload_artifact(
        artifact_store=kept, file_path=str(folder.parent / "a.txt"), study_or_trial=study
    )
    return store


@contextmanager
def served(store: Store, host: str) -> Iterator[int]:
    """The port of a dashboard that believes to listen on `host`."""
    folder = attachment_folder(store)
    app = optuna_dashboard.wsgi(store.optuna, artifact_store=FileSystemArtifactStore(folder))
    guarded: Any = Guard(app, store, host, folder)
    with make_server("127.0.0.1", 0, guarded, _Server, _Silent) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


def ask(
    port: int, path: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {"Content-Type": "application/json", **headers}
    connection.request(method, path, None if body is None else json.dumps(body), named)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply.status, content, {name.lower(): value for name, value in reply.getheaders()}


OWN = [
    *("127.0.0.1", "localhost", "[::1]", "LocalHost", "localhost."),
    *("127.0.0.1:80", "localhost:9999", "[::1]:8080"),
]
FOREIGN = [
    *("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"),
    *("", ":8080", "[::1", "127.0.0.1@evil.example", "evil.example,localhost", "2130706433"),
]
EVERYWHERE = ["192.168.7.8:8080", "[fe80::1]:8080", SHORT, FULL, f"{SHORT}.local:80"]


@pytest.mark.parametrize(
    ("host", "answered", "refused"),
    [
        ("127.0.0.1", OWN, [*FOREIGN, "192.168.7.8", "0.0.0.0"]),
        ("localhost", OWN, FOREIGN),
        ("gpu7.lab", [*OWN, "gpu7.lab:80", "GPU7.lab"], [*FOREIGN, "gpu8.lab", "192.168.7.8"]),
        ("192.168.7.8", [*OWN, "192.168.7.8:8080"], [*FOREIGN, "192.168.7.9"]),
        ("0.0.0.0", [*OWN, *EVERYWHERE], FOREIGN),
        ("::", [*OWN, *EVERYWHERE], FOREIGN),
    ],
)
def test_only_known_hosts_are_answered(
    store: Store, host: str, answered: list[str], refused: list[str]
) -> None:
    with served(store, host) as port:
        for named in answered:
            status, content, _ = ask(port, "/api/studies", Host=named)
            assert (status, b"one" in content) == (200, True), named
        for named in refused:
            for path in ("/api/studies", "/dashboard", "/"):
                status, content, _ = ask(port, path, Host=named)
                assert status == 403, named
                assert b"--host" in content
            assert ask(port, "/api/studies/1", "DELETE", Host=named)[0] == 403
        assert ask(port, "/api/studies/1")[0] == 200


def test_no_other_page_changes_a_study(store: Store) -> None:
    made = {"study_name": "two", "directions": ["minimize"]}
    with served(store, "127.0.0.1") as port:
        own = {"Host": f"localhost:{port}"}
        for origin in ("http://evil.example", "null", "http://localhost:3000", "localhost", ""):
            status, _, _ = ask(port, "/api/studies", "POST", made, Origin=origin, **own)
            assert status == 403, origin
            assert ask(port, "/api/studies/1", "DELETE", Origin=origin, **own)[0] == 403
            assert ask(port, "/api/studies", Origin=origin, **own)[0] == 200  # unread elsewhere
        assert {one.study_name for one in optuna.get_all_study_summaries(store.optuna)} == {"one"}
        origin = f"http://localhost:{port}"
        assert ask(port, "/api/studies", "POST", made, Origin=origin, **own)[0] == 201
        assert ask(port, "/api/studies/2", "DELETE", {}, Origin=origin, **own)[0] == 204


def test_no_page_from_elsewhere_reads_a_file(store: Store) -> None:
    (file,) = attachment_folder(store).iterdir()
    with served(store, "127.0.0.1") as port:
        status, content, headers = ask(
            port, f"/artifacts/1/{file.name}", Origin="http://evil.example"
        )
    assert (status, content) == (200, b"a")
    assert not [name for name in headers if name.startswith("access-control")]


BODIES: dict[str, Any] = {
    "rename": {"study_name": "three"}, "note": {"version": 0, "body": "x"},
    "tell": {"state": "Fail"}, "user-attrs": {"user_attrs": {"a": 1}}, "preference": {},
}  # fmt: skip


@pytest.mark.parametrize("number", ["999", "-1", "0", str(2**31), str(2**63), "9" * 400])
def test_what_is_not_there_is_404_without_a_traceback(
    store: Store, number: str, capfd: pytest.CaptureFixture[str]
) -> None:
    uuid = "00000000-0000-0000-0000-000000000000"
    asked = [
        *(("GET", f"/api/studies/{number}{more}") for more in ("", "?after=0", "/plot/contour")),
        ("GET", f"/api/studies/{number}/param_importances"),
        ("DELETE", f"/api/studies/{number}"),
        ("POST", f"/api/studies/{number}/rename"),
        ("PUT", f"/api/studies/{number}/note"),
        ("PUT", f"/api/studies/1/{number}/note"),
        ("POST", f"/api/studies/1/{number}/skip"),
        ("POST", f"/api/studies/{number}/preference"),
        *(("POST", f"/api/trials/{number}/{word}") for word in ("tell", "user-attrs")),
        ("GET", f"/csv/{number}"),
        *(("GET", f"/artifacts/{one}/{uuid}") for one in (number, "1", f"1/{number}")),
        *(("DELETE", f"/api/artifacts/{one}/{uuid}") for one in (number, f"1/{number}")),
    ]
    with served(store, "127.0.0.1") as port:
        for method, path in asked:
            body = BODIES.get(path.rpartition("/")[2], {}) if method != "GET" else None
            status, content, _ = ask(port, path, method, body)
            assert status == 404, (method, path, content)
            assert b"Traceback" not in content
    assert "Traceback" not in capfd.readouterr().err


def test_what_a_request_must_not_hold_is_refused_with_a_sentence(store: Store) -> None:
    refused = {"reason": "The dashboard cannot use what this request holds."}
    with served(store, "127.0.0.1") as port:
        for method, path, body in (
            *(("GET", f"/api/studies/1?after={after}", None) for after in ("x", "", "1.5", "%ff")),
            *(("POST", "/api/studies", body) for body in (None, [], 3)),
            ("POST", "/api/studies", {"study_name": "new", "directions": [3]}),
            ("POST", "/api/studies/1/rename", []),
            ("PUT", "/api/studies/1/note", 3),
        ):
            status, content, _ = ask(port, path, method, body)
            assert (status, json.loads(content)) == (400, refused), (method, path, body)
        assert ask(port, "/api/studies/1?after=0")[0] == 200
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Store, "studies", lambda _: 1 / 0)  # the database is away
            assert ask(port, "/api/studies/1?after=x")[0] == 500


def test_the_command_is_guarded(store: Store, fork: Forking) -> None:
    port = free_port()
    dashboard = fork(dropsearch, "dashboard", "--port", str(port), "--storage", store.url)
    wait_for(lambda: "optuna-dashboard: http" in dashboard.said())
    assert ask(port, "/api/studies", Host="evil.example")[0] == 403
    assert ask(port, "/api/studies", Host=f"localhost:{port}")[0] == 200
