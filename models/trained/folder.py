"""A folder of plain files with a manifest: written whole or not at all, read if nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
from safetensors import SafetensorError

from dropsearch.models.errors import ModelsError

FORMAT = 1
MANIFEST, WEIGHTS, CONFIG = "manifest.json", "model.safetensors", "config.yaml"
PREPARATION, ABOUT, CARD = "preparation.json", "about.json", "README.md"
FILES = (CARD, ABOUT, CONFIG, WEIGHTS, PREPARATION)
_LARGEST = 4_000_000  # bytes of a file that does not grow with the data
_MEMORY_PER_BYTE = {WEIGHTS: 3, PREPARATION: 60}
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder`, which takes its name at the end; gone where anything fails.

    Raises ModelsError where `folder` holds something already, or cannot be written.
    """
    folder = Path(os.path.realpath(folder))
    draft = folder.parent / f".{uuid4().hex}"  # a name may have the full length already
    try:
        _refuse_place(folder)
        draft.mkdir()
        yield draft
        if folder.is_dir():  # empty, and not replaced by itself everywhere
            folder.rmdir()
        draft.replace(folder)
    except OSError as error:
        reason = error.strerror or error
        raise ModelsError(f"The model cannot be written to {folder} ({reason}).") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _refuse_place(folder: Path) -> None:
    try:
        folder.stat()
    except FileNotFoundError:
        return
    if not folder.is_dir():
        raise ModelsError(f"{folder} is a file: name a folder that does not exist yet.")
    if any(folder.iterdir()):
        raise ModelsError(f"{folder} is not empty: name a folder that does not exist yet.")
    if os.path.ismount(folder):
        raise ModelsError(
            f"{folder} is where a disk is mounted, and a finished model cannot take its place: "
            f"name a folder in it, {folder / 'model'}."
        )


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files and their manifest into an empty folder, down to the disk."""
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    manifest = as_json({"format": FORMAT, "files": files})
    for name, content in {**contents, MANIFEST: manifest}.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def read_files(folder: Path) -> dict[str, bytes]:
    """The files that the manifest names, each with the size and the hash that it says.

    Raises ModelsError naming the file that is no good.
    """
    try:
        if not folder.is_dir():
            there = "is a file" if folder.exists() else "does not exist"
            raise ModelsError(f"{folder} {there}: name a folder that dropsearch train has written.")
        if not (folder / MANIFEST).exists():
            raise ModelsError(
                f"{folder} is no model: it has no {MANIFEST}. Name a folder that dropsearch train "
                "has written."
            )
    except OSError as error:
        raise ModelsError(f"{folder} cannot be read ({error.strerror}): check its name.") from None
    text = _read(folder, MANIFEST, None)
    with whole(folder / MANIFEST):
        manifest = json.loads(text)
        written = manifest["format"]
    if type(written) is int and FORMAT < written < 1000:
        raise ModelsError(
            f"{folder} was written by a later dropsearch, in format {written}; this one reads "
            f"{FORMAT}. Update it: pip install -U dropsearch"
        )
    with whole(folder / MANIFEST):
        if written != FORMAT:
            raise ValueError(f"format {written} where {FORMAT} is read")
        files = manifest["files"]
        if sorted(files) != sorted(FILES) or as_json(manifest) != text:
            raise ValueError("it is not as dropsearch train writes it")
        sizes = {name: int(files[name]["bytes"]) for name in FILES}
        hashes = {name: str(files[name]["sha256"]) for name in FILES}
    contents = {}
    for name in FILES:
        contents[name] = _read(folder, name, sizes[name])
        if hashlib.sha256(contents[name]).hexdigest() != hashes[name]:
            raise _damaged(folder / name, "its content does not match its hash")
    return contents


def _read(folder: Path, name: str, size: int | None) -> bytes:
    """A plain file of the folder itself, of so many bytes; the manifest has at most 64 KB."""
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            there = "is missing" if not path.exists() else "is no plain file"
            raise _damaged(path, f"it {there}")
        found = path.stat().st_size
        if found != size and (size is not None or found > 65_536):
            raise _damaged(path, f"it has {found:,} bytes" + (f", not {size:,}" if size else ""))
        if found > _most(name):
            raise _damaged(path, f"it has {found:,} bytes, more than such a file has or fits here")
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None


def _most(name: str) -> float:
    """Bytes of a file that are read."""
    free = psutil.virtual_memory().available
    return free / _MEMORY_PER_BYTE[name] if name in _MEMORY_PER_BYTE else _LARGEST


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """What goes wrong inside with a file's content is a ModelsError that it is damaged."""
    try:
        yield
    except (*_FAULTS, SafetensorError, ModelsError) as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, reason: str) -> ModelsError:
    return ModelsError(
        f"The model's file {path} is damaged ({' '.join(reason.split())[:200]}): take another copy "
        "of the folder, or train again."
    )


def as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
