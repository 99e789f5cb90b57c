"""A user's class by its name, and whether a study can train it."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pytorch_lightning import LightningModule

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import ModelsError

OFFERED = ("task", "static", "ahead", "targets", "vocabulary", "learning_rate", "weight_decay")


def network_class(name: str) -> type[LightningModule]:
    """`package.module:Class`, from the current folder or where Python finds it.

    Raises ModelsError where there is no such module or class, it fails or is no LightningModule.
    """
    module, _, own = name.partition(":")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), own, None)
    except Exception as error:  # whatever ails the code of the user
        why = error if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise ModelsError(
            f"model.network: {name} cannot be imported ({why}): run in the folder where "
            f"{module.partition('.')[0]} lies, or install it."
        ) from error
    if found is None:
        raise ModelsError(f"model.network: module {module} has no class {own}: correct the name.")
    if not (isinstance(found, type) and issubclass(found, LightningModule)):
        raise ModelsError(f"model.network: {name} is no LightningModule: derive it from one.")
    return found


@contextmanager
def explained(name: str | None, where: str = "") -> Iterator[None]:
    """What fails inside in the user's own file is a ModelsError, with its line; name: None where
    there is no class of the user's; where: `on a first batch`, all of whose faults are so told."""
    try:
        yield
    except ModelsError:
        raise
    except Exception as error:  # whatever ails the code of the user
        lines = [] if name is None else _lines_of(network_class(name), error)
        if not lines and not where:
            raise
        place = f" ({lines[-1].filename}, line {lines[-1].lineno})" if lines else ""
        raise ModelsError(
            f"model.network: {name} failed{where and f' {where}'}: {type(error).__name__}: {error}"
            f"{place}."
        ) from error


def _lines_of(kind: type[LightningModule], error: Exception) -> list[traceback.FrameSummary]:
    """Of the file of a class, on the way to an error."""
    try:
        own = inspect.getfile(kind)
    except (OSError, TypeError):
        return []
    return [one for one in traceback.extract_tb(error.__traceback__) if one.filename == own]


def refuse_arguments(name: str, kind: type[LightningModule], given: Iterable[str]) -> None:
    """Raises ModelsError where the constructor does not take the arguments `given`, or asks for
    others; beside (features, outputs)."""
    parameters = list(inspect.signature(kind).parameters.values())
    anything = any(one.kind is one.VAR_KEYWORD for one in parameters)
    named = [one for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    places = [one.name for one in named if one.kind is not one.KEYWORD_ONLY]
    if places[:2] != ["features", "outputs"]:
        raise ModelsError(
            f"model.network: the constructor of {name} takes ({', '.join(places)}), not (features, "
            "outputs, *, dropout, ...): begin it so."
        )
    taken = {one.name for one in named[2:]}
    given = list(given)
    lacking = [one for one in given if one not in taken and not anything]
    if lacking:
        raise ModelsError(
            f"model.network: the constructor of {name} takes no {', '.join(map(quote, lacking))}: "
            f"it takes {', '.join(sorted(taken)) or 'nothing else'}."
        )
    asked = [one.name for one in named[2:] if one.default is one.empty]
    missing = [one for one in asked if one not in given and one not in OFFERED]
    if missing:
        raise ModelsError(
            f"model.network: the constructor of {name} asks for {', '.join(map(quote, missing))}: "
            "write it under model.args."
        )


def taken(kind: type[LightningModule], method: str, names: Iterable[str]) -> list[str]:
    """Which of the names a method takes as an argument."""
    parameters = inspect.signature(getattr(kind, method)).parameters
    return [name for name in names if name in parameters]


def asks(kind: type[LightningModule], method: str, name: str) -> bool:
    """Whether a method has an argument of that name without a default."""
    found = inspect.signature(getattr(kind, method)).parameters.get(name)
    return found is not None and found.default is found.empty


def is_own(kind: type[LightningModule], method: str) -> bool:
    """Whether the class, or one between it and LightningModule, defines the method."""
    return getattr(kind, method) is not getattr(LightningModule, method)
