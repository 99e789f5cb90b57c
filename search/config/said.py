"""Keys of `data` said on the command line, as `--set data.target=price`, and such words printed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from dropsearch.models.errors import DataError
from dropsearch.search.config.faults import (
    Fault,
    KeyPath,
    Source,
    dotted,
    every_key,
    explained,
    one_of,
    raise_faults,
    shown,
)
from dropsearch.search.config.schema import Data, StudyConfig
from dropsearch.search.config.yaml_text import read_value
from dropsearch.search.errors import ConfigError
from dropsearch.studies.commands import command

_OPTION = "--set"
_ANYTHING: dict[str, Any] = {"study": "x", "data": {"path": "x", "task": "forecast", "target": "x"}}
_NEAR = 0.6
_KEY = re.compile(r"\bdata\.[a-z]+(?:_[a-z]+)?(?:\.[a-z]+)?")


def said_of(settings: Sequence[str]) -> dict[str, Any]:
    """`data` as far as it is said, from words KEY=VALUE; values are read as in study.yaml.

    Raises ConfigError naming a key or value that is not one, with the mend.
    """
    content: dict[str, Any] = {}
    written: dict[KeyPath, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        path = tuple(key.strip().split("."))
        if not equals:
            raise ConfigError(f"{_OPTION} {setting}: write KEY=VALUE, as data.target=price.")
        _refuse_unknown(path)
        inner = content
        for part in path[1:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"{_OPTION} {setting}: data.{part} is said already: keep one.")
        if path[-1] in inner:
            raise ConfigError(f"{_OPTION} {setting}: {dotted(path)} is said already: keep one.")
        inner[path[-1]] = read_value(value)
        written[path] = value
    source = Source(_OPTION, {"data": content}, written=written)
    try:
        StudyConfig.model_validate(_ANYTHING | {"data": _ANYTHING["data"] | content})
    except ValidationError as error:
        faults: list[Fault] = list(explained(error, StudyConfig, source))
        raise_faults(faults, source)
    return content


def _known() -> list[str]:
    return [dotted(("data", *key)) for key in every_key(Data) if key != ("path",)]


def _refuse_unknown(path: KeyPath) -> None:
    known, key = _known(), dotted(path)
    if key in known:
        return
    if key == "data.path":
        raise ConfigError(f"{_OPTION} data.path: name the file behind init.")
    if path[0] in StudyConfig.model_fields and path[0] != "data":
        raise ConfigError(
            f"{_OPTION} {key}: init decides what is not data by the minutes: mend it in the "
            "study.yaml that it writes."
        )
    last = {one: one.rpartition(".")[2] for one in known}
    alike = [one for one, name in last.items() if name == path[-1]]
    near = alike or difflib.get_close_matches(key, known, 3, _NEAR)
    near = near or [one for one in known if last[one] in difflib.get_close_matches(
        str(path[-1]), last.values(), 3, _NEAR)]  # fmt: skip
    mend = f"did you mean {one_of(near)}?" if near else f"it knows {one_of(known)}."
    raise ConfigError(f"{_OPTION} {key}: is no key of data that init reads: {mend}")


def ways_out(
    error: DataError, data: str, settings: Sequence[str], others: Mapping[str, str | None]
) -> str:
    """A refusal of init, and the commands that go on where a key of data decides.

    settings: those that were said; others: other options.
    """
    ways = [settings_of(way) for way in error.ways]
    if not ways:
        above = {setting.partition("=")[0].rpartition(".")[0] for setting in settings}
        told = dict.fromkeys(_KEY.findall(str(error)))
        known = set(_known()) - above
        ways = [[f"{key}=..."] for key in told if key in known]
    if not ways:
        return str(error)
    lines = []
    for way in ways:
        keys = {setting.partition("=")[0] for setting in way}
        kept = [setting for setting in settings if setting.partition("=")[0] not in keys]
        lines.append(command("init", data, set=[*kept, *way], **others))
    return "\n  ".join([f"{error} To copy:", *dict.fromkeys(lines)])


def settings_of(way: Mapping[str, Any]) -> list[str]:
    """Words KEY=VALUE that `said_of` reads as these keys and values."""
    return [f"{key}={_word(value)}" for key, value in way.items()]


def _word(value: Any) -> str:
    if isinstance(value, str):
        plain = value.isprintable() and read_value(value) == value
        return value if plain else shown(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_in_list(item) for item in value) + "]"
    return shown(value)


def _in_list(item: Any) -> str:
    plain = isinstance(item, str) and read_value(f"[{item}]") == [item]
    return str(item) if plain else shown(item)
