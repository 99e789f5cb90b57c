"""What has to hold of the disks: of the SQLite file and where it lies, of the artifacts' folder."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import psutil

from dropsearch.studies.errors import StudiesError
from dropsearch.studies.store.address import nearby

ARTIFACTS = "DROPSEARCH_ARTIFACTS"
NO_DATABASE = "The storage {} is a file, but no SQLite database: name another one."
SMALLEST = 512  # bytes of an SQLite file that is not empty

NETWORK = (
    *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre"),
    *("gpfs", "beegfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone"),
)


def usable_folder(path: Path) -> Path:
    """The path, where a folder of artifacts is or can be made; else StudiesError."""
    mend = f"Move it away, or set {ARTIFACTS} to another folder."
    try:
        there = next(place for place in (path, *path.parents) if place.exists())
        if not there.is_dir():
            raise StudiesError(
                f"Data and checkpoints go into the folder {path}, but {there} is a file. {mend}"
            )
    except OSError as error:
        raise StudiesError(
            f"Data and checkpoints cannot go into the folder {path}: {error.strerror}. {mend}"
        ) from None
    return path


def check_file(path: Path, *, create: bool) -> None:
    """Make sure that a file for SQLite is at `path`; with `create` an empty one is put there.

    It is not read: closing a file that SQLite has open in this process would end its locks.
    """
    try:
        if path.is_dir():
            raise StudiesError(f"The storage {path} is a folder: name a file in it.")
        if not path.exists():
            if not create:
                near = nearby(path)
                option = f"--storage {shlex.quote(str(near))}"
                hint = "" if near is None else f" Near it lies {near}: {option}"
                raise StudiesError(f"There is no database at {path}.{hint}")
            if not path.parent.is_dir():
                raise StudiesError(
                    f"The folder {path.parent} of the storage does not exist: make it first."
                )
            path.touch()
        if not path.is_file():
            raise StudiesError(f"The storage {path} is not a plain file: name one.")
        if 0 < path.stat().st_size < SMALLEST:
            raise StudiesError(NO_DATABASE.format(path))
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise StudiesError(
                f"The storage {path} cannot be written: dropsearch needs to write to the file and "
                "to its folder, also for reading (SQLite keeps its journal there)."
            )
    except OSError as error:
        raise StudiesError(f"The storage {path} cannot be used: {error.strerror}.") from None


def network_caution(path: Path | None) -> list[str]:
    """A sentence where the SQLite file at `path` lies on one; None: PostgreSQL."""
    if path is None:
        return []
    kind = _file_system(path)
    if kind not in NETWORK:
        return []
    return [
        f"Warning: {path} lies on a network file system ({kind}), whose locks cannot be trusted: "
        "SQLite may lose data there. Put it on a disk of this machine, or take PostgreSQL for "
        "workers on several machines."
    ]


def _file_system(path: Path) -> str:
    """The kind of the file system that the path lies on, "" where it cannot be told."""
    mounted = {Path(one.mountpoint): one.fstype.lower() for one in psutil.disk_partitions(all=True)}
    return next((mounted[place] for place in (path, *path.parents) if place in mounted), "")
