"""Network file systems, on which SQLite's locks cannot be trusted."""

from __future__ import annotations

from pathlib import Path

import psutil

NETWORK = (
    *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre"),
    *("gpfs", "beegfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone"),
)


def network_caution(path: Path | None) -> list[str]:
    """A sentence where the SQLite file at `path` lies on one; None: PostgreSQL."""
    if path is None:
        return []
    kind = _file_system(path.resolve())
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
