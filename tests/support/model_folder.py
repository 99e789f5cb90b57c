"""Model folders that somebody has changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dropsearch.models.trained.folder import MANIFEST, as_json


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """As somebody with ill intent would: the manifest fits."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][name] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (folder / MANIFEST).write_bytes(as_json(manifest))
