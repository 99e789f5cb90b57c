"""SequenceData as bytes: the canonical content to fingerprint, and the file that keeps it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from dropsearch.models.cells.form import Form
from dropsearch.models.data.sequence_data import SequenceData
from dropsearch.models.data.statics import Statics
from dropsearch.models.errors import DataError
from dropsearch.models.files import write_whole
from dropsearch.models.spread import Spread, repeated
from dropsearch.models.times.calendar import Calendar
from dropsearch.models.wide.unfold import WideForm

# what is said of the data, as against what it is
_ABOUT = (
    *("calendar", "time_style", "commas", "units", "form", "wide", "notes", "left_out", "doubtful"),
    "fingerprint",
)
_OF_STATICS = ("features", "categories", "levels")
_LATER = ("known", "cycles", "targets")  # which older files have not
_OF_VECTORS = ("words", "vectors")
_OF_32_BITS = ("codes", "static_codes")  # whole numbers that are not hashed as of 64
_SPREAD = ("time", "stamps")
_PIECE = 1 << 20  # rows that are hashed together
_OF_TEXT = ("text", "texts", "tokens", "vocabulary", "max_tokens", "cut", "wordless")


def content_hash(data: SequenceData) -> str:
    """SHA-256 of roles, names and values: the same for CSV and Parquet and any separator."""
    digest = hashlib.sha256()
    for piece in _canonical(data):
        digest.update(piece)
    return digest.hexdigest()


def save_data(data: SequenceData, folder: Path) -> Path:
    """Write folder/<fingerprint>.safetensors, under another name first, then renamed."""
    return _write(data, folder / f"{data.fingerprint}.safetensors")


def load_data(folder: Path, fingerprint: str) -> SequenceData:
    """Read what save_data wrote. Raises DataError where the file is missing or damaged."""
    path = folder / f"{fingerprint}.safetensors"
    data = SequenceData(**_read(path))
    if content_hash(data) != fingerprint:
        raise _damaged(path, "its content does not match its name")
    return data


def _canonical(data: SequenceData) -> Iterator[bytes | memoryview]:
    """The pieces of the content that is used, in a fixed order."""
    plain, arrays = _split(data)
    unused = [*_ABOUT]
    unused += [] if data.text is not None else _OF_TEXT
    unused += [] if data.vectors is not None else _OF_VECTORS
    unused += [] if data.statics is not None else ["statics"]
    unused += [] if data.streams else ["stride"]
    unused += [name for name in _LATER if not getattr(data, name)]
    kept = {name: value for name, value in plain.items() if name not in unused}
    yield json.dumps(kept, sort_keys=True).encode()
    for name in sorted(arrays):
        array = arrays[name]
        short = array.dtype.kind == "i" and name not in _OF_32_BITS
        kind = np.dtype(np.int64 if short else array.dtype).newbyteorder("<")
        yield f"{name} {kind.str} {array.shape}".encode()
        for first in range(0, len(array), _PIECE):
            yield np.ascontiguousarray(array[first : first + _PIECE], kind).data


def _write(data: SequenceData, path: Path) -> Path:
    """Write the file whole or not at all. Raises DataError where the disk does not take it."""
    plain, arrays = _split(data)
    text = json.dumps(plain)
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(whole, {"data": text, "sha256": hashlib.sha256(text.encode()).hexdigest()})
    try:
        write_whole(path, content)
    except OSError as error:
        raise DataError(
            f"The data cannot be kept in {path.parent} ({error.strerror or error}): make room "
            "there, or set DROPSEARCH_ARTIFACTS to another folder."
        ) from None
    return path


def _read(path: Path) -> dict[str, Any]:
    """The fields of SequenceData. Raises DataError where the file is missing or damaged."""
    try:
        with safe_open(path, "numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise DataError(
            f"The study's data {path} is missing: set DROPSEARCH_ARTIFACTS to the folder that the "
            "study was launched with, or launch it again."
        ) from None
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from None
    text = meta.get("data", "")
    if hashlib.sha256(text.encode()).hexdigest() != meta.get("sha256"):
        raise _damaged(path, "its description has changed")
    plain = json.loads(text)
    for name in ("features", "categories", "series_names", "classes", "part_names", "notes"):
        plain[name] = tuple(plain[name])
    for name in ("commas", "words", *_LATER):  # the same
        plain[name] = tuple(plain.get(name, ()))
    plain["units"] = tuple(map(tuple, plain.get("units", ())))
    plain["levels"] = tuple(tuple(level) for level in plain["levels"])
    form = plain.get("form", {})
    if form.get("skip") is not None:
        form["skip"] = tuple(form["skip"])
    plain["form"] = Form(**form)
    if plain.get("wide") is not None:
        steps = {name: tuple(columns) for name, columns in plain["wide"]["steps"].items()}
        plain["wide"] |= {"steps": steps, "aside": tuple(plain["wide"]["aside"])}
        plain["wide"] = WideForm(**plain["wide"])
    if plain["calendar"] is not None:
        offsets = tuple((at, minutes) for at, minutes in plain["calendar"].pop("offsets"))
        plain["calendar"] = Calendar(**plain["calendar"], offsets=offsets)
    if plain.get("statics") is not None:
        plain["statics"] = _statics(plain["statics"], arrays)
    if plain.get("text") is not None:
        plain["texts"] = _texts(arrays.pop("text_bytes"), arrays.pop("text_ends"))
    series = len(plain["series_names"])
    once = {name: repeated(arrays[name], series) for name in _SPREAD if name in arrays}
    return plain | arrays | once


def _damaged(path: Path, reason: str) -> DataError:
    """The error for a file whose content is not what was written."""
    return DataError(
        f"The study's data {path} is damaged ({reason}): delete this file and launch again."
    )


def _split(data: SequenceData) -> tuple[dict[str, Any], dict[str, np.ndarray | Spread]]:
    """The fields that JSON can hold, and the arrays; a field that is None is plain."""
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray | Spread] = {}
    for field in fields(data):
        value = getattr(data, field.name)
        if isinstance(value, np.ndarray | Spread):
            arrays[field.name] = value
        elif isinstance(value, Statics):
            arrays["static_values"], arrays["static_codes"] = value.values, value.codes
            plain[field.name] = {name: getattr(value, name) for name in _OF_STATICS}
        elif field.name == "texts" and value is not None:
            pieces = [text.encode() for text in value]
            arrays["text_bytes"] = np.frombuffer(b"".join(pieces), np.uint8)
            arrays["text_ends"] = np.cumsum([len(piece) for piece in pieces])
        else:
            plain[field.name] = (
                asdict(value) if isinstance(value, Calendar | Form | WideForm) else value
            )
    return plain, arrays


def _statics(plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> Statics:
    return Statics(
        features=tuple(plain["features"]),
        categories=tuple(plain["categories"]),
        levels=tuple(map(tuple, plain["levels"])),
        values=arrays.pop("static_values"),
        codes=arrays.pop("static_codes"),
    )


def _texts(joined: np.ndarray, ends: np.ndarray) -> tuple[str, ...]:
    """What _split has joined."""
    content, edges = joined.tobytes(), [0, *ends.tolist()]
    return tuple(content[a:b].decode() for a, b in pairwise(edges))
