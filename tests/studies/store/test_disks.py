"""A warning where SQLite would lie on a network file system."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from dropsearch.search.run import detach
from dropsearch.studies.store.disks import network_caution
from tests.conftest import Study


def mounted(monkeypatch: pytest.MonkeyPatch, **places: str) -> None:
    found = [SimpleNamespace(mountpoint=place, fstype=kind) for kind, place in places.items()]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: found)


@pytest.mark.parametrize("kind", ["nfs4", "CIFS", "fuse.sshfs"])
def test_a_file_on_a_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted(monkeypatch, **{"ext4": "/", kind: str(tmp_path.parent)})
    (said,) = network_caution(tmp_path / "s.db")
    assert f"({kind.lower()}), whose locks cannot be trusted" in said
    assert "take PostgreSQL" in said


def test_other_disks_and_postgresql_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert network_caution(tmp_path / "s.db") == []
    assert network_caution(None) == []
    mounted(monkeypatch, nfs="/elsewhere", ext4="/")
    assert network_caution(tmp_path / "s.db") == []
    mounted(monkeypatch)
    assert network_caution(tmp_path / "s.db") == []


def test_a_launch_says_it(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class View:
        said: list[str] = []  # noqa: RUF012

        def say(self, sentence: str) -> None:
            self.said.append(sentence)

        def show(self, *_: object) -> None: ...

    mounted(monkeypatch, nfs=str(tmp_path))
    detach(study(), storage=str(tmp_path / "s.db"), view=View())
    assert [one for one in View.said if "network file system (nfs)" in one]
