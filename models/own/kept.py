"""What a model folder holds of a network of the user's own: its name and weights, never its code.

M networks.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt
from torch import Tensor

from dropsearch.models.errors import ModelsError
from dropsearch.models.fold.learner import Learner
from dropsearch.models.names import Task
from dropsearch.models.own.named import network_class
from dropsearch.models.own.network import OwnNetwork

STATE = "_extra_state"  # of the generator, which a prediction seeds anew


class Own(BaseModel):
    """The arguments of OwnNetwork, less the seed, and which code they were for."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    name: str
    version: str | None  # of the package, where it is installed
    source: str | None  # SHA-256 of the class as it was written
    features: NonNegativeInt
    outputs: PositiveInt
    arguments: dict[str, bool | int | float | str]
    rates: dict[str, float]
    task: Task
    static: NonNegativeInt
    ahead: NonNegativeInt
    targets: PositiveInt
    vocabulary: PositiveInt | None
    class_weights: tuple[float, ...] | None
    learning_rate: float
    weight_decay: float


def code_of(name: str) -> dict[str, str | None]:
    """Version and source of a class that can be imported."""
    kind = network_class(name)
    try:
        version = importlib.metadata.version(name.partition(":")[0].partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        version = None
    try:
        source = hashlib.sha256(inspect.getsource(kind).encode()).hexdigest()
    except OSError:
        source = None
    return {"version": version, "source": source}


def own_networks(
    folder: Path,
    settings: Mapping[str, Any],
    weights: Sequence[Mapping[str, Tensor]],
    named: str | None,
) -> list[Learner]:
    """The M networks, of the class that the user names, in evaluation.

    Raises ModelsError where the name is not that of the folder, the class cannot be imported, or
    the weights are not of it.
    """
    name = settings["name"]
    if named != name:
        said = "no model folder holds code" if named is None else f"you said {named}"
        raise ModelsError(
            f"{folder}: its networks are of the class {name}, and {said}: give --network {name} "
            "where that can be imported."
        )
    arguments = {key: settings[key] for key in settings.keys() - {"version", "source"}}
    made: list[Learner] = []
    for own in weights:
        network = OwnNetwork(**arguments)
        try:
            network.load_state_dict({**own, STATE: network.get_extra_state()})
        except RuntimeError as error:
            first = str(error).splitlines()[-1].strip()
            raise ModelsError(
                f"{folder}: its weights are not those of {name} as it is now: {first} Take the "
                "code that it was trained by, or train again."
            ) from error
        if not network.is_finite:
            raise ModelsError(f"{folder}: its weights are not finite: train again.")
        made.append(network.eval())
    return made


def changed_code(settings: Mapping[str, Any]) -> list[str]:
    """What is said where the class is another than that of the training."""
    now = code_of(settings["name"])
    then = {key: settings[key] for key in now}
    if now == then:
        return []
    known = f" (version {then['version'] or 'none'}, now {now['version'] or 'none'})"
    return [
        f"The code of {settings['name']} is not that of the training"
        f"{known if then['version'] != now['version'] else ''}: its predictions may differ."
    ]


def loaded(found: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], ...]:
    """(M,) the weights and buffers of each network. Raises ValueError where one is missing."""
    networks: dict[int, dict[str, Tensor]] = {}
    for name, tensor in found.items():
        number, _, own = name.partition(".")
        networks.setdefault(int(number), {})[own] = tensor
    if not networks or sorted(networks) != list(range(len(networks))):
        raise ValueError("its networks are not numbered from 0 on")
    return tuple(networks[place] for place in sorted(networks))
