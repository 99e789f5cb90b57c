"""docker-compose.yml and Dockerfile, as far as they can be checked without a Docker engine."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.compose_file import DOCKERFILE, FILE, PASSWORD, resolved
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(resolved(PASSWORD)["services"])


def verdict(content: Any, path: Path) -> subprocess.CompletedProcess[str]:
    """That of check-jsonschema, which carries the schema of compose-spec."""
    path.write_text(json.dumps(content))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(path)], capture_output=True, text=True)


def test_the_file_keeps_to_the_specification(tmp_path: Path) -> None:
    content = resolved(PASSWORD)
    done = verdict(content, tmp_path / "compose.json")
    assert done.returncode == 0, done.stdout
    content["services"]["worker"]["stop_grace"] = "30s"
    done = verdict(content, tmp_path / "wrong.json")
    assert done.returncode == 1
    assert "stop_grace" in done.stdout


def compose_client() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        try:
            subprocess.run([*command, "version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return None


def test_a_compose_client_reads_the_same(services: dict[str, Any], tmp_path: Path) -> None:
    client = compose_client()
    if client is None:
        pytest.skip("no compose client is installed")

    def read(password: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "POSTGRES_PASSWORD": password}
        command = [*client, "--file", str(FILE), "config"]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    refused = read("")
    assert refused.returncode != 0
    assert "set POSTGRES_PASSWORD in .env" in refused.stderr
    done = read("p@:/%#?")
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)["services"]
    assert found.keys() == services.keys()
    assert found["postgres"]["healthcheck"]["test"] == services["postgres"]["healthcheck"]["test"]
    for name in ("worker", "dashboard"):
        assert found[name]["command"] == services[name]["command"]
        assert found[name]["environment"]["PGPASSWORD"] == "p@:/%#?"


def test_the_password_is_asked_for_and_stands_in_no_url(services: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{.*?\}", FILE.read_text()))
    assert asked == {"${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}"}
    with pytest.raises(ValueError, match=r"set POSTGRES_PASSWORD in \.env"):
        resolved("")
    for name in ("worker", "dashboard"):
        assert services[name]["environment"]["PGPASSWORD"] == PASSWORD
        assert PASSWORD not in services[name]["environment"]["DROPSEARCH_STORAGE"]


def test_the_dashboard_alone_is_published_and_on_loopback(services: dict[str, Any]) -> None:
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}
    assert published == {"dashboard": ["127.0.0.1:8080:8080"]}
    assert not any("network_mode" in one for one in services.values())


def test_images_are_of_a_fixed_version(services: dict[str, Any]) -> None:
    images = [one["image"] for one in services.values() if "image" in one]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) == 2
    assert [image for image in images if not re.search(r":\d", image)] == []


def let_through(path: str) -> bool:
    """Whether .dockerignore lets the file into the build; the last pattern that matches counts."""
    folders = [str(folder) for folder in Path(path).parents if folder.name]
    kept = True
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!")
        names = Path(path).parts if pattern.startswith("**/") else [path, *folders]
        if any(fnmatch.fnmatch(name, pattern.removeprefix("**/")) for name in names):
            kept = line.startswith("!")
    return kept


def test_the_build_gets_what_the_package_is_made_of_and_no_more() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    tracked = set(filter(None, listed.stdout.decode().split("\0")))
    wanted = {path for path in tracked if Path(path).parts[0] in sources}
    assert {Path(path).parts[0] for path in wanted} == sources
    assert {path for path in tracked if let_through(path)} == wanted
    for path in (".env", "studies.db", "models/__pycache__/lstm.cpython-311.pyc"):
        assert not let_through(path)
    assert {"models", "search", "studies", "setup.py"} < sources


def test_the_image_runs_as_a_user_who_may_write_to_the_volume(services: dict[str, Any]) -> None:
    (user,) = re.findall(r"^USER (\w+)", DOCKERFILE, re.MULTILINE)
    assert user != "root"
    # A new volume takes over the owner of the image's folder at that place.
    (folder,) = re.findall(rf"install -d -o {user} (\S+)", DOCKERFILE)
    for name in ("worker", "dashboard"):
        assert services[name]["volumes"] == [f"artifacts:{folder}"]
        assert services[name]["environment"]["DROPSEARCH_ARTIFACTS"] == folder
