"""A trained model on disk: a folder of plain files, none of which can run code.

M networks.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import psutil
import torch
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.names import Kind, Mask, Pooling, Task
from dropsearch.models.trained.reader import STRICT, Reader, check, plain, prepared_from, valid

FORMAT = 1
MANIFEST, WEIGHTS, CONFIG = "manifest.json", "model.safetensors", "config.yaml"
PREPARATION, ABOUT, CARD = "preparation.json", "about.json", "README.md"
FILES = (CARD, ABOUT, CONFIG, WEIGHTS, PREPARATION)
Size = Annotated[PositiveInt, Field(lt=2**53)]
_LARGEST = 4_000_000  # bytes of a file that does not grow with the data
_MEMORY_PER_BYTE = {WEIGHTS: 3, PREPARATION: 60}
_STATE = "_extra_state"  # of the masks' generator, which a prediction seeds anew
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class _Network(BaseModel):
    """The arguments of DropoutLSTM that a number, a word or a list can be, less the seed."""

    model_config = STRICT

    features: NonNegativeInt
    outputs: PositiveInt
    task: Task
    hidden_size: PositiveInt
    layers: PositiveInt
    bidirectional: bool
    pooling: Pooling
    dropout: float | dict[str, float]
    mask: Mask
    recurrent: Kind
    vocabulary: PositiveInt | None
    embedding_size: PositiveInt
    class_weights: tuple[float, ...] | None
    learning_rate: float
    weight_decay: float


class _Coverage(BaseModel):
    """How much of the holdout the band covered."""

    model_config = STRICT

    share: Annotated[float, Field(ge=0, le=1)]
    examples: Size
    samples: Size


class _Held(BaseModel):
    model_config = ConfigDict(extra="allow")

    coverage: _Coverage | None = None


class _About(BaseModel):
    """What predictions need of about.json; the rest of it is for people."""

    model_config = ConfigDict(extra="allow")

    network: _Network
    holdout: _Held | None


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model folder that was read and found whole; the networks are not built yet."""

    folder: Path
    arguments: dict[str, Any]  # of DropoutLSTM
    weights: tuple[dict[str, Tensor], ...]  # (M,)
    reader: Reader
    preparation: Preparation
    about: dict[str, Any]

    def networks(self) -> list[DropoutLSTM]:
        """The M networks, in evaluation."""
        made = []
        with _whole(self.folder / ABOUT):
            for weights in self.weights:
                network = DropoutLSTM(**self.arguments)
                network.load_state_dict(weights | {_STATE: network.get_extra_state()})
                made.append(network.eval())
        return made


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


def write_bundle(
    folder: Path,
    networks: Sequence[DropoutLSTM],
    reader: Reader,
    preparation: Preparation,
    *,
    config: str,
    about: Mapping[str, Any],
    card: str,
) -> None:
    """Write the files of a model into an empty folder; about: ready for JSON."""
    tensors = {
        f"{number}.{name}": tensor.contiguous()
        for number, network in enumerate(networks)
        for name, tensor in network.state_dict().items()
        if name != _STATE
    }
    arguments = {name: networks[0].hparams[name] for name in _parameters() - {"seed"}}
    prepared = {"reader": asdict(reader), "preparation": plain(preparation)}
    contents = {
        CARD: card.encode(),
        ABOUT: _json(dict(about) | {"network": arguments}),
        CONFIG: config.encode(),
        WEIGHTS: save(tensors),
        PREPARATION: _json(prepared),
    }
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    contents[MANIFEST] = _json({"format": FORMAT, "files": files})
    for name, content in contents.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def read_bundle(folder: Path) -> Bundle:
    """Read and check a model folder. Raises ModelsError naming the file that is no good."""
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
    contents = _contents(folder)
    with _whole(folder / PREPARATION):
        reader, preparation = prepared_from(contents[PREPARATION])
    with _whole(folder / ABOUT):
        about = valid(_About, contents[ABOUT]).model_dump()
        arguments = _arguments(about["network"], reader, preparation)
    with _whole(folder / WEIGHTS):
        weights = _weights(contents[WEIGHTS], arguments)
    return Bundle(folder, arguments, weights, reader, preparation, about)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_FAULTS, SafetensorError, ModelsError) as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, reason: str) -> ModelsError:
    return ModelsError(
        f"The model's file {path} is damaged ({' '.join(reason.split())[:200]}): take another copy "
        "of the folder, or train again."
    )


def _contents(folder: Path) -> dict[str, bytes]:
    """The files that the manifest names, each with the size and the hash that it says."""
    text = _read(folder, MANIFEST, None)
    with _whole(folder / MANIFEST):
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise ValueError(f"format {manifest['format']} where {FORMAT} is read")
        files = manifest["files"]
        if sorted(files) != sorted(FILES) or _json(manifest) != text:
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


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _parameters() -> set[str]:
    """The arguments of DropoutLSTM that a number, a word or a list can be."""
    return set(inspect.signature(DropoutLSTM).parameters) - {"metric"}


def _arguments(content: dict[str, Any], reader: Reader, preparation: Preparation) -> dict[str, Any]:
    """Those of DropoutLSTM, as far as the data decides them checked against it."""
    outputs = {"classify": len(reader.classes), "forecast": reader.horizon}.get(reader.task, 1)
    vocabulary = preparation.vocabulary
    check(
        {
            "task": content["task"] == reader.task,
            "outputs": content["outputs"] == outputs,
            "features": vocabulary is not None or content["features"] == preparation.width,
            "vocabulary": content["vocabulary"] == (vocabulary.size if vocabulary else None),
        }
    )
    return content


def _shapes(arguments: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of a network's weights, without building it."""
    hidden, outputs = arguments["hidden_size"], arguments["outputs"]
    directions = 2 if arguments["bidirectional"] else 1
    words = arguments["vocabulary"]
    width = arguments["features"] if words is None else arguments["embedding_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "head.weight": (outputs, directions * hidden),
        "head.bias": (outputs,),
    }
    if words is not None:
        shapes["embedding.weight"] = (words, width)
    for stack in ("layers", "reverse_layers")[:directions]:
        for number in range(arguments["layers"]):
            inward = width if number == 0 else directions * hidden
            shapes |= {
                f"{stack}.{number}.weight_ih_l0": (4 * hidden, inward),
                f"{stack}.{number}.weight_hh_l0": (4 * hidden, hidden),
                f"{stack}.{number}.bias_ih_l0": (4 * hidden,),
                f"{stack}.{number}.bias_hh_l0": (4 * hidden,),
            }
    return shapes


def _weights(content: bytes, arguments: Mapping[str, Any]) -> tuple[dict[str, Tensor], ...]:
    """(M,) the weights of each network, of the shapes that its settings ask for, finite."""
    found: dict[int, dict[str, Tensor]] = {}
    for name, tensor in load(content).items():
        number, _, own = name.partition(".")
        found.setdefault(int(number), {})[own] = tensor
    if sorted(found) != list(range(len(found))) or not found:
        raise ValueError("its networks are not numbered from 0 on")
    if arguments["layers"] > len(found[0]):
        raise ValueError(f"it has fewer than {arguments['layers']:,} layers")
    shapes = _shapes(arguments)
    for place, weights in found.items():
        if {name: tuple(tensor.shape) for name, tensor in weights.items()} != shapes:
            raise ValueError(f"the shapes of network {place} are not those of its settings")
        for name, tensor in weights.items():
            if tensor.dtype != torch.float32 or not bool(tensor.isfinite().all()):
                raise ValueError(f"{name} of network {place} holds no finite 32-bit numbers")
    return tuple(found[place] for place in sorted(found))
