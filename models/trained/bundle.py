"""A trained model as a folder of plain files, none of which can run code.

M networks.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveInt,
    Tag,
    model_validator,
)
from safetensors.torch import load, save
from torch import Tensor

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.learner import Learner
from dropsearch.models.fold.preparation import Preparation
from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.models.names import Cell, Kind, Mask, Pooling, Task
from dropsearch.models.own.kept import STATE, Own, code_of, loaded, own_networks
from dropsearch.models.trained.folder import (
    ABOUT,
    CARD,
    CONFIG,
    PREPARATION,
    WEIGHTS,
    as_json,
    read_files,
    whole,
    write_files,
)
from dropsearch.models.trained.reader import Reader, plain, prepared_from
from dropsearch.models.trained.strict import STRICT, check, valid

Size = Annotated[PositiveInt, Field(lt=2**53)]


class _Network(BaseModel):
    """The arguments of DropoutLSTM that a number, a word or a list can be, less the seed."""

    model_config = STRICT

    features: NonNegativeInt
    outputs: PositiveInt
    task: Task
    cell: Cell = "lstm"  # which older folders have not
    hidden_size: PositiveInt
    layers: PositiveInt
    static: NonNegativeInt = 0  # the same
    ahead: NonNegativeInt = 0  # the same
    targets: PositiveInt = 1
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


Width = Annotated[float, Field(ge=0)]


class _Inside(BaseModel):
    """How many values of the holdout the prediction interval of a level held."""

    model_config = STRICT

    level: Annotated[float, Field(gt=0, lt=1)]
    inside: NonNegativeInt
    values: Size
    width: Width = 0.0  # of one target
    widths: dict[str, Width | None] = {}  # of several targets

    @model_validator(mode="after")
    def _fits(self) -> _Inside:
        if self.inside > self.values:
            raise ValueError("more are inside than there are")
        if not self.widths and "width" not in self.model_fields_set:
            raise ValueError("no width is told")
        return self


class _Held(BaseModel):
    model_config = ConfigDict(extra="allow")

    coverage: _Coverage | None = None
    prediction_intervals: tuple[_Inside, ...] = ()  # which older folders have not


def _whose(network: Any) -> str:
    return "<own>" if isinstance(network, Own | dict) and "name" in dict(network) else "<ours>"


class _About(BaseModel):
    """What predictions need of about.json; the rest of it is for people."""

    model_config = ConfigDict(extra="allow")

    network: Annotated[
        Annotated[_Network, Tag("<ours>")] | Annotated[Own, Tag("<own>")], Discriminator(_whose)
    ]
    holdout: _Held | None


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model folder that was read and found whole; the networks are not built yet."""

    folder: Path
    arguments: dict[str, Any]  # of DropoutLSTM, or settings of Own
    weights: tuple[dict[str, Tensor], ...]  # (M,)
    reader: Reader
    preparation: Preparation
    about: dict[str, Any]

    @property
    def own(self) -> str | None:
        """The class of the user whose networks these are."""
        return self.arguments.get("name")

    def networks(self, named: str | None = None) -> list[Learner]:
        """The M networks, in evaluation; named: the class, where it is one of the user's."""
        if self.own is not None:
            return own_networks(self.folder, self.arguments, self.weights, named)
        if named is not None:
            raise ModelsError(
                f"{self.folder}: its networks are dropsearch's, not of the class {named}: leave "
                "--network out."
            )
        made: list[Learner] = []
        with whole(self.folder / ABOUT):
            for weights in self.weights:
                network = DropoutLSTM(**self.arguments)
                network.load_state_dict(weights | {STATE: network.get_extra_state()})
                made.append(network.eval())
        return made


def write_bundle(
    folder: Path,
    networks: Sequence[Learner],
    reader: Reader,
    preparation: Preparation,
    *,
    config: str,
    about: Mapping[str, Any],
    card: str,
) -> None:
    """Write the files of a model into an empty folder; about: ready for JSON."""
    tensors = {
        f"{number}.{name}": tensor.clone(memory_format=torch.contiguous_format)
        for number, network in enumerate(networks)
        for name, tensor in network.state_dict().items()
        if name != STATE
    }
    arguments = {name: networks[0].hparams[name] for name in _parameters(networks[0])}
    if "name" in arguments:
        arguments |= code_of(arguments["name"])
    prepared = {"reader": asdict(reader), "preparation": plain(preparation)}
    contents = {
        CARD: card.encode(),
        ABOUT: as_json(dict(about) | {"network": arguments}),
        CONFIG: config.encode(),
        WEIGHTS: save(tensors),
        PREPARATION: as_json(prepared),
    }
    write_files(folder, contents)


def read_bundle(folder: Path) -> Bundle:
    """Read and check a model folder. Raises ModelsError naming the file that is no good."""
    contents = read_files(folder)
    with whole(folder / PREPARATION):
        reader, preparation = prepared_from(contents[PREPARATION])
    with whole(folder / ABOUT):
        about = valid(_About, contents[ABOUT]).model_dump()
        arguments = _arguments(about["network"], reader, preparation)
    with whole(folder / WEIGHTS):
        weights = _weights(contents[WEIGHTS], arguments)
    return Bundle(folder, arguments, weights, reader, preparation, about)


def _parameters(network: Learner) -> set[str]:
    """The arguments that a number, a word, a list or a mapping can be."""
    return set(inspect.signature(type(network)).parameters) - {"metric", "seed"}


def _arguments(content: dict[str, Any], reader: Reader, preparation: Preparation) -> dict[str, Any]:
    """Those of DropoutLSTM, as far as the data decides them checked against it."""
    targets = max(1, len(reader.targets))
    steps = reader.horizon * targets
    outputs = {"classify": len(reader.classes), "forecast": steps}.get(reader.task, 1)
    vocabulary = preparation.vocabulary
    check(
        {
            "task": content["task"] == reader.task,
            "outputs": content["outputs"] == outputs,
            "targets": content["targets"] == targets,
            "features": vocabulary is not None or content["features"] == preparation.width,
            "static": content["static"] == preparation.static_width,
            "ahead": content["ahead"] == len(preparation.known),
            "vocabulary": content["vocabulary"] == (vocabulary.size if vocabulary else None),
        }
    )
    return content


def _shapes(arguments: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of a network's weights, without building it."""
    hidden, outputs, ahead = (arguments[name] for name in ("hidden_size", "outputs", "ahead"))
    directions = 2 if arguments["bidirectional"] else 1
    units = directions * hidden
    words = arguments["vocabulary"]
    width = arguments["features"] if words is None else arguments["embedding_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "head.weight": (arguments["targets"] if ahead else outputs, units),
        "head.bias": (arguments["targets"] if ahead else outputs,),
    }
    if arguments["static"]:
        shapes |= {
            "mixing.weight": (units, units + arguments["static"]),
            "mixing.bias": (units,),
        }
    if ahead:
        shapes |= {
            "decoder.read.weight": (units, units),
            "decoder.steps.weight_ih_l0": (3 * units, ahead),
            "decoder.steps.weight_hh_l0": (3 * units, units),
            "decoder.steps.bias_ih_l0": (3 * units,),
            "decoder.steps.bias_hh_l0": (3 * units,),
            "decoder.place": (outputs // arguments["targets"], units),
        }
    if words is not None:
        shapes["embedding.weight"] = (words, width)
    gates = {"lstm": 4, "gru": 3}[arguments["cell"]]
    for stack in ("layers", "reverse_layers")[:directions]:
        for number in range(arguments["layers"]):
            inward = width if number == 0 else units
            shapes |= {
                f"{stack}.{number}.weight_ih_l0": (gates * hidden, inward),
                f"{stack}.{number}.weight_hh_l0": (gates * hidden, hidden),
                f"{stack}.{number}.bias_ih_l0": (gates * hidden,),
                f"{stack}.{number}.bias_hh_l0": (gates * hidden,),
            }
    return shapes


def _weights(content: bytes, arguments: Mapping[str, Any]) -> tuple[dict[str, Tensor], ...]:
    """(M,) the weights of each network, of the shapes that its settings ask for, finite."""
    if "name" in arguments:
        return loaded(load(content))
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
